//! How a payer would pay a bank or a lender back, before it is agreed.

use askama::Template;
use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan};
use deodar_domain::instalment::Instalment;
use deodar_domain::method::Method;

use super::input::Inputs;
use super::notes::{Field, OfferNote};
use super::{lender, months};
use crate::mobile;
use crate::offers::Offers;
use crate::texts::{Texts, fill, fill_all};

/// The name of the choice of a tenure: each method has its own.
pub(crate) fn tenure_name(method: Method) -> String {
    format!("{}_{}", Field::Tenure.name(), method.name())
}

/// One plan.
struct PlanRow {
    value: u16,
    name: String,
    monthly: String,
    details: String,
    checked: bool,
}

/// The plans of an EMI method.
#[derive(Template)]
#[template(path = "plans.html")]
pub(crate) struct Plans {
    t: &'static Texts,
    method: &'static str,
    name: String,
    rows: Vec<PlanRow>,
    wrong: bool,
    /// Asks for the plans of another amount, where the payer may pay a part.
    part: bool,
}

impl Plans {
    /// The plans of every EMI method that is offered.
    pub(super) fn all(inputs: &Inputs<'_>, offers: &Offers, part: bool) -> Vec<Self> {
        let offered = offers.plans.iter().filter(|(_, plans)| !plans.is_empty());
        offered.map(|(method, plans)| Self::of(inputs, *method, plans, part)).collect()
    }

    fn of(inputs: &Inputs<'_>, method: Method, plans: &[EmiPlan], part: bool) -> Self {
        let t = inputs.t;
        let chosen = inputs.notes.tenure.filter(|_| inputs.notes.method == Some(method));
        let chosen = chosen.filter(|chosen| plans.iter().any(|plan| plan.tenure == *chosen));
        let chosen = chosen.or_else(|| plans.first().map(|plan| plan.tenure));
        let row = |plan: &EmiPlan| {
            let (monthly, total) = (plan.monthly()?, plan.total()?);
            let total = fill(t.emi_total, &total.display_indian());
            Some(PlanRow {
                value: plan.tenure.months(),
                name: months(t, plan),
                monthly: fill(t.emi_monthly, &monthly.display_indian()),
                details: [&rate(t, plan.rate), " · ", &total].concat(),
                checked: Some(plan.tenure) == chosen,
            })
        };
        Self {
            t,
            method: method.name(),
            name: tenure_name(method),
            rows: plans.iter().filter_map(row).collect(),
            wrong: inputs.is_wrong(Field::Tenure),
            part,
        }
    }
}

/// A yearly rate as banks write it: `13%`, `13.5%`.
fn rate(t: &Texts, rate: AnnualRate) -> String {
    let (whole, hundredths) = (rate.0 / 100, rate.0 % 100);
    let number = match hundredths {
        0 => whole.to_string(),
        _ => format!("{whole}.{hundredths:02}").trim_end_matches('0').to_owned(),
    };
    if rate.0 == 0 { t.emi_no_interest.to_owned() } else { fill(t.emi_rate, &number) }
}

/// What a lender said.
#[derive(Template)]
#[template(path = "offer.html")]
pub(crate) struct Offer {
    good: bool,
    text: String,
    rows: Vec<(String, String)>,
}

impl Offer {
    /// What the lender of the page before said.
    pub(super) fn of(inputs: &Inputs<'_>, offers: &Offers) -> Option<Self> {
        let (t, notes) = (inputs.t, inputs.notes);
        let (note, provider) = (notes.offer?, notes.provider?);
        if !offers.lenders.contains(&provider) {
            return None;
        }
        let name = lender(provider);
        let ending = offers.mobile.as_ref().map(mobile::ending).unwrap_or_default();
        let amount = offers.amount.display_indian();
        let text = match note {
            OfferNote::Yes => t.offer_yes,
            OfferNote::Short => t.offer_short,
            OfferNote::No => t.offer_no,
            OfferNote::TooMany => t.offer_limit,
            OfferNote::Silent => t.offer_silent,
        };
        let good = note == OfferNote::Yes;
        let parts = provider.instalments(offers.amount, Day::of(offers.now));
        let row =
            |part: &Instalment| (fill(t.due_on, &t.day(part.due)), part.amount.display_indian());
        let text = fill_all(text, &[name, &amount, ending]);
        Some(Self {
            good,
            text: if good && parts.is_empty() {
                format!("{text} {}", t.offer_one_bill)
            } else {
                text
            },
            rows: parts.iter().filter(|_| good).map(row).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::ENGLISH;

    #[test]
    fn a_rate_is_told_as_banks_write_it() {
        let cases = [
            (0, "No interest"),
            (1_300, "13% a year"),
            (1_350, "13.5% a year"),
            (1_305, "13.05% a year"),
        ];
        for (basis_points, told) in cases {
            assert_eq!(rate(&ENGLISH, AnnualRate(basis_points)), told);
        }
    }
}
