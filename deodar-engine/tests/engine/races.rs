//! Calls, pages, workers and time at once, interleaved by seeds, while a write may go wrong: whoever
//! comes first, the bank, the order, the books and what was told agree in the end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    FollowOnRequest, Outcome, Status,
};
use deodar_domain::event::EventType;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::AcquirerText;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;
use deodar_engine::{Engine, EngineError, NewCapture, NewRefund};
use deodar_store::Queue;

use crate::bank::{Bank, FollowOns, Way};
use crate::common::{ManualClock, card_and_points, terms};
use crate::crashes::{Fault, Told, World};
use crate::unsteady::{Fate, Jitter};

/// A bank behind a line on which questions and answers take their time.
struct Line {
    bank: Arc<Bank>,
    jitter: Jitter,
}

impl Line {
    async fn carry<T>(&self, asked: impl Future<Output = T> + Send) -> T {
        self.jitter.linger().await;
        let answer = asked.await;
        self.jitter.linger().await;
        answer
    }
}

#[async_trait]
impl Acquirer for Line {
    fn capabilities(&self) -> &Capabilities {
        self.bank.capabilities()
    }

    fn name(&self, instrument: &Instrument) -> AcquirerText {
        self.bank.name(instrument)
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        self.carry(self.bank.authorize(request)).await
    }

    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.carry(self.bank.capture(request)).await
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.carry(self.bank.void(request)).await
    }

    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.carry(self.bank.refund(request)).await
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.carry(self.bank.reverse(request)).await
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        self.carry(self.bank.status(operation)).await
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        self.carry(self.bank.abandon(operation)).await
    }

    async fn answer_challenge(
        &self,
        operation: OperationId,
        otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        self.carry(self.bank.answer_challenge(operation, otp)).await
    }

    async fn resend_challenge(&self, operation: OperationId) -> Result<(), AcquirerError> {
        self.carry(self.bank.resend_challenge(operation)).await
    }
}

/// What happens at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Actor {
    /// The merchant's server makes an attempt, twice under the same references.
    Pays(&'static str),
    /// The page of a payer who waits.
    Polls,
    /// The payer gives the right password for whatever asks for it.
    GivesPassword,
    /// The payer gives up.
    GivesUp,
    /// The merchant cancels.
    Cancels,
    /// The merchant captures all that is held.
    Captures,
    /// The merchant refunds all that was taken.
    Refunds,
    /// A worker, while time passes faster than answers come.
    Works,
}

/// What an actor acts on.
struct Scene {
    engine: Arc<Engine>,
    clock: Arc<ManualClock>,
    merchant: Merchant,
    order: OrderKey,
}

impl Actor {
    async fn act(self, on: &Scene) -> Result<(), EngineError> {
        let Scene { engine, clock, merchant, order } = on;
        let reference = |text| MerchantReference::parse(text).unwrap();
        match self {
            Self::Pays(references) => {
                let pay = || engine.pay_by_api(merchant, *order, card_and_points(references));
                let (one, other) = tokio::join!(pay(), pay());
                one.and(other).map(drop)
            }
            Self::Polls => {
                for _ in 0..8 {
                    engine.refresh_payment(*order).await?;
                }
                Ok(())
            }
            Self::GivesPassword => {
                for _ in 0..4 {
                    let now = engine.order(merchant, *order).await?;
                    let waiting = now.payment_in_flight().map(|payment| payment.id);
                    match waiting {
                        Some(id) => drop(engine.submit_otp(merchant, id, "123456").await),
                        None => tokio::task::yield_now().await,
                    }
                }
                Ok(())
            }
            Self::GivesUp => engine.give_up(*order).await.map(drop),
            Self::Cancels => engine.cancel_order(merchant, *order).await.map(drop),
            Self::Captures => {
                let new = || NewCapture { reference: reference("c-1"), amount: None };
                insist(|| engine.capture(merchant, *order, new())).await
            }
            Self::Refunds => {
                let new = || NewRefund { reference: reference("r-1"), amount: None };
                insist(|| engine.refund(merchant, *order, new())).await
            }
            Self::Works => {
                for _ in 0..4 {
                    for job in engine.take_jobs(Queue::FollowUp, 10).await? {
                        engine.do_job(job).await?;
                    }
                    clock.advance(Duration::from_secs(7));
                }
                Ok(())
            }
        }
    }
}

/// Asks again while there is no money to act on.
async fn insist<T, F: Future<Output = Result<T, EngineError>>>(
    ask: impl Fn() -> F,
) -> Result<(), EngineError> {
    for _ in 0..20 {
        match ask().await {
            Err(EngineError::Refused(Refusal::NotAuthorized | Refusal::NothingToRefund)) => {}
            known => return known.map(drop),
        }
    }
    Ok(())
}

/// Lets actors act at once on an order, and gives the order when everything has come to its end.
async fn run(seed: u64, ways: [Way; 2], pre_auth: bool, actors: &[Actor]) -> (Order, Told) {
    let bank = Arc::new(Bank::new(ways, FollowOns::Done));
    let line = Arc::new(Line { bank: bank.clone(), jitter: Jitter::default() });
    let mut world = World::open_behind(bank, line.clone()).await;
    let mut asked = terms("order-1", 50_000);
    asked.pre_auth = pre_auth;
    let order = world.gateway.make_order(asked).await.key;
    let fate = [Fate::Dropped, Fate::Stored][usize::from(seed.is_multiple_of(2))];
    if is_faulty(seed) {
        world.store.go_wrong_after(usize::try_from(seed).unwrap() % 23, fate);
    }
    world.store.jitter.seed(seed);
    line.jitter.seed(seed.wrapping_add(1_000));
    let acting = actors.iter().map(|actor| {
        let (store, wait) = (world.store.clone(), world.store.jitter.draw() % 8);
        let scene = Scene {
            engine: world.engine.clone(),
            clock: world.gateway.clock.clone(),
            merchant: world.gateway.merchant().clone(),
            order,
        };
        let actor = *actor;
        tokio::spawn(async move {
            for _ in 0..wait {
                store.jitter.linger().await;
            }
            actor.act(&scene).await
        })
    });
    let name = format!("seed {seed} {ways:?} {pre_auth} {actors:?}");
    for done in acting.collect::<Vec<_>>() {
        match done.await.unwrap() {
            Ok(())
            | Err(
                EngineError::Refused(_) | EngineError::Declined(_) | EngineError::Unavailable(_),
            ) => {}
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
    let fault = Fault { fate, restarts: seed.is_multiple_of(5), after: 0 };
    let told = world.live_on(fault).await;
    let order = world.engine.order(world.gateway.merchant(), order).await.unwrap();
    let name = format!("{name}: {order:?} {told:?}");
    world.assert_agreement(&order, &name).await;
    assert_told_once(&order, &told, &name);
    (order, told)
}

/// Each failed attempt is told once, and so is the end of the order.
fn assert_told_once(order: &Order, told: &Told, name: &str) {
    let times = |event_type| told.get(&event_type).map_or(0, HashSet::len);
    let last = order.payments.iter().map(|payment| payment.attempt).max();
    let has_failed =
        |attempt: &u16| order.attempt(*attempt).any(|payment| payment.failure().is_some());
    let failed = last.map_or(0, |last| (0..=last).filter(has_failed).count());
    assert_eq!(times(EventType::PaymentFailed), failed, "{name}");
    let is_taken = order.payments.iter().any(|payment| !payment.captured().is_zero());
    assert_eq!(times(EventType::OrderProcessed), usize::from(is_taken), "{name}");
    let is_over = order.state == OrderState::Cancelled;
    assert_eq!(times(EventType::OrderCancelled), usize::from(is_over), "{name}");
    let is_refunded =
        matches!(order.state, OrderState::FullyRefunded | OrderState::PartiallyRefunded);
    assert_eq!(times(EventType::RefundProcessed), usize::from(is_refunded), "{name}");
}

/// Whether a write goes wrong by this seed.
const fn is_faulty(seed: u64) -> bool {
    !seed.is_multiple_of(3)
}

/// Lets many seeds come to their end, each of which is one of these where nothing goes wrong; where
/// there are several, more than one is met.
async fn race(ways: [Way; 2], pre_auth: bool, actors: &[Actor], ends: &[&'static str]) {
    let mut met = HashSet::new();
    for seed in 0..120 {
        let (order, _) = run(seed, ways, pre_auth, actors).await;
        if !is_faulty(seed) {
            met.insert(order.state.name());
        }
    }
    let allowed: HashSet<_> = ends.iter().copied().collect();
    assert!(met.is_subset(&allowed), "{met:?} of {ways:?} {pre_auth} {actors:?}");
    assert!(met.len() >= allowed.len().min(2), "{met:?} of {ways:?} {pre_auth} {actors:?}");
}

#[tokio::test]
async fn payments_cancels_and_workers_at_once_never_disagree() {
    use Actor::{Cancels, GivesPassword, GivesUp, Pays, Polls, Works};
    let (both, failed) = (["PROCESSED", "CANCELLED"], ["PROCESSED", "ATTEMPTED"]);
    let (yes, lost, asks) = (Way::Yes, Way::LostYes, Way::AsksInVain);
    race([yes, yes], false, &[Pays("p"), Pays("q"), Cancels, Works], &both).await;
    race([lost, yes], false, &[Pays("p"), Polls, Works, Cancels], &both).await;
    race([yes, lost], false, &[Pays("p"), GivesUp, Polls, Works], &failed).await;
    race([asks, yes], false, &[Pays("p"), GivesPassword, Cancels, Polls, Works], &both).await;
    race([asks, lost], false, &[Pays("p"), GivesPassword, GivesUp, Works], &failed).await;
    let actors = [Pays("p"), Pays("q"), Polls, Works, Works];
    race([yes, Way::No], false, &actors, &["ATTEMPTED"]).await;
    race([Way::Asks, Way::Asks], false, &[Pays("p"), Polls, GivesUp, Works], &failed).await;
}

#[tokio::test]
async fn captures_voids_and_refunds_at_once_never_disagree() {
    use Actor::{Cancels, Captures, GivesUp, Pays, Refunds, Works};
    let yes = [Way::Yes, Way::Yes];
    let taken_or_not = ["PROCESSED", "CANCELLED"];
    // Where time passes before a question has arrived at the bank, the attempt fails.
    race(yes, true, &[Pays("p"), Captures, Captures, Works], &["PROCESSED", "ATTEMPTED"]).await;
    race(yes, true, &[Pays("p"), Captures, Cancels, Works], &taken_or_not).await;
    // A refund of all that was taken may come before all was.
    let actors = [Pays("p"), Captures, Refunds, Cancels, Works];
    let refunded = ["FULLY_REFUNDED", "PARTIALLY_REFUNDED", "CANCELLED"];
    race(yes, true, &actors, &refunded).await;
    let actors = [Pays("p"), Refunds, Refunds, GivesUp, Works];
    race(yes, false, &actors, &["FULLY_REFUNDED", "ATTEMPTED"]).await;
    race(yes, false, &[Pays("p"), Refunds, Cancels, Works], &["FULLY_REFUNDED", "CANCELLED"]).await;
}
