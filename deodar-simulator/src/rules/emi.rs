//! The rules of EMI: which plans there are, and at which rates.

use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::method::Method;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};

/// A tenure that is offered, with its yearly rates in basis points.
struct Offered {
    months: u16,
    credit: u16,
    debit: u16,
    cardless: u16,
}

const OFFERED: [Offered; 6] = [
    Offered { months: 3, credit: 1_300, debit: 1_600, cardless: 1_800 },
    Offered { months: 6, credit: 1_300, debit: 1_600, cardless: 1_800 },
    Offered { months: 9, credit: 1_400, debit: 1_600, cardless: 1_800 },
    Offered { months: 12, credit: 1_400, debit: 1_600, cardless: 1_800 },
    Offered { months: 18, credit: 1_500, debit: 1_600, cardless: 1_800 },
    Offered { months: 24, credit: 1_600, debit: 1_600, cardless: 1_800 },
];

impl Offered {
    const fn rate(&self, method: Method) -> Option<AnnualRate> {
        match method {
            Method::CreditEmi => Some(AnnualRate(self.credit)),
            Method::DebitEmi => Some(AnnualRate(self.debit)),
            Method::CardlessEmi => Some(AnnualRate(self.cardless)),
            _ => None,
        }
    }

    fn plan(&self, method: Method, amount: Money, today: Day) -> Option<EmiPlan> {
        if amount.minor() < AMOUNT_MIN_PAISE {
            return None;
        }
        EmiPlan::reckon(amount, Tenure::of_months(self.months)?, self.rate(method)?, today)
    }
}

/// The plans on which `amount`, lent on `today`, can be paid back, shortest first; none where the
/// amount is too small.
pub(crate) fn plans(method: Method, amount: Money, today: Day) -> Vec<EmiPlan> {
    OFFERED.iter().filter_map(|offered| offered.plan(method, amount, today)).collect()
}

/// The plan of one tenure; `None` where it is not offered for the amount.
pub(crate) fn plan(method: Method, amount: Money, tenure: Tenure, today: Day) -> Option<EmiPlan> {
    let offered = OFFERED.iter().find(|offered| offered.months == tenure.months())?;
    offered.plan(method, amount, today)
}
