//! A gateway in memory for the engine's tests: a clock that tests move, random numbers that repeat,
//! and an acquirer that does as it is told.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that called it"
)]

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, CardDetails,
    ChallengeAnswer, FollowOnRequest, Instrument, Outcome, Status,
};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::id::OperationId;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::payment::{AcquirerText, Approval};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_engine::random::NoRandomness;
use deodar_engine::{
    Clock, CreatedMerchant, Engine, EngineConfig, EngineParts, Made, MasterKey, NewLink,
    NewMerchant, PayRequest, Random, create_merchant,
};
use deodar_store::memory::MemoryStore;
use deodar_store::{LeasedJob, Queue, Store};

/// 2026-01-15T10:00:00Z
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_768_471_200);

/// A clock that stands still until a test moves it.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
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

/// An acquirer that answers what a test put in its queues; by default it approves.
pub(crate) struct ScriptedAcquirer {
    capabilities: Capabilities,
    pub(crate) authorize: Mutex<VecDeque<Result<Outcome, AcquirerError>>>,
    pub(crate) status: Mutex<VecDeque<Result<Status, AcquirerError>>>,
    pub(crate) abandon: Mutex<VecDeque<Result<Abandoned, AcquirerError>>>,
    /// What was asked, in order: `authorize`, `reverse`, …
    pub(crate) asked: Mutex<Vec<(&'static str, OperationId)>>,
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
                methods: [Method::Card, Method::Upi, Method::Netbanking].into_iter().collect(),
                holds: [Method::Card].into_iter().collect(),
                sandbox: true,
                answer_timeout: Duration::from_secs(5),
            },
            authorize: Mutex::default(),
            status: Mutex::default(),
            abandon: Mutex::default(),
            asked: Mutex::default(),
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
        let outcome = scripted.unwrap_or_else(|| Outcome::Approved(approval()));
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
        instrument: None,
    }
}

#[async_trait]
impl Acquirer for ScriptedAcquirer {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, method: Method) -> AcquirerText {
        AcquirerText::parse(&format!("SCRIPTED_{method}")).unwrap()
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        self.note("authorize", request.operation);
        let _answered = self.gate.lock().await;
        let scripted = self.authorize.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Ok(Outcome::Approved(approval())))
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
        _operation: OperationId,
        _otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        Err(AcquirerError::Unsupported("one-time passwords"))
    }

    async fn resend_challenge(&self, _operation: OperationId) -> Result<(), AcquirerError> {
        Err(AcquirerError::Unsupported("one-time passwords"))
    }
}

/// A gateway in memory, with one merchant.
pub(crate) struct Gateway {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) acquirer: Arc<ScriptedAcquirer>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) random: Arc<SeededRandom>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) created: CreatedMerchant,
}

pub(crate) const MASTER_KEY: [u8; 32] = [7; 32];

impl Gateway {
    pub(crate) async fn open() -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock(AtomicI64::new(START.micros())));
        let random = Arc::new(SeededRandom(AtomicU64::new(42)));
        let key = MasterKey::new(MASTER_KEY);
        let created =
            create_merchant(&*store, &key, &*clock, &*random, new_merchant()).await.unwrap();
        let acquirer = Arc::new(ScriptedAcquirer::new());
        let engine = open_engine(&store, &acquirer, &clock, &random).await;
        Self { store, acquirer, clock, random, engine, created }
    }

    /// Another process on the same store: what a restart finds.
    pub(crate) async fn restarted(&self) -> Arc<Engine> {
        open_engine(&self.store, &self.acquirer, &self.clock, &self.random).await
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

async fn open_engine(
    store: &Arc<MemoryStore>,
    acquirer: &Arc<ScriptedAcquirer>,
    clock: &Arc<ManualClock>,
    random: &Arc<SeededRandom>,
) -> Arc<Engine> {
    let parts = EngineParts {
        store: Arc::<MemoryStore>::clone(store),
        acquirer: Arc::<ScriptedAcquirer>::clone(acquirer),
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::<SeededRandom>::clone(random),
        master_key: MasterKey::new(MASTER_KEY),
        config: EngineConfig { public_url: "https://pay.example.in".to_owned(), sandbox: true },
    };
    Engine::open(parts).await.unwrap()
}

fn new_merchant() -> NewMerchant {
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
    let number = CardNumber::parse("4012001037141112").unwrap();
    PayRequest {
        instrument: Instrument::Card(CardDetails {
            cvv: Cvv::parse("123", number.brand()).unwrap(),
            number,
            expiry: CardExpiry::parse("12", "2030").unwrap(),
            name: CardholderName::parse("Asha Rao").unwrap(),
        }),
        amount: None,
        reference: PaymentReference::parse(reference).unwrap(),
        return_url: "https://pay.example.in/PLUTUS/x/return".to_owned(),
    }
}

pub(crate) fn silent() -> AcquirerError {
    AcquirerError::Silent("scripted".to_owned())
}
