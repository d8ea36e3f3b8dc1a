//! `GET /api/pay/v1/orders/{order_id}` and `…/orders/reference/{reference}`: 200 with the order as
//! of now, in its envelope; a refund's id answers the refund.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_order_id;
use deodar_domain::reference::MerchantReference;
use deodar_engine::Thing;
use deodar_wire::order_or_refund_json;

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::path::Segment;

pub(crate) async fn by_id(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
) -> Result<Response, ApiError> {
    let key = parse_order_id(&id).ok_or_else(|| ApiError::not_found(Thing::Order))?;
    let order = api.engine.order(&merchant, key).await?;
    Ok(answer::ok(&order_or_refund_json(&order, key)))
}

pub(crate) async fn by_reference(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(reference): Segment,
) -> Result<Response, ApiError> {
    let reference =
        MerchantReference::parse(&reference).map_err(|_| ApiError::not_found(Thing::Order))?;
    let order = api.engine.order_by_reference(&merchant, &reference).await?;
    // Orders, links and refunds have references; the order's own comes first.
    let refund = order.refunds.iter().find(|refund| refund.reference.as_ref() == Some(&reference));
    let key = match refund {
        Some(refund) if order.terms.reference != reference => refund.key,
        _ => order.key,
    };
    Ok(answer::ok(&order_or_refund_json(&order, key)))
}
