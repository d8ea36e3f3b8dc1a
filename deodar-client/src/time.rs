//! Times in JSON: RFC 3339.

use std::borrow::Cow;

use deodar_domain::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes a time that may be absent.
#[expect(clippy::ref_option, reason = "serde hands a field over as it is")]
pub(crate) fn write<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

/// Reads a time.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    Timestamp::parse(&text).map_err(D::Error::custom)
}
