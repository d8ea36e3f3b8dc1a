//! Tables of limits, codes and events.

use std::time::Duration;

use deodar_domain::account::{AccountNumber, BankName};
use deodar_domain::customer::{
    AddressLine, CustomerId, CustomerReference, Email, MobileNumber, PersonName, Pincode, PlaceName,
};
use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::event::EventType;
use deodar_domain::link::{
    LINK_LIFETIME_MAX, NOTIFIES_PER_DAY_MAX, NOTIFIES_PER_HOUR_MAX, NOTIFY_DAY, NOTIFY_HOUR,
};
use deodar_domain::money::{AMOUNT_MAX_PAISE, AMOUNT_MIN_PAISE, Money};
use deodar_domain::order::{
    ATTEMPT_PAYMENTS_MAX, ATTEMPTS_MAX, AUTHORISATION_LIFETIME, PAYMENTS_MAX,
};
use deodar_domain::pay_later::{DeviceText, IN_THREE_MIN_PAISE, MOBILE_LENGTH, PayLaterProvider};
use deodar_domain::payment::{ATTEMPT_LIFETIME, COLLECT_LIFETIME};
use deodar_domain::purchase::{METADATA_PAIRS_MAX, PRODUCTS_MAX};
use deodar_domain::reference::MerchantReference;
use deodar_domain::split::{SPLIT_PARTS_MAX, SettlementReference, SplitMerchantId};
use deodar_domain::text::{Description, MetadataKey, MetadataValue, ProductCode};
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;
use deodar_domain::url::URL_LENGTH_MAX;

/// A table in Markdown.
pub(super) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let row = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut table = row(&head);
    table.push('|');
    table.push_str(&"---|".repeat(COLUMNS));
    table.push('\n');
    for cells in rows {
        table.push_str(&row(&cells.each_ref().map(String::as_str)));
    }
    table
}

fn characters(min: usize, max: usize) -> String {
    format!("{min} to {max} characters")
}

fn up_to(max: usize) -> String {
    format!("up to {max} characters")
}

fn days(duration: Duration) -> String {
    format!("{} days", duration.as_secs() / (24 * 60 * 60))
}

fn hours(duration: Duration) -> String {
    match duration.as_secs() / (60 * 60) {
        1 => "an hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

fn minutes(duration: Duration) -> String {
    format!("{} minutes", duration.as_secs() / 60)
}

/// The limits of a link's fields.
pub(super) fn link_limits() -> String {
    let rows = [
        ("`amount.value`", format!("{AMOUNT_MIN_PAISE} to {AMOUNT_MAX_PAISE} paise")),
        (
            "`merchant_payment_link_reference`",
            format!(
                "{} of `A-Z a-z 0-9 - _`",
                characters(MerchantReference::LENGTH_MIN, MerchantReference::LENGTH_MAX)
            ),
        ),
        ("`description`", up_to(Description::LENGTH_MAX)),
        (
            "`expire_by`",
            format!(
                "in the future, at most {} away; that where it is absent",
                days(LINK_LIFETIME_MAX)
            ),
        ),
        ("`callback_url`, `failure_callback_url`", up_to(URL_LENGTH_MAX)),
        ("`customer.email_id`", up_to(Email::LENGTH_MAX)),
        ("`customer.first_name`, `customer.last_name`", up_to(PersonName::LENGTH_MAX)),
        ("`customer.customer_id`", up_to(CustomerId::LENGTH_MAX)),
        (
            "`customer.mobile_number`",
            format!("{} to {} digits", MobileNumber::LENGTH_MIN_LINK, MobileNumber::LENGTH_MAX),
        ),
        ("`customer.merchant_customer_reference`", up_to(CustomerReference::LENGTH_MAX)),
        ("`address1`, `address2`, `address3` of an address", up_to(AddressLine::LENGTH_MAX)),
        ("`city`, `state`, `country` of an address", up_to(PlaceName::LENGTH_MAX)),
        (
            "`pincode` of an address",
            format!("{} to {} digits", Pincode::LENGTH_MIN, Pincode::LENGTH_MAX),
        ),
        ("`product_details`, `cart_details.items`", format!("up to {PRODUCTS_MAX} each")),
        ("`product_code`", up_to(ProductCode::LENGTH_MAX)),
        ("`product_amount.value`", format!("1 to {AMOUNT_MAX_PAISE} paise")),
        (
            "`product_coupon_discount_amount.value`, `cart_coupon_discount_amount.value`",
            format!("0 to {AMOUNT_MAX_PAISE} paise"),
        ),
        (
            "`merchant_metadata`",
            format!(
                "up to {METADATA_PAIRS_MAX} pairs; a key {}, a value {}",
                up_to(MetadataKey::LENGTH_MAX),
                up_to(MetadataValue::LENGTH_MAX)
            ),
        ),
        ("`split_info.split_details`", format!("1 to {SPLIT_PARTS_MAX} parts")),
        ("`split_merchant_id`", up_to(SplitMerchantId::LENGTH_MAX)),
        ("`merchant_settlement_reference`", up_to(SettlementReference::LENGTH_MAX)),
        (
            "`account_details.bank_details.account_number`",
            format!("{} of `A-Z a-z 0-9`", up_to(AccountNumber::LENGTH_MAX)),
        ),
        ("`account_details.bank_details.bank_name`", up_to(BankName::LENGTH_MAX)),
    ];
    table(["field", "limit"], rows.map(|(field, limit)| [field.to_owned(), limit]))
}

/// How often a link is sent again.
pub(super) fn message_limits() -> String {
    let rows = [(NOTIFY_HOUR, NOTIFIES_PER_HOUR_MAX), (NOTIFY_DAY, NOTIFIES_PER_DAY_MAX)];
    table(
        ["within", "times that one link is sent again"],
        rows.map(|(period, max)| [hours(period), max.to_string()]),
    )
}

/// The limits of payments.
pub(super) fn payment_limits() -> String {
    let rows = [
        ("attempts to pay an order", ATTEMPTS_MAX.to_string()),
        ("payments of an attempt", ATTEMPT_PAYMENTS_MAX.to_string()),
        ("payments of an order, paid parts included", PAYMENTS_MAX.to_string()),
        ("a payment, and what remains after a part", format!("at least {AMOUNT_MIN_PAISE} paise")),
        ("life of an attempt", minutes(ATTEMPT_LIFETIME)),
        ("life of a UPI collect request", minutes(COLLECT_LIFETIME)),
        ("life of an authorisation that nobody captures", days(AUTHORISATION_LIFETIME)),
        ("`vpa`", up_to(Vpa::LENGTH_MAX)),
    ];
    table(["what", "limit"], rows.map(|(what, limit)| [what.to_owned(), limit]))
}

/// The Pay Later lenders.
pub(super) fn pay_later_lenders() -> String {
    let rows = PayLaterProvider::ALL.map(|lender| {
        let day = Day::of(Timestamp::from_seconds(0));
        let back = match lender.instalments(Money::paise(IN_THREE_MIN_PAISE), day).len() {
            0 => String::from("in one bill"),
            parts => format!("in {parts} instalments"),
        };
        let device = if lender.needs_device() { "must be there" } else { "may be there" };
        [format!("`{}`", lender.name()), back, device.to_owned()]
    });
    table(["pay code", "paid back", "`device_info`"], rows)
}

/// The limits of Pay Later.
pub(super) fn pay_later_limits() -> String {
    let rows = [
        ("amount", format!("{AMOUNT_MIN_PAISE} to {AMOUNT_MAX_PAISE} paise, in INR")),
        ("the least that is paid back in three", format!("{IN_THREE_MIN_PAISE} paise")),
        ("`mobile`", format!("{MOBILE_LENGTH} digits")),
        ("each field of `device_info`", up_to(DeviceText::LENGTH_MAX)),
    ];
    table(["what", "limit"], rows.map(|(what, limit)| [what.to_owned(), limit]))
}

/// Why an attempt failed: every code, and what is told where the acquirer has no words of its own.
pub(super) fn decline_codes() -> String {
    let rows = DeclineReason::ALL
        .map(|reason| [format!("`{}`", reason.code()), reason.default_message().to_owned()]);
    table(["code", "message"], rows)
}

/// Every type of event.
pub(super) fn events() -> String {
    let rows = EventType::ALL.map(|event| {
        let (data, told) = match event {
            _ if event.is_of_link() => ("the link", "to endpoints that ask for it"),
            EventType::RefundProcessed | EventType::RefundFailed => ("the refund", "always"),
            _ => ("the order", "always"),
        };
        let name = format!("`{}`", event.name());
        [name, data.to_owned(), told.to_owned(), when(event).to_owned()]
    });
    table(["`event_type`", "`data`", "told", "when"], rows)
}

const fn when(event: EventType) -> &'static str {
    match event {
        EventType::OrderAuthorized => "the money is held",
        EventType::OrderProcessed => "the money was taken, in full or in part",
        EventType::OrderCancelled => {
            "the order was cancelled, voided or released, or its link was cancelled or expired"
        }
        EventType::OrderFailed => "no attempt remains",
        EventType::PaymentFailed => "an attempt failed, or the payer gave up",
        EventType::RefundProcessed => "a refund went through",
        EventType::RefundFailed => "a refund was refused",
        EventType::LinkCreated => "the link was made",
        EventType::LinkClicked => {
            "a person opened its page for the first time, before any attempt to pay"
        }
        EventType::LinkProcessed => "it was paid or authorised in full",
        EventType::LinkPartialProcessed => "a part of it was paid",
        EventType::LinkExpired => "its time ran out",
        EventType::LinkCancelled => "it was cancelled, or its order failed, was voided or released",
    }
}
