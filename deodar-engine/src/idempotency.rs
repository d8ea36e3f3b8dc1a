//! Calls that a merchant gave a key of its own (`Idempotency-Key`): each is done once, and every
//! repeat of it is given the first answer, byte for byte, for [`ANSWER_LIFETIME`].
//!
//! Whoever asks first has the turn; a repeat waits until the turn has ended. The answer is a record
//! of the very commit that does what was asked, so that a crash leaves neither the one without the
//! other. Another process may have the same call at the same time: the store takes one commit of
//! the two, and the other process gives the answer that it finds. A call of several commits takes
//! longer, and says first that it runs, so that a repeat waits for it in another process too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use deodar_domain::id::MerchantId;
use deodar_domain::time::Timestamp;
use deodar_store::{
    Answer, AnswerKey, BodyDigest, CallDigest, ChangeSet, CommitError, Conflict, KeptAnswer,
    Record, RecordKey, ReferenceKey, Removal, Version,
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tracing::warn;

use crate::commit::CommitFailure;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::keys::digest;

/// How long a call's answer is given to its repeats, in real time: a repeat follows the caller's
/// clock, whatever the sandbox's shows. From then on the same key is that of another call.
pub const ANSWER_LIFETIME: Duration = Duration::from_hours(24);

/// How old answers are when they are removed, in real time. It is longer than their life by more
/// than any call takes, so that nobody replaces an answer that goes away.
pub const ANSWER_AGE_MAX: Duration = Duration::from_hours(48);
/// How long a call that says that it runs is believed: longer than any call takes. Then its process
/// has ended, and the call may be done again.
pub const RUNNING_MAX: Duration = Duration::from_mins(1);
/// How often it is looked whether another process has answered.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How many times, which is less time than a caller is given.
const LOOKS_MAX: u32 = 125;
/// The status of an answer that is still to come.
const RUNNING: u16 = 0;
/// How many answers are removed in one commit, which others wait for.
const REMOVALS_MAX: usize = 250;

/// A call with a merchant's key. The merchant must be authenticated.
#[derive(Clone, Copy)]
pub struct KeyedCall<'a> {
    /// Who calls.
    pub merchant: MerchantId,
    /// The method.
    pub method: &'a str,
    /// The path, without its query.
    pub path: &'a str,
    /// The merchant's key.
    pub key: &'a str,
    /// What is compared of the body, and nothing that must not be hashed: no card details.
    pub body: &'a [u8],
}

/// What is known of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was answered.
    Answered(Answer),
    /// A call with another body was answered under the same key.
    OtherBody,
}

/// What becomes of a call that is asked for.
pub enum Asked {
    /// It is to be done. Repeats wait for as long as the turn is held.
    First(Arc<Turn>),
    /// It was done before.
    Before(Known),
}

/// The turn to do a call and to answer it.
pub struct Turn {
    merchant: MerchantId,
    digest: CallDigest,
    body: BodyDigest,
    /// Where the answer goes, and what is there: nothing, or an answer that is too old.
    key: AnswerKey,
    version: Version,
    is_claimed: bool,
    /// Whether it was written down that the call runs.
    is_announced: bool,
    fate: OnceLock<Fate>,
    _place: Place,
}

/// What became of a turn.
enum Fate {
    /// What was asked is done, and this is its answer.
    Kept(Answer),
    /// Another process answered the call first.
    Overtaken,
}

impl Turn {
    const fn reference(&self) -> ReferenceKey {
        ReferenceKey::Call { merchant: self.merchant, digest: self.digest }
    }

    /// Writes an answer into a change set.
    fn write(&self, change_set: ChangeSet, answer: Answer, now: Timestamp) -> ChangeSet {
        let kept = KeptAnswer {
            key: self.key,
            merchant: self.merchant,
            call: self.digest,
            body: self.body,
            answer,
            answered_at: now,
        };
        let change_set = change_set.put(Record::Answer(Box::new(kept)), self.version);
        if self.is_claimed {
            return change_set;
        }
        change_set.claim(self.reference(), RecordKey::Answer(self.key))
    }

    fn is_taken_by_another(&self, conflict: &Conflict) -> bool {
        match conflict {
            Conflict::ReferenceTaken { reference, .. } => *reference == self.reference(),
            Conflict::Version(key) => *key == RecordKey::Answer(self.key),
            Conflict::LeaseLost(_) | Conflict::CounterBound(_) => false,
        }
    }
}

/// How a use case of one commit keeps its answer in that commit; `T` is what it comes to.
pub struct Keep<'a, T>(Option<(Arc<Turn>, &'a Render<'a, T>)>);

/// Writes an answer; `None` where it cannot, and then the answer is not kept with the commit.
type Render<'a, T> = dyn Fn(&T) -> Option<Answer> + Send + Sync + 'a;

impl<'a, T> Keep<'a, T> {
    /// The call has no key: nothing is kept.
    pub const fn nothing() -> Self {
        Self(None)
    }

    /// Keeps what `render` makes of the outcome, where there is a turn.
    pub fn new(turn: Option<Arc<Turn>>, render: &'a Render<'a, T>) -> Self {
        Self(turn.map(|turn| (turn, render)))
    }

    /// What is written with the commit that comes to `outcome`.
    pub(crate) fn with(&self, outcome: &T) -> Option<Keeping> {
        let (turn, render) = self.0.as_ref()?;
        Some(Keeping { turn: Arc::clone(turn), answer: render(outcome)? })
    }
}

/// An answer on its way into a commit.
pub(crate) struct Keeping {
    turn: Arc<Turn>,
    answer: Answer,
}

impl Engine {
    /// Asks for the turn to do a call of one commit, after whoever has it now.
    pub async fn take_turn(&self, call: KeyedCall<'_>) -> Result<Asked, EngineError> {
        self.take_turn_as(call, false).await
    }

    /// The same for a call of several commits: that it runs is written down first. Its turn must be
    /// ended whether or not the caller waits.
    pub async fn take_long_turn(&self, call: KeyedCall<'_>) -> Result<Asked, EngineError> {
        self.take_turn_as(call, true).await
    }

    async fn take_turn_as(&self, call: KeyedCall<'_>, is_long: bool) -> Result<Asked, EngineError> {
        let digest = self.call_digest(&call);
        let body = self.body_digest(digest, call.body);
        let place = self.places.wait(digest).await;
        let reference = ReferenceKey::Call { merchant: call.merchant, digest };
        let mut turn = Turn {
            merchant: call.merchant,
            digest,
            body,
            key: AnswerKey(self.mint_other()?),
            version: Version::ABSENT,
            is_claimed: false,
            is_announced: false,
            fate: OnceLock::new(),
            _place: place,
        };
        for _ in 0..LOOKS_MAX {
            match self.find_answer(&reference).await? {
                None => {}
                Some((kept, _)) if self.is_running(&kept) => {
                    if kept.body != body {
                        return Ok(Asked::Before(Known::OtherBody));
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                Some((kept, _)) if self.is_fresh(&kept) => {
                    metrics::counter!("deodar_calls_repeated_total").increment(1);
                    return Ok(Asked::Before(known(kept, body)));
                }
                Some((kept, version)) => {
                    (turn.key, turn.version, turn.is_claimed) = (kept.key, version, true);
                }
            }
            if !is_long || self.announce(&mut turn).await? {
                return Ok(Asked::First(Arc::new(turn)));
            }
        }
        Err(overtaken())
    }

    /// Writes down that a call runs; `false` where another process came first.
    async fn announce(&self, turn: &mut Turn) -> Result<bool, EngineError> {
        let change_set = ChangeSet::new(self.change_set_id()?);
        let change_set =
            turn.write(change_set, Answer { status: RUNNING, body: "".into() }, self.real_now());
        match self.parts.store.commit(change_set).await {
            Ok(()) => {
                turn.version = turn.version.next();
                (turn.is_claimed, turn.is_announced) = (true, true);
                Ok(true)
            }
            Err(CommitError::Conflict(conflict)) if turn.is_taken_by_another(&conflict) => {
                // Where only the key was taken, by another call, another is drawn.
                turn.key = AnswerKey(self.mint_other()?);
                (turn.version, turn.is_claimed) = (Version::ABSENT, false);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes back that a call runs: it has ended without an answer that holds, and may be done again.
    async fn withdraw(&self, turn: &Turn) -> Result<(), EngineError> {
        let mut change_set =
            ChangeSet::new(self.change_set_id()?).expect(RecordKey::Answer(turn.key), turn.version);
        let Turn { key, merchant, digest: call, .. } = *turn;
        change_set.removals.push(Removal { key, merchant, call });
        match self.parts.store.commit(change_set).await {
            // Another process did not believe any more that it runs.
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a turn: what the call is answered with. `answer` is the answer of a call that kept none
    /// with a commit, such as a refusal; it is kept by a commit of its own. `None` for an answer
    /// that is not to be kept, and `None` is then given back.
    pub async fn end_turn(
        &self,
        turn: &Arc<Turn>,
        answer: Option<Answer>,
    ) -> Result<Option<Known>, EngineError> {
        match (turn.fate.get(), answer) {
            (Some(Fate::Kept(kept)), _) => return Ok(Some(Known::Answered(kept.clone()))),
            (Some(Fate::Overtaken), _) => {}
            (None, None) => {
                if turn.is_announced
                    && let Err(error) = self.withdraw(turn).await
                {
                    warn!(%error, "repeats of a call wait until it is not believed to run");
                }
                return Ok(None);
            }
            (None, Some(answer)) => {
                let keeping = Keeping { turn: Arc::clone(turn), answer: answer.clone() };
                let change_set = ChangeSet::new(self.change_set_id()?);
                match self.commit_keeping(change_set, Some(keeping)).await {
                    Ok(()) => return Ok(Some(Known::Answered(answer))),
                    Err(_) if matches!(turn.fate.get(), Some(Fate::Overtaken)) => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        match self.find_answer(&turn.reference()).await? {
            Some((kept, _)) if self.is_fresh(&kept) => Ok(Some(known(kept, turn.body))),
            _ => Err(overtaken()),
        }
    }

    /// Removes some of the answers that are older than [`ANSWER_AGE_MAX`], and tells whether there
    /// may be more. A worker calls it from time to time.
    pub async fn remove_old_answers(&self) -> Result<bool, EngineError> {
        let age = i64::try_from(ANSWER_AGE_MAX.as_micros()).unwrap_or(i64::MAX);
        let oldest = Timestamp::from_micros(self.real_now().micros().saturating_sub(age));
        let old = self.parts.store.answers_before(oldest, REMOVALS_MAX).await?;
        if old.is_empty() {
            return Ok(false);
        }
        let change_set = ChangeSet::new(self.change_set_id()?);
        let change_set =
            old.iter().fold(change_set, |set, kept| set.remove(&kept.record, kept.version));
        match self.parts.store.commit(change_set).await {
            Ok(()) => Ok(old.len() == REMOVALS_MAX),
            // Another worker has removed them, or a call was done again: the rest is found later.
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits a change set, with the answer of the call that it is of.
    pub(crate) async fn commit_keeping(
        &self,
        mut change_set: ChangeSet,
        keeping: Option<Keeping>,
    ) -> Result<(), CommitFailure> {
        if let Some(Keeping { turn, answer }) = &keeping {
            change_set = turn.write(change_set, answer.clone(), self.real_now());
        }
        let committed = self.parts.store.commit(change_set).await;
        match (committed, keeping) {
            (Ok(()), keeping) => {
                if let Some(Keeping { turn, answer }) = keeping {
                    // A turn has one commit; what a second one said would not count.
                    let _first = turn.fate.set(Fate::Kept(answer));
                }
                Ok(())
            }
            (Err(CommitError::Conflict(conflict)), Some(Keeping { turn, .. }))
                if turn.is_taken_by_another(&conflict) =>
            {
                let _first = turn.fate.set(Fate::Overtaken);
                Err(CommitFailure::Engine(overtaken()))
            }
            (Err(CommitError::Conflict(conflict)), _) => Err(CommitFailure::Conflict(conflict)),
            (Err(CommitError::Store(error)), _) => Err(CommitFailure::Engine(error.into())),
        }
    }

    /// The answer of a call, however old, with its version.
    async fn find_answer(
        &self,
        reference: &ReferenceKey,
    ) -> Result<Option<(KeptAnswer, Version)>, EngineError> {
        let store = &self.parts.store;
        let Some(holder) = store.find(reference).await? else { return Ok(None) };
        match store.get(holder).await?.map(|read| (read.record, read.version)) {
            Some((Record::Answer(kept), version)) => Ok(Some((*kept, version))),
            // It was removed after its reference was read, and with it went the claim of its call.
            None => Ok(None),
            Some(_) => {
                Err(EngineError::Internal(format!("{holder:?} holds a call and is no answer")))
            }
        }
    }

    fn is_fresh(&self, kept: &KeptAnswer) -> bool {
        kept.answer.status != RUNNING && self.real_now() < kept.answered_at.plus(ANSWER_LIFETIME)
    }

    fn is_running(&self, kept: &KeptAnswer) -> bool {
        kept.answer.status == RUNNING && self.real_now() < kept.answered_at.plus(RUNNING_MAX)
    }

    fn call_digest(&self, call: &KeyedCall<'_>) -> CallDigest {
        let merchant = call.merchant.as_u32().to_be_bytes();
        let parts = [&merchant, call.method.as_bytes(), call.path.as_bytes(), call.key.as_bytes()];
        CallDigest(digest(self.keys.call(), "call", &parts))
    }

    /// The digest of a body is another for each call, so that the database does not tell which
    /// calls are alike.
    fn body_digest(&self, call: CallDigest, body: &[u8]) -> BodyDigest {
        BodyDigest(digest(self.keys.call(), "body", &[&call.0.to_be_bytes(), body]))
    }
}

fn known(kept: KeptAnswer, body: BodyDigest) -> Known {
    if kept.body == body { Known::Answered(kept.answer) } else { Known::OtherBody }
}

fn overtaken() -> EngineError {
    EngineError::Unavailable("another process has the same call".into())
}

/// The calls that somebody of this process has the turn of, and the places of those who wait.
#[derive(Default)]
pub(crate) struct Places(Arc<Mutex<HashMap<CallDigest, Arc<AsyncMutex<()>>>>>);

impl Places {
    async fn wait(&self, call: CallDigest) -> Place {
        let lock = {
            let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(calls.entry(call).or_default())
        };
        // Made before the wait, so that whoever goes away while waiting leaves nothing behind.
        let line = Line { places: Self(Arc::clone(&self.0)), call, lock };
        let turn = Arc::clone(&line.lock).lock_owned().await;
        Place { _turn: turn, _line: line }
    }
}

/// A place at the head of a line. The turn ends before the place in the line does.
struct Place {
    _turn: OwnedMutexGuard<()>,
    _line: Line,
}

/// A place in the line of a call. The last one takes the line away.
struct Line {
    places: Places,
    call: CallDigest,
    lock: Arc<AsyncMutex<()>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut calls = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One is the map's and one is this: whoever joins the line needs the map first.
        if Arc::strong_count(&self.lock) <= 2 {
            calls.remove(&self.call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_is_taken_away_by_its_last_place_whoever_goes_away() {
        let places = Places::default();
        let call = CallDigest(7);
        let first = places.wait(call).await;
        let waiting = tokio::time::timeout(Duration::ZERO, places.wait(call)).await;
        assert!(waiting.is_err(), "two have the turn");
        assert_eq!(places.0.lock().unwrap().len(), 1);
        let _other = places.wait(CallDigest(8)).await;
        drop(first);
        assert!(!places.0.lock().unwrap().contains_key(&call));
        drop(places.wait(call).await);
        assert_eq!(places.0.lock().unwrap().len(), 1);
    }
}
