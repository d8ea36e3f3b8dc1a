//! What every store asks of a change set before it looks at its own rows: that it does not
//! contradict itself.

use crate::change_set::{ChangeSet, Removal};
use crate::record::{RecordKey, Version};
use crate::store::StoreError;

/// The most elements of each list of a change set. The checks below compare each with each, which
/// is quicker than anything else for the handful that a decision writes.
pub const CHANGE_SET_LIST_MAX: usize = 1_000;

/// Refuses a change set that contradicts itself with [`StoreError::Damaged`]. That is a mistake of
/// the caller, and no store has to tell what becomes of it.
///
/// * Every record that is written has an expectation, and is written once.
/// * No record is expected to have two versions. To expect the same twice is harmless.
/// * Every answer that goes away has an expectation that it is there, goes away once, and is not
///   written; its call is not claimed.
/// * No reference is claimed twice, no counter is changed twice, and no counter's bounds exclude
///   every value.
/// * No job is made twice, changed twice, or made and changed.
/// * No job is held twice, and none that is not made.
/// * No list is longer than [`CHANGE_SET_LIST_MAX`].
pub fn validate(change_set: &ChangeSet) -> Result<(), StoreError> {
    find_contradiction(change_set)
        .map_or(Ok(()), |what| Err(StoreError::Damaged(format!("change set: {what}"))))
}

fn find_contradiction(set: &ChangeSet) -> Option<&'static str> {
    if longest_list(set) > CHANGE_SET_LIST_MAX {
        return Some("too long");
    }
    if any_pair(&set.expects, |one, other| one.key == other.key && one.version != other.version) {
        return Some("two versions of one record are expected");
    }
    if set.puts.iter().any(|record| set.expected(record.key()).is_none()) {
        return Some("a record is written without an expectation");
    }
    if any_pair(&set.puts, |one, other| one.key() == other.key()) {
        return Some("a record is written twice");
    }
    if any_pair(&set.claims, |(one, _), (other, _)| one == other) {
        return Some("a reference is claimed twice");
    }
    if let Some(what) = contradictory_removal(set) {
        return Some(what);
    }
    if any_pair(&set.jobs, |one, other| one.id == other.id) {
        return Some("a job is made twice");
    }
    if any_pair(&set.job_changes, |one, other| one.id == other.id) {
        return Some("a job is changed twice");
    }
    if set.job_changes.iter().any(|change| set.jobs.iter().any(|job| job.id == change.id)) {
        return Some("a job is made and changed");
    }
    if any_pair(&set.holds, |one, other| one.id == other.id) {
        return Some("a job is held twice");
    }
    if set.holds.iter().any(|hold| set.jobs.iter().all(|job| job.id != hold.id)) {
        return Some("a job is held and not made");
    }
    if any_pair(&set.adjustments, |one, other| one.key == other.key) {
        return Some("a counter is changed twice");
    }
    if set.adjustments.iter().any(|adjustment| adjustment.min > adjustment.max) {
        return Some("a counter has no value within its bounds");
    }
    None
}

fn contradictory_removal(set: &ChangeSet) -> Option<&'static str> {
    let key_of = |removal: &Removal| RecordKey::Answer(removal.key);
    let is_absent = |version: Version| version == Version::ABSENT;
    if set.removals.iter().any(|removal| set.expected(key_of(removal)).is_none_or(is_absent)) {
        return Some("an answer goes away without an expectation");
    }
    if any_pair(&set.removals, |one, other| one.key == other.key || one.call == other.call) {
        return Some("an answer goes away twice");
    }
    let is_used = |removal: &Removal| {
        set.puts.iter().any(|record| record.key() == key_of(removal))
            || set.claims.iter().any(|(reference, _)| *reference == removal.reference())
    };
    set.removals.iter().any(is_used).then_some("an answer goes away and is written")
}

fn longest_list(set: &ChangeSet) -> usize {
    let lengths = [
        set.expects.len(),
        set.puts.len(),
        set.claims.len(),
        set.removals.len(),
        set.ledger.len(),
        set.jobs.len(),
        set.holds.len(),
        set.job_changes.len(),
        set.adjustments.len(),
    ];
    lengths.into_iter().max().unwrap_or(0)
}

/// Whether `clash` holds for any two elements.
fn any_pair<T>(elements: &[T], clash: impl Fn(&T, &T) -> bool) -> bool {
    let rest = |place: usize| elements.iter().skip(place + 1);
    elements.iter().enumerate().any(|(place, one)| rest(place).any(|other| clash(one, other)))
}

#[cfg(test)]
mod tests {
    use deodar_domain::id::{LinkNumber, MerchantId};
    use deodar_domain::time::Timestamp;

    use super::*;
    use crate::change_set::{
        Adjustment, ChangeSetId, CounterKey, Expect, Hold, JobChange, JobOutcome, ReferenceKey,
    };
    use crate::job::{Job, JobId, JobPayload, Lease, Queue};
    use crate::record::{
        Answer, AnswerKey, BodyDigest, CallDigest, KeptAnswer, Record, Setting, SettingKey,
    };

    const KEY: RecordKey = RecordKey::Setting(SettingKey::ClockOffset);

    const HOLD: Hold = Hold { id: JobId(1), until: Timestamp::EPOCH };

    fn record() -> Record {
        Record::Setting(Setting::ClockOffset { seconds: 60 })
    }

    fn job() -> Job {
        Job {
            id: JobId(1),
            queue: Queue::Event,
            subject: KEY,
            due_at: Timestamp::EPOCH,
            payload: JobPayload::None,
        }
    }

    fn change() -> JobChange {
        JobChange { id: JobId(1), lease: Lease(1), outcome: JobOutcome::Done }
    }

    fn answer(number: i64) -> KeptAnswer {
        KeptAnswer {
            key: AnswerKey(number),
            merchant: MerchantId::new(100_001).unwrap(),
            call: CallDigest(1),
            body: BodyDigest(1),
            answer: Answer { status: 200, body: "{}".into() },
            answered_at: Timestamp::EPOCH,
        }
    }

    fn removal(number: i64) -> Removal {
        let KeptAnswer { key, merchant, call, .. } = answer(number);
        Removal { key, merchant, call }
    }

    fn adjustment(min: i64, max: i64) -> Adjustment {
        Adjustment { key: CounterKey("logins".into()), delta: 1, min, max }
    }

    fn sound() -> ChangeSet {
        let mut set = ChangeSet::new(ChangeSetId(1))
            .expect(KEY, Version(1))
            .put(record(), Version(1))
            .claim(ReferenceKey::LinkNumber(LinkNumber(1)), KEY);
        set.jobs.push(job());
        set.adjustments.push(adjustment(0, 0));
        set
    }

    #[test]
    fn a_sound_change_set_is_taken() {
        assert_eq!(validate(&sound()), Ok(()));
        assert_eq!(validate(&ChangeSet::new(ChangeSetId(2))), Ok(()));
    }

    #[test]
    fn each_contradiction_is_refused_by_its_name() {
        type Spoil = fn(&mut ChangeSet);
        let table: [(&str, Spoil); 16] = [
            ("two versions", |set| set.expects.push(Expect { key: KEY, version: Version(2) })),
            ("without an expectation", |set| set.expects.clear()),
            ("written twice", |set| set.puts.push(record())),
            ("claimed twice", |set| {
                set.claims.push((ReferenceKey::LinkNumber(LinkNumber(1)), KEY));
            }),
            ("made twice", |set| set.jobs.push(job())),
            ("away without", |set| set.removals.push(removal(1))),
            ("away without", |set| *set = set.clone().remove(&answer(1), Version::ABSENT)),
            ("away twice", |set| {
                *set = set.clone().remove(&answer(1), Version(1));
                set.removals.push(removal(1));
            }),
            ("away and is written", |set| {
                let kept = Record::Answer(Box::new(answer(1)));
                *set = set.clone().remove(&answer(1), Version(1)).put(kept, Version(1));
            }),
            ("job is changed twice", |set| {
                set.jobs.clear();
                set.job_changes = vec![change(), change()];
            }),
            ("made and changed", |set| set.job_changes.push(change())),
            ("held twice", |set| set.holds = vec![HOLD, HOLD]),
            ("held and not made", |set| {
                set.jobs.clear();
                set.holds.push(HOLD);
            }),
            ("counter is changed twice", |set| set.adjustments.push(adjustment(0, 9))),
            ("no value within", |set| set.adjustments = vec![adjustment(2, 1)]),
            ("too long", |set| {
                let expect = Expect { key: KEY, version: Version(1) };
                set.expects = vec![expect; CHANGE_SET_LIST_MAX + 1];
            }),
        ];
        for (name, spoil) in table {
            let mut set = sound();
            spoil(&mut set);
            let Err(StoreError::Damaged(told)) = validate(&set) else { panic!("{name} is taken") };
            assert!(told.contains(name), "{told} does not name {name}");
        }
    }
}
