//! `offer_data`: the EMI plan that was agreed.

use deodar_domain::emi::{AnnualRate, EmiPlan};
use deodar_domain::instrument::{EmiCard, Instrument, IssuerText};
use deodar_domain::payment::Payment;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::answer::instalment::InstalmentJson;
use crate::answer::value::{Amount, Shown};
use crate::schema::methods;

/// `offer_data`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfferData, description = "The EMI plan of the payment")]
pub(super) struct OfferJson<'a> {
    offer_details: DetailsJson<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfferDetails, description = "Who lends, and on which plan")]
struct DetailsJson<'a> {
    /// Who issued the card, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[schema(schema_with = methods::issuer_type, required)]
    issuer_type: &'static str,
    tenure: TenureJson,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenure, description = "An EMI plan, as it was agreed when the payment was made")]
struct TenureJson {
    /// The tenure's number.
    #[schema(value_type = String)]
    tenure_id: Shown<u16>,
    /// The tenure in words.
    name: String,
    #[schema(schema_with = methods::tenure_type, required)]
    tenure_type: &'static str,
    /// Over how many months it is paid back.
    tenure_value: u16,
    /// What is lent.
    loan_amount: Amount,
    /// What is paid back in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    net_payment_amount: Option<Amount>,
    /// What is paid back each month, but for the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_emi_amount: Option<Amount>,
    /// What is paid back in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_emi_amount: Option<Amount>,
    /// What of that is interest.
    #[serde(skip_serializing_if = "Option::is_none")]
    interest_amount: Option<Amount>,
    /// The yearly rate of interest, in percent.
    #[schema(value_type = f64)]
    interest_rate_percentage: Percentage,
    #[schema(schema_with = methods::emi_type, required)]
    emi_type: &'static str,
    /// What is paid back, and when.
    installments: Vec<InstalmentJson>,
}

impl<'a> OfferJson<'a> {
    /// The plan of a payment by EMI.
    pub(super) fn of(payment: &'a Payment) -> Option<Self> {
        let plan = payment.instrument.emi_plan()?;
        let issuer = payment.instrument.card().and_then(|card| card.issuer.as_ref());
        let offer_details = DetailsJson {
            name: issuer.map(IssuerText::as_str),
            issuer_type: match &payment.instrument {
                Instrument::CardEmi { on: EmiCard::Credit, .. } => "CC_BANK",
                Instrument::CardEmi { on: EmiCard::Debit, .. } => "DC_BANK",
                _ => "NBFC",
            },
            tenure: TenureJson::of(payment, plan),
        };
        Some(Self { offer_details })
    }
}

impl TenureJson {
    fn of(payment: &Payment, plan: &EmiPlan) -> Self {
        let months = plan.tenure.months();
        let total = plan.total();
        Self {
            tenure_id: Shown(months),
            name: format!("{months} {}", if months == 1 { "Month" } else { "Months" }),
            tenure_type: "MONTH",
            tenure_value: months,
            loan_amount: Amount(payment.amount),
            net_payment_amount: total.map(Amount),
            monthly_emi_amount: plan.monthly().map(Amount),
            total_emi_amount: total.map(Amount),
            interest_amount: total.and_then(|total| total.minus(payment.amount).ok()).map(Amount),
            interest_rate_percentage: Percentage(plan.rate),
            emi_type: if plan.rate.0 == 0 { "NO_COST" } else { "STANDARD" },
            installments: InstalmentJson::all(&plan.instalments),
        }
    }
}

/// A rate in percent: a JSON number with at most two decimals.
#[derive(Debug)]
struct Percentage(AnnualRate);

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AnnualRate(basis_points) = self.0;
        let (whole, hundredths) = (basis_points / 100, basis_points % 100);
        if hundredths == 0 {
            return serializer.serialize_u16(whole);
        }
        // A double holds every such number to far more than two decimals.
        let percent: f64 = format!("{whole}.{hundredths:02}").parse().unwrap_or_default();
        serializer.serialize_f64(percent)
    }
}
