use std::net::TcpListener;

use axum::Router;
use axum::routing::post;
use deodar_domain::event::EventType;
use deodar_domain::merchant::Endpoint;
use deodar_domain::money::Money;
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_domain::text::MerchantName;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_engine::store::{DeliveryState, Record, RecordKey, Store};
use deodar_engine::work::RenderedEvent;
use deodar_engine::{
    CreatedMerchant, EndpointChange, EngineConfig, EngineParts, MasterKey, NewLink, NewMerchant,
    SystemClock, SystemRandom, add_endpoint, change_endpoint, create_merchant, remove_endpoint,
};
use deodar_kit::TestStore;
use deodar_simulator::{Books, Simulator, SimulatorConfig};

use super::*;

/// A merchant who is told of links, at an address that nobody reads from.
struct Shop {
    store: Arc<TestStore>,
    engine: Arc<Engine>,
    created: CreatedMerchant,
    endpoint: Endpoint,
    listener: TcpListener,
}

fn hooks(listener: &TcpListener) -> MerchantUrl {
    MerchantUrl::parse(&format!("http://{}/hooks", listener.local_addr().unwrap())).unwrap()
}

impl Shop {
    async fn open() -> Self {
        let store = Arc::new(TestStore::open().await);
        let name = MerchantName::parse("Example Store").unwrap();
        let new = NewMerchant { name, webhook_url: None, return_url: None };
        let key = MasterKey::new([7; 32]);
        let created =
            create_merchant(&*store, &key, &SystemClock, &SystemRandom, new).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (id, asks) = (created.merchant.id, vec![EventType::LinkCreated]);
        let added = add_endpoint(&*store, &SystemRandom, id, hooks(&listener), asks).await;
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: "http://127.0.0.1:8080/simulator".to_owned(),
            clock: Arc::new(|| Timestamp::EPOCH),
        });
        let parts = EngineParts {
            store: Arc::<TestStore>::clone(&store),
            acquirer: simulator.unwrap(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            master_key: key,
            config: EngineConfig { public_url: "http://127.0.0.1".to_owned(), sandbox: true },
        };
        let engine = Engine::open(parts).await.unwrap();
        Self { store, engine, created, endpoint: added.unwrap(), listener }
    }

    /// A webhook that was just rendered and written down, to be sent at once, and its way.
    async fn rendered(&self, deliveries: &Deliveries) -> (DeliveryToSend, Way) {
        let reference = MerchantReference::parse("link-1").unwrap();
        let terms = Terms::plain(reference, Money::paise(50_000));
        let new = NewLink { terms, expire_by: None };
        self.engine.create_link(&self.created.merchant, new).await.unwrap();
        let event = self.engine.events_to_render(1).await.unwrap().remove(0);
        let endpoint = event.endpoints[0].clone();
        let way = deliveries.way_soon(endpoint.id).await.unwrap();
        let rendered = vec![RenderedEvent { endpoint, body: "{}".to_owned() }];
        let mut held = self.engine.event_rendered_to_send(event, rendered).await.unwrap();
        (held.remove(0), way)
    }

    fn deliveries(&self) -> Deliveries {
        Deliveries::new(Arc::clone(&self.engine), &CourierConfig::sandbox()).unwrap()
    }

    /// What is stored of the delivery: where it went last, its attempts, its state and its result.
    async fn stored(&self, sent: RecordKey) -> (MerchantUrl, u16, DeliveryState, Option<Box<str>>) {
        let stored = self.store.get(sent).await.unwrap().unwrap();
        let Record::Delivery(delivery) = stored.record else { panic!("not a delivery") };
        (delivery.url, delivery.attempts, delivery.state, delivery.last_result)
    }

    fn was_asked(&self) -> bool {
        self.listener.accept().is_ok()
    }
}

#[tokio::test]
async fn a_webhook_whose_endpoint_moved_after_it_was_rendered_goes_to_the_new_address() {
    let shop = Shop::open().await;
    let deliveries = shop.deliveries();
    let (held, way) = shop.rendered(&deliveries).await;
    let key = RecordKey::Delivery(held.delivery.key);

    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let url = hooks(&elsewhere);
    let listener = tokio::net::TcpListener::from_std(elsewhere).unwrap();
    let router = Router::new().route("/hooks", post(async || ()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let change = EndpointChange { url: Some(url.clone()), ..EndpointChange::default() };
    let (merchant, endpoint) = (shop.created.merchant.id, shop.endpoint.id);
    change_endpoint(&*shop.store, &SystemRandom, merchant, endpoint, &change).await.unwrap();
    shop.engine.refresh().await.unwrap();

    deliveries.send(held, way).await.unwrap();
    assert!(!shop.was_asked(), "it went where the endpoint was");
    let (went_to, attempts, state, result) = shop.stored(key).await;
    assert_eq!((went_to, attempts, result.as_deref()), (url, 1, Some("HTTP 200")));
    assert!(matches!(state, DeliveryState::Delivered { .. }), "{state:?}");
}

#[tokio::test]
async fn a_webhook_whose_endpoint_was_removed_after_it_was_rendered_is_not_sent() {
    let shop = Shop::open().await;
    let deliveries = shop.deliveries();
    let (held, way) = shop.rendered(&deliveries).await;
    let key = RecordKey::Delivery(held.delivery.key);
    let (merchant, endpoint) = (shop.created.merchant.id, shop.endpoint.id);
    remove_endpoint(&*shop.store, &SystemRandom, merchant, endpoint).await.unwrap();
    shop.engine.refresh().await.unwrap();

    deliveries.send(held, way).await.unwrap();
    assert!(!shop.was_asked(), "it was sent");
    let (_, attempts, state, result) = shop.stored(key).await;
    assert_eq!((attempts, result.as_deref()), (0, Some("the endpoint was removed")));
    assert!(matches!(state, DeliveryState::Abandoned { .. }), "{state:?}");
    let depths = shop.engine.queue_depths().await.unwrap();
    let waits = depths.iter().any(|depth| depth.queue == Queue::Delivery && depth.waiting > 0);
    assert!(!waits, "it is tried again");
}

#[tokio::test]
async fn a_webhook_that_waits_for_its_endpoint_keeps_no_other_from_being_sent() {
    let shop = Shop::open().await;
    let config = CourierConfig {
        deliveries_max: 2,
        deliveries_per_endpoint_max: 1,
        ..CourierConfig::sandbox()
    };
    let deliveries = Deliveries::new(Arc::clone(&shop.engine), &config).unwrap();
    let (waiting, _way) = shop.rendered(&deliveries).await;
    tokio::select! {
        biased;
        sent = deliveries.work(waiting, Slot::default()) => panic!("there was a place: {sent:?}"),
        way = deliveries.way_soon(EndpointId(9)) => assert!(way.is_some()),
    }
}
