//! The workers: they render events, send webhooks and messages, ask acquirers about what is in doubt, keep
//! deadlines, and read what other processes changed.
//!
//! Architecture Invariant: workers take no input. They lease jobs that are due, look at the rows,
//! and act; doing one twice is harmless. What happened is in the store before a worker hears of it,
//! so that a crash at any moment loses nothing.

mod addresses;
mod backoff;
mod config;
mod connections;
mod courier;
mod deliveries;
mod endpoints;
mod events;
mod jobs;
mod line;
mod messages;
mod messenger;
mod outbox;
mod payers;
mod refresh;
mod resolver;
mod send;
mod share;
mod sms;
mod smtp;
mod stop;
mod template;
mod text;
mod tidy;

pub use config::CourierConfig;
pub use courier::{CourierHandle, start, start_with};
pub use messages::SEND_TIME_MAX;
pub use messenger::{Content, Message, Messenger, Messengers, NotSent};
pub use payers::PER_PAYER_HOUR_MAX;
pub use send::DELIVERY_TIME_MAX;
pub use sms::{Sms, SmsConfig, SmsConfigError, SmsText};
pub use smtp::{
    MailAddress, MailRoots, Smtp, SmtpConfig, SmtpConfigError, SmtpSecurity, SmtpServer,
};
