//! `POST /api/pay/v1/orders`: makes an order.
//!
//! 200 with the order, whether it is new or was made by the same reference before; 422 where that
//! was another deal.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::Made;
use deodar_wire::CreateOrder;

use super::{named, written_order};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::payments::order_answer;

pub(crate) async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    once: Once,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let CreateOrder { terms } = CreateOrder::parse(&body)?;
    let made = api.engine.create_order_once(&merchant, terms, &once.keep(&written_order)).await;
    let made = made.map_err(|error| named(error, "order_amount.currency"))?;
    let (Made::New(order) | Made::Existing(order)) = made;
    order_answer(&api.engine, &order)
}
