//! A card's details on their way to the acquirer.

use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};

/// A card's details. The number and the CVV are wiped when this is dropped.
#[derive(Debug)]
pub struct CardDetails {
    /// The number.
    pub number: CardNumber,
    /// The verification value.
    pub cvv: Cvv,
    /// The month in which it expires.
    pub expiry: CardExpiry,
    /// The name on it.
    pub name: CardholderName,
}
