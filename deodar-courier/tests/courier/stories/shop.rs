//! A whole gateway in this process: the API, the payers' pages, the simulator and its pages. Its
//! courier does not run until the story is over, so that every webhook is late.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use deodar_courier::{CourierConfig, CourierHandle, start};
use deodar_domain::event::EventType;
use deodar_domain::id::EndpointId;
use deodar_domain::merchant::Endpoint;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_engine::acquirer::Acquirer;
use deodar_engine::store::{ChangeSet, ChangeSetId, Queue, Record, RecordKey, Store};
use deodar_engine::{
    CreatedMerchant, Engine, EngineConfig, EngineParts, MasterKey, NewMerchant, SystemRandom,
    create_merchant,
};
use deodar_simulator::{Books, Simulator, SimulatorConfig};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::witness::{Records, Witness};
use crate::gateway::{ManualClock, until};

const URL: &str = "http://127.0.0.1:8080";

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    /// The value of a hidden field of a page.
    #[track_caller]
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!(r#"<input type="hidden" name="{name}" value=""#);
        let rest = self.body.split(&start).nth(1).unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// One process of the gateway.
pub(crate) struct Process {
    pub(crate) engine: Arc<Engine>,
    router: Router,
}

/// A shop with two endpoints, of which the second asks for link events too.
pub(crate) struct Shop {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) records: Records,
    simulator: Arc<Simulator>,
    bank_time: Arc<AtomicI64>,
    created: CreatedMerchant,
    token: String,
    process: Option<Process>,
}

impl Shop {
    pub(crate) async fn open(urls: [&str; 2]) -> Self {
        let records = Arc::new(Witness::default());
        let start = Timestamp::parse("2025-03-06T08:27:55.881Z").unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let created = merchant(&records, &clock, urls).await;
        let bank_time = Arc::new(AtomicI64::new(start.micros()));
        let told = Arc::clone(&bank_time);
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: format!("{URL}/simulator"),
            clock: Arc::new(move || Timestamp::from_micros(told.load(Ordering::SeqCst))),
        })
        .unwrap();
        let token = String::new();
        let mut shop = Self { clock, records, simulator, bank_time, created, token, process: None };
        shop.start_process().await;
        shop
    }

    /// Another process over what the one before has left.
    pub(crate) async fn start_process(&mut self) {
        let parts = EngineParts {
            store: Arc::<Witness>::clone(&self.records),
            acquirer: Arc::clone(&self.simulator) as Arc<dyn Acquirer>,
            clock: Arc::<ManualClock>::clone(&self.clock),
            random: Arc::new(SystemRandom),
            master_key: MasterKey::new([7; 32]),
            config: EngineConfig { public_url: URL.to_owned(), sandbox: true },
        };
        let engine = Engine::open(parts).await.unwrap();
        let router = deodar_api::router(Arc::clone(&engine))
            .merge(deodar_pages::router(Arc::clone(&engine)))
            .nest("/simulator", deodar_simulator::router(Arc::clone(&self.simulator)));
        self.process = Some(Process { engine, router: router.clone() });
        let login = json!({
            "client_id": self.created.merchant.client_id.hyphenated(),
            "client_secret": *self.created.client_secret,
            "grant_type": "client_credentials",
        });
        let answer = self.call("POST", "/api/auth/v1/token", Some(&login)).await;
        answer.json()["access_token"].as_str().unwrap().clone_into(&mut self.token);
        self.records.watch(router, self.token.clone());
    }

    /// Ends the process as a crash does: nothing is finished.
    pub(crate) fn kill_process(&mut self) {
        self.records.look_away();
        self.process = None;
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.process.as_ref().unwrap().engine
    }

    pub(crate) fn start_courier(&self) -> CourierHandle {
        // No webhook finds its endpoint busy: it would be put back to a time that the story tells.
        let config = CourierConfig {
            deliveries_per_endpoint_max: CourierConfig::default().deliveries_max,
            ..CourierConfig::sandbox()
        };
        start(Arc::clone(self.engine()), &config).unwrap()
    }

    /// What verifies webhooks.
    pub(crate) fn secret(&self) -> &[u8] {
        self.created.webhook_secret.as_bytes()
    }

    /// Moves business time, and does what is due then as the workers do, but for webhooks.
    pub(crate) async fn wait(&self, seconds: u64) {
        let moved = json!({ "advance_seconds": seconds });
        assert_eq!(self.call("POST", "/sandbox/clock", Some(&moved)).await.status, 200);
        let engine = self.engine();
        self.bank_time.store(engine.now().micros(), Ordering::SeqCst);
        for queue in [Queue::FollowUp, Queue::Deadline, Queue::FollowUp] {
            for job in engine.take_jobs(queue, 100).await.unwrap() {
                engine.do_job(job).await.unwrap();
            }
        }
    }

    /// Moves both times, for the courier.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        // This wakes the workers.
        self.engine().advance_clock(1).await.unwrap();
        self.bank_time.store(self.engine().now().micros(), Ordering::SeqCst);
    }

    /// Waits until no webhook is due or under way, and so many wait for another attempt.
    pub(crate) async fn settled(&self, waiting: u64) {
        until(&format!("{waiting} webhooks to be left"), async || {
            let depths = self.engine().queue_depths().await.unwrap();
            let of = |queue| depths.iter().find(|depth| depth.queue == queue).unwrap();
            let (events, deliveries) = (of(Queue::Event), of(Queue::Delivery));
            events.waiting == 0
                && deliveries.waiting == waiting
                && deliveries.oldest_due_at.is_none()
        })
        .await;
    }

    /// A call of the merchant.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        self.send(request.unwrap()).await
    }

    /// A payer's browser asks for a page.
    pub(crate) async fn open_page(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")
            .header("accept", "text/html,*/*;q=0.8")
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// A payer's browser sends a form.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let router = self.process.as_ref().unwrap().router.clone();
        let (head, body) = router.oneshot(request).await.unwrap().into_parts();
        let location = head.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status, location, body }
    }
}

/// The path of an address of ours.
#[track_caller]
pub(crate) fn path_of(url: &str) -> String {
    url.strip_prefix(URL).unwrap_or_else(|| panic!("{url}")).to_owned()
}

async fn merchant(records: &Witness, clock: &ManualClock, urls: [&str; 2]) -> CreatedMerchant {
    let name = MerchantName::parse("Example Store").unwrap();
    let new = NewMerchant { name, webhook_url: None, return_url: None };
    let key = MasterKey::new([7; 32]);
    let created = create_merchant(records, &key, clock, &SystemRandom, new).await.unwrap();
    let stored = records.get(RecordKey::Merchant(created.merchant.id)).await.unwrap().unwrap();
    let Record::Merchant(mut merchant) = stored.record else { panic!("not a merchant") };
    let link_events = EventType::ALL.into_iter().filter(|event| event.is_of_link()).collect();
    let asked = [Vec::new(), link_events];
    merchant.endpoints = (urls.iter().zip(asked).zip(1..))
        .map(|((url, link_events), number)| Endpoint {
            id: EndpointId(number),
            url: MerchantUrl::parse(url).unwrap(),
            link_events,
        })
        .collect();
    let change_set = ChangeSet::new(ChangeSetId(1)).put(Record::Merchant(merchant), stored.version);
    records.commit(change_set).await.unwrap();
    created
}
