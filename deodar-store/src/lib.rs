//! The trait that every store implements, the change sets that are committed to it, the stored form
//! of records, an in-memory store, and the contract suite that every store passes.
//!
//! Architecture Invariant: nothing here knows SQL or HTTP. Domain types do not serialise; their
//! stored form lives in [`stored`], and what is stored is the record, never the JSON of the wire.

pub mod change_set;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod job;
pub mod list;
pub mod memory;
pub mod record;
pub mod store;
pub mod stored;
pub mod validate;

pub use change_set::{
    Adjustment, ChangeSet, ChangeSetId, CounterKey, Expect, Hold, JobChange, JobOutcome,
    ReferenceKey, Removal,
};
pub use job::{EventSnapshot, Job, JobId, JobPayload, Lease, LeaseRequest, LeasedJob, Queue};
pub use list::{DeliveryQuery, ListKind, ListQuery, Listed, Listing};
pub use memory::MemoryStore;
pub use record::{
    Answer, AnswerKey, BodyDigest, CallDigest, Delivery, DeliveryKey, DeliveryState, KeptAnswer,
    OUTBOX_SLOTS, OutboxMessage, OutboxSlot, Record, RecordKey, RefundPointer, Setting, SettingKey,
    Version, Versioned,
};
pub use store::{
    Balance, Changes, CommitError, Conflict, Epoch, QueueDepth, RECENT_CHANGE_SETS_MIN, Reread,
    Sequence, Store, StoreError,
};
