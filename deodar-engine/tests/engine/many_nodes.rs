//! Several processes on one store: what one of them changes or leaves behind, the others know.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deodar_domain::link::LinkState;
use deodar_domain::order::OrderState;
use deodar_domain::url::MerchantUrl;
use deodar_engine::random::NoRandomness;
use deodar_engine::work::{EventToRender, LEASE_LIFETIME};
use deodar_engine::{
    CutOver, Engine, EngineConfig, EngineError, EngineParts, Limit, Made, MasterKey,
    MerchantChange, NewLink, Random, Rotation, add_endpoint, change_merchant, create_merchant,
    rotate,
};
use deodar_store::{Queue, Store};
use deodar_store_sqlite::{OpenMode, SqliteStore};

use crate::acquirer::{ScriptedAcquirer, approved, asks_for_password, challenged, silent};
use crate::common::{
    Gateway, MASTER_KEY, ManualClock, START, SeededRandom, by_card, new_merchant, parts_of_another,
    terms,
};
use crate::webhooks::rendered;

const LIMIT: Limit = Limit { name: "test", times_max: 2, window: Duration::from_hours(1) };

/// Three nodes on one store.
async fn nodes(sandbox: bool) -> (Gateway, [Arc<Engine>; 3]) {
    let gateway = Gateway::open_as(sandbox).await;
    let others = (gateway.restarted().await, gateway.restarted().await);
    let nodes = [Arc::clone(&gateway.engine), others.0, others.1];
    (gateway, nodes)
}

#[tokio::test]
async fn a_rotated_secret_ends_its_tokens_on_every_node() {
    let (gateway, nodes) = nodes(false).await;
    let id = gateway.merchant().client_id.hyphenated();
    let old = gateway.created.client_secret.as_str();
    let mut tokens = Vec::new();
    for node in &nodes {
        tokens.push(node.issue_token(&id, old).await.unwrap().access_token);
    }
    for (node, token) in nodes.iter().flat_map(|node| tokens.iter().map(move |t| (node, t))) {
        assert!(node.authenticate(token).await.is_ok(), "whichever node has given it");
    }
    let rotation = Rotation::ClientSecret(CutOver::Now);
    let (key, merchant) = (MasterKey::new(MASTER_KEY), gateway.merchant().id);
    let rotated = rotate(&*gateway.store, &key, &*gateway.random, merchant, rotation).await;
    let made = rotated.unwrap_or_else(|error| panic!("{error}")).made.unwrap();
    for node in &nodes {
        node.refresh().await.unwrap();
        for token in &tokens {
            let ended = node.authenticate(token).await.unwrap_err();
            assert_eq!(ended, EngineError::Unauthorized);
        }
        assert!(node.issue_token(&id, old).await.is_err());
        let token = node.issue_token(&id, &made).await.unwrap().access_token;
        assert!(node.authenticate(&token).await.is_ok());
    }
}

#[tokio::test]
async fn a_switch_and_the_sandboxs_clock_hold_on_every_node() {
    let (gateway, nodes) = nodes(true).await;
    let id = gateway.merchant().id;
    let off = MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() };
    change_merchant(&*gateway.store, &*gateway.random, id, &off).await.unwrap();
    let moved = nodes[1].advance_clock(3_600).await.unwrap();
    for node in &nodes {
        node.refresh().await.unwrap();
        assert_eq!(node.now(), moved);
        assert!(!node.merchant(id).await.unwrap().unwrap().switches.pay_by_link);
    }
    let made = gateway.make_merchant(MASTER_KEY).await;
    let (client, secret) = (made.merchant.client_id.hyphenated(), made.client_secret);
    for node in &nodes {
        assert!(node.issue_token(&client, &secret).await.is_ok(), "a new merchant, at once");
    }
}

#[tokio::test]
async fn the_pages_of_one_node_are_served_by_every_other() {
    let (gateway, nodes) = nodes(true).await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let number = link.link.as_ref().unwrap().number;
    let urls: HashSet<String> = nodes.iter().map(|node| node.link_url(number)).collect();
    assert_eq!(urls.len(), 1);
    let slug = urls.iter().next().unwrap().rsplit('/').next().unwrap().to_owned();
    gateway.acquirer.will_authorize([Ok(challenged())]);
    let order = gateway.make_order(terms("ref-2", 50_000)).await;
    let paid = gateway.attempt(&order, vec![by_card("p-1", 50_000)]).await.unwrap();
    let challenge = nodes[0].challenge_url(&paid).unwrap().unwrap();
    let token = challenge.split("token=").nth(1).unwrap().to_owned();
    for node in &nodes {
        assert_eq!(node.link_page(&slug).await.unwrap().order.key, link.key);
        assert_eq!(node.challenge_page(&token).await.unwrap().order.key, order.key);
        assert_eq!(node.challenge_url(&paid).unwrap().as_deref(), Some(challenge.as_str()));
    }
}

#[tokio::test]
async fn nodes_that_make_things_in_the_same_instant_give_each_an_id_of_its_own() {
    let (gateway, nodes) = nodes(true).await;
    let make = |number: usize| {
        let (node, merchant) = (Arc::clone(&nodes[number % 3]), gateway.merchant().clone());
        tokio::spawn(async move {
            let new = NewLink { terms: terms(&format!("ref-{number}"), 50_000), expire_by: None };
            match node.create_link(&merchant, new).await.unwrap() {
                Made::New(order) => (order.key, order.link.as_ref().unwrap().number),
                Made::Existing(_) => panic!("it was there before"),
            }
        })
    };
    let (mut keys, mut numbers) = (HashSet::new(), HashSet::new());
    // The clock stands still: all of them are of one millisecond, and what follows it.
    for task in (0..900).map(make).collect::<Vec<_>>() {
        let (key, number) = task.await.unwrap();
        assert!(keys.insert(key) && numbers.insert(number));
    }
}

#[tokio::test]
async fn an_order_and_a_refund_of_two_nodes_never_have_one_key() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("ref-1", 50_000)).await;
    gateway.acquirer.will_authorize([Ok(approved())]);
    let payment = by_card("p-1", 50_000);
    let paid = gateway.attempt(&order, vec![payment]).await.unwrap();
    for number in 0..20 {
        let reference = terms(&format!("refund-{number}"), 1_000).reference;
        let asked = deodar_engine::NewRefund {
            reference,
            amount: Some(deodar_domain::money::Money::paise(1_000)),
        };
        let found = gateway.engine.refund(gateway.merchant(), paid.key, asked).await.unwrap();
        assert_eq!(found.key.as_i64() & 1, 1, "a refund's key is odd");
        let other = gateway.make_order(terms(&format!("other-{number}"), 50_000)).await;
        assert_eq!(other.key.as_i64() & 1, 0, "an order's key is even");
    }
}

#[tokio::test]
async fn one_reference_at_many_nodes_at_once_is_one_link() {
    let (gateway, nodes) = nodes(true).await;
    let make = |number: usize| {
        let (node, merchant) = (Arc::clone(&nodes[number % 3]), gateway.merchant().clone());
        tokio::spawn(async move {
            let new = NewLink { terms: terms("the-one", 50_000), expire_by: None };
            match node.create_link(&merchant, new).await.unwrap() {
                Made::New(order) => (order.key, true),
                Made::Existing(order) => (order.key, false),
            }
        })
    };
    let mut links = Vec::new();
    for task in (0..30).map(make).collect::<Vec<_>>() {
        links.push(task.await.unwrap());
    }
    assert_eq!(links.iter().filter(|(_, is_new)| *is_new).count(), 1);
    let keys: HashSet<_> = links.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn a_node_that_dies_in_the_middle_of_a_payment_is_taken_over() {
    let (gateway, nodes) = nodes(true).await;
    let link = gateway.make_link("ref-1", 50_000).await;
    // The bank is asked, and the node that asked never hears of the answer.
    gateway.acquirer.will_authorize([Err(silent())]);
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(Duration::from_mins(1));
    let lost = nodes[0].take_jobs(Queue::FollowUp, 10).await.unwrap();
    assert_eq!(lost.len(), 1);
    for node in &nodes[1..] {
        assert!(node.take_jobs(Queue::FollowUp, 10).await.unwrap().is_empty(), "it is held");
    }
    // The node that holds the job dies; the two others share what it left.
    gateway.clock.advance(LEASE_LIFETIME);
    gateway.acquirer.will_tell([deodar_acquirer::Status::Known(approved())]);
    let mut done = 0;
    for node in &nodes[1..] {
        for job in node.take_jobs(Queue::FollowUp, 10).await.unwrap() {
            node.do_job(job).await.unwrap();
            done += 1;
        }
    }
    assert_eq!(done, 1);
    let order = gateway.read(&link).await;
    assert_eq!(order.state, OrderState::Processed);
    assert_eq!(order.link.as_ref().unwrap().state, LinkState::Processed);
    // It was not dead after all: what it does now changes nothing.
    for job in lost {
        let _too_late = nodes[0].do_job(job).await;
    }
    assert_eq!(gateway.owed().await, 50_000);
}

#[tokio::test]
async fn a_password_is_sent_again_three_times_by_all_nodes_together() {
    let (gateway, nodes) = nodes(true).await;
    gateway.acquirer.will_authorize([Ok(asks_for_password())]);
    let order = gateway.make_order(terms("ref-1", 50_000)).await;
    let paid = gateway.attempt(&order, vec![by_card("p-1", 50_000)]).await.unwrap();
    let (merchant, payment) = (gateway.merchant(), paid.payments[0].id);
    nodes[0].generate_otp(merchant, payment).await.unwrap();
    nodes[1].generate_otp(merchant, payment).await.unwrap();
    nodes[2].resend_otp(merchant, payment).await.unwrap();
    let [one, two, three] = &nodes;
    let at_once = tokio::join!(
        one.resend_otp(merchant, payment),
        two.resend_otp(merchant, payment),
        three.generate_otp(merchant, payment)
    );
    let sent = [at_once.0, at_once.1, at_once.2].iter().filter(|sent| sent.is_ok()).count();
    assert_eq!(gateway.acquirer.count("resend"), 4);
    assert_eq!(sent, 1, "asking to generate it again is asking to send it again");
    let restarted = gateway.restarted().await;
    let refused = restarted.resend_otp(merchant, payment).await.unwrap_err();
    assert!(matches!(refused, EngineError::TooManyRequests { .. }), "{refused}");
}

#[tokio::test]
async fn workers_of_many_nodes_share_no_event() {
    let (gateway, nodes) = nodes(true).await;
    gateway.make_paid_links(30).await;
    let mut events = Vec::new();
    while events.len() < 30 {
        let before = events.len();
        for node in &nodes {
            for event in node.events_to_render(4).await.unwrap() {
                events.push(event.snapshot.id);
                let told = rendered(&event);
                node.event_rendered(event, told).await.unwrap();
            }
        }
        assert!(events.len() > before, "no event is left, of {before}");
    }
    let mut sent = Vec::new();
    for node in nodes.iter().cycle().take(12) {
        let due = node.deliveries_to_send(4).await.unwrap();
        sent.extend(due.iter().map(|due| due.delivery.key));
    }
    let (rendered_count, deliveries) = (events.len(), sent.len());
    let unique: HashSet<_> = events.into_iter().collect();
    assert_eq!((rendered_count, unique.len()), (30, 30));
    assert_eq!((deliveries, sent.into_iter().collect::<HashSet<_>>().len()), (30, 30));
}

/// Draws the same ends of keys as every other node, and nothing else.
struct SameEnds(Arc<SeededRandom>);

impl Random for SameEnds {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(buffer)
    }

    fn u16(&self) -> Result<u16, NoRandomness> {
        Ok(7)
    }
}

#[tokio::test]
async fn an_event_whose_keys_another_node_has_drawn_is_found_again_at_once() {
    let gateway = Gateway::open().await;
    gateway.make_paid_links(2).await;
    let open = async || {
        let random = Arc::new(SameEnds(gateway.random.clone()));
        Engine::open(EngineParts { random, ..parts_of_another(&gateway) }).await.unwrap()
    };
    let render = async |node: &Engine, event: EventToRender| {
        let told = rendered(&event);
        node.event_rendered_to_send(event, told).await.unwrap().len()
    };
    let (one, two) = (open().await, open().await);
    let mut events = one.events_to_render(2).await.unwrap();
    let (first, second) = (events.remove(0), events.remove(0));
    let id = second.snapshot.id;
    assert_eq!(render(&one, first).await, 1);
    assert_eq!(render(&two, second).await, 0, "its keys are taken");
    let again = two.events_to_render(2).await.unwrap().remove(0);
    assert_eq!(again.snapshot.id, id);
    assert_eq!(render(&two, again).await, 1);
}

#[tokio::test]
async fn a_webhook_for_an_endpoint_that_one_node_has_not_heard_of_is_not_given_up_there() {
    let (gateway, [one, two, _]) = nodes(true).await;
    let merchant = gateway.merchant().id;
    let url = MerchantUrl::parse("https://new.example.com/hooks").unwrap();
    let (store, random) = (&*gateway.store, &*gateway.random);
    let added = add_endpoint(store, random, merchant, url, Vec::new()).await;
    let added = added.unwrap_or_else(|error| panic!("{error}"));
    one.refresh().await.unwrap();
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    let event = one.events_to_render(1).await.unwrap().remove(0);
    let told = rendered(&event);
    one.event_rendered(event, told).await.unwrap();
    let found = two.deliveries_to_send(10).await.unwrap();
    let endpoints: Vec<_> = found.iter().map(|found| found.delivery.endpoint).collect();
    assert_eq!(endpoints.len(), 2);
    assert!(endpoints.contains(&added.id));
}

/// One process on one file: what was counted outlives it.
#[tokio::test]
async fn limits_outlive_a_restart_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let clock = Arc::new(ManualClock::at(START));
    let random = Arc::new(SeededRandom::from_seed(42));
    let mut merchant = None;
    for is_refused in [false, true] {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, OpenMode::Server).unwrap());
        let key = MasterKey::new(MASTER_KEY);
        if merchant.is_none() {
            let made = create_merchant(&*store, &key, &*clock, &*random, new_merchant()).await;
            merchant = Some(made.unwrap().merchant.id);
        }
        let engine = Engine::open(EngineParts {
            store,
            acquirer: Arc::new(ScriptedAcquirer::new()),
            clock: Arc::<ManualClock>::clone(&clock),
            random: Arc::<SeededRandom>::clone(&random),
            master_key: key,
            config: EngineConfig {
                public_url: "https://pay.example.in".to_owned(),
                sandbox: false,
            },
        })
        .await
        .unwrap();
        let key: &[&[u8]] = &[b"198.51.100.1"];
        if is_refused {
            // Sums that come too late are not waited for, and not asked for again for a second.
            let mut late = 0;
            while engine.check_limit(&LIMIT, key).await.is_ok() {
                late += 1;
                assert!(late < 100, "it was forgotten");
                clock.advance(Duration::from_secs(2));
            }
        } else {
            for _ in 0..LIMIT.times_max {
                assert!(engine.take_of_limit(&LIMIT, key).await.is_ok());
            }
        }
        engine.share_tallies().await.unwrap();
    }
}
