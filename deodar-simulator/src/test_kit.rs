//! What the tests of this crate share: a clock that stands still, requests, a bank in memory.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deodar_acquirer::{
    AuthorizeRequest, CardDetails, EligibilityRequest, FollowOnRequest, Instrument, Outcome,
};
use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::{PanNumber, Tenure};
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{EmiCard, PayCode, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::pay_later::{Device, DeviceText, MOBILE_LENGTH, MaskedMobile, PayLaterProvider};
use deodar_domain::payment::{Approval, Challenge};
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;

use crate::{Books, SimulatorConfig};

pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:8081/simulator";
pub(crate) const RETURN_URL: &str = "http://127.0.0.1:8080/web/return/?token=a%2Fb";
pub(crate) const GOOD_CARD: &str = "4012001037141112";
/// A card whose number ends in an odd digit.
pub(crate) const ODD_CARD: &str = "4000000000000341";
pub(crate) const GOOD_MOBILE: &str = "9876543210";
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
    Instrument::Card(card_details(number))
}

fn card_details(number: &str) -> CardDetails {
    let number = CardNumber::parse(number).unwrap();
    CardDetails {
        cvv: Cvv::parse("123", number.brand()).unwrap(),
        expiry: CardExpiry::parse("12", "2099").unwrap(),
        name: CardholderName::parse("Asha Rao").unwrap(),
        number,
    }
}

pub(crate) fn wallet() -> Instrument {
    Instrument::Wallet(WalletCode::parse("AMAZON_PAY").unwrap())
}

pub(crate) fn points(number: &str) -> Instrument {
    Instrument::Points { number: CardNumber::parse(number).unwrap(), mobile: mobile(GOOD_MOBILE) }
}

pub(crate) fn mobile(digits: &str) -> MobileNumber {
    MobileNumber::parse(digits, MOBILE_LENGTH).unwrap()
}

pub(crate) fn card_emi(on: EmiCard, number: &str, months: u16) -> Instrument {
    let tenure = Tenure::of_months(months).unwrap();
    Instrument::CardEmi { on, card: card_details(number), tenure }
}

pub(crate) fn cardless_emi(digits: &str) -> Instrument {
    let tenure = Tenure::of_months(6).unwrap();
    let pan = Some(PanNumber::parse("ABCDE1234F").unwrap());
    Instrument::CardlessEmi { mobile: mobile(digits), pan, tenure }
}

pub(crate) fn pay_later(provider: PayLaterProvider, digits: &str) -> Instrument {
    let device = Device {
        operating_system: DeviceText::parse("Android").ok(),
        source_ip_address: DeviceText::parse("192.0.2.1").ok(),
        browser_ip_address: DeviceText::parse("192.0.2.2").ok(),
        browser_user_agent: DeviceText::parse("Example/1.0").ok(),
        device_model: DeviceText::parse("M1").ok(),
        device_manufacturer: None,
    };
    Instrument::PayLater { provider, mobile: mobile(digits), device: Some(device) }
}

/// The bank account that alone may pay.
pub(crate) fn named_account() -> BankAccount {
    BankAccount {
        number: AccountNumber::parse("0012345678").unwrap(),
        ifsc: Some(Ifsc::parse("HDFC0000123").unwrap()),
        bank_name: Some(BankName::parse("Example Bank").unwrap()),
    }
}

/// A payment of `paise`.
pub(crate) fn of_paise(request: AuthorizeRequest, paise: u64) -> AuthorizeRequest {
    AuthorizeRequest { amount: Money::paise(paise), ..request }
}

/// A payment that only the named account may make.
pub(crate) fn from_named_account(request: AuthorizeRequest) -> AuthorizeRequest {
    AuthorizeRequest { account: Some(named_account()), ..request }
}

pub(crate) fn eligibility_of(
    provider: PayLaterProvider,
    mobile: &str,
    paise: u64,
) -> EligibilityRequest {
    EligibilityRequest {
        merchant: MerchantId::new(111_111).unwrap(),
        provider,
        mobile: MaskedMobile::parse(mobile).unwrap(),
        amount: Money::paise(paise),
        device: None,
    }
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
        asked_beside: false,
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
        Outcome::Challenged {
            challenge:
                Challenge::Redirect(page)
                | Challenge::Collect { app: Some(page) }
                | Challenge::Intent { app: Some(page), .. },
            ..
        } => page,
        other => panic!("no page: {other:?}"),
    };
    target.as_str().to_owned()
}

/// The token at the end of a page's address.
pub(crate) fn token_of(outcome: Outcome) -> String {
    page_of(outcome).rsplit('/').next().unwrap().to_owned()
}
