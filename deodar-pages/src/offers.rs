//! What a payer can choose from on the page of an order: the methods, the plans of the EMI methods,
//! the Pay Later lenders, and the mobile number that stands where none is typed.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::EmiPlan;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::{IN_THREE_MIN_PAISE, PayLaterProvider};
use deodar_domain::time::Timestamp;
use deodar_engine::Engine;

use crate::form::is_part;
use crate::mobile;
use crate::place::Found;
use crate::views::Notes;

/// How long a page waits for the acquirer's plans before it does without.
const PATIENCE: Duration = Duration::from_secs(2);

/// What can be chosen from.
pub(crate) struct Offers {
    /// What the page is about to take: all that is due, or the part that the payer chose before.
    pub(crate) amount: Money,
    /// The methods for which there is something to choose.
    pub(crate) methods: MethodSet,
    /// The plans of the EMI methods, shortest first.
    pub(crate) plans: [(Method, Arc<[EmiPlan]>); 3],
    /// The Pay Later lenders.
    pub(crate) lenders: Vec<PayLaterProvider>,
    /// Business time.
    pub(crate) now: Timestamp,
    /// The number that is used where the payer types none.
    pub(crate) mobile: Option<MobileNumber>,
}

impl Offers {
    /// What the payer of an order can choose from, after what the notes say.
    pub(crate) async fn of(engine: &Engine, page: &Found, notes: &Notes) -> Self {
        let due = page.order.due();
        let part = notes.part.map(|minor| Money::new(minor, due.currency()));
        let part = part.filter(|part| page.order.terms.part_payment && is_part(*part, due));
        let amount = part.unwrap_or(due);
        let (credit, debit, cardless) = tokio::join!(
            plans(engine, page, Method::CreditEmi, amount),
            plans(engine, page, Method::DebitEmi, amount),
            plans(engine, page, Method::CardlessEmi, amount),
        );
        let plans = [credit, debit, cardless];
        let lenders = lenders(page, amount);
        let is_empty = |method: Method| match method {
            Method::Bnpl => lenders.is_empty(),
            method => plans.iter().any(|(own, plans)| *own == method && plans.is_empty()),
        };
        let methods = page.methods.iter().filter(|method| !is_empty(*method)).collect();
        let kept = notes.mobile.as_deref();
        let kept = kept.and_then(|sealed| engine.open_mobile(&page.order, sealed));
        let mobile = kept.or_else(|| mobile::of_customer(&page.order));
        Self { amount, methods, plans, lenders, now: page.now, mobile }
    }
}

/// The plans of a method; none where it is not offered, or its acquirer is silent.
async fn plans(
    engine: &Engine,
    page: &Found,
    method: Method,
    amount: Money,
) -> (Method, Arc<[EmiPlan]>) {
    if !page.methods.contains(method) {
        return (method, Arc::default());
    }
    let asked = tokio::time::timeout(PATIENCE, engine.offered_plans(method, amount)).await;
    let plans = match asked {
        Ok(Ok(plans)) => plans,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a page does without the plans of an EMI");
            Arc::default()
        }
        Err(_) => {
            tracing::warn!("a page does without the plans of an EMI: the acquirer is slow");
            Arc::default()
        }
    };
    (method, plans)
}

/// The lenders that the merchant takes and that lend such an amount. They lend rupees alone.
fn lenders(page: &Found, amount: Money) -> Vec<PayLaterProvider> {
    if !page.methods.contains(Method::Bnpl) || amount.currency() != Currency::INR {
        return Vec::new();
    }
    let fits = |provider: &PayLaterProvider| {
        *provider != PayLaterProvider::SimplInThree || amount.minor() >= IN_THREE_MIN_PAISE
    };
    page.merchant.pay_later.iter().filter(fits).collect()
}
