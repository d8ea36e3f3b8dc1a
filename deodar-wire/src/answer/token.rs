//! An access token.

use deodar_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::value::Time;
use crate::schema::texts;

/// An access token. Both forms of its end are told: the documents' samples have one, their tables
/// and the official SDK the other.
#[derive(Serialize, ToSchema)]
#[schema(as = Token, description = "An access token")]
pub struct TokenAnswer<'a> {
    /// To be sent as `Authorization: Bearer <token>`.
    access_token: &'a str,
    #[schema(schema_with = texts::time)]
    expires_at: Time,
    /// In how many seconds it ends.
    #[schema(value_type = u32, examples(3_600))]
    expires_in: u32,
}

impl<'a> TokenAnswer<'a> {
    /// A token that ends at `expires_at`, `expires_in` seconds from now.
    pub const fn new(access_token: &'a str, expires_at: Timestamp, expires_in: u32) -> Self {
        Self { access_token, expires_at: Time(expires_at), expires_in }
    }
}
