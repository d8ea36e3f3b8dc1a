//! What may be kept of what the payer pays with, and what the acquirer adds to it.

use std::sync::Arc;

use deodar_acquirer::{AcquirerError, Instrument};
use deodar_domain::card::{CardExpiry, CardNumber};
use deodar_domain::day::Day;
use deodar_domain::emi::{EmiPlan, Tenure};
use deodar_domain::instrument::{CardSummary, Instrument as KeptInstrument, UpiFlow};
use deodar_domain::method::Method;
use deodar_domain::money::Money;

use super::{AskedPayment, within};
use crate::engine::Engine;
use crate::error::{EngineError, PaymentProblem};

impl Engine {
    /// What may be kept of an instrument. The plan of an EMI is the acquirer's, and is agreed here.
    pub(super) async fn kept(
        &self,
        asked: &AskedPayment,
        amount: Money,
        element: usize,
    ) -> Result<KeptInstrument, EngineError> {
        let instrument = &asked.instrument;
        let method = instrument.method();
        self.check_expiry(instrument, element)?;
        Ok(match instrument {
            Instrument::Card(card) => KeptInstrument::Card(summary(&card.number)),
            Instrument::UpiCollect(vpa) => {
                KeptInstrument::Upi(UpiFlow::Collect { vpa: vpa.clone() })
            }
            Instrument::UpiIntent => KeptInstrument::Upi(UpiFlow::Intent { qr: asked.upi_qr }),
            Instrument::Netbanking(code) => KeptInstrument::Netbanking { pay_code: code.clone() },
            Instrument::Wallet(code) => KeptInstrument::Wallet { wallet_code: code.clone() },
            Instrument::Points { number, .. } => KeptInstrument::Points(summary(number)),
            Instrument::CardEmi { on, card, tenure } => KeptInstrument::CardEmi {
                on: *on,
                card: summary(&card.number),
                plan: self.plan(method, amount, *tenure, element).await?,
            },
            Instrument::CardlessEmi { mobile, tenure, .. } => KeptInstrument::CardlessEmi {
                mobile: mobile.clone(),
                plan: self.plan(method, amount, *tenure, element).await?,
            },
            Instrument::PayLater { provider, mobile, .. } => KeptInstrument::PayLater {
                provider: *provider,
                mobile: mobile.clone(),
                instalments: provider.instalments(amount, Day::of(self.now())),
            },
        })
    }

    /// Refuses a card that has expired. A page refuses it before.
    fn check_expiry(&self, instrument: &Instrument, element: usize) -> Result<(), EngineError> {
        match expiry(instrument) {
            Some(expiry) if expiry.check_not_past(self.now()).is_err() => {
                Err(EngineError::InvalidPayment { element, problem: PaymentProblem::CardExpired })
            }
            _ => Ok(()),
        }
    }

    /// The acquirer's plan for a tenure.
    async fn plan(
        &self,
        method: Method,
        amount: Money,
        tenure: Tenure,
        element: usize,
    ) -> Result<EmiPlan, EngineError> {
        let plans = self.emi_plans(method, amount).await?;
        let problem = PaymentProblem::NoSuchTenure;
        let chosen = plans.into_iter().find(|plan| plan.tenure == tenure);
        chosen.ok_or(EngineError::InvalidPayment { element, problem })
    }

    /// The plans that a page offers for `amount` by an EMI method, shortest first; none where it is
    /// too small. They were asked for a short while ago at most: which one is taken is agreed with
    /// the acquirer. [`EngineError::TimedOut`] where the acquirer is silent.
    pub async fn offered_plans(
        &self,
        method: Method,
        amount: Money,
    ) -> Result<Arc<[EmiPlan]>, EngineError> {
        let now = self.now();
        if let Some(plans) = self.at_hand.offer(method, amount, now) {
            return Ok(plans);
        }
        let plans: Arc<[EmiPlan]> = self.emi_plans(method, amount).await?.into();
        self.at_hand.keep_offer(method, amount, Arc::clone(&plans), now);
        Ok(plans)
    }

    /// The acquirer's plans of now.
    async fn emi_plans(&self, method: Method, amount: Money) -> Result<Vec<EmiPlan>, EngineError> {
        let acquirer = &self.parts.acquirer;
        match within(acquirer.capabilities(), acquirer.plans(method, amount)).await {
            Ok(plans) => Ok(plans),
            Err(AcquirerError::Silent(_)) => Err(EngineError::TimedOut),
            Err(AcquirerError::Unsupported(_)) => Err(EngineError::MethodNotEnabled(method)),
        }
    }
}

fn summary(number: &CardNumber) -> CardSummary {
    CardSummary {
        brand: number.brand(),
        last4: number.last4(),
        card_type: None,
        issuer: None,
        category: None,
        country_code: None,
    }
}

const fn expiry(instrument: &Instrument) -> Option<&CardExpiry> {
    match instrument {
        Instrument::Card(card) | Instrument::CardEmi { card, .. } => Some(&card.expiry),
        _ => None,
    }
}
