//! `POST /api/pay/v1/orders/{order_id}/payments`: pays an order, by one payment or by several that
//! are made together or not at all.
//!
//! 200 with the order, and with `challenge_url` while the attempt is in flight. A payment that was
//! declined is stored, and answers 200 too, FAILED. References of payments with the same methods
//! and amounts answer the order as it is; else 422 `DUPLICATE_REQUEST`.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_order_id;
use deodar_domain::method::Method;
use deodar_domain::money::Currency;
use deodar_domain::refusal::Refusal;
use deodar_engine::acquirer::{CardDetails, Instrument};
use deodar_engine::{ApiPayment, EngineError, PaymentProblem, Thing};
use deodar_wire::answer::{Data, OrderJson};
use deodar_wire::{CreatePayment, PaidByCard, PayWith};
use http::StatusCode;

use super::order_answer;
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::path::Segment;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "payments": [
    {
      "merchant_payment_reference": "payment-1",
      "payment_method": "CARD",
      "payment_amount": { "value": 50000, "currency": "INR" },
      "payment_option": {
        "card_details": {
          "name": "Asha Rao",
          "card_number": "4012001037141112",
          "cvv": "123",
          "expiry_month": "12",
          "expiry_year": "2049"
        }
      }
    }
  ]
}"#;
    Endpoint::new(create, "createPayment", Tag::Payments, "Pay an order")
        .text(
            "Begins an attempt: one payment, or several (points beside a card) whose amounts sum \
             to what is due and that are made together or not at all. While it is PENDING the \
             payer goes to `challenge_url`, or gives a one-time password to the merchant's own \
             page. A payment that was declined is stored and answers 200 too, FAILED, with `error_detail`: 422 is for what made no attempt.",
        )
        .body::<CreatePayment>(SAMPLE)
        .ok::<Data<OrderJson<'_>>>("The order with the payment")
        .not_found(&["ORDER_NOT_FOUND"])
        .unprocessable(&["DUPLICATE_REQUEST"], "The reference made another payment before")
        .unprocessable(&["PAYMENT_PENDING"], "Another attempt is in flight")
        .unprocessable(&["PAYMENT_METHOD_NOT_ENABLED"], "The method is not allowed")
        .unprocessable(
            &["OPERATION_NOT_ALLOWED"],
            "The order is paid, has failed or cannot be paid in this way",
        )
        .unprocessable(&["ORDER_CANCELLED"], "The order is cancelled")
        .refuses(
            StatusCode::TOO_MANY_REQUESTS,
            &["PAYMENT_RATE_LIMIT"],
            "Five payments with this card, address or number have failed within an hour",
        )
        .refuses(
            StatusCode::GATEWAY_TIMEOUT,
            &["TIMED_OUT"],
            "The acquirer did not tell its EMI plans: nothing was stored",
        )
}

async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let key = parse_order_id(&id).ok_or_else(|| ApiError::not_found(Thing::Order))?;
    let payments: Vec<_> = CreatePayment::parse_all(&body)?.into_iter().map(api_payment).collect();
    drop(body);
    let methods: Vec<Method> = payments.iter().map(|asked| asked.instrument.method()).collect();
    let currencies: Vec<Currency> = payments.iter().map(|asked| asked.amount.currency()).collect();
    match api.engine.pay_by_api(&merchant, key, payments).await {
        Ok(order) => order_answer(&api.engine, &order),
        Err(EngineError::Refused(Refusal::CurrencyMismatch)) => {
            let order = api.engine.order(&merchant, key).await?;
            Err(wrong_currency(order.terms.amount.currency(), &currencies))
        }
        Err(error) => Err(refusal(error, &methods)),
    }
}

/// Names the first payment that is not in the currency of its order.
fn wrong_currency(right: Currency, currencies: &[Currency]) -> ApiError {
    let wrong = currencies.iter().position(|currency| *currency != right).unwrap_or_default();
    let field = format!("payments[{wrong}].payment_amount.currency");
    ApiError::from(EngineError::Refused(Refusal::CurrencyMismatch)).at(field)
}

/// What the engine is asked for.
fn api_payment(payment: CreatePayment) -> ApiPayment {
    let CreatePayment { reference, amount, with } = payment;
    let upi_qr = matches!(with, PayWith::UpiIntent { qr: true });
    let instrument = match with {
        PayWith::Card(card) => Instrument::Card(details(card)),
        PayWith::UpiCollect(vpa) => Instrument::UpiCollect(vpa),
        PayWith::UpiIntent { .. } => Instrument::UpiIntent,
        PayWith::Netbanking(pay_code) => Instrument::Netbanking(pay_code),
        PayWith::Wallet(wallet_code) => Instrument::Wallet(wallet_code),
        PayWith::Points { number, mobile } => Instrument::Points { number, mobile },
        PayWith::CardEmi { on, card, tenure } => {
            Instrument::CardEmi { on, card: details(card), tenure }
        }
        PayWith::CardlessEmi { mobile, pan, tenure } => {
            Instrument::CardlessEmi { mobile, pan, tenure }
        }
        PayWith::PayLater { provider, mobile, device } => {
            Instrument::PayLater { provider, mobile, device }
        }
    };
    ApiPayment { instrument, upi_qr, amount, reference }
}

fn details(card: PaidByCard) -> CardDetails {
    let PaidByCard { number, cvv, expiry, name } = card;
    CardDetails { number, cvv, expiry, name }
}

/// Names the field that a refusal of an attempt with these methods is about. What is wrong with the
/// attempt as a whole is wrong with its only payment, where it has but one.
fn refusal(error: EngineError, methods: &[Method]) -> ApiError {
    let whole = |name: &str| match methods {
        [_] => Some(format!("payments[0].{name}")),
        _ => Some("payments".to_owned()),
    };
    let field = match &error {
        EngineError::Refused(
            Refusal::AmountNotDue
            | Refusal::AmountExceedsDue
            | Refusal::PartTooSmall
            | Refusal::AmountOutOfRange,
        ) => whole("payment_amount.value"),
        EngineError::Refused(Refusal::MethodNotAllowed) | EngineError::MethodNotEnabled(_) => {
            whole("payment_method")
        }
        EngineError::DuplicateReference => whole("merchant_payment_reference"),
        EngineError::InvalidPayment { element, problem } => {
            Some(format!("payments[{element}].{}", field_of(*problem)))
        }
        _ => None,
    };
    let error = ApiError::from(error);
    match field {
        Some(field) => error.at(field),
        None => error,
    }
}

/// The field of a payment that a problem is about.
const fn field_of(problem: PaymentProblem) -> &'static str {
    match problem {
        PaymentProblem::MethodNotAllowed | PaymentProblem::MethodNotEnabled(_) => "payment_method",
        PaymentProblem::ProviderNotEnabled(_) => "payment_option.bnpl_details.bnpl_pay_code",
        PaymentProblem::CardExpired => "payment_option.card_details.expiry_year",
        PaymentProblem::NoSuchTenure => "offer_data.offer_details.tenure.tenure_value",
    }
}
