//! An access token.

use deodar_domain::time::Timestamp;
use serde::Serialize;

use super::value::Time;

/// An access token. Both forms of its end are told: the documents' samples have one, their tables
/// and the official SDK the other.
#[derive(Serialize)]
pub struct TokenAnswer<'a> {
    access_token: &'a str,
    expires_at: Time,
    expires_in: u32,
}

impl<'a> TokenAnswer<'a> {
    /// A token that ends at `expires_at`, `expires_in` seconds from now.
    pub const fn new(access_token: &'a str, expires_at: Timestamp, expires_in: u32) -> Self {
        Self { access_token, expires_at: Time(expires_at), expires_in }
    }
}
