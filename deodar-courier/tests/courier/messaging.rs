//! Messages: they are sent once, tried again, and kept in a sandbox.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deodar_courier::{
    Content, CourierConfig, CourierHandle, Message, Messenger, Messengers, NotSent,
    PER_PAYER_HOUR_MAX, SEND_TIME_MAX, start_with,
};
use deodar_domain::customer::{Customer, Email, MobileNumber};
use deodar_domain::message::{Channel, Channels, MessageKind};
use deodar_engine::MESSAGE_TIMETABLE;
use deodar_engine::store::Queue;
use deodar_engine::store::memory::LostAnswer;
use deodar_engine::work::LEASE_LIFETIME;

use crate::gateway::{Gateway, until};

/// Notes what it is given, and answers what a test put in its queue; then it takes all.
#[derive(Default)]
struct Recorder {
    messages: Mutex<Vec<Message>>,
    answers: Mutex<Vec<NotSent>>,
    hangs: Mutex<bool>,
}

impl Recorder {
    fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }
}

#[async_trait]
impl Messenger for Recorder {
    async fn send(&self, message: &Message) -> Result<(), NotSent> {
        self.messages.lock().unwrap().push(message.clone());
        if std::mem::take(&mut *self.hangs.lock().unwrap()) {
            std::future::pending::<()>().await;
        }
        self.answers.lock().unwrap().pop().map_or(Ok(()), Err)
    }
}

fn payer() -> Customer {
    Customer {
        email: Email::parse("kavya@example.com").ok(),
        mobile: MobileNumber::parse("9876543210", 10).ok(),
        ..Customer::default()
    }
}

fn start(gateway: &Gateway, recorder: &Arc<Recorder>) -> CourierHandle {
    let messenger: Arc<dyn Messenger> = Arc::<Recorder>::clone(recorder);
    let messengers = Messengers { email: Some(Arc::clone(&messenger)), sms: Some(messenger) };
    assert_eq!(messengers.channels(), Channels::ALL);
    let engine = Arc::clone(&gateway.engine);
    start_with(engine, &CourierConfig::sandbox(), &messengers).unwrap()
}

async fn all_sent(gateway: &Gateway) {
    gateway.settled(Queue::Email, Some(0)).await;
    gateway.settled(Queue::Sms, Some(0)).await;
}

#[tokio::test]
async fn a_new_link_is_told_by_email_and_sms_once() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    let courier = start(&gateway, &recorder);
    let order = gateway.make_link_for(payer()).await;
    let link = gateway.engine.link_url(order.link.as_ref().unwrap().number);
    all_sent(&gateway).await;
    courier.stop().await;
    let mut messages = recorder.messages();
    messages.sort_unstable_by_key(Message::channel);
    let [by_email, by_sms] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(by_email.recipient, "kavya@example.com");
    let Content::Email { subject, text, html } = &by_email.content else { panic!("no e-mail") };
    assert_eq!(subject, "Pay ₹500.00 to Example Store");
    for part in [text, html] {
        assert!(part.contains(&link) && part.contains("₹500.00"), "{part}");
        assert!(part.contains("Example Store"), "{part}");
    }
    assert_eq!(by_sms.recipient, "+919876543210");
    let text = format!("Example Store asks you to pay ₹500.00: {link}");
    let amount = "₹500.00".to_owned();
    assert!(by_sms.content == Content::Sms { text, amount, link });
    for message in &messages {
        assert_eq!((message.kind, message.order), (MessageKind::LinkCreated, order.key));
    }
    assert_ne!(by_email.id, by_sms.id);
}

#[tokio::test]
async fn a_message_that_did_not_go_is_tried_again_under_the_same_id() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    recorder.answers.lock().unwrap().push(NotSent::Later("busy"));
    let courier = start(&gateway, &recorder);
    gateway.make_link_for(Customer { mobile: None, ..payer() }).await;
    until("the first try", async || recorder.messages().len() == 1).await;
    gateway.settled(Queue::Email, Some(1)).await;
    gateway.clock.advance(MESSAGE_TIMETABLE[0]);
    gateway.settled(Queue::Email, Some(0)).await;
    courier.stop().await;
    let messages = recorder.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
}

#[tokio::test]
async fn a_message_that_was_sent_and_not_written_down_goes_again_and_is_not_lost() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    gateway.make_link_for(Customer { mobile: None, ..payer() }).await;
    gateway.store.lose_answers(&[LostAnswer::Dropped]).unwrap();
    let courier = start(&gateway, &recorder);
    until("the first time", async || recorder.messages().len() == 1).await;
    courier.stop().await;
    let gateway = gateway.restarted().await;
    gateway.clock.advance(LEASE_LIFETIME);
    let courier = start(&gateway, &recorder);
    gateway.settled(Queue::Email, Some(0)).await;
    courier.stop().await;
    let messages = recorder.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
}

#[tokio::test]
async fn a_message_that_is_refused_for_good_is_not_tried_again() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    recorder.answers.lock().unwrap().push(NotSent::Never("address refused"));
    let courier = start(&gateway, &recorder);
    gateway.make_link_for(Customer { email: None, ..payer() }).await;
    until("the only try", async || recorder.messages().len() == 1).await;
    all_sent(&gateway).await;
    courier.stop().await;
    assert_eq!(recorder.messages().len(), 1);
}

#[tokio::test]
async fn a_transport_that_hangs_holds_up_neither_the_other_channel_nor_for_ever() {
    let gateway = Gateway::open(&[]).await;
    let [hanging, other] = [Arc::new(Recorder::default()), Arc::new(Recorder::default())];
    *hanging.hangs.lock().unwrap() = true;
    let messengers = Messengers {
        email: Some(Arc::<Recorder>::clone(&hanging)),
        sms: Some(Arc::<Recorder>::clone(&other)),
    };
    let engine = Arc::clone(&gateway.engine);
    let courier = start_with(engine, &CourierConfig::sandbox(), &messengers).unwrap();
    gateway.make_link_for(payer()).await;
    gateway.settled(Queue::Sms, Some(0)).await;
    until("the mail server to hang", async || hanging.messages().len() == 1).await;
    tokio::time::pause();
    tokio::time::advance(SEND_TIME_MAX + Duration::from_secs(1)).await;
    gateway.settled(Queue::Email, Some(1)).await;
    gateway.clock.advance(MESSAGE_TIMETABLE[0]);
    gateway.settled(Queue::Email, Some(0)).await;
    courier.stop().await;
    assert_eq!((hanging.messages().len(), other.messages().len()), (2, 1));
}

#[tokio::test]
async fn a_payer_of_many_links_is_sent_so_many_an_hour_and_the_rest_later() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    let courier = start(&gateway, &recorder);
    let (most, over) = (usize::try_from(PER_PAYER_HOUR_MAX).unwrap(), 3);
    for _ in 0..most + over {
        gateway.make_link_for(Customer { mobile: None, ..payer() }).await;
    }
    let waiting = u64::try_from(over).unwrap();
    until("as many as an hour takes", async || recorder.messages().len() == most).await;
    gateway.settled(Queue::Email, Some(waiting)).await;
    assert_eq!(recorder.messages().len(), most);
    gateway.clock.advance(Duration::from_hours(1));
    gateway.settled(Queue::Email, Some(0)).await;
    courier.stop().await;
    assert_eq!(recorder.messages().len(), most + over);
}

#[tokio::test]
async fn a_channel_without_a_transport_is_left_alone() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    let messengers =
        Messengers { email: Some(Arc::<Recorder>::clone(&recorder)), ..Messengers::none() };
    let engine = Arc::clone(&gateway.engine);
    let courier = start_with(engine, &CourierConfig::sandbox(), &messengers).unwrap();
    gateway.make_link_for(payer()).await;
    gateway.settled(Queue::Email, Some(0)).await;
    courier.stop().await;
    let depths = gateway.engine.queue_depths().await.unwrap();
    let sms = depths.iter().find(|depth| depth.queue == Queue::Sms).unwrap();
    assert_eq!((recorder.messages().len(), sms.waiting), (1, 1));
}

#[tokio::test]
async fn a_sandbox_keeps_its_messages_in_the_outbox() {
    let gateway = Gateway::open(&[]).await;
    let courier = gateway.start();
    let order = gateway.make_link_for(payer()).await;
    all_sent(&gateway).await;
    gateway.notify(&order).await;
    all_sent(&gateway).await;
    courier.stop().await;
    let messages = gateway.restarted().await.engine.outbox().await.unwrap();
    let mut kept: Vec<_> = messages
        .iter()
        .map(|message| (message.kind, message.channel, &*message.recipient))
        .collect();
    let newest = messages.first().unwrap().kind;
    kept.sort_unstable();
    let (email, sms) = ("kavya@example.com", "+919876543210");
    let expected = [
        (MessageKind::LinkCreated, Channel::Email, email),
        (MessageKind::LinkCreated, Channel::Sms, sms),
        (MessageKind::LinkSentAgain, Channel::Email, email),
        (MessageKind::LinkSentAgain, Channel::Sms, sms),
    ];
    assert_eq!((kept.as_slice(), newest), (&expected[..], MessageKind::LinkSentAgain));
    for message in &messages {
        let is_email = message.channel == Channel::Email;
        assert_eq!((message.subject.is_some(), message.html.is_some()), (is_email, is_email));
        assert_eq!(message.order, order.key);
    }
}

#[tokio::test]
async fn a_message_does_not_print_whom_it_is_for() {
    let gateway = Gateway::open(&[]).await;
    let recorder = Arc::new(Recorder::default());
    let courier = start(&gateway, &recorder);
    gateway.make_link_for(payer()).await;
    all_sent(&gateway).await;
    courier.stop().await;
    for message in recorder.messages() {
        let printed = format!("{message:?}");
        assert!(!printed.contains("kavya") && !printed.contains("9876543210"), "{printed}");
    }
}
