//! Transports of messages: whatever takes an e-mail or an SMS to its payer.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::message::{Channel, Channels, MessageKind};
use deodar_engine::Engine;
use deodar_engine::store::JobId;

use crate::outbox::Outbox;

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// An e-mail, with the same text twice.
    Email {
        /// The subject, one line.
        subject: String,
        /// The text.
        text: String,
        /// The text as a small page that loads nothing.
        html: String,
    },
    /// An SMS.
    Sms {
        /// The text.
        text: String,
        /// The amount that it is about, `₹1,00,000.00`.
        amount: String,
        /// The address of the page that it names.
        link: String,
    },
}

/// A message, ready to go. It does not print whom it is for, nor what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id: the same when it is tried again, so that a transport can tell one that it has.
    pub id: JobId,
    /// What it is about.
    pub kind: MessageKind,
    /// Whose link it is about.
    pub merchant: MerchantId,
    /// The merchant's name, as payers read it.
    pub merchant_name: String,
    /// The order of the link that it is about.
    pub order: OrderKey,
    /// The e-mail address, or the mobile number as networks dial it: `+919876543210`. An address is
    /// as its merchant gave it, one `@` with text on both sides and no space: what it may be beyond
    /// that, and that it is one and not a list, is for the transport to check.
    pub recipient: String,
    /// What it says.
    pub content: Content,
}

impl Message {
    /// Which way it goes.
    pub const fn channel(&self) -> Channel {
        match self.content {
            Content::Email { .. } => Channel::Email,
            Content::Sms { .. } => Channel::Sms,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {:?} by {:?})", self.id.0, self.kind, self.channel())
    }
}

/// Why a transport did not take a message. The reasons go to the log, and a server's own words often
/// repeat the address: so they are fixed words, and never what a server said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSent {
    /// It may go another time: `timed out`, `busy`.
    Later(&'static str),
    /// It will never go: `address refused`.
    Never(&'static str),
}

/// A transport of messages.
///
/// A message may come twice, after a crash: its id tells. An answer must come within
/// [`SEND_TIME_MAX`](crate::SEND_TIME_MAX); a later one counts as none.
#[async_trait]
pub trait Messenger: Send + Sync + 'static {
    /// Whether it reaches people, so that no one of them may be sent too many. The outbox of a
    /// sandbox does not.
    fn reaches_people(&self) -> bool {
        true
    }

    /// Takes a message to its payer, or as far as this transport's answer for it goes.
    async fn send(&self, message: &Message) -> Result<(), NotSent>;
}

/// The transports of a gateway, one for each channel that it has.
#[derive(Clone, Default)]
pub struct Messengers {
    /// For e-mail.
    pub email: Option<Arc<dyn Messenger>>,
    /// For SMS.
    pub sms: Option<Arc<dyn Messenger>>,
}

impl fmt::Debug for Messengers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Messengers({:?})", self.channels())
    }
}

impl Messengers {
    /// No transport: nothing is sent.
    pub fn none() -> Self {
        Self::default()
    }

    /// The outbox of a sandbox, for every channel.
    pub fn outbox(engine: &Arc<Engine>) -> Self {
        let outbox: Arc<dyn Messenger> = Arc::new(Outbox::new(Arc::clone(engine)));
        Self { email: Some(Arc::clone(&outbox)), sms: Some(outbox) }
    }

    /// The channels that have a transport. The engine must be opened with the same
    /// ([`Engine::open_with_channels`]): it writes down what these transports send.
    pub const fn channels(&self) -> Channels {
        Channels { email: self.email.is_some(), sms: self.sms.is_some() }
    }

    pub(crate) const fn of(&self, channel: Channel) -> Option<&Arc<dyn Messenger>> {
        match channel {
            Channel::Email => self.email.as_ref(),
            Channel::Sms => self.sms.as_ref(),
        }
    }
}
