//! Instalments: the parts in which a payer pays a lender back.

use crate::day::Day;
use crate::money::Money;

/// One part of what is paid back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instalment {
    /// Which one, from 1.
    pub serial: u16,
    /// How much.
    pub amount: Money,
    /// By when.
    pub due: Day,
}
