//! Jobs: what is left to do after a commit, written in that commit. Workers take no input: they
//! lease jobs that are due, look at the rows, and act; doing one twice is harmless.

use std::time::Duration;

use deodar_domain::event::Event;
use deodar_domain::id::{EventId, OperationId};
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::order::Order;
use deodar_domain::time::Timestamp;

use crate::record::RecordKey;

/// A job's key, ordered by time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

/// What kind of work a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Render an event into one delivery per endpoint. Due in real time.
    Event,
    /// Send a webhook. Due in business time: the sandbox clock moves the timetable.
    Delivery,
    /// Ask the acquirer about an operation, or ask it to do it. Due in business time.
    FollowUp,
    /// End a link whose time has run out, or release an authorisation. Due in business time.
    Deadline,
    /// Send an e-mail to a payer. Due in business time.
    Email,
    /// Send an SMS to a payer. Due in business time. It is a queue of its own, so that a mail server
    /// that hangs holds up no SMS.
    Sms,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 6] =
        [Self::Event, Self::Delivery, Self::FollowUp, Self::Deadline, Self::Email, Self::Sms];

    /// The queue's name in metrics and stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Delivery => "delivery",
            Self::FollowUp => "follow_up",
            Self::Deadline => "deadline",
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The queue of the messages of a channel.
    pub const fn of_channel(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms => Self::Sms,
        }
    }

    /// The queue of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// Whether its jobs are due in real time; business time decides for the others.
    pub const fn is_real_time(self) -> bool {
        matches!(self, Self::Event)
    }
}

/// An event, with the order as it was when the event happened.
#[derive(Clone, PartialEq, Debug)]
pub struct EventSnapshot {
    /// The event's id.
    pub id: EventId,
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Timestamp,
    /// The order as of that commit.
    pub order: Order,
}

/// What a job needs beyond its subject.
#[derive(Clone, PartialEq, Debug)]
pub enum JobPayload {
    /// Nothing.
    None,
    /// The event to be rendered.
    Event(Box<EventSnapshot>),
    /// The operation to be asked about.
    Operation(OperationId),
    /// What the message is about. Its text is made when it goes, from the order as it is then, so
    /// that a job holds nothing of the payer.
    Message(MessageKind),
    /// The message is the receipt of an attempt.
    Receipt {
        /// The attempt, from 0.
        attempt: u16,
    },
}

/// Something left to do.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    /// Its key.
    pub id: JobId,
    /// What kind of work it is.
    pub queue: Queue,
    /// The record that it is about.
    pub subject: RecordKey,
    /// When it is to be done.
    pub due_at: Timestamp,
    /// What it needs.
    pub payload: JobPayload,
}

/// Which lease a worker holds; each lease of a job has another number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Lease(pub u64);

impl Lease {
    /// The lease of whoever makes a job and holds it from the start. Other leases begin at 1.
    pub const OF_MAKER: Self = Self(0);
}

/// A job that a worker holds for a while.
#[derive(Clone, PartialEq, Debug)]
pub struct LeasedJob {
    /// The job.
    pub job: Job,
    /// How the worker proves that it still holds it.
    pub lease: Lease,
    /// How often the job was leased, this time included.
    pub tries: u32,
}

/// What a worker asks for.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRequest {
    /// From which queue.
    pub queue: Queue,
    /// Jobs due at or before this instant, in the queue's own time.
    pub due_by: Timestamp,
    /// The present, in real time: leases that ended before it are free.
    pub now: Timestamp,
    /// How long the worker needs.
    pub lease_for: Duration,
    /// How many jobs at most.
    pub limit: usize,
}
