//! A gateway in memory for the engine's tests: a clock that tests move, random numbers that repeat,
//! and an acquirer that does as it is told.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that called it"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use deodar_acquirer::{CardDetails, Instrument};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::merchant::Merchant;
use deodar_domain::message::Channels;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_engine::random::NoRandomness;
use deodar_engine::{
    ApiPayment, Clock, CreatedMerchant, Engine, EngineConfig, EngineError, EngineParts, Made,
    MasterKey, NewLink, NewMerchant, PayRequest, Random, create_merchant,
};
use deodar_kit::TestStore;
use deodar_store::{LeasedJob, Queue, Store};

use crate::acquirer::ScriptedAcquirer;

/// 2026-01-15T10:00:00Z
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_768_471_200);

/// A clock that stands still until a test moves it.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// `SplitMix64` from a fixed seed: the same numbers in every run.
pub(crate) struct SeededRandom(AtomicU64);

impl SeededRandom {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in buffer.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A gateway in memory, with one merchant.
pub(crate) struct Gateway {
    pub(crate) store: Arc<TestStore>,
    pub(crate) acquirer: Arc<ScriptedAcquirer>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) random: Arc<SeededRandom>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) created: CreatedMerchant,
}

pub(crate) const MASTER_KEY: [u8; 32] = [7; 32];

impl Gateway {
    pub(crate) async fn open() -> Self {
        Self::open_as(true).await
    }

    /// A gateway that is a sandbox, or one that is not.
    pub(crate) async fn open_as(sandbox: bool) -> Self {
        let store = Arc::new(TestStore::open().await);
        let clock = Arc::new(ManualClock::at(START));
        let random = Arc::new(SeededRandom::from_seed(42));
        let key = MasterKey::new(MASTER_KEY);
        let created =
            create_merchant(&*store, &key, &*clock, &*random, new_merchant()).await.unwrap();
        let acquirer = Arc::new(ScriptedAcquirer::new());
        let engine = open_engine(&store, &acquirer, &clock, &random, sandbox).await;
        Self { store, acquirer, clock, random, engine, created }
    }

    /// Another process on the same store: what a restart finds.
    pub(crate) async fn restarted(&self) -> Arc<Engine> {
        let sandbox = self.engine.is_sandbox();
        open_engine(&self.store, &self.acquirer, &self.clock, &self.random, sandbox).await
    }

    /// Another merchant, made by a process that has this master key.
    pub(crate) async fn make_merchant(&self, master_key: [u8; 32]) -> CreatedMerchant {
        let key = MasterKey::new(master_key);
        let new = new_merchant();
        create_merchant(&*self.store, &key, &*self.clock, &*self.random, new).await.unwrap()
    }

    pub(crate) fn merchant(&self) -> &Merchant {
        &self.created.merchant
    }

    pub(crate) async fn make_link(&self, reference: &str, amount: u64) -> Order {
        self.make(terms(reference, amount)).await
    }

    pub(crate) async fn make(&self, terms: Terms) -> Order {
        let new = NewLink { terms, expire_by: None };
        match self.engine.create_link(self.merchant(), new).await.unwrap() {
            Made::New(order) => order,
            Made::Existing(_) => panic!("the link was there before"),
        }
    }

    /// Makes an order without a link.
    pub(crate) async fn make_order(&self, terms: Terms) -> Order {
        match self.engine.create_order(self.merchant(), terms).await.unwrap() {
            Made::New(order) => order,
            Made::Existing(_) => panic!("the order was there before"),
        }
    }

    /// Reads an order as of now.
    pub(crate) async fn read(&self, order: &Order) -> Order {
        self.engine.order(self.merchant(), order.key).await.unwrap()
    }

    pub(crate) async fn pay(&self, order: &Order, reference: &str) -> Order {
        self.engine.pay(order.key, card(reference)).await.unwrap().order
    }

    /// So many links, each of them paid.
    pub(crate) async fn make_paid_links(&self, count: usize) {
        for number in 0..count {
            let link = self.make_link(&format!("ref-{number}"), 50_000).await;
            self.pay(&link, &format!("p-{number}")).await;
        }
    }

    /// Makes an attempt as a merchant's server does.
    pub(crate) async fn attempt(
        &self,
        order: &Order,
        payments: Vec<ApiPayment>,
    ) -> Result<Order, EngineError> {
        self.engine.pay_by_api(self.merchant(), order.key, payments).await
    }

    /// Does every job of a queue that is due, and says how many there were.
    pub(crate) async fn work(&self, queue: Queue) -> usize {
        let jobs: Vec<LeasedJob> = self.engine.take_jobs(queue, 100).await.unwrap();
        let count = jobs.len();
        for job in jobs {
            self.engine.do_job(job).await.unwrap();
        }
        count
    }

    /// What the merchant is owed, by the books.
    pub(crate) async fn owed(&self) -> i128 {
        let payable = deodar_domain::ledger::Account::MerchantPayable(self.merchant().id);
        let balances = self.store.balances().await.unwrap();
        -balances.iter().filter(|balance| balance.account == payable).map(|b| b.sum).sum::<i128>()
    }
}

/// Another process on the same store, which has a transport for these channels alone.
pub(crate) async fn open_engine_with(gateway: &Gateway, channels: Channels) -> Arc<Engine> {
    Engine::open_with_channels(parts_of_another(gateway), channels).await.unwrap()
}

/// What another process on the same store is opened with.
pub(crate) fn parts_of_another(gateway: &Gateway) -> EngineParts {
    let Gateway { store, acquirer, clock, random, .. } = gateway;
    engine_parts(store, acquirer, clock, random, true)
}

async fn open_engine(
    store: &Arc<TestStore>,
    acquirer: &Arc<ScriptedAcquirer>,
    clock: &Arc<ManualClock>,
    random: &Arc<SeededRandom>,
    sandbox: bool,
) -> Arc<Engine> {
    Engine::open(engine_parts(store, acquirer, clock, random, sandbox)).await.unwrap()
}

fn engine_parts(
    store: &Arc<TestStore>,
    acquirer: &Arc<ScriptedAcquirer>,
    clock: &Arc<ManualClock>,
    random: &Arc<SeededRandom>,
    sandbox: bool,
) -> EngineParts {
    EngineParts {
        store: Arc::<TestStore>::clone(store),
        acquirer: Arc::<ScriptedAcquirer>::clone(acquirer),
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::<SeededRandom>::clone(random),
        master_key: MasterKey::new(MASTER_KEY),
        config: EngineConfig { public_url: "https://pay.example.in".to_owned(), sandbox },
    }
}

pub(crate) fn new_merchant() -> NewMerchant {
    NewMerchant {
        name: MerchantName::parse("Chai Point").unwrap(),
        webhook_url: Some(MerchantUrl::parse("http://127.0.0.1:9/hooks").unwrap()),
        return_url: None,
    }
}

pub(crate) fn terms(reference: &str, amount: u64) -> Terms {
    Terms {
        callback_url: Some(MerchantUrl::parse("https://shop.example.com/back").unwrap()),
        ..Terms::plain(MerchantReference::parse(reference).unwrap(), Money::paise(amount))
    }
}

pub(crate) fn card(reference: &str) -> PayRequest {
    PayRequest {
        instrument: Instrument::Card(card_details("4012001037141112")),
        amount: None,
        reference: PaymentReference::parse(reference).unwrap(),
        return_url: "https://pay.example.in/PLUTUS/x/return".to_owned(),
    }
}

/// A card that the acquirer takes.
pub(crate) fn card_details(number: &str) -> CardDetails {
    let number = CardNumber::parse(number).unwrap();
    CardDetails {
        cvv: Cvv::parse("123", number.brand()).unwrap(),
        number,
        expiry: CardExpiry::parse("12", "2030").unwrap(),
        name: CardholderName::parse("Asha Rao").unwrap(),
    }
}

pub(crate) fn mobile() -> MobileNumber {
    MobileNumber::parse("9876543210", 10).unwrap()
}

/// A payment that a merchant's server asks for.
pub(crate) fn paid_with(instrument: Instrument, reference: &str, paise: u64) -> ApiPayment {
    ApiPayment {
        instrument,
        upi_qr: false,
        amount: Money::paise(paise),
        reference: PaymentReference::parse(reference).unwrap(),
    }
}

pub(crate) fn by_card(reference: &str, paise: u64) -> ApiPayment {
    paid_with(Instrument::Card(card_details("4012001037141112")), reference, paise)
}

pub(crate) fn by_points(reference: &str, paise: u64) -> ApiPayment {
    let number = CardNumber::parse("6074820000000009").unwrap();
    paid_with(Instrument::Points { number, mobile: mobile() }, reference, paise)
}

/// ₹400 by card and ₹100 by points, under `<reference>-card` and `<reference>-points`.
pub(crate) fn card_and_points(reference: &str) -> Vec<ApiPayment> {
    vec![
        by_card(&format!("{reference}-card"), 40_000),
        by_points(&format!("{reference}-points"), 10_000),
    ]
}
