//! Messages to payers: what writes one down, what takes it away, and what a sandbox keeps.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::customer::{Customer, Email, MobileNumber};
use deodar_domain::link::{LinkState, NOTIFIES_PER_HOUR_MAX};
use deodar_domain::message::{Channel, Channels, MessageKind};
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::refusal::Refusal;
use deodar_domain::terms::Terms;
use deodar_engine::{
    Engine, EngineError, KeptMessage, MESSAGE_TIMETABLE, Made, MerchantChange, MessageResult,
    MessageToSend, NewLink, PayRequest, SystemRandom, change_merchant,
};
use deodar_store::{JobId, OUTBOX_SLOTS, Queue};

use crate::common::{Gateway, card, open_engine_with, terms};

fn for_customer(reference: &str, email: bool, mobile: bool) -> Terms {
    let customer = Customer {
        email: email.then(|| Email::parse("kavya@example.com").unwrap()),
        mobile: mobile.then(|| MobileNumber::parse("9876543210", 10).unwrap()),
        ..Customer::default()
    };
    Terms { customer: Some(customer), ..terms(reference, 50_000) }
}

async fn waiting(engine: &Engine) -> [u64; 2] {
    let depths = engine.queue_depths().await.unwrap();
    [Queue::Email, Queue::Sms]
        .map(|queue| depths.iter().find(|depth| depth.queue == queue).unwrap().waiting)
}

async fn take(engine: &Engine, channel: Channel) -> Vec<MessageToSend> {
    engine.messages_to_send(channel, 100).await.unwrap()
}

async fn take_one(engine: &Engine, channel: Channel) -> MessageToSend {
    let mut messages = take(engine, channel).await;
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

async fn notify(gateway: &Gateway, order: &Order) -> Result<Order, EngineError> {
    gateway.engine.notify_link(gateway.merchant(), order.key).await
}

#[tokio::test]
async fn a_new_link_has_one_message_for_each_way_to_its_payer() {
    for (email, mobile) in [(false, false), (true, false), (false, true), (true, true)] {
        let gateway = Gateway::open().await;
        let terms = for_customer("a", email, mobile);
        let order = gateway.make(terms.clone()).await;
        assert_eq!(waiting(&gateway.engine).await, [u64::from(email), u64::from(mobile)]);
        let again = NewLink { terms, expire_by: None };
        gateway.engine.create_link(gateway.merchant(), again).await.unwrap();
        assert_eq!(waiting(&gateway.engine).await, [u64::from(email), u64::from(mobile)]);
        for (channel, reached, to) in
            [(Channel::Email, email, "kavya@example.com"), (Channel::Sms, mobile, "+919876543210")]
        {
            let messages = take(&gateway.engine, channel).await;
            assert_eq!(messages.len(), usize::from(reached));
            for message in messages {
                assert_eq!(message.kind, MessageKind::LinkCreated);
                assert_eq!((message.recipient.as_str(), message.order.key), (to, order.key));
                let number = order.link.as_ref().unwrap().number;
                assert_eq!(message.link_url, gateway.engine.link_url(number));
            }
        }
    }
}

#[tokio::test]
async fn an_order_without_a_link_tells_nobody() {
    let gateway = Gateway::open().await;
    gateway.make_order(for_customer("a", true, true)).await;
    assert_eq!(waiting(&gateway.engine).await, [0, 0]);
}

#[tokio::test]
async fn a_link_is_sent_again_and_the_answer_is_the_link() {
    let gateway = Gateway::open().await;
    let order = gateway.make(for_customer("a", true, true)).await;
    let told = notify(&gateway, &order).await.unwrap();
    assert_eq!(told.link.as_ref().unwrap().state, order.link.as_ref().unwrap().state);
    assert_eq!(told.updated_at, order.updated_at);
    assert_eq!(waiting(&gateway.engine).await, [2, 2]);
    let kinds: Vec<_> =
        take(&gateway.engine, Channel::Sms).await.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::LinkCreated, MessageKind::LinkSentAgain]);
}

#[tokio::test]
async fn a_link_is_not_sent_again_to_nobody_or_when_it_is_over() {
    let gateway = Gateway::open().await;
    let nobody = gateway.make_link("nobody", 50_000).await;
    let refused = notify(&gateway, &nobody).await;
    assert_eq!(refused.unwrap_err(), EngineError::Refused(Refusal::NoContact));
    let paid = gateway.make(for_customer("paid", true, false)).await;
    gateway.pay(&paid, "p").await;
    let refused = notify(&gateway, &paid).await;
    assert_eq!(refused.unwrap_err(), EngineError::Refused(Refusal::LinkNotNotifiable));
    let kinds: Vec<_> =
        take(&gateway.engine, Channel::Email).await.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::PaymentReceipt], "what asked for money is not sent any more");
}

async fn make_until(gateway: &Gateway, reference: &str, life: Duration) -> Order {
    let expire_by = Some(gateway.engine.now().plus(life));
    let new = NewLink { terms: for_customer(reference, true, false), expire_by };
    match gateway.engine.create_link(gateway.merchant(), new).await.unwrap() {
        Made::New(order) | Made::Existing(order) => order,
    }
}

const HOUR: Duration = Duration::from_hours(1);
const JUST_UNDER_TWO_DAYS: Duration = Duration::from_secs(48 * 3_600 - 1);

#[tokio::test]
async fn a_payer_is_reminded_once_a_day_before_a_long_link_ends() {
    let gateway = Gateway::open().await;
    let order = make_until(&gateway, "a", 72 * HOUR).await;
    gateway.clock.advance(JUST_UNDER_TWO_DAYS);
    gateway.work(Queue::Deadline).await;
    assert_eq!(waiting(&gateway.engine).await, [1, 0]);
    gateway.clock.advance(Duration::from_secs(1));
    // Two workers, or one that crashed and began again: the reminder is one.
    let leased = gateway.engine.take_jobs(Queue::Deadline, 1).await.unwrap().remove(0);
    gateway.clock.advance(deodar_engine::work::LEASE_LIFETIME);
    gateway.work(Queue::Deadline).await;
    let _lost_its_lease = gateway.engine.do_job(leased).await;
    gateway.work(Queue::Deadline).await;
    let messages = take(&gateway.engine, Channel::Email).await;
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::LinkCreated, MessageKind::LinkReminder]);
    assert_eq!(messages[1].amount, order.terms.amount);
    gateway.clock.advance(24 * HOUR);
    gateway.work(Queue::Deadline).await;
    assert_eq!(waiting(&gateway.engine).await, [2, 0], "the end is no reminder");
    let ended = gateway.engine.link(gateway.merchant(), order.key).await.unwrap();
    assert_eq!(ended.link.as_ref().unwrap().state, LinkState::Expired);
}

#[tokio::test]
async fn nobody_is_reminded_of_a_short_link_or_of_one_that_was_paid_or_cancelled() {
    let gateway = Gateway::open().await;
    make_until(&gateway, "short", JUST_UNDER_TWO_DAYS).await;
    let paid = make_until(&gateway, "paid", 72 * HOUR).await;
    gateway.pay(&paid, "p").await;
    let cancelled = make_until(&gateway, "cancelled", 72 * HOUR).await;
    gateway.engine.cancel_link(gateway.merchant(), cancelled.key).await.unwrap();
    for _ in 0..4 {
        gateway.clock.advance(24 * HOUR);
        gateway.work(Queue::Deadline).await;
    }
    let messages = take(&gateway.engine, Channel::Email).await;
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::PaymentReceipt]);
}

async fn pay_part(gateway: &Gateway, order: &Order, reference: &str, paise: u64) {
    let amount = Some(Money::paise(paise));
    let request = PayRequest { amount, ..card(reference) };
    gateway.engine.pay(order.key, request).await.unwrap();
}

#[tokio::test]
async fn each_success_has_one_receipt_with_its_own_amount() {
    let gateway = Gateway::open().await;
    let terms = Terms { part_payment: true, ..for_customer("a", true, true) };
    let order = gateway.make(terms).await;
    pay_part(&gateway, &order, "first", 20_000).await;
    pay_part(&gateway, &order, "second", 30_000).await;
    for channel in Channel::ALL {
        let messages = take(&gateway.engine, channel).await;
        let told: Vec<_> = messages.iter().map(|message| (message.kind, message.amount)).collect();
        let receipt = |paise| (MessageKind::PaymentReceipt, Money::paise(paise));
        assert_eq!(told, [receipt(20_000), receipt(30_000)], "{channel:?}");
    }
}

#[tokio::test]
async fn a_merchant_whose_messages_are_off_sends_none() {
    let gateway = Gateway::open().await;
    let before = gateway.make(for_customer("before", true, true)).await;
    let mut merchant = gateway.merchant().clone();
    merchant.switches.messages = false;
    let change = MerchantChange { messages: Some(false), ..MerchantChange::default() };
    let id = merchant.id;
    change_merchant(&*gateway.store, &SystemRandom, id, &change).await.unwrap();
    gateway.engine.refresh().await.unwrap();
    let new = NewLink { terms: for_customer("after", true, true), expire_by: None };
    gateway.engine.create_link(&merchant, new).await.unwrap();
    assert_eq!(waiting(&gateway.engine).await, [1, 1]);
    let refused = gateway.engine.notify_link(&merchant, before.key).await.unwrap_err();
    assert_eq!(refused, EngineError::NotEnabled("Sending messages"));
    assert!(take(&gateway.engine, Channel::Email).await.is_empty());
    assert_eq!(waiting(&gateway.engine).await, [0, 1], "what was written before is taken away");
}

#[tokio::test]
async fn a_link_is_not_sent_too_often_by_real_time() {
    let gateway = Gateway::open().await;
    let order = gateway.make(for_customer("a", true, false)).await;
    for _ in 0..NOTIFIES_PER_HOUR_MAX {
        notify(&gateway, &order).await.unwrap();
        gateway.clock.advance(Duration::from_mins(1));
    }
    let retry_after = Duration::from_mins(57);
    let too_often = EngineError::TooManyRequests { retry_after };
    assert_eq!(notify(&gateway, &order).await.unwrap_err(), too_often);
    gateway.engine.advance_clock(24 * 3_600).await.unwrap();
    assert_eq!(notify(&gateway, &order).await.unwrap_err(), too_often);
    assert_eq!(waiting(&gateway.engine).await, [4, 0]);
    gateway.clock.advance(retry_after);
    notify(&gateway, &order).await.unwrap();
    assert_eq!(waiting(&gateway.engine).await, [5, 0]);
}

#[tokio::test]
async fn concurrent_calls_do_not_exceed_the_limit() {
    let gateway = Arc::new(Gateway::open().await);
    let order = gateway.make(for_customer("a", false, true)).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (gateway, order) = (Arc::clone(&gateway), order.clone());
            tokio::spawn(async move { notify(&gateway, &order).await.is_ok() })
        })
        .collect();
    let mut done = 0;
    for call in calls {
        done += usize::from(call.await.unwrap());
    }
    assert_eq!(done, NOTIFIES_PER_HOUR_MAX);
    assert_eq!(waiting(&gateway.engine).await, [0, 4]);
}

#[tokio::test]
async fn a_channel_without_a_transport_has_no_messages() {
    let gateway = Gateway::open().await;
    let engine = open_engine_with(&gateway, Channels::NONE).await;
    let new = NewLink { terms: for_customer("a", true, true), expire_by: None };
    let made = engine.create_link(gateway.merchant(), new).await.unwrap();
    let (Made::New(order) | Made::Existing(order)) = made;
    assert_eq!(waiting(&engine).await, [0, 0]);
    let refused = engine.notify_link(gateway.merchant(), order.key).await.unwrap_err();
    assert_eq!(refused, EngineError::NoTransport);
    let by_sms = open_engine_with(&gateway, Channels { email: false, sms: true }).await;
    by_sms.notify_link(gateway.merchant(), order.key).await.unwrap();
    assert_eq!(waiting(&engine).await, [0, 1]);
    let order = by_sms.link(gateway.merchant(), order.key).await.unwrap();
    let link = order.link.as_ref().unwrap();
    assert_eq!(link.sent_again.len(), 1, "what was not sent is not counted");
}

#[tokio::test]
async fn a_message_about_a_link_that_is_over_is_not_sent() {
    let gateway = Gateway::open().await;
    let order = gateway.make(for_customer("a", true, false)).await;
    gateway.engine.cancel_link(gateway.merchant(), order.key).await.unwrap();
    assert!(take(&gateway.engine, Channel::Email).await.is_empty());
    assert_eq!(waiting(&gateway.engine).await, [0, 0]);
}

#[tokio::test]
async fn a_message_is_tried_by_the_timetable_and_then_given_up() {
    let gateway = Gateway::open().await;
    gateway.make(for_customer("a", true, false)).await;
    let first = take_one(&gateway.engine, Channel::Email).await;
    let id = first.job();
    gateway.engine.message_attempted(first, MessageResult::Later).await.unwrap();
    for wait in MESSAGE_TIMETABLE {
        gateway.clock.advance(wait.saturating_sub(Duration::from_secs(1)));
        assert!(take(&gateway.engine, Channel::Email).await.is_empty(), "{wait:?}");
        gateway.clock.advance(Duration::from_secs(1));
        let again = take_one(&gateway.engine, Channel::Email).await;
        assert_eq!(again.job(), id);
        gateway.engine.message_attempted(again, MessageResult::Later).await.unwrap();
    }
    assert_eq!(waiting(&gateway.engine).await, [0, 0]);
}

#[tokio::test]
async fn a_message_that_was_sent_or_refused_for_good_is_done() {
    for result in [MessageResult::Sent, MessageResult::Never] {
        let gateway = Gateway::open().await;
        gateway.make(for_customer("a", false, true)).await;
        let message = take_one(&gateway.engine, Channel::Sms).await;
        gateway.engine.message_attempted(message, result).await.unwrap();
        assert_eq!(waiting(&gateway.engine).await, [0, 0], "{result:?}");
    }
}

#[tokio::test]
async fn a_crash_after_a_message_was_taken_does_not_lose_it() {
    let gateway = Gateway::open().await;
    gateway.make(for_customer("a", true, false)).await;
    let taken = take_one(&gateway.engine, Channel::Email).await.job();
    let restarted = gateway.restarted().await;
    gateway.clock.advance(deodar_engine::work::LEASE_LIFETIME);
    assert_eq!(take_one(&restarted, Channel::Email).await.job(), taken);
}

fn kept(gateway: &Gateway, order: &Order, number: u16) -> KeptMessage {
    KeptMessage {
        job: JobId(i64::from(number)),
        merchant: gateway.merchant().id,
        order: order.key,
        kind: MessageKind::LinkCreated,
        channel: Channel::Sms,
        recipient: "+919876543210".into(),
        subject: None,
        text: format!("message {number}").into(),
        html: None,
    }
}

#[tokio::test]
async fn the_outbox_keeps_the_newest_messages_and_survives_a_restart() {
    let gateway = Gateway::open().await;
    let order = gateway.make_link("a", 50_000).await;
    assert!(gateway.engine.outbox().await.unwrap().is_empty());
    let last = OUTBOX_SLOTS + 5;
    for number in 1..=last {
        gateway.engine.keep_message(kept(&gateway, &order, number)).await.unwrap();
    }
    let messages = gateway.restarted().await.outbox().await.unwrap();
    let texts: Vec<_> = messages.iter().map(|message| message.text.to_string()).collect();
    let expected: Vec<_> = (6..=last).rev().map(|number| format!("message {number}")).collect();
    assert_eq!(texts, expected);
}
