//! Instalments: the parts in which a payer pays a lender back.

use std::borrow::Cow;

use deodar_domain::day::Day;
use serde::{Deserialize, Deserializer};

/// One part of what is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Instalment {
    /// Which one, from 1.
    #[serde(rename = "serial_no")]
    pub serial: u16,
    /// How much, in paise.
    #[serde(rename = "amount_in_paise")]
    pub paise: u64,
    /// By when, where it is told.
    #[serde(rename = "due_date", default, deserialize_with = "day")]
    pub due: Option<Day>,
}

/// Reads a day; another form than `2025-03-06` is no error.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| Day::parse(&text)))
}
