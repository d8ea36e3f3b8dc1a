//! `GET /api/pay/v1/paymentlink/{payment_link_id}` and `…/paymentlink/ref/{reference}`: 200 with
//! the link as of now.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_link_id;
use deodar_domain::reference::MerchantReference;
use deodar_engine::Thing;
use deodar_wire::answer::LinkJson;
use http::StatusCode;

use super::link_answer;
use crate::Api;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::path::Segment;

pub(crate) fn id_endpoint() -> Endpoint {
    Endpoint::new(by_id, "getPaymentLink", Tag::Links, "Read a payment link")
        .text("The link as of now: from its expiry on it is EXPIRED.")
        .ok::<LinkJson<'_>>("The link")
        .not_found(&["PAYMENT_LINK_NOT_FOUND"])
}

async fn by_id(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
) -> Result<Response, ApiError> {
    let key = parse_link_id(&id).ok_or_else(|| ApiError::not_found(Thing::Link))?;
    let order = api.engine.link(&merchant, key).await?;
    link_answer(&api.engine, StatusCode::OK, &order)
}

pub(crate) fn reference_endpoint() -> Endpoint {
    const SUMMARY: &str = "Read a payment link by the merchant's reference";
    Endpoint::new(by_reference, "getPaymentLinkByReference", Tag::Links, SUMMARY)
        .ok::<LinkJson<'_>>("The link")
        .not_found(&["PAYMENT_LINK_NOT_FOUND"])
}

async fn by_reference(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(reference): Segment,
) -> Result<Response, ApiError> {
    let reference = MerchantReference::parse_legacy(&reference)
        .map_err(|_| ApiError::not_found(Thing::Link))?;
    let order = api.engine.link_by_reference(&merchant, &reference).await?;
    link_answer(&api.engine, StatusCode::OK, &order)
}
