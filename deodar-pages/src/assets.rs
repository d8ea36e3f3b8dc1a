//! The stylesheet, the script and the icon: embedded, named by their content, cached for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use sha2::{Digest, Sha256};

use crate::error::PageError;

/// How much script of our own a payer's page may carry, in bytes.
#[cfg(test)]
const SCRIPT_LENGTH_MAX_BYTES: usize = 4_096;
/// How many characters of a file's hash are in its name.
const HASH_LENGTH: usize = 12;

/// An embedded file.
pub(crate) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    body: &'static [u8],
    name: LazyLock<String>,
}

/// Declares an embedded file by its stem, extension and media type.
macro_rules! asset {
    ($name:ident, $stem:literal, $extension:literal, $content_type:literal) => {
        pub(crate) static $name: Asset = Asset {
            stem: $stem,
            extension: $extension,
            content_type: $content_type,
            body: include_bytes!(concat!("../assets/", $stem, ".", $extension)),
            name: LazyLock::new(|| name_of(&$name)),
        };
    };
}

asset!(STYLE, "pay", "css", "text/css; charset=utf-8");
asset!(MESSAGES, "messages", "css", "text/css; charset=utf-8");
asset!(SCRIPT, "pay", "js", "text/javascript; charset=utf-8");
asset!(ICON, "icon", "svg", "image/svg+xml");

/// `<stem>-<hash>.<extension>`
fn name_of(asset: &Asset) -> String {
    format!("{}-{}.{}", asset.stem, hash(asset.body), asset.extension)
}

/// What names a file by its content.
pub(crate) fn hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body)).chars().take(HASH_LENGTH).collect()
}

impl Asset {
    /// The address of the file.
    pub(crate) fn path(&self) -> String {
        format!("/assets/{}", self.name.as_str())
    }
}

/// `GET /assets/<name>`. While nodes of two versions run side by side, one may be asked for a file
/// as the other names it: it answers with its own, and nobody caches that.
pub(crate) async fn get(name: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(name)) = name else { return PageError::NotFound.into_response() };
    let fits = |asset: &Asset| {
        let hash =
            name.strip_prefix(asset.stem).and_then(|rest| rest.strip_suffix(asset.extension));
        hash.is_some_and(|hash| hash.starts_with('-') && hash.ends_with('.'))
    };
    let Some(asset) = [&STYLE, &MESSAGES, &SCRIPT, &ICON].into_iter().find(|asset| fits(asset))
    else {
        return PageError::NotFound.into_response();
    };
    let caching =
        if *asset.name == name { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, caching),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payers_page_carries_little_script() {
        assert!(SCRIPT.body.len() <= SCRIPT_LENGTH_MAX_BYTES, "{} bytes", SCRIPT.body.len());
    }

    #[test]
    fn nothing_is_asked_of_a_third_party() {
        for asset in [&STYLE, &MESSAGES, &SCRIPT] {
            let text = std::str::from_utf8(asset.body).expect("UTF-8");
            assert!(!text.contains("://") && !text.contains("@import"), "{}", asset.stem);
        }
    }
}
