//! A change set: everything that one decision writes, as data, so that many can share one disk
//! sync.

use deodar_domain::id::{LinkNumber, MerchantId, UuidBits};
use deodar_domain::key::OrderKey;
use deodar_domain::ledger::EntrySet;
use deodar_domain::reference::MerchantReference;
use deodar_domain::time::Timestamp;

use crate::job::{Job, JobId, Lease};
use crate::record::{AnswerKey, CallDigest, KeptAnswer, Record, RecordKey, Version};

/// The id of a change set, which no other has. After a failure it tells whether the change set is
/// there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct ChangeSetId(pub u128);

impl ChangeSetId {
    /// How many bits of an id that was drawn are random: so many that none is drawn twice within a
    /// millisecond.
    const RANDOM_BITS: u32 = 80;

    /// The id of what is decided at `at`, from 128 random bits. It begins with the milliseconds since
    /// 1970, so that an index of ids grows at its end and not everywhere at once.
    pub const fn drawn(at: Timestamp, random: u128) -> Self {
        let tail = random & ((1 << Self::RANDOM_BITS) - 1);
        Self((at.millis().cast_unsigned() as u128) << Self::RANDOM_BITS | tail)
    }
}

/// The version of a record that the decision read, written or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expect {
    /// The record.
    pub key: RecordKey,
    /// Its version; [`Version::ABSENT`] where the decision rests on there being none.
    pub version: Version,
}

/// What must be unique.
#[derive(Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum ReferenceKey {
    /// A merchant's reference of an order or a refund, which share one namespace.
    Order {
        /// The merchant.
        merchant: MerchantId,
        /// The reference.
        reference: MerchantReference,
    },
    /// A merchant's reference of a link.
    Link {
        /// The merchant.
        merchant: MerchantId,
        /// The reference.
        reference: MerchantReference,
    },
    /// A link's own number.
    LinkNumber(LinkNumber),
    /// A merchant's client id.
    Client(UuidBits),
    /// A call that a merchant gave a key of its own.
    Call {
        /// The merchant.
        merchant: MerchantId,
        /// Which call.
        digest: CallDigest,
    },
}

impl ReferenceKey {
    /// The text by which stores keep it: its namespace, then what is unique in it. Numbers are
    /// written so that their texts are in their order. It is kept for ever.
    pub fn text(&self) -> String {
        match self {
            Self::Order { merchant, reference } => format!("order:{merchant}:{reference}"),
            Self::Link { merchant, reference } => format!("link:{merchant}:{reference}"),
            Self::LinkNumber(number) => format!("number:{:020}", number.0),
            Self::Client(id) => format!("client:{id}"),
            Self::Call { merchant, digest } => format!("call:{merchant}:{:032x}", digest.0),
        }
    }
}

/// The name of a counter.
#[derive(Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct CounterKey(pub Box<str>);

/// A change of a counter that many commits touch without conflicts of versions. A counter that
/// comes to 0 goes away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adjustment {
    /// The counter; 0 where it is absent.
    pub key: CounterKey,
    /// What is added.
    pub delta: i64,
    /// The result must not be under this.
    pub min: i64,
    /// The result must not be over this.
    pub max: i64,
}

/// An answer that goes away, and with it the claim of its call, which is then free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// The answer.
    pub key: AnswerKey,
    /// Who called.
    pub merchant: MerchantId,
    /// The call that it has claimed.
    pub call: CallDigest,
}

impl Removal {
    /// What the answer has claimed.
    pub const fn reference(&self) -> ReferenceKey {
        ReferenceKey::Call { merchant: self.merchant, digest: self.call }
    }
}

/// What becomes of a job that the worker holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobOutcome {
    /// It is done and goes away.
    Done,
    /// It is to be done again, and the lease ends.
    Again {
        /// When.
        due_at: Timestamp,
    },
}

/// What becomes of a job. It fails the whole change set where the lease was lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobChange {
    /// The job.
    pub id: JobId,
    /// The lease under which the worker holds it.
    pub lease: Lease,
    /// What becomes of it.
    pub outcome: JobOutcome,
}

/// A job that whoever makes it holds from the start, under [`Lease::OF_MAKER`]: it need not be found
/// to be worked on at once, and is found by others where its maker is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hold {
    /// The job.
    pub id: JobId,
    /// Until when, in real time.
    pub until: Timestamp,
}

/// Everything that one decision writes: all of it is stored, or nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct ChangeSet {
    /// Its id. A change set whose id was committed before is acknowledged and not applied again.
    pub id: ChangeSetId,
    /// Every record that the decision read, and every record that it writes.
    pub expects: Vec<Expect>,
    /// The records that are written; each has an expectation, and its version is the next one.
    pub puts: Vec<Record>,
    /// What must not be taken yet, and which record takes it.
    pub claims: Vec<(ReferenceKey, RecordKey)>,
    /// The answers that go away; each has an expectation.
    pub removals: Vec<Removal>,
    /// What is written in the books.
    pub ledger: Vec<EntrySet>,
    /// What is left to do.
    pub jobs: Vec<Job>,
    /// Those of them that their maker holds from the start; it counts as their first try.
    pub holds: Vec<Hold>,
    /// What becomes of the jobs that the worker holds.
    pub job_changes: Vec<JobChange>,
    /// The counters that change.
    pub adjustments: Vec<Adjustment>,
}

impl ChangeSet {
    /// An empty change set.
    pub const fn new(id: ChangeSetId) -> Self {
        Self {
            id,
            expects: Vec::new(),
            puts: Vec::new(),
            claims: Vec::new(),
            removals: Vec::new(),
            ledger: Vec::new(),
            jobs: Vec::new(),
            holds: Vec::new(),
            job_changes: Vec::new(),
            adjustments: Vec::new(),
        }
    }

    /// The decision rests on this version of a record.
    #[must_use]
    pub fn expect(mut self, key: RecordKey, version: Version) -> Self {
        self.expects.push(Expect { key, version });
        self
    }

    /// Writes a record that was read as of `version`.
    #[must_use]
    pub fn put(mut self, record: Record, version: Version) -> Self {
        self.expects.push(Expect { key: record.key(), version });
        self.puts.push(record);
        self
    }

    /// Claims a reference for a record.
    #[must_use]
    pub fn claim(mut self, reference: ReferenceKey, target: RecordKey) -> Self {
        self.claims.push((reference, target));
        self
    }

    /// Removes an answer that was read as of `version`, with the claim of its call.
    #[must_use]
    pub fn remove(mut self, kept: &KeptAnswer, version: Version) -> Self {
        let KeptAnswer { key, merchant, call, .. } = *kept;
        self.expects.push(Expect { key: RecordKey::Answer(key), version });
        self.removals.push(Removal { key, merchant, call });
        self
    }

    /// The version that the change set expects of `key`, which it must for everything it writes.
    pub fn expected(&self, key: RecordKey) -> Option<Version> {
        self.expects.iter().find(|expect| expect.key == key).map(|expect| expect.version)
    }

    /// The key of an order that this change set writes for the first time.
    pub fn new_order(&self) -> Option<OrderKey> {
        self.expects.iter().find_map(|expect| match expect.key {
            RecordKey::Order(key) if expect.version == Version::ABSENT => Some(key),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_their_milliseconds_and_differ_within_one() {
        let drawn = |micros, random| ChangeSetId::drawn(Timestamp::from_micros(micros), random);
        assert_eq!(drawn(5_000, 7), ChangeSetId(5 << 80 | 7));
        assert_eq!(drawn(5_999, u128::MAX), ChangeSetId((6 << 80) - 1));
        assert!(drawn(5_999, u128::MAX) < drawn(6_000, 0));
        assert_ne!(drawn(5_000, 7), drawn(5_000, 8));
        // A clock before 1970 wraps; the random bits are whole.
        assert_eq!(drawn(-1_000, 7), ChangeSetId((((1 << 48) - 1) << 80) | 7));
    }
}
