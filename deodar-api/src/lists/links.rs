//! `GET /api/mcp/v1/payment-link/details`: 200 with a page of links, each as
//! `GET /api/pay/v1/paymentlink/{payment_link_id}` answers it.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::ListKind;
use deodar_wire::answer::{LinkJson, ListJson};
use deodar_wire::links_json;

use super::{Asked, asked, page};
use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

pub(crate) fn endpoint() -> Endpoint {
    asked(Endpoint::new(list, "listPaymentLinks", Tag::Lists, "List payment links")).ok::<ListJson<
        LinkJson<'_>,
    >>(
        "A page of links, each as its own call answers it",
    )
}

async fn list(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Asked(call): Asked,
) -> Result<Response, ApiError> {
    let page = page(&api.engine, &merchant, ListKind::Link, &call).await?;
    let links: Vec<_> = page
        .listed
        .iter()
        .filter_map(|listed| {
            let link = listed.order.link.as_ref()?;
            Some((&listed.order, api.engine.link_url(link.number)))
        })
        .collect();
    let links = links.iter().map(|(order, page_url)| (*order, page_url.as_str()));
    Ok(answer::ok(&links_json(links, &call, page.has_more)))
}
