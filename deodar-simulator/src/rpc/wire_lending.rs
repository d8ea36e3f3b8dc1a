//! What a payer can pay with, as JSON: plans, points and a lender's word.

use deodar_acquirer::{EligibilityRequest, PointsBalance};
use deodar_domain::card::CardNumber;
use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan};
use deodar_domain::id::MerchantId;
use deodar_domain::instalment::Instalment;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::pay_later::{Eligibility, MaskedMobile};
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use super::wire::{BadField, WireMoney};
use super::wire_instrument::{WireDevice, read_number, read_provider, read_tenure};

#[derive(Serialize, Deserialize)]
struct WireInstalment {
    serial: u16,
    amount: WireMoney,
    due: String,
}

impl WireInstalment {
    fn all(instalments: &[Instalment]) -> Vec<Self> {
        let of = |part: &Instalment| Self {
            serial: part.serial,
            amount: WireMoney::of(part.amount),
            due: part.due.to_string(),
        };
        instalments.iter().map(of).collect()
    }

    fn read(&self) -> Result<Instalment, BadField> {
        Ok(Instalment {
            serial: self.serial,
            amount: self.amount.read()?,
            due: Day::parse(&self.due).ok_or(BadField("due"))?,
        })
    }

    fn read_all(instalments: &[Self]) -> Result<Vec<Instalment>, BadField> {
        instalments.iter().map(Self::read).collect()
    }
}

/// `POST …/plans`
#[derive(Serialize, Deserialize)]
pub(super) struct WirePlansRequest {
    method: String,
    amount: WireMoney,
}

impl WirePlansRequest {
    pub(super) fn of(method: Method, amount: Money) -> Self {
        Self { method: method.name().to_owned(), amount: WireMoney::of(amount) }
    }

    pub(super) fn read(&self) -> Result<(Method, Money), BadField> {
        let method = Method::from_name(&self.method).ok_or(BadField("method"))?;
        Ok((method, self.amount.read()?))
    }
}

#[derive(Serialize, Deserialize)]
struct WirePlan {
    tenure: u16,
    rate_basis_points: u16,
    instalments: Vec<WireInstalment>,
}

/// The plans of an amount.
#[derive(Serialize, Deserialize)]
pub(super) struct WirePlans {
    plans: Vec<WirePlan>,
}

impl WirePlans {
    pub(super) fn of(plans: &[EmiPlan]) -> Self {
        let of = |plan: &EmiPlan| WirePlan {
            tenure: plan.tenure.months(),
            rate_basis_points: plan.rate.0,
            instalments: WireInstalment::all(&plan.instalments),
        };
        Self { plans: plans.iter().map(of).collect() }
    }

    pub(super) fn read(&self) -> Result<Vec<EmiPlan>, BadField> {
        let read = |plan: &WirePlan| {
            Ok(EmiPlan {
                tenure: read_tenure(plan.tenure)?,
                rate: AnnualRate(plan.rate_basis_points),
                instalments: WireInstalment::read_all(&plan.instalments)?,
            })
        };
        self.plans.iter().map(read).collect()
    }
}

/// `POST …/balance`
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct WireBalanceRequest {
    number: String,
}

impl WireBalanceRequest {
    pub(super) fn of(number: &CardNumber) -> Self {
        Self { number: number.expose().to_owned() }
    }

    pub(super) fn read(&self) -> Result<CardNumber, BadField> {
        read_number(&self.number)
    }
}

/// The points of a card.
#[derive(Serialize, Deserialize)]
pub(super) struct WireBalance {
    points: u64,
    worth: WireMoney,
}

impl WireBalance {
    pub(super) fn of(balance: PointsBalance) -> Self {
        Self { points: balance.points, worth: WireMoney::of(balance.worth) }
    }

    pub(super) fn read(&self) -> Result<PointsBalance, BadField> {
        Ok(PointsBalance { points: self.points, worth: self.worth.read()? })
    }
}

/// `POST …/eligibility`
#[derive(Serialize, Deserialize)]
pub(super) struct WireEligibilityRequest {
    merchant: u32,
    provider: String,
    mobile: String,
    amount: WireMoney,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<WireDevice>,
}

impl WireEligibilityRequest {
    pub(super) fn of(request: &EligibilityRequest) -> Self {
        Self {
            merchant: request.merchant.as_u32(),
            provider: request.provider.name().to_owned(),
            mobile: request.mobile.as_str().to_owned(),
            amount: WireMoney::of(request.amount),
            device: request.device.as_ref().map(WireDevice::of),
        }
    }

    pub(super) fn read(&self) -> Result<EligibilityRequest, BadField> {
        Ok(EligibilityRequest {
            merchant: MerchantId::new(self.merchant).ok_or(BadField("merchant"))?,
            provider: read_provider(&self.provider)?,
            mobile: MaskedMobile::parse(&self.mobile).map_err(|_| BadField("mobile"))?,
            amount: self.amount.read()?,
            device: self.device.as_ref().map(WireDevice::read).transpose()?,
        })
    }
}

/// A lender's word.
#[derive(Serialize, Deserialize)]
pub(super) struct WireEligibility {
    eligible: bool,
    limit: WireMoney,
    instalments: Vec<WireInstalment>,
}

impl WireEligibility {
    pub(super) fn of(eligibility: &Eligibility) -> Self {
        Self {
            eligible: eligibility.eligible,
            limit: WireMoney::of(eligibility.limit),
            instalments: WireInstalment::all(&eligibility.instalments),
        }
    }

    pub(super) fn read(&self) -> Result<Eligibility, BadField> {
        Ok(Eligibility {
            eligible: self.eligible,
            limit: self.limit.read()?,
            instalments: WireInstalment::read_all(&self.instalments)?,
        })
    }
}
