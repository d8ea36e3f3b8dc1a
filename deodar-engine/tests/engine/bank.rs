//! A bank for the sweeps: it remembers what it was asked, moves money, and loses answers.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test that called it")]

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    FollowOnRequest, Outcome, Status,
};
use deodar_domain::decline::DeclineReason;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::order::Order;
use deodar_domain::payment::{AcquirerText, PaymentState};

use crate::acquirer::{approved, asks_for_password, declined, silent};

/// How the bank meets an authorisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// It says yes.
    Yes,
    /// It says no.
    No,
    /// It says yes, and its answer is lost.
    LostYes,
    /// It asks the payer, who says yes.
    Asks,
    /// It asks the payer, who does nothing.
    AsksInVain,
    /// It asks the payer, who gives up on our page.
    GivenUp,
}

impl Way {
    /// Whether it can come to a yes.
    pub(crate) const fn may_pay(self) -> bool {
        matches!(self, Self::Yes | Self::LostYes | Self::Asks)
    }

    const fn asks(self) -> bool {
        matches!(self, Self::Asks | Self::AsksInVain | Self::GivenUp)
    }
}

/// How the bank meets captures, voids and refunds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FollowOns {
    /// It does them.
    Done,
    /// It does them, and its first answer is lost.
    Lost,
    /// It refuses captures and refunds of this method, and does the others.
    RefusedBy(Method),
}

/// What the bank knows of an authorisation.
#[derive(Debug)]
struct Account {
    outcome: Outcome,
    method: Method,
    amount: u64,
    /// How much was taken from the payer.
    taken: u64,
    /// How much of that went back.
    returned: u64,
    /// Whether it holds nothing any more.
    is_released: bool,
    /// By how many operations a yes was undone as a whole.
    undone: usize,
}

/// A bank that remembers what it was asked.
pub(crate) struct Bank {
    capabilities: Capabilities,
    /// How it meets a card, and how anything else.
    ways: [Way; 2],
    follow_ons: FollowOns,
    accounts: Mutex<HashMap<OperationId, Account>>,
    done: Mutex<HashMap<OperationId, Outcome>>,
}

impl Bank {
    pub(crate) fn new(ways: [Way; 2], follow_ons: FollowOns) -> Self {
        let methods: MethodSet = [Method::Card, Method::Points].into_iter().collect();
        let answer_timeout = Duration::from_secs(5);
        Self {
            capabilities: Capabilities { methods, holds: methods, sandbox: true, answer_timeout },
            ways,
            follow_ons,
            accounts: Mutex::default(),
            done: Mutex::default(),
        }
    }

    fn way(&self, method: Method) -> Way {
        let [card, other] = self.ways;
        if method == Method::Card { card } else { other }
    }

    /// What payers have paid and not got back.
    pub(crate) fn taken(&self) -> i128 {
        let accounts = self.accounts.lock().unwrap();
        accounts.values().map(|account| i128::from(account.taken - account.returned)).sum()
    }

    /// What is wrong between the bank and an order of which nothing is in flight: a yes to a payment
    /// that was not made must be undone, once; one to a payment that was made, never.
    pub(crate) fn disagreement(&self, order: &Order) -> Option<String> {
        let accounts = self.accounts.lock().unwrap();
        order.payments.iter().find_map(|payment| {
            let account = accounts.get(&payment.operation)?;
            let is_yes = matches!(account.outcome, Outcome::Approved(_));
            let agrees = match &payment.state {
                PaymentState::Processed { captured } => {
                    is_yes && account.undone == 0 && account.taken == captured.minor()
                }
                PaymentState::Cancelled { .. } | PaymentState::Failed { .. } => {
                    let let_go = account.is_released && account.taken == account.returned;
                    !is_yes || (account.undone == 1 && let_go)
                }
                PaymentState::Authorized => is_yes && account.undone == 0 && !account.is_released,
                PaymentState::Pending { .. } | PaymentState::Approved => false,
            };
            (!agrees).then(|| format!("{payment:?} is {account:?} to the bank"))
        })
    }

    /// Does what is asked once, and remembers what came of it.
    fn once(
        &self,
        request: &FollowOnRequest,
        act: impl FnOnce(&mut Account, u64) -> bool,
    ) -> Result<Outcome, AcquirerError> {
        let mut done = self.done.lock().unwrap();
        if let Some(outcome) = done.get(&request.operation) {
            return Ok(outcome.clone());
        }
        let mut accounts = self.accounts.lock().unwrap();
        let account = accounts.get_mut(&request.authorization);
        let is_done = account
            .filter(|account| matches!(account.outcome, Outcome::Approved(_)))
            .is_some_and(|account| act(account, request.amount.minor()));
        let outcome =
            if is_done { approved() } else { declined(DeclineReason::PaymentNotAuthorized) };
        done.insert(request.operation, outcome.clone());
        if self.follow_ons == FollowOns::Lost { Err(silent()) } else { Ok(outcome) }
    }

    fn refuses(&self, account: &Account) -> bool {
        self.follow_ons == FollowOns::RefusedBy(account.method)
    }
}

fn let_go(account: &mut Account) {
    account.undone += usize::from(!account.is_released);
    account.is_released = true;
    account.returned = account.taken;
}

#[async_trait]
impl Acquirer for Bank {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, _instrument: &Instrument) -> AcquirerText {
        AcquirerText::parse("BANK").unwrap()
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        let method = request.instrument.method();
        let way = self.way(method);
        let outcome = match way {
            Way::Yes | Way::LostYes => approved(),
            Way::No => declined(DeclineReason::InsufficientFunds),
            Way::Asks | Way::AsksInVain | Way::GivenUp => asks_for_password(),
        };
        let mut accounts = self.accounts.lock().unwrap();
        let amount = request.amount.minor();
        let is_taken = matches!(outcome, Outcome::Approved(_)) && !request.hold;
        let account = accounts.entry(request.operation).or_insert(Account {
            outcome,
            method,
            amount: if request.hold { 0 } else { amount },
            taken: if is_taken { amount } else { 0 },
            returned: 0,
            is_released: false,
            undone: 0,
        });
        if way == Way::LostYes { Err(silent()) } else { Ok(account.outcome.clone()) }
    }

    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.once(&request, |account, amount| {
            if self.refuses(account) || account.is_released || account.taken > 0 {
                return false;
            }
            account.taken = amount;
            true
        })
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.once(&request, |account, _| {
            let is_held = account.taken == 0 && !account.is_released;
            if is_held {
                let_go(account);
            }
            is_held
        })
    }

    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.once(&request, |account, amount| {
            if self.refuses(account) || account.taken - account.returned < amount {
                return false;
            }
            account.returned += amount;
            true
        })
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        let mut accounts = self.accounts.lock().unwrap();
        let account = accounts.entry(request.authorization).or_insert_with(Account::refused);
        if matches!(account.outcome, Outcome::Approved(_)) {
            let_go(account);
        } else {
            account.outcome = declined(DeclineReason::PaymentCancelled);
        }
        Ok(approved())
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        let mut accounts = self.accounts.lock().unwrap();
        let Some(account) = accounts.get_mut(&operation) else {
            accounts.insert(operation, Account::refused());
            return Ok(Status::Unknown);
        };
        let is_asked = matches!(account.outcome, Outcome::Challenged { .. });
        if is_asked && self.way(account.method) == Way::Asks {
            account.say_yes();
        }
        Ok(Status::Known(account.outcome.clone()))
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        let mut accounts = self.accounts.lock().unwrap();
        let account = accounts
            .entry(operation)
            .or_insert_with(|| Account { outcome: asks_for_password(), ..Account::refused() });
        if matches!(account.outcome, Outcome::Challenged { .. }) {
            account.outcome = declined(DeclineReason::PaymentCancelled);
            return Ok(Abandoned::Ended);
        }
        Ok(Abandoned::Decided(account.outcome.clone()))
    }

    async fn answer_challenge(
        &self,
        operation: OperationId,
        _otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        let mut accounts = self.accounts.lock().unwrap();
        let account = accounts.get_mut(&operation).ok_or_else(silent)?;
        if self.way(account.method).asks() && matches!(account.outcome, Outcome::Challenged { .. })
        {
            account.say_yes();
        }
        Ok(ChallengeAnswer::Decided(account.outcome.clone()))
    }

    async fn resend_challenge(&self, _operation: OperationId) -> Result<(), AcquirerError> {
        Err(AcquirerError::Unsupported("one-time passwords"))
    }
}

impl Account {
    /// One that never came, and is refused should it come.
    fn refused() -> Self {
        Self {
            outcome: declined(DeclineReason::PaymentExpired),
            method: Method::Card,
            amount: 0,
            taken: 0,
            returned: 0,
            is_released: false,
            undone: 0,
        }
    }

    /// The payer says yes: the money is taken, where it is not only held.
    fn say_yes(&mut self) {
        self.outcome = approved();
        self.taken = self.amount;
    }
}
