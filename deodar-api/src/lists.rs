//! The list calls: what a merchant has made in a period, newest first.

pub(crate) mod links;
pub(crate) mod orders;
pub(crate) mod refunds;

use axum::extract::FromRequestParts;
use deodar_domain::merchant::Merchant;
use deodar_engine::{Engine, ListKind, ListPage, ListPart};
use deodar_wire::ListCall;
use deodar_wire::request::{LIST_DEPTH_MAX, PER_PAGE_MAX};
use deodar_wire::schema::{integer, texts};
use http::request::Parts;

use crate::describe::Endpoint;
use crate::error::ApiError;

/// Which part of a list is asked for, by the query of the call.
pub(crate) struct Asked(ListCall);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(ListCall::parse(form_urlencoded::parse(query.as_bytes()))?))
    }
}

/// An endpoint that takes the query of a list.
fn asked(endpoint: Endpoint) -> Endpoint {
    const PER_PAGE: &str = "How many elements a page holds";
    const PAGE: &str = "Which page, from 1; only the newest 100,000 elements can be paged through";
    let end = "The last moment of the period, which is part of it: at most 60 days after its start";
    endpoint
        .query("start_date", true, texts::date_given("The first moment of the period"))
        .query("end_date", true, texts::date_given(end))
        .query("page", false, integer(PAGE, 1, LIST_DEPTH_MAX.into()))
        .query("per_page", false, integer(PER_PAGE, 1, PER_PAGE_MAX.into()))
}

/// The page that is asked for.
async fn page(
    engine: &Engine,
    merchant: &Merchant,
    kind: ListKind,
    call: &ListCall,
) -> Result<ListPage, ApiError> {
    let ListCall { start, end, page, per_page } = *call;
    Ok(engine.list(merchant, kind, ListPart { start, end, page, per_page }).await?)
}
