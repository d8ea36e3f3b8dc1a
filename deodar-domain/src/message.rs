//! Messages to payers: what they are about, and which way they go.

use std::time::Duration;

/// How long before its end a payer is reminded of a link.
pub const REMINDER_BEFORE_END: Duration = Duration::from_hours(24);
/// The shortest life of a link of which its payer is reminded: of a shorter one the first message
/// is not yet forgotten.
pub const REMINDED_LIFETIME_MIN: Duration = Duration::from_hours(48);

/// What a message is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// A link was made: its first message.
    LinkCreated,
    /// The merchant asked for the link to be sent again.
    LinkSentAgain,
    /// A link ends soon, and was not paid.
    LinkReminder,
    /// A link was paid, in full or in part.
    PaymentReceipt,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::LinkCreated, Self::LinkSentAgain, Self::LinkReminder, Self::PaymentReceipt];

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkCreated => "LINK_CREATED",
            Self::LinkSentAgain => "LINK_SENT_AGAIN",
            Self::LinkReminder => "LINK_REMINDER",
            Self::PaymentReceipt => "PAYMENT_RECEIPT",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By SMS.
    Sms,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// The channel's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }

    /// The channel of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// Which channels a gateway has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Channels {
    /// Whether e-mail goes out.
    pub email: bool,
    /// Whether SMS goes out.
    pub sms: bool,
}

impl Channels {
    /// No message goes out.
    pub const NONE: Self = Self { email: false, sms: false };
    /// Every message goes out.
    pub const ALL: Self = Self { email: true, sms: true };

    /// Whether messages go out by `channel`.
    pub const fn has(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}
