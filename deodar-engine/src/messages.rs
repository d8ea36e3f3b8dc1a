//! Messages to payers. A message is a job, written in the commit that causes it, so that none is
//! lost; workers send what they find. A crash between sending one and writing that down sends it
//! twice, under the same id.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deodar_domain::customer::Customer;
use deodar_domain::key::OrderKey;
use deodar_domain::link::{LinkState, NotSentAgain};
use deodar_domain::merchant::Merchant;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::time::Timestamp;
use deodar_store::{
    ChangeSet, CommitError, Conflict, Job, JobId, JobPayload, LeasedJob, OUTBOX_SLOTS,
    OutboxMessage, OutboxSlot, Queue, Record, RecordKey, Sequence, Version,
};
use tracing::warn;

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::idempotency::Keep;
use crate::work::pass_over;

/// When a message is tried again: after each of these. Then it is given up; a payer has no use for
/// a message of yesterday.
pub const MESSAGE_TIMETABLE: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(4),
];
/// How often a place of the outbox is tried where others write to it.
const OUTBOX_TRIES: u32 = 8;

/// A message to be sent. What it says is made of the order as it is now.
pub struct MessageToSend {
    /// What it is about.
    pub kind: MessageKind,
    /// Which way it goes.
    pub channel: Channel,
    /// The order, whose link it is about.
    pub order: Order,
    /// Whose link it is.
    pub merchant: Arc<Merchant>,
    /// The e-mail address, or the mobile number as networks dial it.
    pub recipient: String,
    /// Where it leads: to the link's page, or to the receipt there.
    pub link_url: String,
    /// The address of the merchant's logo, where it has one.
    pub logo_url: Option<String>,
    /// What it is about: what a receipt is for, else what is due.
    pub amount: Money,
    job: LeasedJob,
}

impl MessageToSend {
    /// The job, whose id is the message's: the same however often it is sent.
    pub const fn job(&self) -> JobId {
        self.job.job.id
    }
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageResult {
    /// The transport took it.
    Sent,
    /// It may go another time.
    Later,
    /// It will never go.
    Never,
}

/// A message for a sandbox's outbox.
#[derive(Clone)]
pub struct KeptMessage {
    /// The job that it comes from.
    pub job: JobId,
    /// Whose link it is about.
    pub merchant: deodar_domain::id::MerchantId,
    /// The order of the link.
    pub order: OrderKey,
    /// What it is about.
    pub kind: MessageKind,
    /// Which way it would have gone.
    pub channel: Channel,
    /// The address or the number that it would have gone to.
    pub recipient: Box<str>,
    /// The subject of an e-mail.
    pub subject: Option<Box<str>>,
    /// The text.
    pub text: Box<str>,
    /// The part of an e-mail that is HTML.
    pub html: Option<Box<str>>,
}

impl KeptMessage {
    fn numbered(self, number: u64, at: Timestamp) -> OutboxMessage {
        let Self { job, merchant, order, kind, channel, recipient, subject, text, html } = self;
        OutboxMessage {
            number,
            job,
            merchant,
            order,
            kind,
            channel,
            recipient,
            subject,
            text,
            html,
            at,
        }
    }
}

/// How many first messages of links a sandbox writes down in a second: as many as its outbox has
/// places. More could not be read before they are replaced, and would only make a load test measure
/// them. Nobody waits for them: outside a sandbox, and for links that are sent again, all are.
#[derive(Debug, Default)]
pub(crate) struct OutboxGate(Mutex<Admitted>);

/// What was admitted in a second.
#[derive(Debug, Default)]
struct Admitted {
    second: i64,
    messages: usize,
}

impl OutboxGate {
    fn admits(&self, messages: usize, now: Timestamp) -> bool {
        let mut admitted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if admitted.second != now.seconds() {
            *admitted = Admitted { second: now.seconds(), messages: 0 };
        }
        let sum = admitted.messages.saturating_add(messages);
        if sum > usize::from(OUTBOX_SLOTS) {
            return false;
        }
        admitted.messages = sum;
        true
    }
}

/// Where a message to a customer goes.
fn recipient(customer: &Customer, channel: Channel) -> Option<String> {
    match channel {
        Channel::Email => customer.email.as_ref().map(|email| email.as_str().to_owned()),
        Channel::Sms => customer.dialled_mobile(),
    }
}

/// Whether a customer has what a message of the channel needs.
const fn is_reachable(customer: &Customer, channel: Channel) -> bool {
    match channel {
        Channel::Email => customer.email.is_some(),
        Channel::Sms => customer.mobile.is_some(),
    }
}

/// When the payer of an order's link is reminded of it.
pub(crate) fn reminder_at(order: &Order) -> Option<Timestamp> {
    order.link.as_ref()?.reminder_at(order.created_at)
}

/// Whether an order's link can still be paid.
pub(crate) fn is_unpaid(order: &Order) -> bool {
    let is_over = |state: LinkState| state.is_final() || state == LinkState::Processed;
    order.link.as_ref().is_some_and(|link| !is_over(link.state))
}

/// What was paid by an attempt; [`None`] where there is no such attempt.
fn paid_by(order: &Order, attempt: u16) -> Option<Money> {
    let amounts = order.attempt(attempt).map(|payment| payment.amount);
    amounts.map(Some).reduce(|sum, amount| sum?.plus(amount?).ok()).flatten()
}

impl Engine {
    /// The jobs that tell a link's payer, one for each channel that reaches them and that this
    /// gateway has. A link whose payer is not known costs nothing.
    pub(crate) fn message_jobs(
        &self,
        merchant: &Merchant,
        order: &Order,
        kind: MessageKind,
    ) -> Result<Vec<Job>, EngineError> {
        let Some(customer) = &order.terms.customer else { return Ok(Vec::new()) };
        if !merchant.switches.messages {
            return Ok(Vec::new());
        }
        let goes =
            |channel: &Channel| self.channels.has(*channel) && is_reachable(customer, *channel);
        if let Some(gate) = &self.outbox_gate
            && kind == MessageKind::LinkCreated
            && !gate.admits(Channel::ALL.into_iter().filter(goes).count(), self.real_now())
        {
            return Ok(Vec::new());
        }
        let job = |channel| self.message_job(order.key, channel, JobPayload::Message(kind));
        Channel::ALL.into_iter().filter(goes).map(job).collect()
    }

    fn message_job(
        &self,
        order: OrderKey,
        channel: Channel,
        payload: JobPayload,
    ) -> Result<Job, EngineError> {
        Ok(Job {
            id: self.job_id()?,
            queue: Queue::of_channel(channel),
            subject: RecordKey::Order(order),
            due_at: self.now(),
            payload,
        })
    }

    /// The jobs that tell the payer of a link of what was just paid, the same way.
    pub(crate) fn receipt_jobs(
        &self,
        merchant: &Merchant,
        order: &Order,
    ) -> Result<Vec<Job>, EngineError> {
        let (Some(customer), Some(payment)) = (order.customer(), order.last_payment()) else {
            return Ok(Vec::new());
        };
        if !merchant.switches.messages {
            return Ok(Vec::new());
        }
        let goes =
            |channel: &Channel| self.channels.has(*channel) && is_reachable(&customer, *channel);
        let payload = JobPayload::Receipt { attempt: payment.attempt };
        let job = |channel| self.message_job(order.key, channel, payload.clone());
        Channel::ALL.into_iter().filter(goes).map(job).collect()
    }

    /// Sends a link's e-mail and SMS again. [`EngineError::TooManyRequests`] where that was done too
    /// often, [`EngineError::NoTransport`] where no channel of this gateway reaches the payer.
    pub async fn notify_link(
        &self,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Order, EngineError> {
        self.notify_link_once(merchant, key, &Keep::nothing()).await
    }

    /// The same, for a call with a key: the answer is kept with the messages.
    pub async fn notify_link_once(
        &self,
        merchant: &Merchant,
        key: OrderKey,
        keep: &Keep<'_, Order>,
    ) -> Result<Order, EngineError> {
        self.link(merchant, key).await?;
        if !merchant.switches.pay_by_link {
            return Err(EngineError::NotEnabled("Pay by link"));
        }
        if !merchant.switches.messages {
            return Err(EngineError::NotEnabled("Sending messages"));
        }
        self.decide(key, |order, context| {
            // Limits of calls follow real time: who moves the sandbox's clock gets no more of them.
            let real_now = self.real_now();
            let sent = order.send_link_again(context.now, real_now);
            let effects = sent.map_err(|error| match error {
                NotSentAgain::Refused(refusal) => refusal.into(),
                NotSentAgain::TooOften { again_at } => {
                    EngineError::TooManyRequests { retry_after: again_at.since(real_now) }
                }
            })?;
            let jobs = self.message_jobs(merchant, order, MessageKind::LinkSentAgain)?;
            if jobs.is_empty() {
                return Err(EngineError::NoTransport);
            }
            Ok((effects, Extra { jobs, answer: keep.with(order), ..Extra::default() }))
        })
        .await
    }

    /// Takes messages that are due.
    pub async fn messages_to_send(
        &self,
        channel: Channel,
        limit: usize,
    ) -> Result<Vec<MessageToSend>, EngineError> {
        let mut messages = Vec::new();
        for job in self.take_jobs(Queue::of_channel(channel), limit).await? {
            let id = job.job.id;
            match self.message_to_send(channel, job).await {
                Ok(message) => messages.extend(message),
                Err(error) => pass_over(id, error)?,
            }
        }
        Ok(messages)
    }

    /// The message of a job. One about a link that nobody can pay any more is not sent.
    async fn message_to_send(
        &self,
        channel: Channel,
        job: LeasedJob,
    ) -> Result<Option<MessageToSend>, EngineError> {
        let RecordKey::Order(key) = job.job.subject else {
            self.end_job(&job, None).await?;
            return Ok(None);
        };
        let order = self.load_as_of_now(key).await?;
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        let mut step = String::new();
        let (kind, amount, customer) = match job.job.payload {
            JobPayload::Message(kind) => {
                let due = is_unpaid(&order).then(|| order.due());
                (kind, due, order.terms.customer.as_ref().map(Cow::Borrowed))
            }
            JobPayload::Receipt { attempt } => {
                step = format!("/receipt?attempt={attempt}");
                (MessageKind::PaymentReceipt, paid_by(&order, attempt), order.customer())
            }
            _ => (MessageKind::LinkCreated, None, None),
        };
        let to = customer.and_then(|customer| recipient(&customer, channel));
        let link = order.link.as_ref().map(|link| link.number);
        let (true, Some(link), Some(amount), Some(recipient)) =
            (merchant.switches.messages, link, amount, to)
        else {
            self.end_job(&job, None).await?;
            return Ok(None);
        };
        let link_url = self.link_url(link) + &step;
        let logo_url = merchant.appearance.logo.map(|logo| self.logo_url(logo));
        Ok(Some(MessageToSend {
            kind,
            channel,
            order,
            merchant,
            recipient,
            link_url,
            logo_url,
            amount,
            job,
        }))
    }

    /// Puts a message back for `wait` without having tried it: its payer was sent too many. One that
    /// was put back as often as it could have been tried is given up.
    pub async fn postpone_message(
        &self,
        message: MessageToSend,
        wait: Duration,
    ) -> Result<(), EngineError> {
        let tried = usize::try_from(message.job.tries).unwrap_or(usize::MAX);
        if tried > MESSAGE_TIMETABLE.len() {
            warn!(message_id = message.job().0, "a message was given up: its payer has too many");
            return self.end_job(&message.job, None).await;
        }
        self.end_job(&message.job, Some(self.now().plus(wait))).await
    }

    /// Writes down what became of a message, and when it is tried again.
    pub async fn message_attempted(
        &self,
        message: MessageToSend,
        result: MessageResult,
    ) -> Result<(), EngineError> {
        let again_at = match result {
            MessageResult::Sent => None,
            MessageResult::Never => {
                warn!(message_id = message.job().0, "a message was refused for good");
                None
            }
            MessageResult::Later => {
                let tried = usize::try_from(message.job.tries).unwrap_or(usize::MAX);
                let wait = tried.checked_sub(1).and_then(|place| MESSAGE_TIMETABLE.get(place));
                if wait.is_none() {
                    warn!(message_id = message.job().0, "a message was given up");
                }
                wait.map(|wait| self.now().plus(*wait))
            }
        };
        self.end_job(&message.job, again_at).await
    }

    /// Keeps a message in the outbox of a sandbox, in the place of the oldest.
    pub async fn keep_message(&self, message: KeptMessage) -> Result<(), EngineError> {
        self.only_in_a_sandbox()?;
        let store = &self.parts.store;
        let number = store.reserve(Sequence::Message, 1).await?.start;
        let message = message.numbered(number, self.now());
        let key = RecordKey::Outbox(message.slot());
        for _ in 0..OUTBOX_TRIES {
            let version = match store.get(key).await?.map(|read| (read.record, read.version)) {
                // So many have come since the number was taken that this one is among the old.
                Some((Record::Outbox(there), _)) if there.number >= number => return Ok(()),
                Some((_, version)) => version,
                None => Version::ABSENT,
            };
            let record = Record::Outbox(Box::new(message.clone()));
            let change_set = ChangeSet::new(self.change_set_id()?).put(record, version);
            match store.commit(change_set).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict(Conflict::Version(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Unavailable("too many write to the outbox".into()))
    }

    /// The messages in the outbox of a sandbox, newest first.
    pub async fn outbox(&self) -> Result<Vec<OutboxMessage>, EngineError> {
        self.only_in_a_sandbox()?;
        let mut messages = Vec::new();
        for slot in OutboxSlot::all() {
            let read = self.parts.store.get(RecordKey::Outbox(slot)).await?;
            if let Some(Record::Outbox(message)) = read.map(|read| read.record) {
                messages.push(*message);
            }
        }
        messages.sort_unstable_by_key(|message| std::cmp::Reverse(message.number));
        Ok(messages)
    }

    fn only_in_a_sandbox(&self) -> Result<(), EngineError> {
        if self.is_sandbox() { Ok(()) } else { Err(EngineError::NotEnabled("The outbox")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_is_given_as_many_messages_a_second_as_it_has_places() {
        let gate = OutboxGate::default();
        let now = Timestamp::from_seconds(1_768_471_200);
        let slots = usize::from(OUTBOX_SLOTS);
        assert!(gate.admits(slots - 1, now));
        assert!(!gate.admits(2, now), "the second is full");
        assert!(gate.admits(1, now.plus(Duration::from_millis(999))));
        assert!(!gate.admits(1, now.plus(Duration::from_millis(999))));
        assert!(gate.admits(2, now.plus(Duration::from_secs(1))));
    }
}
