//! The same for what a merchant does with an order: captures, voids and refunds of one payment and
//! of two, one-time passwords, and a cancel while an attempt is in flight.

use std::sync::Arc;

use deodar_domain::event::EventType;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_engine::{Engine, EngineError, NewCapture, NewRefund};

use crate::bank::{Bank, FollowOns, Way};
use crate::common::{by_card, card_and_points, terms};
use crate::crashes::{Fault, World, assert_told, until_known};
use crate::unsteady::Fate;

use EventType::{OrderAuthorized, OrderCancelled, OrderProcessed, RefundFailed, RefundProcessed};
use OrderState::{Cancelled, FullyRefunded, PartiallyCaptured, PartiallyRefunded, Processed};

/// What a merchant does while a write goes wrong.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Takes what is held, all of it or so much.
    Capture(Option<u64>),
    /// Lets go of what is held.
    Void,
    /// Gives back what was taken, all of it or so much.
    Refund(Option<u64>),
    /// Hands on the payer's one-time password.
    Password,
    /// Cancels while the payer is asked.
    CancelAttempt,
}

impl Deed {
    const fn pre_auth(self) -> bool {
        matches!(self, Self::Capture(_) | Self::Void)
    }

    const fn card_way(self) -> Way {
        match self {
            Self::Password | Self::CancelAttempt => Way::AsksInVain,
            _ => Way::Yes,
        }
    }

    async fn be_done(
        self,
        engine: &Arc<Engine>,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<(), EngineError> {
        let reference = MerchantReference::parse("deed-1").unwrap();
        let paise = |amount: Option<u64>| amount.map(Money::paise);
        match self {
            Self::Capture(amount) => {
                let new = NewCapture { reference, amount: paise(amount) };
                engine.capture(merchant, key, new).await.map(drop)
            }
            Self::Refund(amount) => {
                let new = NewRefund { reference, amount: paise(amount) };
                engine.refund(merchant, key, new).await.map(drop)
            }
            Self::Void | Self::CancelAttempt => engine.cancel_order(merchant, key).await.map(drop),
            Self::Password => {
                let payment = engine.order(merchant, key).await?.payments[0].id;
                engine.submit_otp(merchant, payment, "123456").await.map(drop)
            }
        }
    }
}

/// A deed, how the bank meets it, and what comes of the order and is told.
type Case = (Deed, FollowOns, OrderState, &'static [EventType]);

/// Does a deed while one write goes wrong; tells whether there were as many writes.
async fn run(case: &Case, with_points: bool, fault: Fault) -> bool {
    let (deed, follow_ons, state, expected) = *case;
    let mut world = World::open(Bank::new([deed.card_way(), Way::Yes], follow_ons)).await;
    let terms = Terms { pre_auth: deed.pre_auth(), ..terms("order-1", 50_000) };
    let key = world.gateway.make_order(terms).await.key;
    let merchant = world.gateway.merchant().clone();
    let payments = if with_points { card_and_points("p") } else { vec![by_card("p-card", 50_000)] };
    world.engine.pay_by_api(&merchant, key, payments).await.unwrap();
    world.store.go_wrong_after(fault.after, fault.fate);
    let engine = world.engine.clone();
    // What is refused, or in doubt, is not repeated: the workers find out.
    drop(until_known(async || deed.be_done(&engine, &merchant, key).await).await);
    let mut told = world.live_on(fault).await;
    if matches!(deed, Deed::CancelAttempt) && fault.fate == Fate::Dropped {
        // All that is left of the first call is that the bank let go, as it does for a payer, too.
        told.remove(&EventType::PaymentFailed);
    }
    let order = world.engine.order(&merchant, key).await.unwrap();
    let name = format!("{deed:?} {follow_ons:?} {with_points} {fault:?}: {order:?} {told:?}");
    world.assert_agreement(&order, &name).await;
    assert_eq!(order.state, state, "{name}");
    assert_told(&told, expected, &name);
    !world.store.is_to_go_wrong()
}

async fn sweep(with_points: bool, cases: &[Case]) {
    for case in cases {
        for mut fault in Fault::every() {
            while run(case, with_points, fault).await {
                fault.after += 1;
            }
            assert!(fault.after > 4, "only {} writes went wrong: {case:?}", fault.after);
        }
    }
}

const CAPTURED: &[EventType] = &[OrderAuthorized, OrderProcessed];
const VOIDED: &[EventType] = &[OrderAuthorized, OrderCancelled];
const REFUNDED: &[EventType] = &[OrderProcessed, RefundProcessed];
const NOT_REFUNDED: &[EventType] = &[OrderProcessed, RefundFailed];
const NO_CARD: FollowOns = FollowOns::RefusedBy(Method::Card);
const NO_POINTS: FollowOns = FollowOns::RefusedBy(Method::Points);

#[tokio::test]
async fn whatever_write_of_a_capture_or_void_goes_wrong_everything_agrees_in_the_end() {
    let mut cases: Vec<Case> = vec![
        // What cannot be taken is released in time.
        (Deed::Capture(None), NO_CARD, Cancelled, VOIDED),
    ];
    for follow_ons in [FollowOns::Done, FollowOns::Lost] {
        cases.extend::<[Case; 3]>([
            (Deed::Capture(None), follow_ons, Processed, CAPTURED),
            (Deed::Capture(Some(20_000)), follow_ons, PartiallyCaptured, CAPTURED),
            (Deed::Void, follow_ons, Cancelled, VOIDED),
        ]);
    }
    sweep(false, &cases).await;
}

#[tokio::test]
async fn whatever_write_of_a_capture_or_void_of_two_goes_wrong_everything_agrees() {
    let mut cases: Vec<Case> = vec![
        (Deed::Capture(None), NO_CARD, PartiallyCaptured, CAPTURED),
        (Deed::Capture(None), NO_POINTS, PartiallyCaptured, CAPTURED),
        (Deed::Capture(Some(20_000)), NO_CARD, Cancelled, VOIDED),
    ];
    for follow_ons in [FollowOns::Done, FollowOns::Lost] {
        cases.extend::<[Case; 4]>([
            (Deed::Capture(None), follow_ons, Processed, CAPTURED),
            (Deed::Capture(Some(45_000)), follow_ons, PartiallyCaptured, CAPTURED),
            (Deed::Capture(Some(40_000)), follow_ons, PartiallyCaptured, CAPTURED),
            (Deed::Void, follow_ons, Cancelled, VOIDED),
        ]);
    }
    sweep(true, &cases).await;
}

#[tokio::test]
async fn whatever_write_of_a_refund_goes_wrong_everything_agrees_in_the_end() {
    for with_points in [false, true] {
        let mut cases: Vec<Case> = vec![
            (Deed::Refund(Some(20_000)), NO_CARD, Processed, NOT_REFUNDED),
            (Deed::Refund(Some(20_000)), NO_POINTS, PartiallyRefunded, REFUNDED),
        ];
        for follow_ons in [FollowOns::Done, FollowOns::Lost] {
            cases.extend::<[Case; 2]>([
                (Deed::Refund(None), follow_ons, FullyRefunded, REFUNDED),
                (Deed::Refund(Some(45_000)), follow_ons, PartiallyRefunded, REFUNDED),
            ]);
        }
        sweep(with_points, &cases).await;
    }
    // Of two parts one goes back and the other does not.
    let cases: [Case; 2] = [
        (Deed::Refund(None), NO_CARD, PartiallyRefunded, NOT_REFUNDED),
        (Deed::Refund(Some(45_000)), NO_POINTS, PartiallyRefunded, NOT_REFUNDED),
    ];
    sweep(true, &cases).await;
}

#[tokio::test]
async fn whatever_write_goes_wrong_while_the_payer_is_asked_everything_agrees_in_the_end() {
    for with_points in [false, true] {
        let cases: [Case; 2] = [
            (Deed::Password, FollowOns::Done, Processed, &[OrderProcessed]),
            (Deed::CancelAttempt, FollowOns::Done, Cancelled, &[OrderCancelled]),
        ];
        sweep(with_points, &cases).await;
    }
}
