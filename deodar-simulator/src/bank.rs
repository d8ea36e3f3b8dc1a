//! The bank: the rules over the books. Every call is one transaction, synced before it is told;
//! one connection behind one lock puts them in an order, so that a double click counts once.

mod follow_on;
mod lender;
mod new;
mod payer;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use deodar_acquirer::{Abandoned, AuthorizeRequest, Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::id::OperationId;
use deodar_domain::payment::{Challenge, ChallengeTarget};
use deodar_domain::time::Timestamp;
use deodar_domain::upi::{Vpa, pay_link};
use rusqlite::{Connection, TransactionBehavior};
use url::Url;

use crate::books::{self, Authorization, Flow, OpenBooks, State};
use crate::clock::Clock;
use crate::config::{SimulatorConfig, base_url};
use crate::error::{BankError, SimulatorError};

pub(crate) use payer::{PayerDecision, PayerView, Standing};

/// The bank.
pub(crate) struct Bank {
    books: Mutex<OpenBooks>,
    clock: Clock,
    base: Url,
}

impl Bank {
    /// Opens the bank's books.
    pub(crate) fn open(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        let base = base_url(&config.public_url)?;
        let books = OpenBooks::open(&config.books)?;
        Ok(Self { books: Mutex::new(books), clock: config.clock, base })
    }

    /// Where payers reach the pages; without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The path of the pages' address: `/simulator`; empty where they are at the root.
    pub(crate) fn base_path(&self) -> &str {
        self.base.path().trim_end_matches('/')
    }

    /// Does one piece of work in one transaction. Where it fails, nothing of it stays.
    fn work<T>(
        &self,
        work: impl FnOnce(&Connection, Timestamp) -> Result<T, BankError>,
    ) -> Result<T, BankError> {
        let now = (self.clock)();
        // A panic of another thread has rolled its transaction back: the books are whole.
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction =
            books.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction, now)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Holds or takes money, or asks the payer first. Asked for again, it answers the same.
    pub(crate) fn authorize(&self, request: &AuthorizeRequest) -> Result<Outcome, BankError> {
        let new = new::authorization(request, (self.clock)())?;
        let known = self.work(|books, now| {
            if let Some(known) = find(books, new.operation, now)? {
                return same_request(&known, &new).map(|()| known);
            }
            if books::follow_on(books, new.operation)?.is_some() {
                return Err(USED_OTHERWISE);
            }
            let mut new = new;
            if books::is_refused(books, new.operation)? {
                new.state = State::Declined(DeclineReason::PaymentExpired);
                new.answer_lost = false;
            }
            lender::decline_over_limit(books, &mut new, now)?;
            books::insert_authorization(books, &new, now)?;
            Ok(new)
        })?;
        if known.answer_lost { Err(BankError::AnswerLost) } else { self.outcome(&known) }
    }

    /// Tells what came of an operation. One that was never asked for is refused from now on.
    pub(crate) fn status(&self, operation: OperationId) -> Result<Status, BankError> {
        enum Found {
            Authorization(Box<Authorization>),
            FollowOn(Outcome),
            Nothing,
        }
        let found = self.work(|books, now| {
            if let Some(known) = find(books, operation, now)? {
                return Ok(Found::Authorization(Box::new(known)));
            }
            if let Some(known) = books::follow_on(books, operation)? {
                return Ok(Found::FollowOn(known.outcome()));
            }
            books::refuse_from_now_on(books, operation, now)?;
            Ok(Found::Nothing)
        })?;
        Ok(match found {
            Found::Authorization(known) => Status::Known(self.outcome(&known)?),
            Found::FollowOn(outcome) => Status::Known(outcome),
            Found::Nothing => Status::Unknown,
        })
    }

    /// Ends an authorisation that is not decided. One that was never asked for is refused from now
    /// on, which is an end too.
    pub(crate) fn abandon(&self, operation: OperationId) -> Result<Abandoned, BankError> {
        let decided = self.work(|books, now| {
            let Some(mut known) = find(books, operation, now)? else {
                if books::follow_on(books, operation)?.is_some() {
                    return Err(USED_OTHERWISE);
                }
                books::refuse_from_now_on(books, operation, now)?;
                return Ok(None);
            };
            if known.state == State::Abandoned {
                return Ok(None);
            }
            if known.state.is_decided() {
                return Ok(Some(known));
            }
            known.state = State::Abandoned;
            books::update_state(books, &known, now)?;
            Ok(None)
        })?;
        Ok(match decided {
            None => Abandoned::Ended,
            Some(known) => Abandoned::Decided(self.outcome(&known)?),
        })
    }

    /// Whether a follow-on was decided; the question leaves no trace.
    #[cfg(test)]
    pub(crate) fn has_follow_on(&self, operation: OperationId) -> Result<bool, BankError> {
        self.work(|books, _| Ok(books::follow_on(books, operation)?.is_some()))
    }

    /// What the books get wrong; empty where they hold.
    pub(crate) fn audit(&self) -> Result<Vec<String>, BankError> {
        self.work(|books, _| books::audit(books))
    }

    /// The outcome of an authorisation; while the payer is asked, the challenge.
    fn outcome(&self, of: &Authorization) -> Result<Outcome, BankError> {
        if let Some(decided) = of.outcome() {
            return Ok(decided);
        }
        let challenge = self.challenge(of)?;
        Ok(Outcome::Challenged { challenge, reference: Some(of.reference.clone()) })
    }

    fn challenge(&self, of: &Authorization) -> Result<Challenge, BankError> {
        let target = |text: &str| {
            ChallengeTarget::parse(text).map_err(|_| BankError::Corrupt("a challenge"))
        };
        let page = |name: &str| target(&format!("{}/{name}/{}", self.base(), of.token));
        Ok(match &of.flow {
            Flow::Card(_) | Flow::Points(_) | Flow::CardEmi { .. } => {
                Challenge::Redirect(page("3ds")?)
            }
            Flow::CardlessEmi(_) | Flow::PayLater(_) => Challenge::Otp,
            Flow::Wallet(_) => Challenge::Redirect(page("wallet")?),
            Flow::Netbanking => Challenge::Redirect(page("netbanking")?),
            Flow::Collect => Challenge::Collect { app: Some(page("upi")?) },
            Flow::Intent => {
                let payee = Vpa::parse(&format!("merchant{}@simulator", of.merchant))
                    .map_err(|_| BankError::Corrupt("a payee"))?;
                let link = pay_link(&payee, &of.merchant_name, of.amount, of.operation);
                Challenge::Intent { link: target(&link)?, app: Some(page("upi")?) }
            }
        })
    }
}

const USED_OTHERWISE: BankError =
    BankError::Unsupported("this operation id was used for something else");

/// The authorisation of an operation, as of now.
fn find(
    books: &Connection,
    operation: OperationId,
    now: Timestamp,
) -> Result<Option<Authorization>, BankError> {
    let Some(mut known) = books::authorization(books, operation)? else { return Ok(None) };
    expire(books, &mut known, now)?;
    Ok(Some(known))
}

/// Declines an authorisation whose time has run out and that nobody decided.
fn expire(books: &Connection, known: &mut Authorization, now: Timestamp) -> Result<(), BankError> {
    if !known.state.is_decided() && known.expires_at <= now {
        known.state = State::Declined(DeclineReason::PaymentExpired);
        books::update_state(books, known, now)?;
    }
    Ok(())
}

/// Refuses an id that comes again with another deal. To decline it would deny what was approved.
fn same_request(known: &Authorization, new: &Authorization) -> Result<(), BankError> {
    let same = known.merchant == new.merchant
        && known.amount == new.amount
        && known.hold == new.hold
        && known.flow == new.flow;
    if same { Ok(()) } else { Err(USED_OTHERWISE) }
}
