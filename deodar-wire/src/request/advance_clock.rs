//! `POST /sandbox/clock`

use serde::Deserialize;
use utoipa::ToSchema;

use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::Minor;
use crate::schema;

/// How far one call moves business time, in seconds: ten years.
pub const ADVANCE_SECONDS_MAX: u64 = 315_576_000;

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = AdvanceClock, description = "How far business time is to be moved")]
#[serde(default)]
struct RawAdvance {
    #[schema(schema_with = advance_seconds, required)]
    advance_seconds: Minor,
}

/// A request to move the sandbox's business time forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceClock {
    /// By how many seconds.
    pub seconds: u64,
}

schema::described_by!(AdvanceClock, RawAdvance);

fn advance_seconds() -> utoipa::openapi::Object {
    schema::integer("By how many seconds", 0, ADVANCE_SECONDS_MAX)
}

impl AdvanceClock {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw: RawAdvance = read_object(body)?;
        match raw.advance_seconds {
            Minor::Whole(seconds) if seconds <= ADVANCE_SECONDS_MAX => Ok(Self { seconds }),
            _ => Err(At::ROOT
                .key("advance_seconds")
                .refuse(format_args!("must be an integer from 0 to {ADVANCE_SECONDS_MAX}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bounded_whole_number_of_seconds_is_taken() {
        let cases = [
            ("0", Some(0)),
            ("315576000", Some(315_576_000)),
            ("315576001", None),
            ("-1", None),
            ("1.5", None),
            ("\"60\"", None),
            ("null", None),
        ];
        for (number, expected) in cases {
            let body = format!(r#"{{"advance_seconds":{number}}}"#);
            let parsed = AdvanceClock::parse(body.as_bytes());
            assert_eq!(parsed.ok().map(|clock| clock.seconds), expected, "{number}");
        }
    }
}
