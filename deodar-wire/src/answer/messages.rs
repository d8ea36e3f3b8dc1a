//! The messages that a sandbox keeps for its developer.

use deodar_domain::id::{MerchantId, link_id};
use deodar_domain::key::OrderKey;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::time::Timestamp;
use serde::Serialize;

use super::value::Time;

/// A message to a payer that was kept and not sent.
#[derive(Clone, Copy, Debug)]
pub struct KeptText<'a> {
    /// Its number; a newer message has a greater one.
    pub number: u64,
    /// What it is about.
    pub kind: MessageKind,
    /// Which way it would have gone.
    pub channel: Channel,
    /// Whose link it is about.
    pub merchant: MerchantId,
    /// The order of the link.
    pub order: OrderKey,
    /// The address or the number that it would have gone to.
    pub recipient: &'a str,
    /// The subject of an e-mail.
    pub subject: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// The part of an e-mail that is HTML.
    pub html: Option<&'a str>,
    /// When it would have gone.
    pub at: Timestamp,
}

/// A message in an answer.
#[derive(Debug, Serialize)]
struct MessageJson<'a> {
    number: u64,
    kind: &'static str,
    channel: &'static str,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<&'a str>,
    payment_link_id: String,
    merchant_id: String,
    created_at: Time,
}

/// The messages of a sandbox.
#[derive(Debug, Serialize)]
pub struct MessagesAnswer<'a> {
    messages: Vec<MessageJson<'a>>,
}

impl<'a> MessagesAnswer<'a> {
    /// These messages, in this order.
    pub fn new(messages: impl IntoIterator<Item = KeptText<'a>>) -> Self {
        let message = |kept: KeptText<'a>| MessageJson {
            number: kept.number,
            kind: kept.kind.name(),
            channel: kept.channel.name(),
            to: kept.recipient,
            subject: kept.subject,
            text: kept.text,
            html: kept.html,
            payment_link_id: link_id(kept.order),
            merchant_id: kept.merchant.to_string(),
            created_at: Time(kept.at),
        };
        Self { messages: messages.into_iter().map(message).collect() }
    }
}
