//! `GET /api/pay/v1/orders/{order_id}` and `…/orders/reference/{reference}`: 200 with the order as
//! of now, in its envelope; a refund's id or reference answers the refund.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::reference::MerchantReference;
use deodar_engine::Thing;
use deodar_wire::answer::OrderOrRefund;

use super::key_of;
use crate::Api;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::path::Segment;
use crate::payments::order_or_refund_answer;

pub(crate) fn id_endpoint() -> Endpoint {
    Endpoint::new(by_id, "getOrder", Tag::Orders, "Read an order or a refund")
        .text(
            "The order as of now, with its payments and refunds. A refund's id answers the refund.",
        )
        .ok::<OrderOrRefund<'_>>("The order, or the refund")
        .not_found(&["ORDER_NOT_FOUND"])
}

async fn by_id(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
) -> Result<Response, ApiError> {
    let key = key_of(&id)?;
    if let Some(order) = api.rendered.answer(&api.engine, &merchant, key).await? {
        return Ok(order);
    }
    let found = api.engine.refund_of_order(&merchant, key).await?;
    order_or_refund_answer(&api.engine, &found.order, found.key)
}

pub(crate) fn reference_endpoint() -> Endpoint {
    const SUMMARY: &str = "Read an order or a refund by the merchant's reference";
    Endpoint::new(by_reference, "getOrderByReference", Tag::Orders, SUMMARY)
        .ok::<OrderOrRefund<'_>>("The order, or the refund")
        .not_found(&["ORDER_NOT_FOUND"])
}

async fn by_reference(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(reference): Segment,
) -> Result<Response, ApiError> {
    let reference = MerchantReference::parse_legacy(&reference)
        .map_err(|_| ApiError::not_found(Thing::Order))?;
    let found = api.engine.order_or_refund_by_reference(&merchant, &reference).await?;
    order_or_refund_answer(&api.engine, &found.order, found.key)
}
