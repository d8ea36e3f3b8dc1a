//! An acquirer that does as it is told.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test that called it")]

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    EligibilityRequest, FollowOnRequest, Outcome, Status,
};
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::emi::EmiPlan;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument as KeptInstrument;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::Money;
use deodar_domain::pay_later::Eligibility;
use deodar_domain::payment::{AcquirerText, Approval, Challenge, ChallengeTarget};

/// Answers that a test has put in a row.
type Row<T> = Mutex<VecDeque<Result<T, AcquirerError>>>;

/// An acquirer that answers what a test put in its queues; by default it approves.
pub(crate) struct ScriptedAcquirer {
    capabilities: Capabilities,
    pub(crate) authorize: Row<Outcome>,
    pub(crate) status: Row<Status>,
    pub(crate) abandon: Row<Abandoned>,
    /// What one-time passwords come to.
    pub(crate) answers: Row<ChallengeAnswer>,
    /// The plans of an EMI; there are none by default.
    pub(crate) plans: Row<Vec<EmiPlan>>,
    /// What a lender says of a payer.
    pub(crate) eligibility: Row<Eligibility>,
    /// What was asked, in order: `authorize`, `reverse`, …
    pub(crate) asked: Mutex<Vec<(&'static str, OperationId)>>,
    /// Of each authorisation, whether it was asked for beside another one that asks the payer.
    pub(crate) asked_beside: Mutex<Vec<bool>>,
    /// While a test holds it, authorisations wait for an answer.
    pub(crate) gate: tokio::sync::Mutex<()>,
    /// What the next captures, voids, refunds and reversals come to.
    pub(crate) next_follow_on: Mutex<VecDeque<Outcome>>,
    /// How many of the next captures, voids, refunds and reversals get no answer, and are not done.
    pub(crate) silent_follow_ons: AtomicU64,
    follow_on: Mutex<HashMap<OperationId, Outcome>>,
}

impl ScriptedAcquirer {
    pub(crate) fn new() -> Self {
        Self {
            capabilities: Capabilities {
                methods: MethodSet::all(),
                holds: [Method::Card, Method::Points].into_iter().collect(),
                sandbox: true,
                answer_timeout: Duration::from_secs(5),
            },
            authorize: Mutex::default(),
            status: Mutex::default(),
            abandon: Mutex::default(),
            answers: Mutex::default(),
            plans: Mutex::default(),
            eligibility: Mutex::default(),
            asked: Mutex::default(),
            asked_beside: Mutex::default(),
            gate: tokio::sync::Mutex::default(),
            next_follow_on: Mutex::default(),
            silent_follow_ons: AtomicU64::default(),
            follow_on: Mutex::default(),
        }
    }

    fn note(&self, verb: &'static str, operation: OperationId) {
        self.asked.lock().unwrap().push((verb, operation));
    }

    pub(crate) fn count(&self, verb: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(asked, _)| *asked == verb).count()
    }

    /// What the next authorisations come to.
    pub(crate) fn will_authorize<const N: usize>(
        &self,
        answers: [Result<Outcome, AcquirerError>; N],
    ) {
        self.authorize.lock().unwrap().extend(answers);
    }

    /// What is told of the next authorisations that are asked about.
    pub(crate) fn will_tell<const N: usize>(&self, answers: [Status; N]) {
        self.status.lock().unwrap().extend(answers.map(Ok));
    }

    fn do_once(
        &self,
        verb: &'static str,
        request: &FollowOnRequest,
    ) -> Result<Outcome, AcquirerError> {
        self.note(verb, request.operation);
        let one_less = |left: u64| left.checked_sub(1);
        let order = Ordering::SeqCst;
        if self.silent_follow_ons.fetch_update(order, order, one_less).is_ok() {
            return Err(silent());
        }
        let mut done = self.follow_on.lock().unwrap();
        if let Some(outcome) = done.get(&request.operation) {
            return Ok(outcome.clone());
        }
        let scripted = self.next_follow_on.lock().unwrap().pop_front();
        let outcome = scripted.unwrap_or_else(approved);
        if matches!(outcome, Outcome::Approved(_) | Outcome::Declined(_)) {
            done.insert(request.operation, outcome.clone());
        }
        Ok(outcome)
    }
}

pub(crate) fn approval() -> Approval {
    Approval {
        approval_code: AcquirerText::parse("030376").unwrap(),
        acquirer_reference: AcquirerText::parse("202455840588334").unwrap(),
        rrn: AcquirerText::parse("419335023601").unwrap(),
        card: None,
    }
}

pub(crate) fn approved() -> Outcome {
    Outcome::Approved(approval())
}

pub(crate) fn declined(reason: DeclineReason) -> Outcome {
    Outcome::Declined(Failure::of(reason))
}

/// The payer is sent to a page of the bank.
pub(crate) fn challenged() -> Outcome {
    let target = ChallengeTarget::parse("https://bank.example.in/otp").unwrap();
    Outcome::Challenged { challenge: Challenge::Redirect(target), reference: None }
}

/// The payer is asked for a one-time password.
pub(crate) fn asks_for_password() -> Outcome {
    Outcome::Challenged { challenge: Challenge::Otp, reference: None }
}

pub(crate) fn silent() -> AcquirerError {
    AcquirerError::Silent("scripted".to_owned())
}

#[async_trait]
impl Acquirer for ScriptedAcquirer {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, instrument: &KeptInstrument) -> AcquirerText {
        AcquirerText::parse(&format!("SCRIPTED_{}", instrument.method())).unwrap()
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        self.note("authorize", request.operation);
        self.asked_beside.lock().unwrap().push(request.asked_beside);
        let _answered = self.gate.lock().await;
        let scripted = self.authorize.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Ok(approved()))
    }

    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.do_once("capture", &request)
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.do_once("void", &request)
    }

    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.do_once("refund", &request)
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.do_once("reverse", &request)
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        self.note("status", operation);
        let scripted = self.status.lock().unwrap().pop_front();
        scripted.unwrap_or(Ok(Status::Known(Outcome::Pending)))
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        self.note("abandon", operation);
        let scripted = self.abandon.lock().unwrap().pop_front();
        scripted.unwrap_or(Ok(Abandoned::Ended))
    }

    async fn answer_challenge(
        &self,
        operation: OperationId,
        _otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        self.note("answer", operation);
        let scripted = self.answers.lock().unwrap().pop_front();
        scripted.unwrap_or(Err(AcquirerError::Unsupported("one-time passwords")))
    }

    async fn resend_challenge(&self, operation: OperationId) -> Result<(), AcquirerError> {
        self.note("resend", operation);
        Ok(())
    }

    async fn check_eligibility(
        &self,
        _request: EligibilityRequest,
    ) -> Result<Eligibility, AcquirerError> {
        let scripted = self.eligibility.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| {
            let limit = Money::paise(1_000_000);
            Ok(Eligibility { eligible: true, limit, instalments: Vec::new() })
        })
    }

    async fn plans(&self, _method: Method, _amount: Money) -> Result<Vec<EmiPlan>, AcquirerError> {
        self.plans.lock().unwrap().pop_front().unwrap_or(Ok(Vec::new()))
    }
}
