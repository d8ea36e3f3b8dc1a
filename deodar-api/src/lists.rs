//! The list calls: what a merchant has made in a period, newest first.

pub(crate) mod links;
pub(crate) mod orders;
pub(crate) mod refunds;

use axum::extract::FromRequestParts;
use deodar_domain::merchant::Merchant;
use deodar_engine::{Engine, ListKind, ListPage, ListPart};
use deodar_wire::ListCall;
use http::request::Parts;

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
