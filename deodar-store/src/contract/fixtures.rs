//! What the facts are tried with: records, references and jobs, each by a number. The same number
//! makes the same thing, and another another.

use std::time::Duration;

use deodar_domain::event::{Event, EventType};
use deodar_domain::id::{EndpointId, EventId, LinkNumber, MerchantId, OperationId, UuidBits};
use deodar_domain::key::OrderKey;
use deodar_domain::ledger::EntrySet;
use deodar_domain::merchant::{
    Appearance, Endpoint, LOGO_LENGTH_MAX, Merchant, ProviderSet, SealedSecret, Switches,
};
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::method::MethodSet;
use deodar_domain::money::{Currency, Money};
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_domain::text::{Description, MerchantName};
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;

use super::Failure;
use crate::change_set::{ChangeSet, ChangeSetId, ReferenceKey};
use crate::job::{EventSnapshot, Job, JobId, JobPayload, LeaseRequest, Queue};
use crate::record::{
    Answer, AnswerKey, BodyDigest, CallDigest, Delivery, DeliveryKey, DeliveryState, KeptAnswer,
    OutboxMessage, Record, RecordKey, RefundPointer, Setting, Version,
};

/// How long the leases of the suite hold.
pub const LEASE_FOR: Duration = Duration::from_mins(1);

/// How far apart the keys of orders are: the bits of a key that are not its seconds.
const ORDER_KEY_STEP: i64 = 1 << 31;

/// The suite's present, some seconds later.
pub const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_741_249_675 + seconds)
}

/// A merchant's id.
pub fn merchant_id(number: u32) -> Result<MerchantId, Failure> {
    MerchantId::new(100_000 + number).ok_or_else(|| "no such merchant".into())
}

/// An order's key.
pub fn order_key(number: u32) -> Result<OrderKey, Failure> {
    OrderKey::from_i64(i64::from(number) * ORDER_KEY_STEP).ok_or_else(|| "no such order".into())
}

/// A merchant.
pub fn merchant(number: u32) -> Result<Record, Failure> {
    let bits = u128::from(number);
    let sealed = |byte: u8| SealedSecret([byte; 40].into());
    Ok(Record::Merchant(Box::new(Merchant {
        id: merchant_id(number)?,
        name: MerchantName::parse("Chai & Co \"सुबह\"")?,
        access_code: UuidBits::version_4(bits),
        client_id: UuidBits::version_4(bits << 8),
        client_secret: sealed(1),
        signing_key: sealed(2),
        webhook_secret: None,
        next_webhook_secret: None,
        secret_version: 1,
        switches: Switches::SANDBOX,
        methods: MethodSet::all(),
        pay_later: ProviderSet::all(),
        currencies: vec![Currency::INR],
        brand_products: Vec::new(),
        appearance: Appearance::default(),
        passed_on_fee: None,
        return_url: None,
        endpoints: vec![Endpoint {
            id: EndpointId(bits),
            url: MerchantUrl::parse("https://shop.example.com/hooks")?,
            link_events: vec![EventType::LinkCreated],
        }],
        created_at: at(0),
    })))
}

/// An order of the first merchant, with a link.
pub fn order(number: u32) -> Result<Order, Failure> {
    order_of(1, number, true)
}

/// An order of a merchant, with a link or without.
pub fn order_of(merchant: u32, number: u32, has_link: bool) -> Result<Order, Failure> {
    let terms = Terms {
        description: Some(Description::parse("Tea, 1 kg")?),
        allowed_methods: MethodSet::all(),
        callback_url: Some(MerchantUrl::parse("https://shop.example.com/back")?),
        ..Terms::plain(MerchantReference::parse(&format!("order-{number}"))?, Money::paise(50_000))
    };
    let new = NewOrder {
        key: order_key(number)?,
        merchant: merchant_id(merchant)?,
        terms,
        link: has_link.then_some((LinkNumber(u64::from(number)), at(86_400))),
    };
    let (order, _) = Order::create(new, at(0));
    Ok(order)
}

/// An order, as a record.
pub fn order_record(number: u32) -> Result<Record, Failure> {
    Ok(Record::Order(Box::new(order(number)?)))
}

/// The same order, after somebody opened its page.
pub fn clicked_order_record(number: u32) -> Result<Record, Failure> {
    let mut order = order(number)?;
    let _ = order.click(at(60))?;
    Ok(Record::Order(Box::new(order)))
}

/// A refund of an order with the same number.
pub fn pointer(number: u32) -> Result<Record, Failure> {
    pointer_to(1, number, number)
}

/// A refund of an order of a merchant.
pub fn pointer_to(merchant: u32, number: u32, order: u32) -> Result<Record, Failure> {
    Ok(Record::Refund(RefundPointer {
        refund: order_key(number)?,
        order: order_key(order)?,
        merchant: merchant_id(merchant)?,
    }))
}

/// A delivery whose key is that of an order with the same number.
pub fn delivery(number: u32) -> Result<Record, Failure> {
    Ok(Record::Delivery(Box::new(Delivery {
        key: DeliveryKey(order_key(number)?.as_i64()),
        merchant: merchant_id(1)?,
        event: EventId(u128::from(number)),
        event_type: EventType::OrderProcessed,
        endpoint: EndpointId(1),
        url: MerchantUrl::parse("https://shop.example.com/hooks")?,
        body: "{\"event_type\":\"ORDER_PROCESSED\"}".into(),
        attempts: 3,
        last_result: Some("HTTP 500".into()),
        state: DeliveryState::Abandoned { at: at(9) },
        created_at: at(1),
    })))
}

/// The answer that is kept of a call; its key is that of an order with the same number.
pub fn answer(number: u32) -> Result<Record, Failure> {
    Ok(Record::Answer(Box::new(KeptAnswer {
        key: AnswerKey(order_key(number)?.as_i64()),
        merchant: merchant_id(1)?,
        call: CallDigest(u128::from(number)),
        body: BodyDigest(u128::from(number)),
        answer: Answer {
            status: 201,
            body: format!("{{\"payment_link_id\":\"pl-{number}\"}}").into(),
        },
        answered_at: at(i64::from(number) - 5),
    })))
}

/// A message in an outbox.
pub fn outbox(number: u32) -> Result<Record, Failure> {
    Ok(Record::Outbox(Box::new(OutboxMessage {
        number: u64::from(number),
        job: JobId(i64::from(number)),
        merchant: merchant_id(1)?,
        order: order_key(number)?,
        kind: MessageKind::LinkSentAgain,
        channel: Channel::Email,
        recipient: "kavya@example.com".into(),
        subject: Some("Chai & Co asks you to pay ₹500.00".into()),
        text: "Pay here:\nhttps://pay.example.in/PLUTUS/abcdefg".into(),
        html: Some("<p>Pay &lt;here&gt;</p>".into()),
        at: at(3),
    })))
}

/// A call of a merchant.
pub fn call_reference(merchant: u32, digest: u128) -> Result<ReferenceKey, Failure> {
    Ok(ReferenceKey::Call { merchant: merchant_id(merchant)?, digest: CallDigest(digest) })
}

/// The picture of a merchant's logo, as long as one may be.
pub fn logo(merchant: u32) -> Result<Record, Failure> {
    let png = vec![0x89; LOGO_LENGTH_MAX].into();
    Ok(Record::Setting(Setting::Logo { merchant: merchant_id(merchant)?, png }))
}

/// The setting of the clock.
pub const fn clock(seconds: u64) -> Record {
    Record::Setting(Setting::ClockOffset { seconds })
}

/// A change set that writes nothing yet.
pub fn change_set(number: u32) -> ChangeSet {
    ChangeSet::new(ChangeSetId(u128::from(number)))
}

/// A change set that makes the record.
pub fn making(number: u32, record: Record) -> ChangeSet {
    change_set(number).put(record, Version::ABSENT)
}

/// A reference of an order of a merchant.
pub fn order_reference(merchant: u32, text: &str) -> Result<ReferenceKey, Failure> {
    let reference = MerchantReference::parse(text)?;
    Ok(ReferenceKey::Order { merchant: merchant_id(merchant)?, reference })
}

/// A reference of a link of a merchant.
pub fn link_reference(merchant: u32, text: &str) -> Result<ReferenceKey, Failure> {
    let reference = MerchantReference::parse(text)?;
    Ok(ReferenceKey::Link { merchant: merchant_id(merchant)?, reference })
}

/// A job that needs nothing but its subject, the order with the same number.
pub fn job(number: u32, queue: Queue, due_at: Timestamp) -> Result<Job, Failure> {
    Ok(Job {
        id: JobId(i64::from(number)),
        queue,
        subject: RecordKey::Order(order_key(number)?),
        due_at,
        payload: JobPayload::None,
    })
}

/// A change set that makes jobs.
pub fn making_jobs(number: u32, jobs: Vec<Job>) -> ChangeSet {
    let mut set = change_set(number);
    set.jobs = jobs;
    set
}

/// An event with its order.
pub fn snapshot(number: u32) -> Result<JobPayload, Failure> {
    Ok(JobPayload::Event(Box::new(EventSnapshot {
        id: EventId(u128::from(number)),
        event: Event::RefundProcessed(order_key(number)?),
        at: at(5),
        order: order(number)?,
    })))
}

/// A request for many jobs that are due at `now`.
pub const fn request(queue: Queue, now: Timestamp) -> LeaseRequest {
    LeaseRequest { queue, due_by: now, now, lease_for: LEASE_FOR, limit: 100 }
}

/// The books' entries of a capture.
pub fn captured(operation: u32, merchant: u32, amount: Money) -> Result<EntrySet, Failure> {
    let operation = OperationId(u128::from(operation));
    Ok(EntrySet::capture(operation, at(0), merchant_id(merchant)?, amount)?)
}

/// The books' entries of a refund.
pub fn refunded(operation: u32, merchant: u32, amount: Money) -> Result<EntrySet, Failure> {
    let operation = OperationId(u128::from(operation));
    Ok(EntrySet::refund(operation, at(0), merchant_id(merchant)?, amount)?)
}
