//! What the tests of this crate share: a clock that stands still, requests, a bank in memory.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deodar_acquirer::{AuthorizeRequest, CardDetails, FollowOnRequest, Instrument, Outcome};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::decline::DeclineReason;
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::PayCode;
use deodar_domain::money::Money;
use deodar_domain::payment::{Approval, Challenge};
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;

use crate::{Books, SimulatorConfig};

pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:8081/simulator";
pub(crate) const RETURN_URL: &str = "http://127.0.0.1:8080/web/return/?token=a%2Fb";
pub(crate) const GOOD_CARD: &str = "4012001037141112";
pub(crate) const LIFETIME: Duration = Duration::from_mins(5);
pub(crate) const AMOUNT: Money = Money::paise(50_000);

/// A clock that moves when it is told to.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    fn clock(&self) -> crate::Clock {
        let micros = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_micros(micros.load(Ordering::SeqCst)))
    }
}

pub(crate) fn config(books: Books, clock: &TestClock) -> SimulatorConfig {
    SimulatorConfig { books, public_url: PUBLIC_URL.to_owned(), clock: clock.clock() }
}

pub(crate) fn in_memory(clock: &TestClock) -> SimulatorConfig {
    config(Books::Memory, clock)
}

pub(crate) fn in_file(path: &Path, clock: &TestClock) -> SimulatorConfig {
    config(Books::File(path.to_owned()), clock)
}

pub(crate) fn operation(number: u128) -> OperationId {
    OperationId(number)
}

pub(crate) fn card(number: &str) -> Instrument {
    let number = CardNumber::parse(number).unwrap();
    Instrument::Card(CardDetails {
        cvv: Cvv::parse("123", number.brand()).unwrap(),
        expiry: CardExpiry::parse("12", "2099").unwrap(),
        name: CardholderName::parse("Asha Rao").unwrap(),
        number,
    })
}

pub(crate) fn vpa(address: &str) -> Instrument {
    Instrument::UpiCollect(Vpa::parse(address).unwrap())
}

pub(crate) fn bank_login() -> Instrument {
    Instrument::Netbanking(PayCode::parse("NB1531").unwrap())
}

pub(crate) fn sale(number: u128, instrument: Instrument) -> AuthorizeRequest {
    AuthorizeRequest {
        operation: operation(number),
        merchant: MerchantId::new(111_111).unwrap(),
        merchant_name: MerchantName::parse("Asha's <Tea> & Spices").unwrap(),
        amount: AMOUNT,
        hold: false,
        instrument,
        return_url: RETURN_URL.to_owned(),
        account: None,
        lifetime: LIFETIME,
    }
}

pub(crate) fn hold(number: u128, instrument: Instrument) -> AuthorizeRequest {
    AuthorizeRequest { hold: true, ..sale(number, instrument) }
}

pub(crate) fn about(number: u128, authorization: u128, paise: u64) -> FollowOnRequest {
    FollowOnRequest {
        operation: operation(number),
        authorization: operation(authorization),
        amount: Money::paise(paise),
    }
}

pub(crate) fn reason(outcome: &Outcome) -> Option<DeclineReason> {
    match outcome {
        Outcome::Declined(failure) => Some(failure.reason),
        _ => None,
    }
}

pub(crate) fn approval(outcome: Outcome) -> Approval {
    match outcome {
        Outcome::Approved(approval) => approval,
        other => panic!("not approved: {other:?}"),
    }
}

/// The page that a challenge leads to.
pub(crate) fn page_of(outcome: Outcome) -> String {
    let target = match outcome {
        Outcome::Challenged(
            Challenge::Redirect(page)
            | Challenge::Collect { app: Some(page) }
            | Challenge::Intent { app: Some(page), .. },
        ) => page,
        other => panic!("no page: {other:?}"),
    };
    target.as_str().to_owned()
}

/// The token at the end of a page's address.
pub(crate) fn token_of(outcome: Outcome) -> String {
    page_of(outcome).rsplit('/').next().unwrap().to_owned()
}
