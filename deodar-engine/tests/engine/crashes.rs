//! Every write goes wrong once, with its answer lost or nothing stored, and the process lives on or
//! is started anew: in the end the bank, the order, the books and what was told agree.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that called it"
)]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use deodar_acquirer::Acquirer;
use deodar_domain::event::EventType;
use deodar_domain::id::EventId;
use deodar_domain::instruction::Instruction;
use deodar_domain::link::LINK_LIFETIME_MAX;
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order, OrderState};
use deodar_domain::payment::Payment;
use deodar_engine::work::DeliveryResult;
use deodar_engine::{Engine, EngineError, NewLink};
use deodar_store::{Queue, Store};

use crate::bank::{Bank, FollowOns, Way};
use crate::common::{Gateway, card, card_and_points, terms};
use crate::unsteady::{Fate, UnsteadyStore};
use crate::webhooks::rendered;

/// What was told: of each type, under which ids.
pub(crate) type Told = HashMap<EventType, HashSet<EventId>>;

/// Everything that workers do once. What goes wrong is done again by the next round.
pub(crate) async fn work(engine: &Engine, told: &mut Told) {
    for queue in [Queue::FollowUp, Queue::Deadline] {
        for job in engine.take_jobs(queue, 100).await.unwrap_or_default() {
            drop(engine.do_job(job).await);
        }
    }
    for event in engine.events_to_render(100).await.unwrap_or_default() {
        let rendered = rendered(&event);
        drop(engine.event_rendered(event, rendered).await);
    }
    for sent in engine.deliveries_to_send(100).await.unwrap_or_default() {
        told.entry(sent.delivery.event_type).or_default().insert(sent.delivery.event);
        drop(engine.delivery_attempted(sent, DeliveryResult::Delivered { status: 200 }).await);
    }
}

/// How a write goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) fate: Fate,
    /// Whether the process is started anew once the write went wrong.
    pub(crate) restarts: bool,
    /// After how many writes one goes wrong.
    pub(crate) after: usize,
}

impl Fault {
    /// Both fates, with and without a new process; each first of all at the first write.
    pub(crate) fn every() -> impl Iterator<Item = Self> {
        [Fate::Stored, Fate::Dropped].into_iter().flat_map(|fate| {
            [false, true].map(|restarts| Self { fate, restarts, after: 0 }).into_iter()
        })
    }
}

/// A gateway on a store whose writes go wrong, with a bank.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) bank: Arc<Bank>,
    pub(crate) store: Arc<UnsteadyStore>,
    pub(crate) engine: Arc<Engine>,
}

impl World {
    pub(crate) async fn open(bank: Bank) -> Self {
        let bank = Arc::new(bank);
        Self::open_behind(bank.clone(), bank).await
    }

    /// The same, with something between the gateway and its bank.
    pub(crate) async fn open_behind(bank: Arc<Bank>, acquirer: Arc<dyn Acquirer>) -> Self {
        let gateway = Gateway::open().await;
        let (store, engine) = UnsteadyStore::open(&gateway, acquirer).await;
        Self { gateway, bank, store, engine }
    }

    /// Lets time pass, past the attempt's, the authorisation's and the link's, with room for lost
    /// leases in each; tells what was told to the merchant.
    pub(crate) async fn live_on(&mut self, fault: Fault) -> Told {
        let mut told = Told::new();
        let mut is_new = !fault.restarts;
        for round in 0..30 {
            if !is_new && !self.store.is_to_go_wrong() {
                self.engine = self.store.serve(&self.gateway, self.bank.clone()).await.unwrap();
                is_new = true;
            }
            work(&self.engine, &mut told).await;
            self.gateway.clock.advance(match round {
                14 => AUTHORISATION_LIFETIME,
                20 => LINK_LIFETIME_MAX,
                _ => Duration::from_mins(2),
            });
        }
        told
    }

    /// Whatever has happened, nothing is in doubt any more and everything agrees.
    pub(crate) async fn assert_agreement(&self, order: &Order, name: &str) {
        let captured = i128::from(order.captured().unwrap().minor());
        let refunded = i128::from(order.refunded().unwrap().minor());
        assert_eq!(self.bank.taken(), captured - refunded, "{name}");
        assert_eq!(self.gateway.owed().await, captured - refunded, "{name}");
        assert_eq!(self.bank.disagreement(order), None, "{name}");
        assert!(!order.payments.iter().any(Payment::is_in_flight), "{name}");
        assert!(!order.instructions.iter().any(Instruction::is_open), "{name}");
        let now = self.gateway.engine.now();
        let waiting = self.gateway.store.queue_depths(now, now).await.unwrap();
        assert!(waiting.iter().all(|depth| depth.waiting == 0), "{name}: {waiting:?}");
    }
}

pub(crate) fn assert_told(told: &Told, expected: &[EventType], name: &str) {
    let types: HashSet<_> = told.keys().copied().collect();
    assert_eq!(types, expected.iter().copied().collect(), "{name}");
    assert!(told.values().all(|ids| ids.len() == 1), "{name}");
}

/// Repeats a call as long as its answer is that it is not known to be done.
pub(crate) async fn until_known<T>(
    mut call: impl AsyncFnMut() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    loop {
        match call().await {
            Err(EngineError::Unavailable(_)) => {}
            known => return known,
        }
    }
}

struct Trial {
    /// How the bank meets the card, and the points beside it where there are some.
    ways: (Way, Option<Way>),
    pre_auth: bool,
    fault: Fault,
}

/// Pays a link while one write goes wrong; tells whether there were as many writes.
async fn run(trial: &Trial) -> bool {
    let (card_way, points_way) = trial.ways;
    let ways = [card_way, points_way.unwrap_or(Way::Yes)];
    let mut world = World::open(Bank::new(ways, FollowOns::Done)).await;
    let mut terms = terms("ref-1", 50_000);
    terms.pre_auth = trial.pre_auth;
    world.store.go_wrong_after(trial.fault.after, trial.fault.fate);
    let engine = world.engine.clone();
    let merchant = world.gateway.merchant().clone();
    let made = until_known(async || {
        let new = NewLink { terms: terms.clone(), expire_by: None };
        engine.create_link(&merchant, new).await
    });
    let (deodar_engine::Made::New(link) | deodar_engine::Made::Existing(link)) =
        made.await.unwrap();
    // The payer sends the form again, or the merchant its call, until there is an answer.
    let paid = until_known(async || match points_way {
        None => engine.pay(link.key, card("p-1")).await.map(drop),
        Some(_) => engine.pay_by_api(&merchant, link.key, card_and_points("p")).await.map(drop),
    });
    paid.await.unwrap();
    if ways.contains(&Way::GivenUp) {
        until_known(async || engine.give_up(link.key).await).await.unwrap();
    }
    let told = world.live_on(trial.fault).await;
    let order = world.engine.order(&merchant, link.key).await.unwrap();
    assert_paid_or_not(trial, &world, &order, &told).await;
    !world.store.is_to_go_wrong()
}

async fn assert_paid_or_not(trial: &Trial, world: &World, order: &Order, told: &Told) {
    let Trial { ways, pre_auth, fault } = trial;
    let name = format!("{ways:?} {pre_auth} {fault:?}: {order:?} {told:?}");
    world.assert_agreement(order, &name).await;
    assert_eq!(order.payments.len(), 1 + usize::from(ways.1.is_some()), "{name}");
    let may_pay = ways.0.may_pay() && ways.1.is_none_or(Way::may_pay);
    let is_held = told.contains_key(&EventType::OrderAuthorized);
    let expected: &[EventType] = match (order.state, pre_auth) {
        (OrderState::Processed, false) if may_pay => &[EventType::OrderProcessed],
        (OrderState::Cancelled, true) if may_pay && is_held => {
            &[EventType::OrderAuthorized, EventType::OrderCancelled]
        }
        (OrderState::Cancelled, _) => &[EventType::PaymentFailed, EventType::OrderCancelled],
        _ => panic!("{name}"),
    };
    assert_told(told, expected, &name);
}

/// Lets every write go wrong once, in every way.
async fn sweep(ways: (Way, Option<Way>)) {
    for pre_auth in [false, true] {
        for fault in Fault::every() {
            let mut trial = Trial { ways, pre_auth, fault };
            while run(&trial).await {
                trial.fault.after += 1;
            }
            assert!(trial.fault.after > 8, "only {} writes went wrong", trial.fault.after);
        }
    }
}

#[tokio::test]
async fn whatever_write_of_a_payment_goes_wrong_everything_agrees_in_the_end() {
    for way in [Way::Yes, Way::No, Way::LostYes, Way::Asks, Way::AsksInVain, Way::GivenUp] {
        sweep((way, None)).await;
    }
}

#[tokio::test]
async fn whatever_write_of_two_payments_that_are_made_goes_wrong_everything_agrees() {
    for (card, points) in [
        (Way::Yes, Way::Yes),
        (Way::LostYes, Way::Yes),
        (Way::Yes, Way::LostYes),
        (Way::Asks, Way::Yes),
        (Way::Asks, Way::Asks),
        (Way::Asks, Way::LostYes),
    ] {
        sweep((card, Some(points))).await;
    }
}

#[tokio::test]
async fn whatever_write_of_two_payments_of_which_one_fails_goes_wrong_everything_agrees() {
    for (card, points) in [
        (Way::No, Way::Yes),
        (Way::Yes, Way::No),
        (Way::LostYes, Way::No),
        (Way::Asks, Way::No),
        (Way::AsksInVain, Way::Yes),
        (Way::LostYes, Way::AsksInVain),
        (Way::GivenUp, Way::Yes),
        (Way::GivenUp, Way::LostYes),
        (Way::Yes, Way::GivenUp),
    ] {
        sweep((card, Some(points))).await;
    }
}
