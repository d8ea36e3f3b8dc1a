//! The engine itself: what it holds, and the time and ids that it hands out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deodar_acquirer::Acquirer;
use deodar_domain::id::{EventId, OperationId};
use deodar_domain::key::{KeyMint, OrderKey};
use deodar_domain::message::Channels;
use deodar_domain::time::Timestamp;
use deodar_store::{
    ChangeSet, ChangeSetId, CommitError, Conflict, Epoch, JobId, QueueDepth, Record, RecordKey,
    Sequence, Setting, SettingKey, Store, Version,
};
use tokio::sync::Mutex as AsyncMutex;

use crate::at_hand::AtHand;
use crate::clock::Clock;
use crate::commit::CommitFailure;
use crate::error::EngineError;
use crate::failures::Failures;
use crate::idempotency::{Keep, Places};
use crate::jwt;
use crate::keys::{Keys, MasterKey};
use crate::messages::OutboxGate;
use crate::nodes::Nodes;
use crate::numbers::Numbers;
use crate::pay::ENDED_CALLS_ENTRIES;
use crate::random::Random;
use crate::tally::Tallies;
use crate::tenants::Tenants;
use crate::token::{CheckedToken, TOKEN_CACHE_ENTRIES};
use crate::work::Bells;

/// How far the sandbox's clock can be moved in all: ten years.
const CLOCK_OFFSET_MAX_SECONDS: u64 = 315_576_000;

/// What the engine is told once.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where payers reach this gateway, without a slash at the end: `https://pay.example.in`.
    pub public_url: String,
    /// Whether this is a sandbox: plain-HTTP callback URLs and private webhook addresses are allowed.
    pub sandbox: bool,
}

/// What the engine is made of.
pub struct EngineParts {
    /// Where records are kept.
    pub store: Arc<dyn Store>,
    /// Who moves the money.
    pub acquirer: Arc<dyn Acquirer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn Random>,
    /// The key of all keys.
    pub master_key: MasterKey,
    /// Settings.
    pub config: EngineConfig,
}

/// The use cases of the gateway.
pub struct Engine {
    pub(crate) parts: EngineParts,
    pub(crate) keys: Keys,
    pub(crate) tenants: Tenants,
    pub(crate) at_hand: AtHand,
    pub(crate) tokens: quick_cache::sync::Cache<Box<str>, CheckedToken>,
    pub(crate) epoch: AsyncMutex<Epoch>,
    pub(crate) bells: Bells,
    pub(crate) places: Places,
    /// The authorisations whose call this process has seen end, with an answer or in silence.
    pub(crate) ended_calls: quick_cache::sync::Cache<OperationId, ()>,
    pub(crate) failures: Failures,
    /// What is counted on all nodes together.
    pub(crate) tallies: Tallies,
    pub(crate) nodes: Nodes,
    pub(crate) link_numbers: Numbers,
    pub(crate) transaction_numbers: Numbers,
    /// Which messages go out.
    pub(crate) channels: Channels,
    /// In a sandbox that keeps its messages, how many of them are written down.
    pub(crate) outbox_gate: Option<OutboxGate>,
    clock_offset_seconds: AtomicU64,
    mint: Mutex<KeyMint>,
}

impl Engine {
    /// Makes the engine and reads the merchants. [`EngineError::WrongMasterKey`] where their secrets
    /// were sealed with another key. A sandbox sends every message into its outbox; elsewhere none
    /// goes out.
    pub async fn open(parts: EngineParts) -> Result<Arc<Self>, EngineError> {
        if parts.config.sandbox {
            return Self::open_as(parts, Channels::ALL, Some(OutboxGate::default())).await;
        }
        Self::open_as(parts, Channels::NONE, None).await
    }

    /// The same, for a gateway whose workers have a transport for these channels. Messages of others
    /// are never written down.
    pub async fn open_with_channels(
        parts: EngineParts,
        channels: Channels,
    ) -> Result<Arc<Self>, EngineError> {
        Self::open_as(parts, channels, None).await
    }

    async fn open_as(
        parts: EngineParts,
        channels: Channels,
        outbox_gate: Option<OutboxGate>,
    ) -> Result<Arc<Self>, EngineError> {
        jwt::install();
        let engine = Arc::new(Self {
            keys: parts.master_key.keys(),
            tenants: Tenants::default(),
            at_hand: AtHand::default(),
            tokens: quick_cache::sync::Cache::new(TOKEN_CACHE_ENTRIES),
            epoch: AsyncMutex::default(),
            bells: Bells::default(),
            places: Places::default(),
            ended_calls: quick_cache::sync::Cache::new(ENDED_CALLS_ENTRIES),
            failures: Failures::new(&*parts.random)?,
            tallies: Tallies::default(),
            nodes: Nodes::default(),
            link_numbers: Numbers::new(Sequence::Link),
            transaction_numbers: Numbers::new(Sequence::Transaction),
            channels,
            outbox_gate,
            clock_offset_seconds: AtomicU64::new(0),
            mint: Mutex::new(KeyMint::new()),
            parts,
        });
        engine.load_tenants().await?;
        Ok(engine)
    }

    /// Whether this is a sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.parts.config.sandbox
    }

    /// Where payers reach this gateway.
    pub fn public_url(&self) -> &str {
        &self.parts.config.public_url
    }

    /// Real time: for tokens, webhook timestamps and leases.
    pub fn real_now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Business time: real time, and in a sandbox what its clock was advanced by.
    pub fn now(&self) -> Timestamp {
        let offset = self.clock_offset_seconds.load(Ordering::Relaxed);
        self.parts.clock.now().plus(Duration::from_secs(offset))
    }

    /// Takes an offset that was read or written. Business time only moves forward: one that was
    /// read before another move and comes after it changes nothing.
    pub(crate) fn set_clock_offset(&self, seconds: u64) {
        self.clock_offset_seconds.fetch_max(seconds, Ordering::Relaxed);
    }

    /// Whether the store can read and write.
    pub async fn health(&self) -> Result<(), EngineError> {
        Ok(self.parts.store.health().await?)
    }

    /// Moves business time forward, in a sandbox alone; answers the new business time.
    pub async fn advance_clock(&self, seconds: u64) -> Result<Timestamp, EngineError> {
        self.advance_clock_once(seconds, &Keep::nothing()).await
    }

    /// The same, for a call with a key.
    pub async fn advance_clock_once(
        &self,
        seconds: u64,
        keep: &Keep<'_, Timestamp>,
    ) -> Result<Timestamp, EngineError> {
        if !self.is_sandbox() {
            return Err(EngineError::NotEnabled("The sandbox clock"));
        }
        let key = RecordKey::Setting(SettingKey::ClockOffset);
        loop {
            let (offset, version) = match self.parts.store.get(key).await? {
                Some(stored) => match stored.record {
                    Record::Setting(Setting::ClockOffset { seconds }) => (seconds, stored.version),
                    _ => return Err(EngineError::Internal("the clock is not a setting".into())),
                },
                None => (0, Version::ABSENT),
            };
            let total = offset
                .checked_add(seconds)
                .filter(|total| *total <= CLOCK_OFFSET_MAX_SECONDS)
                .ok_or(EngineError::InvalidField {
                    field: "advance_seconds",
                    message: "The clock can be moved forward by ten years in all",
                })?;
            let setting = Record::Setting(Setting::ClockOffset { seconds: total });
            let change_set = ChangeSet::new(self.change_set_id()?).put(setting, version);
            let moved = self.real_now().plus(Duration::from_secs(total));
            match self.commit_keeping(change_set, keep.with(&moved)).await {
                Ok(()) => {
                    self.set_clock_offset(total);
                    self.bells.ring_all();
                    return Ok(moved);
                }
                Err(CommitFailure::Conflict(Conflict::Version(_))) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// How much waits in each queue, for metrics.
    pub async fn queue_depths(&self) -> Result<Vec<QueueDepth>, EngineError> {
        Ok(self.parts.store.queue_depths(self.real_now(), self.now()).await?)
    }

    /// A new key for an order. Orders and refunds share one space, and stand in tables of their own:
    /// their last bit tells them apart, so that no two nodes give both the same key.
    pub(crate) fn mint_order(&self) -> Result<OrderKey, EngineError> {
        Ok(self.mint(self.parts.random.u16()? & !1))
    }

    /// A new key for a refund.
    pub(crate) fn mint_refund(&self) -> Result<OrderKey, EngineError> {
        Ok(self.mint(self.parts.random.u16()? | 1))
    }

    /// A new key for anything else, ordered by time as theirs are.
    pub(crate) fn mint_other(&self) -> Result<i64, EngineError> {
        Ok(self.mint(self.parts.random.u16()?).as_i64())
    }

    fn mint(&self, random: u16) -> OrderKey {
        let mut mint = self.mint.lock().unwrap_or_else(PoisonError::into_inner);
        mint.next(self.now(), random)
    }

    /// A new id for a job or a delivery.
    pub(crate) fn job_id(&self) -> Result<JobId, EngineError> {
        Ok(JobId(self.mint_other()?))
    }

    pub(crate) fn change_set_id(&self) -> Result<ChangeSetId, EngineError> {
        Ok(ChangeSetId::drawn(self.real_now(), self.parts.random.u128()?))
    }

    pub(crate) fn operation_id(&self) -> Result<OperationId, EngineError> {
        Ok(OperationId(self.parts.random.u128()?))
    }

    pub(crate) fn event_id(&self) -> Result<EventId, EngineError> {
        Ok(EventId(self.parts.random.u128()?))
    }
}

impl From<CommitError> for EngineError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::Conflict(conflict) => {
                Self::Internal(format!("unexpected conflict: {conflict}"))
            }
        }
    }
}
