//! A gateway behind a port.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use deodar_api::Limits;
use deodar_client::{Client, ClientConfig, RetryPolicy, Timestamp};
use deodar_domain::text::MerchantName;
use deodar_domain::url::MerchantUrl;
use deodar_engine::{
    Clock, CreatedMerchant, Engine, EngineConfig, EngineParts, MasterKey, NewMerchant,
    SystemRandom, create_merchant,
};
use deodar_simulator::{Books, Simulator, SimulatorConfig};
use deodar_store::{MemoryStore, Store};
use tokio::task::JoinHandle;

/// A clock that stands still until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// What goes wrong between the gateway and its callers, so many calls long.
#[derive(Default)]
pub(crate) struct Faults {
    /// The call is done, and the answer breaks off.
    pub(crate) lost_answers: AtomicU32,
    /// How many calls that change something were made.
    pub(crate) changes: AtomicU32,
}

/// A gateway, its one merchant, and whatever was started for them.
pub(crate) struct Gateway {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) merchant: CreatedMerchant,
    pub(crate) faults: Arc<Faults>,
    base_url: String,
    server: JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::NONE).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let start = Timestamp::parse("2026-03-06T08:27:55.881Z").unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(start.micros())));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let name = MerchantName::parse("Example Shop").unwrap();
        let new = NewMerchant {
            name,
            webhook_url: Some(MerchantUrl::parse("https://shop.example.com/hooks").unwrap()),
            return_url: None,
        };
        let master_key = || MasterKey::new([7; 32]);
        let merchant =
            create_merchant(&*store, &master_key(), &*clock, &SystemRandom, new).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let bank_clock = Arc::clone(&clock);
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: base_url.clone(),
            clock: Arc::new(move || bank_clock.now()),
        });
        let engine = Engine::open(EngineParts {
            store,
            acquirer: simulator.unwrap(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(SystemRandom),
            master_key: master_key(),
            config: EngineConfig { public_url: base_url.clone(), sandbox: true },
        });
        let engine = engine.await.unwrap();
        let faults = Arc::new(Faults::default());
        let router = deodar_api::router_with(Arc::clone(&engine), limits)
            .layer(from_fn_with_state(Arc::clone(&faults), unsteady));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { engine, clock, merchant, faults, base_url, server }
    }

    /// The settings of the merchant's client, which does not wait long.
    pub(crate) fn config(&self) -> ClientConfig {
        let client_id = self.merchant.merchant.client_id.hyphenated();
        let retry = RetryPolicy { wait_first: Duration::from_millis(1), ..RetryPolicy::default() };
        let secret: &str = &self.merchant.client_secret;
        ClientConfig { retry, ..ClientConfig::new(&self.base_url, client_id, secret) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }
}

/// Does the call, and breaks the answer off where it is told to.
async fn unsteady(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let changes = request.uri().path() != "/api/auth/v1/token" && request.method() != "GET";
    let answer = next.run(request).await;
    if !changes {
        return answer;
    }
    faults.changes.fetch_add(1, Ordering::Relaxed);
    let left = faults.lost_answers.load(Ordering::Relaxed);
    if left == 0 {
        return answer;
    }
    faults.lost_answers.store(left - 1, Ordering::Relaxed);
    let broken = futures::stream::iter([Err::<&[u8], _>(std::io::Error::other("broken"))]);
    Body::from_stream(broken).into_response()
}
