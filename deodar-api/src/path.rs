//! The last part of a path: an id or a reference.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

/// The one variable part of a path, decoded. One that is not UTF-8 is empty: no id and no reference
/// is empty, so it is not found.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(text)| text).unwrap_or_default()))
    }
}
