//! A gateway in this process: the API over the engine, a store in memory and the simulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use deodar_api::Limits;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_engine::acquirer::Acquirer;
use deodar_engine::{
    Clock, CreatedMerchant, Engine, EngineConfig, EngineParts, MasterKey, MerchantChange,
    NewMerchant, SystemRandom, change_merchant, create_merchant,
};
use deodar_kit::TestStore;
use deodar_simulator::{Books, Simulator, SimulatorConfig};
use deodar_store::{Queue, Store};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) mod failing_store;
mod told;

/// A clock that stands still until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    fn new() -> Self {
        Self(AtomicI64::new(Timestamp::parse("2026-03-06T08:27:55.881Z").unwrap().micros()))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the code of an error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        (self.status.as_u16(), body["code"].as_str().unwrap().to_owned())
    }

    /// The field that an error names.
    pub(crate) fn field(&self) -> Option<String> {
        let body = self.json();
        let field = body.pointer("/additional_error_details/metadata/field");
        field.map(|field| field.as_str().unwrap().to_owned())
    }
}

/// A gateway and its one merchant.
pub(crate) struct Gateway {
    pub(crate) router: Router,
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store_is_away: Arc<AtomicBool>,
    /// How many change sets were committed.
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) merchant: CreatedMerchant,
    pub(crate) token: String,
    store: Arc<dyn Store>,
    acquirer: Arc<dyn Acquirer>,
    setup: Setup,
}

/// How a gateway differs from a sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) sandbox: bool,
    pub(crate) limits: Limits,
}

pub(crate) const SANDBOX: Setup = Setup { sandbox: true, limits: Limits::NONE };

fn master_key() -> MasterKey {
    MasterKey::new([7; 32])
}

async fn new_merchant(store: &dyn Store, clock: &dyn Clock, name: &str) -> CreatedMerchant {
    let name = MerchantName::parse(name).unwrap();
    let new = NewMerchant { name, webhook_url: None, return_url: None };
    create_merchant(store, &master_key(), clock, &SystemRandom, new).await.unwrap()
}

async fn open_engine(
    store: &Arc<dyn Store>,
    acquirer: &Arc<dyn Acquirer>,
    clock: &Arc<TestClock>,
    setup: Setup,
) -> Arc<Engine> {
    let config =
        EngineConfig { public_url: "http://127.0.0.1:8080".into(), sandbox: setup.sandbox };
    let parts = EngineParts {
        store: Arc::clone(store),
        acquirer: Arc::clone(acquirer),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Arc::new(SystemRandom),
        master_key: master_key(),
        config,
    };
    Engine::open(parts).await.unwrap()
}

impl Gateway {
    pub(crate) async fn sandbox() -> Self {
        Self::with(SANDBOX).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        Self::over(Arc::new(TestStore::open().await), setup).await
    }

    /// A gateway whose records are in `inner`.
    pub(crate) async fn over(inner: Arc<dyn Store>, setup: Setup) -> Self {
        crate::log::kept();
        let store_is_away = Arc::new(AtomicBool::new(false));
        let commits = Arc::new(AtomicU64::new(0));
        let store: Arc<dyn Store> = Arc::new(failing_store::FailingStore {
            inner,
            is_away: Arc::clone(&store_is_away),
            commits: Arc::clone(&commits),
        });
        let clock = Arc::new(TestClock::new());
        let merchant = new_merchant(&*store, &*clock, "Example Shop").await;
        let bank_clock = Arc::clone(&clock);
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: "http://127.0.0.1:8080".into(),
            clock: Arc::new(move || bank_clock.now()),
        });
        let acquirer: Arc<dyn Acquirer> = simulator.unwrap();
        let engine = open_engine(&store, &acquirer, &clock, setup).await;
        let router = deodar_api::router_with(Arc::clone(&engine), setup.limits);
        let mut gateway = Self {
            router,
            engine,
            clock,
            store_is_away,
            commits,
            merchant,
            token: String::new(),
            store,
            acquirer,
            setup,
        };
        gateway.token = gateway.token_of(&gateway.merchant).await;
        gateway
    }

    /// Ends the process, and starts another on the records that it left, which `reopen` opens.
    pub(crate) async fn restarted(self, reopen: impl FnOnce() -> Arc<dyn Store>) -> Self {
        let Self { router, engine, store, store_is_away, commits, .. } = self;
        drop((router, engine, store));
        let store: Arc<dyn Store> = Arc::new(failing_store::FailingStore {
            inner: reopen(),
            is_away: Arc::clone(&store_is_away),
            commits: Arc::clone(&commits),
        });
        let engine = open_engine(&store, &self.acquirer, &self.clock, self.setup).await;
        let router = deodar_api::router_with(Arc::clone(&engine), self.setup.limits);
        Self { router, engine, store_is_away, commits, store, ..self }
    }

    /// Changes what the merchant may do.
    pub(crate) async fn change_merchant(&self, change: &MerchantChange) {
        let id = self.merchant.merchant.id;
        change_merchant(&*self.store, &SystemRandom, id, change).await.unwrap();
        self.engine.refresh().await.unwrap();
    }

    /// Does what workers do, until nothing is due.
    pub(crate) async fn work(&self) {
        for queue in [Queue::FollowUp, Queue::Deadline] {
            loop {
                let jobs = self.engine.take_jobs(queue, 100).await.unwrap();
                if jobs.is_empty() {
                    break;
                }
                for job in jobs {
                    self.engine.do_job(job).await.unwrap();
                }
            }
        }
    }

    /// The token of a second merchant.
    pub(crate) async fn another_token(&self) -> String {
        let merchant = new_merchant(&*self.store, &*self.clock, "Another Shop").await;
        self.engine.refresh().await.unwrap();
        self.token_of(&merchant).await
    }

    async fn token_of(&self, merchant: &CreatedMerchant) -> String {
        let client_id = merchant.merchant.client_id.hyphenated();
        let answer = self.log_in(&client_id, &merchant.client_secret).await;
        assert_eq!(answer.status, 200);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn log_in(&self, client_id: &str, secret: &str) -> Answer {
        let body = json!({
            "client_id": client_id, "client_secret": secret, "grant_type": "client_credentials",
        });
        let request = Request::post("/api/auth/v1/token")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send_to(self.router.clone(), request).await
    }

    /// A call of the merchant without a body.
    pub(crate) async fn call(&self, method: &str, path: &str) -> Answer {
        self.call_as(&self.token, method, path).await
    }

    pub(crate) async fn call_as(&self, token: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// A call of the merchant with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: impl ToString) -> Answer {
        self.post_as(&self.token, path, body).await
    }

    pub(crate) async fn post_as(&self, token: &str, path: &str, body: impl ToString) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }
}

pub(crate) async fn send_to(router: Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    let answer = Answer { status: head.status, headers: head.headers, bytes };
    told::assert_told(&method, &path, &answer);
    answer
}

pub(crate) const LINKS: &str = "/api/pay/v1/paymentlink";

/// A small link.
pub(crate) fn link(reference: &str) -> Value {
    json!({
        "amount": {"value": 50_000, "currency": "INR"},
        "merchant_payment_link_reference": reference,
    })
}

pub(crate) const ORDERS: &str = "/api/pay/v1/orders";
pub(crate) const REFUNDS: &str = "/api/pay/v1/refunds";

/// A small order.
pub(crate) fn order(reference: &str) -> Value {
    json!({
        "merchant_order_reference": reference,
        "order_amount": {"value": 50_000, "currency": "INR"},
    })
}

/// Orders that a test has to do with.
impl Gateway {
    /// Makes an order; its id.
    pub(crate) async fn make_order(&self, body: Value) -> String {
        let made = self.post(ORDERS, body).await;
        assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.bytes));
        made.json()["data"]["order_id"].as_str().unwrap().to_owned()
    }

    /// Begins a payment of all of an order by card; the id of the payment.
    pub(crate) async fn begin_card(&self, order: &str, number: &str) -> String {
        let payment = json!({
            "merchant_payment_reference": "p1",
            "payment_method": "CARD",
            "payment_amount": {"value": 50_000, "currency": "INR"},
            "payment_option": {"card_details": {
                "name": "Asha Rao", "card_number": number, "cvv": "739",
                "expiry_month": "12", "expiry_year": "2049", "save": false,
            }},
        });
        let path = format!("{ORDERS}/{order}/payments");
        let begun = self.post(&path, json!({ "payments": [payment] })).await;
        assert_eq!(begun.status, 200, "{}", String::from_utf8_lossy(&begun.bytes));
        begun.json()["data"]["payments"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Pays all of an order by card.
    pub(crate) async fn pay_by_card(&self, order: &str, number: &str) {
        let payment = self.begin_card(order, number).await;
        let otp = json!({"payment_id": payment, "otp": "123456"});
        assert_eq!(self.post("/api/pay/v1/otp/submit", otp).await.status, 200);
    }

    /// Reads an order or a refund.
    pub(crate) async fn read_order(&self, id: &str) -> Value {
        let read = self.call("GET", &format!("{ORDERS}/{id}")).await;
        assert_eq!(read.status, 200);
        read.json()["data"].clone()
    }

    /// `PUT` with a JSON body.
    pub(crate) async fn put(&self, path: &str, body: impl ToString) -> Answer {
        let request = Request::put(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }
}
