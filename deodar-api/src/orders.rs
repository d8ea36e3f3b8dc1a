//! Orders.

pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod create;
pub(crate) mod get;

use deodar_domain::id::parse_order_id;
use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_domain::refusal::Refusal;
use deodar_engine::{Answer, EngineError, Thing};
use deodar_wire::order_json;
use http::StatusCode;

use crate::answer;
use crate::error::ApiError;

/// The key in the id of a path. What cannot be an id is not found.
pub(crate) fn key_of(id: &str) -> Result<OrderKey, ApiError> {
    parse_order_id(id).ok_or_else(|| ApiError::not_found(Thing::Order))
}

/// Names the field that a refusal to make an order or a link is about.
pub(crate) fn named(error: EngineError, currency: &'static str) -> ApiError {
    let field = match error {
        EngineError::CurrencyNotEnabled(_) | EngineError::Refused(Refusal::CurrencyMismatch) => {
            Some(currency)
        }
        EngineError::MethodNotEnabled(_) => Some("allowed_payment_methods"),
        _ => None,
    };
    let error = ApiError::from(error);
    match field {
        Some(field) => error.at(field),
        None => error,
    }
}

/// 200 with an order that has no payment in flight, as an answer that may be kept.
fn written_order(order: &Order) -> Option<Answer> {
    answer::written(StatusCode::OK, &order_json(order, None)).ok()
}
