//! `POST /api/pay/v1/orders/{order_id}/payments`: pays an order.
//!
//! 200 with the order, and with `challenge_url` while the payment is pending. A payment that was
//! declined is stored, and answers 200 too, FAILED. The reference of a payment with the same
//! method and amount answers the order as it is; else 422 `DUPLICATE_REQUEST`.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_order_id;
use deodar_domain::method::Method;
use deodar_domain::refusal::Refusal;
use deodar_engine::acquirer::{CardDetails, Instrument};
use deodar_engine::{ApiPayment, EngineError, Thing};
use deodar_wire::{CreatePayment, PayWith};

use super::order_answer;
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::path::Segment;

const AMOUNT_VALUE: &str = "payments[0].payment_amount.value";
const AMOUNT_CURRENCY: &str = "payments[0].payment_amount.currency";
const METHOD: &str = "payments[0].payment_method";
const REFERENCE: &str = "payments[0].merchant_payment_reference";

pub(crate) async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let key = parse_order_id(&id).ok_or_else(|| ApiError::not_found(Thing::Order))?;
    let CreatePayment { reference, amount, with } = CreatePayment::parse(&body)?;
    drop(body);
    let (instrument, upi_qr) = match instrument(with) {
        Ok(instrument) => instrument,
        Err(method) => {
            api.engine.order(&merchant, key).await?;
            return Err(refusal(EngineError::MethodNotEnabled(method)));
        }
    };
    let payment = ApiPayment { instrument, upi_qr, amount, reference };
    let order = api.engine.pay_by_api(&merchant, key, payment).await.map_err(refusal)?;
    order_answer(&api.engine, &order)
}

/// What an acquirer is asked to take, and whether a QR code is wanted; the method where no
/// acquirer takes it.
fn instrument(with: PayWith) -> Result<(Instrument, bool), Method> {
    Ok(match with {
        PayWith::Card { number, cvv, expiry, name } => {
            (Instrument::Card(CardDetails { number, cvv, expiry, name }), false)
        }
        PayWith::UpiCollect(vpa) => (Instrument::UpiCollect(vpa), false),
        PayWith::UpiIntent { qr } => (Instrument::UpiIntent, qr),
        PayWith::Netbanking(pay_code) => (Instrument::Netbanking(pay_code), false),
        PayWith::Other(method) => return Err(method),
    })
}

/// Names the field that a refusal is about.
fn refusal(error: EngineError) -> ApiError {
    let field = match &error {
        EngineError::Refused(
            Refusal::AmountNotDue
            | Refusal::AmountExceedsDue
            | Refusal::PartTooSmall
            | Refusal::AmountOutOfRange,
        ) => Some(AMOUNT_VALUE),
        EngineError::Refused(Refusal::CurrencyMismatch) => Some(AMOUNT_CURRENCY),
        EngineError::Refused(Refusal::MethodNotAllowed) | EngineError::MethodNotEnabled(_) => {
            Some(METHOD)
        }
        EngineError::DuplicateReference => Some(REFERENCE),
        _ => None,
    };
    let error = ApiError::from(error);
    match field {
        Some(field) => error.at(field),
        None => error,
    }
}
