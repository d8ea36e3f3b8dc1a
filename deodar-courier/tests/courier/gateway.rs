//! A gateway in memory, whose clock tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deodar_courier::{CourierConfig, CourierHandle, start};
use deodar_domain::customer::Customer;
use deodar_domain::event::EventType;
use deodar_domain::id::EndpointId;
use deodar_domain::instrument::PayCode;
use deodar_domain::merchant::Endpoint;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_engine::acquirer::Instrument;
use deodar_engine::store::{ChangeSet, ChangeSetId, Queue, Record, RecordKey, Store};
use deodar_engine::{
    Clock, CreatedMerchant, Engine, EngineConfig, EngineParts, Made, MasterKey, NewLink,
    NewMerchant, PayRequest, SystemRandom, create_merchant,
};
use deodar_kit::TestStore;

use crate::bank::Bank;
use crate::receiver::{Hook, Receiver};

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// How often a test looks whether it has.
const POLL_PERIOD: Duration = Duration::from_millis(1);

/// How long no webhook comes until business time is moved, where some may have been put back.
const LULL: Duration = Duration::from_millis(100);

/// How long the links live: longer than the timetable of deliveries.
pub(crate) const LINK_LIFETIME: Duration = Duration::from_hours(10 * 24);

/// A clock that stands still until a test moves it.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.micros()))
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Gateway {
    pub(crate) store: Arc<TestStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bank: Arc<Bank>,
    pub(crate) engine: Arc<Engine>,
    created: CreatedMerchant,
    made: AtomicU64,
}

impl Gateway {
    /// A gateway with one merchant, who has asked for all events at these addresses.
    pub(crate) async fn open(urls: &[&str]) -> Self {
        let store = Arc::new(TestStore::open().await);
        let start = Timestamp::parse("2025-03-06T08:27:55Z").unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let new = NewMerchant {
            name: MerchantName::parse("Example Store").unwrap(),
            webhook_url: None,
            return_url: None,
        };
        let key = MasterKey::new([7; 32]);
        let created = create_merchant(&*store, &key, &*clock, &SystemRandom, new).await.unwrap();
        add_endpoints(&store, &created, urls).await;
        let bank = Arc::new(Bank::new());
        let engine = open_engine(&store, &clock, &bank).await;
        Self { store, clock, bank, engine, created, made: AtomicU64::new(0) }
    }

    /// What a restart finds: another engine over the same store.
    pub(crate) async fn restarted(self) -> Self {
        let engine = open_engine(&self.store, &self.clock, &self.bank).await;
        Self { engine, ..self }
    }

    pub(crate) fn start(&self) -> CourierHandle {
        self.start_with(&CourierConfig::sandbox())
    }

    pub(crate) fn start_with(&self, config: &CourierConfig) -> CourierHandle {
        start(Arc::clone(&self.engine), config).unwrap()
    }

    /// What verifies webhooks.
    pub(crate) fn secret(&self) -> &[u8] {
        self.created.webhook_secret.as_bytes()
    }

    /// Makes a link, which is one event.
    pub(crate) async fn make_link(&self) -> Order {
        self.make_link_of(None).await
    }

    /// Makes a link for a payer who can be reached.
    pub(crate) async fn make_link_for(&self, customer: Customer) -> Order {
        self.make_link_of(Some(customer)).await
    }

    /// Has a link sent again.
    pub(crate) async fn notify(&self, order: &Order) -> Order {
        self.engine.notify_link(&self.created.merchant, order.key).await.unwrap()
    }

    async fn make_link_of(&self, customer: Option<Customer>) -> Order {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        let new = NewLink {
            terms: Terms { customer, ..terms(&format!("link-{number}")) },
            expire_by: Some(self.engine.now().plus(LINK_LIFETIME)),
        };
        match self.engine.create_link(&self.created.merchant, new).await.unwrap() {
            Made::New(order) => order,
            Made::Existing(_) => panic!("the link was there before"),
        }
    }

    pub(crate) async fn pay(&self, order: &Order) -> Order {
        let request = PayRequest {
            instrument: Instrument::Netbanking(PayCode::parse("NB1531").unwrap()),
            amount: None,
            reference: PaymentReference::parse("payment").unwrap(),
            return_url: "https://pay.example.in/return".to_owned(),
        };
        self.engine.pay(order.key, request).await.unwrap().order
    }

    /// The next webhook of many. Those that found their endpoint busy for too long were put back,
    /// until a later business time.
    pub(crate) async fn next_of_many(&self, shop: &mut Receiver) -> Hook {
        let begun = Instant::now();
        loop {
            if let Some(hook) = shop.next_within(LULL).await {
                return hook;
            }
            assert!(begun.elapsed() < PATIENCE, "no webhook came");
            self.engine.advance_clock(10).await.unwrap();
        }
    }

    /// Waits until no job of the queue is due or being done, and there are so many in all.
    pub(crate) async fn settled(&self, queue: Queue, waiting: Option<u64>) {
        until(&format!("{queue:?} to come to {waiting:?} jobs"), async || {
            let depths = self.engine.queue_depths().await.unwrap();
            let depth = depths.iter().find(|depth| depth.queue == queue);
            let (there, due) =
                depth.map_or((0, None), |depth| (depth.waiting, depth.oldest_due_at));
            waiting.is_none_or(|waiting| there == waiting) && due.is_none()
        })
        .await;
    }
}

/// Asks until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asked = async {
        let mut period = tokio::time::interval(POLL_PERIOD);
        while !is_so().await {
            period.tick().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, asked).await;
    assert!(in_time.is_ok(), "waited in vain for {what}");
}

async fn add_endpoints(store: &TestStore, created: &CreatedMerchant, urls: &[&str]) {
    let key = RecordKey::Merchant(created.merchant.id);
    let stored = store.get(key).await.unwrap().unwrap();
    let Record::Merchant(mut merchant) = stored.record else { panic!("not a merchant") };
    merchant.endpoints = urls
        .iter()
        .zip(1..)
        .map(|(url, number)| Endpoint {
            id: EndpointId(number),
            url: MerchantUrl::parse(url).unwrap(),
            link_events: EventType::ALL.into_iter().filter(|event| event.is_of_link()).collect(),
        })
        .collect();
    let change_set = ChangeSet::new(ChangeSetId(1)).put(Record::Merchant(merchant), stored.version);
    store.commit(change_set).await.unwrap();
}

async fn open_engine(
    store: &Arc<TestStore>,
    clock: &Arc<ManualClock>,
    bank: &Arc<Bank>,
) -> Arc<Engine> {
    let parts = EngineParts {
        store: Arc::<TestStore>::clone(store),
        acquirer: Arc::<Bank>::clone(bank),
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::new(SystemRandom),
        master_key: MasterKey::new([7; 32]),
        config: EngineConfig { public_url: "https://pay.example.in".to_owned(), sandbox: true },
    };
    Engine::open(parts).await.unwrap()
}

fn terms(reference: &str) -> Terms {
    Terms::plain(MerchantReference::parse(reference).unwrap(), Money::paise(50_000))
}
