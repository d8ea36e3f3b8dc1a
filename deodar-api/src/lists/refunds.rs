//! `GET /api/mcp/v1/refund/order/details`: 200 with a page of refunds, each as
//! `GET /api/pay/v1/orders/{order_id}` answers it, by the refund's own id, inside `data`.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::ListKind;
use deodar_wire::answer::{ListJson, RefundJson};
use deodar_wire::refunds_json;

use super::{Asked, asked, page};
use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

pub(crate) fn endpoint() -> Endpoint {
    asked(Endpoint::new(list, "listRefunds", Tag::Lists, "List refunds"))
        .ok::<ListJson<RefundJson<'_>>>(
            "A page of refunds, each as its own call answers it in `data`",
        )
}

async fn list(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Asked(call): Asked,
) -> Result<Response, ApiError> {
    let page = page(&api.engine, &merchant, ListKind::Refund, &call).await?;
    let refunds = page.listed.iter().map(|listed| (listed.key, &listed.order));
    Ok(answer::ok(&refunds_json(refunds, &call, page.has_more)))
}
