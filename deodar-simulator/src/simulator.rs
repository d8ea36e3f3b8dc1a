//! The bank behind the trait that every acquirer implements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    EligibilityRequest, FollowOnRequest, Outcome, PointsBalance, Status,
};
use deodar_domain::card::CardNumber;
use deodar_domain::emi::EmiPlan;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument as KeptInstrument;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::Money;
use deodar_domain::pay_later::Eligibility;
use deodar_domain::payment::AcquirerText;

use crate::bank::Bank;
use crate::books::FollowOnKind;
use crate::config::SimulatorConfig;
use crate::error::{BankError, SimulatorError};
use crate::rules::points;

/// How long a gateway waits for the simulator before it counts as silent.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest delay that a test may ask for.
const DELAY_MAX: Duration = Duration::from_mins(10);

/// Faults that a test asks for. Without any, the simulator answers at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// How long every answer but that to `status` is held back, after what was asked is decided
    /// and durable: a gateway can be killed between the bank's yes and its own commit. At most ten
    /// minutes.
    pub answer_delay: Duration,
    /// The same for the answer to `status`.
    pub status_delay: Duration,
}

/// The simulator, in this process.
pub struct Simulator {
    bank: Arc<Bank>,
    capabilities: Capabilities,
    answer_delay_ms: AtomicU64,
    status_delay_ms: AtomicU64,
}

impl Simulator {
    /// Opens the bank's books, and makes them where there are none.
    pub fn open(config: SimulatorConfig) -> Result<Arc<Self>, SimulatorError> {
        Ok(Arc::new(Self {
            bank: Arc::new(Bank::open(config)?),
            capabilities: capabilities(ANSWER_TIMEOUT),
            answer_delay_ms: AtomicU64::new(0),
            status_delay_ms: AtomicU64::new(0),
        }))
    }

    /// What the bank's books get wrong, as sentences; empty where they hold.
    pub async fn check_books(&self) -> Result<Vec<String>, AcquirerError> {
        Ok(self.ask(Bank::audit).await?)
    }

    /// Sets the faults that a test asks for; they hold from the next answer on.
    pub fn set_faults(&self, faults: Faults) {
        let millis =
            |delay: Duration| u64::try_from(delay.min(DELAY_MAX).as_millis()).unwrap_or_default();
        self.answer_delay_ms.store(millis(faults.answer_delay), Ordering::Relaxed);
        self.status_delay_ms.store(millis(faults.status_delay), Ordering::Relaxed);
    }

    /// The path under which the pages are found.
    pub(crate) fn base_path(&self) -> &str {
        self.bank.base_path()
    }

    /// Lets the bank work on a thread that may block. The work is done even where nobody waits
    /// for it any more.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Bank) -> Result<T, BankError> + Send + 'static,
    ) -> Result<T, BankError> {
        let bank = Arc::clone(&self.bank);
        tokio::task::spawn_blocking(move || work(&bank)).await.unwrap_or(Err(BankError::Stopped))
    }

    /// The same, and then the delay that a test may have asked for.
    async fn ask_slowly<T: Send + 'static>(
        &self,
        delay_ms: &AtomicU64,
        work: impl FnOnce(&Bank) -> Result<T, BankError> + Send + 'static,
    ) -> Result<T, AcquirerError> {
        let answer = self.ask(work).await;
        let delay = Duration::from_millis(delay_ms.load(Ordering::Relaxed));
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        Ok(answer?)
    }

    async fn follow_on(
        &self,
        kind: FollowOnKind,
        request: FollowOnRequest,
    ) -> Result<Outcome, AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.follow_on(kind, &request)).await
    }
}

/// What every simulator can do.
pub(crate) fn capabilities(answer_timeout: Duration) -> Capabilities {
    let methods = MethodSet::all();
    Capabilities { methods, holds: methods, sandbox: true, answer_timeout }
}

/// Its name for what is paid with: `SIMULATOR_CARD`; a lender's own, `LAZYPAY_BNPL`.
#[expect(clippy::expect_used, reason = "the methods' names are letters, far below the limit")]
pub(crate) fn acquirer_name(instrument: &KeptInstrument) -> AcquirerText {
    let who = match instrument {
        KeptInstrument::PayLater { provider, .. } => provider.name(),
        _ => "SIMULATOR",
    };
    let method = instrument.method().name();
    AcquirerText::parse(&format!("{who}_{method}")).expect("a short name")
}

#[async_trait]
impl Acquirer for Simulator {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, instrument: &KeptInstrument) -> AcquirerText {
        acquirer_name(instrument)
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.authorize(&request)).await
    }

    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on(FollowOnKind::Capture, request).await
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on(FollowOnKind::Void, request).await
    }

    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on(FollowOnKind::Refund, request).await
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on(FollowOnKind::Reversal, request).await
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        self.ask_slowly(&self.status_delay_ms, move |bank| bank.status(operation)).await
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.abandon(operation)).await
    }

    async fn answer_challenge(
        &self,
        operation: OperationId,
        otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        let otp = otp.to_owned();
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.answer_challenge(operation, &otp))
            .await
    }

    async fn resend_challenge(&self, operation: OperationId) -> Result<(), AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.resend_challenge(operation)).await
    }

    async fn check_eligibility(
        &self,
        request: EligibilityRequest,
    ) -> Result<Eligibility, AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.eligibility(&request)).await
    }

    async fn plans(&self, method: Method, amount: Money) -> Result<Vec<EmiPlan>, AcquirerError> {
        self.ask_slowly(&self.answer_delay_ms, move |bank| bank.plans(method, amount)).await
    }

    async fn balance(&self, number: &CardNumber) -> Result<PointsBalance, AcquirerError> {
        let balance = points::balance(number);
        self.ask_slowly(&self.answer_delay_ms, move |_| Ok(balance)).await
    }
}

#[cfg(test)]
mod tests {
    use deodar_domain::card::CardNumber;
    use deodar_domain::customer::MobileNumber;
    use deodar_domain::pay_later::PayLaterProvider;

    use super::*;
    use crate::rules::card_summary;

    #[test]
    fn a_lender_has_its_own_name_and_the_bank_one_for_each_method() {
        let points = CardNumber::parse(crate::test_kit::GOOD_CARD).unwrap();
        let of_lender = |provider| KeptInstrument::PayLater {
            provider,
            mobile: MobileNumber::parse(crate::test_kit::GOOD_MOBILE, 10).unwrap(),
            instalments: Vec::new(),
        };
        for (instrument, name) in [
            (KeptInstrument::Card(card_summary(&points)), "SIMULATOR_CARD"),
            (KeptInstrument::Points(card_summary(&points)), "SIMULATOR_POINTS"),
            (of_lender(PayLaterProvider::LazyPay), "LAZYPAY_BNPL"),
            (of_lender(PayLaterProvider::Simpl), "SIMPL_BNPL"),
            (of_lender(PayLaterProvider::SimplInThree), "SIMPL3_BNPL"),
        ] {
            assert_eq!(acquirer_name(&instrument).as_str(), name);
        }
    }

    #[test]
    fn everything_can_be_paid_with_and_held() {
        let known = capabilities(ANSWER_TIMEOUT);
        assert_eq!((known.methods, known.holds), (MethodSet::all(), MethodSet::all()));
    }
}
