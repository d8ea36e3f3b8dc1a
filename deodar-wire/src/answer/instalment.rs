//! An instalment.

use deodar_domain::day::Day;
use deodar_domain::instalment::Instalment;
use serde::Serialize;
use utoipa::ToSchema;

use super::value::Shown;
use crate::schema::methods;

/// An element of `installments`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Installment, description = "A part of what is paid back to a lender")]
pub(crate) struct InstalmentJson {
    /// Which part it is, from 1.
    serial_no: u16,
    /// How much.
    amount_in_paise: u64,
    #[schema(schema_with = methods::due_date, required)]
    due_date: Shown<Day>,
}

impl InstalmentJson {
    /// All of them, in their order.
    pub(crate) fn all(instalments: &[Instalment]) -> Vec<Self> {
        let told = |part: &Instalment| Self {
            serial_no: part.serial,
            amount_in_paise: part.amount.minor(),
            due_date: Shown(part.due),
        };
        instalments.iter().map(told).collect()
    }
}
