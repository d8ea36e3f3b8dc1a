//! Every write goes wrong once, with its answer lost or nothing stored, and the process lives on or
//! is started anew: in the end the bank, the order, the books and what was told agree.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that called it"
)]

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    FollowOnRequest, Outcome, Status,
};
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::event::EventType;
use deodar_domain::id::{EventId, OperationId};
use deodar_domain::link::LINK_LIFETIME_MAX;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order, OrderState};
use deodar_domain::payment::{AcquirerText, Challenge};
use deodar_engine::work::{DeliveryResult, RenderedEvent};
use deodar_engine::{Engine, NewLink};
use deodar_store::{Queue, Store};

use crate::common::{Gateway, approval, card, silent, terms};
use crate::unsteady::{Fate, UnsteadyStore};

/// How the bank meets an authorisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// It says yes.
    Yes,
    /// It says no.
    No,
    /// It says yes, and its answer is lost.
    LostYes,
    /// It asks the payer, who says yes.
    Asks,
    /// It asks the payer, who does nothing.
    AsksInVain,
    /// It asks the payer, who gives up on our page.
    GivenUp,
}

/// A bank that remembers what it was asked.
struct Bank {
    capabilities: Capabilities,
    way: Way,
    known: Mutex<HashMap<OperationId, Outcome>>,
    undone: Mutex<HashSet<OperationId>>,
}

impl Bank {
    fn new(way: Way) -> Self {
        let methods: MethodSet = [Method::Card].into_iter().collect();
        let answer_timeout = Duration::from_secs(5);
        Self {
            capabilities: Capabilities { methods, holds: methods, sandbox: true, answer_timeout },
            way,
            known: Mutex::default(),
            undone: Mutex::default(),
        }
    }

    /// How many payments the bank has approved and not undone.
    fn standing(&self) -> usize {
        let undone = self.undone.lock().unwrap();
        let known = self.known.lock().unwrap();
        let yes = |outcome: &Outcome| matches!(outcome, Outcome::Approved(_));
        known.iter().filter(|(id, outcome)| yes(outcome) && !undone.contains(id)).count()
    }

    fn undo(&self, request: &FollowOnRequest) -> Outcome {
        self.undone.lock().unwrap().insert(request.authorization);
        Outcome::Approved(approval())
    }
}

#[async_trait]
impl Acquirer for Bank {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, _method: Method) -> AcquirerText {
        AcquirerText::parse("BANK").unwrap()
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        let outcome = match self.way {
            Way::Yes | Way::LostYes => Outcome::Approved(approval()),
            Way::No => Outcome::Declined(Failure::of(DeclineReason::InsufficientFunds)),
            Way::Asks | Way::AsksInVain | Way::GivenUp => Outcome::Challenged(Challenge::Otp),
        };
        let mut known = self.known.lock().unwrap();
        let outcome = known.entry(request.operation).or_insert(outcome).clone();
        if self.way == Way::LostYes { Err(silent()) } else { Ok(outcome) }
    }

    async fn capture(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Err(AcquirerError::Unsupported("captures"))
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(self.undo(&request))
    }

    async fn refund(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Err(AcquirerError::Unsupported("refunds"))
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(self.undo(&request))
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        let mut known = self.known.lock().unwrap();
        let Some(outcome) = known.get_mut(&operation) else {
            let refused = Failure::of(DeclineReason::PaymentExpired);
            known.insert(operation, Outcome::Declined(refused));
            return Ok(Status::Unknown);
        };
        if self.way == Way::Asks && matches!(outcome, Outcome::Challenged(_)) {
            *outcome = Outcome::Approved(approval());
        }
        Ok(Status::Known(outcome.clone()))
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        let ended = Outcome::Declined(Failure::of(DeclineReason::PaymentCancelled));
        let mut known = self.known.lock().unwrap();
        let decided =
            known.get(&operation).filter(|known| !matches!(known, Outcome::Challenged(_)));
        if let Some(decided) = decided {
            return Ok(Abandoned::Decided(decided.clone()));
        }
        known.insert(operation, ended);
        Ok(Abandoned::Ended)
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

/// What was told: of each type, under which ids.
type Told = HashMap<EventType, HashSet<EventId>>;

/// Everything that workers do once. What goes wrong is done again by the next round.
async fn work(engine: &Engine, told: &mut Told) {
    for queue in [Queue::FollowUp, Queue::Deadline] {
        for job in engine.take_jobs(queue, 100).await.unwrap_or_default() {
            drop(engine.do_job(job).await);
        }
    }
    for event in engine.events_to_render(100).await.unwrap_or_default() {
        let rendered = |endpoint: &deodar_domain::merchant::Endpoint| RenderedEvent {
            endpoint: endpoint.clone(),
            body: "{}".to_owned(),
        };
        let rendered = event.endpoints.iter().map(rendered).collect();
        drop(engine.event_rendered(event, rendered).await);
    }
    for sent in engine.deliveries_to_send(100).await.unwrap_or_default() {
        told.entry(sent.delivery.event_type).or_default().insert(sent.delivery.event);
        drop(engine.delivery_attempted(sent, DeliveryResult::Delivered { status: 200 }).await);
    }
}

struct Trial {
    way: Way,
    pre_auth: bool,
    fate: Fate,
    /// Whether the process is started anew once the write went wrong.
    restarts: bool,
    /// After how many writes one goes wrong.
    after: usize,
}

/// Pays a link while one write goes wrong; tells whether there were as many writes.
async fn run(trial: &Trial) -> bool {
    let gateway = Gateway::open().await;
    let bank = Arc::new(Bank::new(trial.way));
    let (store, mut engine) = UnsteadyStore::open(&gateway, bank.clone()).await;
    let mut terms = terms("ref-1", 50_000);
    terms.pre_auth = trial.pre_auth;
    let new = || NewLink { terms: terms.clone(), expire_by: None };
    store.go_wrong_after(trial.after, trial.fate);
    let link = loop {
        if let Ok(made) = engine.create_link(gateway.merchant(), new()).await {
            let (deodar_engine::Made::New(link) | deodar_engine::Made::Existing(link)) = made;
            break link;
        }
    };
    // The payer sends the form again until there is an answer.
    while engine.pay(link.key, card("p-1")).await.is_err() {}
    while trial.way == Way::GivenUp && engine.give_up(link.key).await.is_err() {}
    let mut told = Told::new();
    let mut is_new = !trial.restarts;
    // The attempt's time, the authorisation's and the link's, with room for lost leases in each.
    for round in 0..30 {
        if !is_new && !store.is_to_go_wrong() {
            engine = store.serve(&gateway, bank.clone()).await.unwrap();
            is_new = true;
        }
        work(&engine, &mut told).await;
        gateway.clock.advance(match round {
            14 => AUTHORISATION_LIFETIME,
            20 => LINK_LIFETIME_MAX,
            _ => Duration::from_mins(2),
        });
    }
    let order = engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_agreement(trial, &gateway, &bank, &order, &told).await;
    !store.is_to_go_wrong()
}

async fn assert_agreement(
    trial: &Trial,
    gateway: &Gateway,
    bank: &Bank,
    order: &Order,
    told: &Told,
) {
    let Trial { way, pre_auth, fate, restarts, after } = trial;
    let name = format!("{way:?} {pre_auth} {fate:?} {restarts} {after}: {order:?} {told:?}");
    let captured = order.captured().unwrap().minor();
    assert_eq!(bank.standing(), usize::from(captured > 0), "{name}");
    assert_eq!(gateway.owed().await, i128::from(captured), "{name}");
    assert_eq!(order.payments.len(), 1, "{name}");
    assert!(!order.payments[0].is_pending(), "{name}");
    let expected: &[EventType] = match (order.state, pre_auth, way) {
        (OrderState::Processed, false, _) => &[EventType::OrderProcessed],
        (OrderState::Cancelled, true, Way::Yes | Way::LostYes | Way::Asks)
            if told.contains_key(&EventType::OrderAuthorized) =>
        {
            &[EventType::OrderAuthorized, EventType::OrderCancelled]
        }
        (OrderState::Cancelled, ..) => &[EventType::PaymentFailed, EventType::OrderCancelled],
        _ => panic!("{name}"),
    };
    let types: HashSet<_> = told.keys().copied().collect();
    assert_eq!(types, expected.iter().copied().collect(), "{name}");
    assert!(told.values().all(|ids| ids.len() == 1), "{name}");
    let now = gateway.engine.now();
    let waiting = gateway.store.queue_depths(now, now).await.unwrap();
    assert!(waiting.iter().all(|depth| depth.waiting == 0), "{name}: {waiting:?}");
}

#[tokio::test]
async fn whatever_write_goes_wrong_everything_agrees_in_the_end() {
    for way in [Way::Yes, Way::No, Way::LostYes, Way::Asks, Way::AsksInVain, Way::GivenUp] {
        for (pre_auth, restarts) in [(false, false), (false, true), (true, false), (true, true)] {
            for fate in [Fate::Stored, Fate::Dropped] {
                let trial = |after| Trial { way, pre_auth, fate, restarts, after };
                let mut after = 0;
                while run(&trial(after)).await {
                    after += 1;
                }
                assert!(after > 8, "only {after} writes of {way:?} went wrong");
            }
        }
    }
}
