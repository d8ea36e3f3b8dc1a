//! Compressing what a browser loads, where it can read that.
//!
//! Lengths of compressed answers tell a listener what is in them where somebody else chooses a part
//! of the same answer (BREACH). That takes a secret which the one who makes the browser ask does
//! not know. Here there is none: no page knows its payer by a cookie, and each shows the same to
//! everyone who has its address, so whoever can have it asked for can read it without a listener.

use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// What is not larger than this leaves in one packet as it is, in bytes.
const LENGTH_MIN: u16 = 1_024;
/// The media types of what a page is made of. Pictures are packed already, and JSON stays as it
/// is: what a sandbox keeps in it is no page.
const PACKED: [&str; 4] = ["text/html", "text/css", "text/javascript", "image/svg+xml"];

/// Compresses pages and what they load.
pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    let is_page = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.and_then(|value| value.split(';').next());
        media_type.is_some_and(|media_type| PACKED.contains(&media_type))
    };
    CompressionLayer::new().gzip(true).compress_when(SizeAbove::new(LENGTH_MIN.into()).and(is_page))
}
