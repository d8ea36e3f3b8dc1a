//! Ids and references as segments of a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// What stands in a segment as it is: RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` as one segment, whatever it holds.
pub(crate) fn segment(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_more_than_one_segment() {
        for (text, encoded) in [
            ("v1-250306082755-aa-qlAtAf", "v1-250306082755-aa-qlAtAf"),
            ("ref/x", "ref%2Fx"),
            ("a?b#c%d e", "a%3Fb%23c%25d%20e"),
            ("चाय", "%E0%A4%9A%E0%A4%BE%E0%A4%AF"),
        ] {
            assert_eq!(segment(text).to_string(), encoded);
        }
    }
}
