//! The bank behind the trait that every acquirer implements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    FollowOnRequest, Outcome, Status,
};
use deodar_domain::id::OperationId;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::payment::AcquirerText;

use crate::bank::Bank;
use crate::books::FollowOnKind;
use crate::config::SimulatorConfig;
use crate::error::{BankError, SimulatorError};

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
    let methods: MethodSet = [Method::Card, Method::Upi, Method::Netbanking].into_iter().collect();
    Capabilities { methods, holds: methods, sandbox: true, answer_timeout }
}

/// Its name for a method: `SIMULATOR_CARD`.
#[expect(clippy::expect_used, reason = "the methods' names are letters, far below the limit")]
pub(crate) fn acquirer_name(method: Method) -> AcquirerText {
    AcquirerText::parse(&format!("SIMULATOR_{}", method.name())).expect("a short name")
}

#[async_trait]
impl Acquirer for Simulator {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, method: Method) -> AcquirerText {
        acquirer_name(method)
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
}
