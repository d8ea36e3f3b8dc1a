//! Words of which one must be chosen, and truths.

use deodar_domain::card::CardBrand;
use deodar_domain::decline::DeclineReason;
use deodar_domain::event::EventType;
use deodar_domain::instrument::CardType;
use deodar_domain::link::LinkState;
use deodar_domain::method::Method;
use deodar_domain::order::OrderState;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::refund::RefundState;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{Array, ObjectBuilder, RefOr, Schema};

use super::{one_of, string};

/// The state of an order.
pub fn order_status() -> Object {
    one_of("The state of the order", OrderState::NAMES)
}

/// The state of a link.
pub fn link_status() -> Object {
    one_of("The state of the link", LinkState::ALL.map(LinkState::name))
}

/// The state of a payment.
pub fn payment_status() -> Object {
    one_of("The state of the payment", PaymentStatus::ALL.map(PaymentStatus::name))
}

/// The state of a refund.
pub fn refund_status() -> Object {
    one_of("The state of the refund", RefundState::NAMES)
}

/// What an order is, beside a refund.
pub fn order_type() -> Object {
    one_of("What it is", ["CHARGE"])
}

/// What a refund is, beside an order.
pub fn refund_type() -> Object {
    one_of("What it is", ["REFUND"])
}

/// How the payer came to pay.
pub fn integration_mode() -> Object {
    one_of("How the payer pays", ["SEAMLESS", "REDIRECT", "IFRAME"])
}

/// How the hosted page is to be shown.
pub fn integration_mode_given() -> Object {
    const TEXT: &str = "Whether the payer goes to the page or it stands in a frame of the \
                        merchant's; REDIRECT where it is absent. In any case";
    one_of(TEXT, ["REDIRECT", "IFRAME"])
}

/// A payment method.
pub fn payment_method() -> Object {
    one_of("The payment method", Method::ALL.map(Method::name))
}

/// A payment method that is given.
pub fn payment_method_given() -> Object {
    one_of("The payment method, in any case", Method::ALL.map(Method::name))
}

/// The payment methods of an order or link.
pub fn payment_methods() -> RefOr<Schema> {
    Array::new(payment_method()).into_described("The methods that the payer may choose from")
}

/// The payment methods that are given.
pub fn payment_methods_given() -> RefOr<Schema> {
    const TEXT: &str = "The methods that the payer may choose from; all that the merchant has \
                        where it is absent or empty";
    let mut methods = Array::new(payment_method_given());
    methods.max_items = Some(50);
    methods.into_described(TEXT)
}

trait IntoDescribed {
    fn into_described(self, description: &str) -> RefOr<Schema>;
}

impl IntoDescribed for Array {
    fn into_described(mut self, description: &str) -> RefOr<Schema> {
        self.description = Some(description.into());
        RefOr::T(Schema::Array(self))
    }
}

/// A card scheme.
pub fn card_network() -> Object {
    one_of("The card's scheme", CardBrand::ALL.map(CardBrand::name))
}

/// Whose money a card spends.
pub fn card_type() -> Object {
    let types = [CardType::Credit, CardType::Debit, CardType::Prepaid];
    one_of("Whose money the card spends, where that is known", types.map(CardType::name))
}

/// How a UPI payment reaches the payer's app.
pub fn upi_mode() -> Object {
    one_of("How the payment reaches the payer's app", ["COLLECT", "INTENT"])
}

/// How a UPI payment is to reach the payer's app.
pub fn upi_mode_given() -> Object {
    const TEXT: &str = "COLLECT sends a request to `payer.vpa`; INTENT gives a link or QR code \
                        that opens the payer's app. In any case";
    one_of(TEXT, ["COLLECT", "INTENT"])
}

/// A Pay Later lender.
pub fn pay_later_provider() -> Object {
    one_of("The lender", PayLaterProvider::ALL.map(PayLaterProvider::name))
}

/// A Pay Later lender that is given.
pub fn pay_later_provider_given() -> Object {
    one_of("The lender, in any case", PayLaterProvider::ALL.map(PayLaterProvider::name))
}

/// What the parts of a split are.
pub fn split_type() -> Object {
    one_of("Whether the parts are amounts or percentages", ["AMOUNT", "PERCENTAGE"])
}

/// What can be done after a one-time password.
pub fn next_steps() -> RefOr<Schema> {
    let step = one_of("A step", ["SUBMIT_OTP", "RESEND_OTP"]);
    Array::new(step).into_described("What the payer can do next")
}

/// The word of a call that went well.
pub fn success() -> Object {
    one_of("It went well", ["SUCCESS"])
}

/// The type of an event.
pub fn event_type(types: impl IntoIterator<Item = EventType>) -> Object {
    one_of("What happened", types.into_iter().map(EventType::name))
}

/// The grant of a token.
pub fn grant_type() -> Object {
    one_of("The one grant that there is", ["client_credentials"])
}

/// Why a payment or refund failed.
pub fn failure_code() -> Object {
    one_of("What it is called", DeclineReason::ALL.map(DeclineReason::code))
}

/// What an error is called.
pub fn error_code() -> Object {
    string("For programs: the codes that an operation answers stand with its statuses")
        .pattern(Some("^[A-Z_]+$"))
        .examples(["INVALID_REQUEST"])
        .build()
}

/// A truth that may arrive as text.
pub fn text_flag(description: &str) -> Object {
    let values: [serde_json::Value; 4] = [true.into(), false.into(), "true".into(), "false".into()];
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Boolean, Type::String]))
        .enum_values(Some(values))
        .description(Some(description))
        .build()
}

/// Whether the money is only held.
pub fn pre_auth_given() -> Object {
    text_flag("Whether the money is only held until it is captured; false where it is absent")
}

/// Whether the payer may pay in another currency.
pub fn is_mcc_transaction_given() -> Object {
    text_flag("Whether the payer may pay in another currency; false where it is absent")
}

/// Whether the payer may change the contact details.
pub fn editable_given() -> Object {
    text_flag("Whether the payer may change the contact details; false where it is absent")
}
