//! `GET /api/mcp/v1/order/details`: 200 with a page of orders, those of links among them, each as
//! `GET /api/pay/v1/orders/{order_id}` answers it inside `data`.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::{EngineError, ListKind};
use deodar_wire::answer::{ListJson, OrderJson};
use deodar_wire::orders_json;

use super::{Asked, asked, page};
use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

pub(crate) fn endpoint() -> Endpoint {
    asked(Endpoint::new(list, "listOrders", Tag::Lists, "List orders"))
        .text("Orders of links are among them.")
        .ok::<ListJson<OrderJson<'_>>>(
            "A page of orders, each as its own call answers it in `data`",
        )
}

async fn list(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Asked(call): Asked,
) -> Result<Response, ApiError> {
    let page = page(&api.engine, &merchant, ListKind::Order, &call).await?;
    let orders: Vec<_> = page
        .listed
        .iter()
        .map(|listed| Ok((&listed.order, api.engine.challenge_url(&listed.order)?)))
        .collect::<Result<_, EngineError>>()?;
    let orders = orders.iter().map(|(order, challenge_url)| (*order, challenge_url.as_deref()));
    Ok(answer::ok(&orders_json(orders, &call, page.has_more)))
}
