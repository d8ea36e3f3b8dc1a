//! The plan of an EMI.

use serde::Deserialize;
use serde_json::Number;

use crate::instalment::Instalment;
use crate::terms::Amount;

/// What was agreed of an EMI.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Offer {
    /// By whom, and how.
    pub offer_details: OfferDetails,
}

/// Who lends, and how that is paid back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OfferDetails {
    /// The name of the bank, where it is known.
    pub name: Option<String>,
    /// `CC_BANK` for credit cards, `DC_BANK` for debit cards, `NBFC` for lenders without cards.
    pub issuer_type: Option<String>,
    /// The plan.
    #[serde(rename = "tenure")]
    pub plan: Option<EmiPlan>,
}

/// How an EMI is paid back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EmiPlan {
    /// The unit of the tenure: `MONTH`.
    pub tenure_type: Option<String>,
    /// How long it lasts.
    pub tenure_value: u16,
    /// What is lent.
    pub loan_amount: Option<Amount>,
    /// What is paid back each month, but for the last.
    pub monthly_emi_amount: Option<Amount>,
    /// What is paid back in all.
    pub total_emi_amount: Option<Amount>,
    /// What of that is interest.
    pub interest_amount: Option<Amount>,
    /// The yearly rate in percent.
    pub interest_rate_percentage: Option<Number>,
    /// `STANDARD`, or `NO_COST` where there is no interest.
    pub emi_type: Option<String>,
    /// The parts.
    #[serde(rename = "installments")]
    pub instalments: Vec<Instalment>,
}
