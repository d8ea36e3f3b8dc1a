//! Groups: what was taken from the queue, or a part of it, and how it is tried.

use std::collections::VecDeque;

use deodar_store::StoreError;

use crate::options::RACES_MAX;
use crate::request::Pending;

/// How a group is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// As one statement, with nothing looked up: each change set of the group only makes what is new.
    Direct,
    /// In a transaction of two round trips, the first of which looks things up.
    LookingUp(Care),
}

/// What is looked up before it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Care {
    /// Not whether what is new by its key is there, nor the ids of the change sets: their unique
    /// indexes refuse the whole group.
    Quick,
    /// Everything, because a group was refused so.
    Full,
}

/// Change sets that are stored together, or not.
pub(crate) struct Group {
    batch: Vec<Pending>,
    /// Chosen here alone, so that a group that goes the direct way may.
    way: Way,
    races: u32,
}

impl Group {
    /// What was taken from the queue. It goes the direct way if all of it may, and if that is not to
    /// be avoided.
    pub(crate) fn new(batch: Vec<Pending>, avoids_direct: bool) -> Self {
        let is_direct = !avoids_direct && batch.iter().all(|pending| pending.work.only_makes);
        let way = if is_direct { Way::Direct } else { Way::LookingUp(Care::Quick) };
        Self { batch, way, races: 0 }
    }

    /// What is tried again with every look-up.
    pub(crate) fn careful(batch: Vec<Pending>) -> Self {
        Self { batch, way: Way::LookingUp(Care::Full), races: 0 }
    }

    pub(crate) fn batch(&self) -> &[Pending] {
        &self.batch
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }

    pub(crate) fn into_batch(self) -> Vec<Pending> {
        self.batch
    }

    /// Tells everybody that nothing is known to be stored.
    pub(crate) fn fail(self, reason: &str) {
        fail_all(self.batch, reason);
    }

    /// What met a race is tried again: with the usual look-ups, then with every one, then in halves,
    /// then by itself.
    pub(crate) fn again_after_race(mut self, groups: &mut VecDeque<Self>) {
        self.races += 1;
        match self.way {
            Way::Direct => self.way = Way::LookingUp(Care::Quick),
            Way::LookingUp(Care::Quick) => self.way = Way::LookingUp(Care::Full),
            Way::LookingUp(Care::Full) if self.batch.len() > 1 => return self.halve(groups),
            Way::LookingUp(Care::Full) if self.races < RACES_MAX => {}
            Way::LookingUp(Care::Full) => {
                return self.fail("other commits came between again and again");
            }
        }
        groups.push_front(self);
    }

    /// Those that wait for a row that somebody holds must not keep the others waiting: each is tried
    /// by itself, and one that waits in vain once more is told so.
    pub(crate) fn each_by_itself(self, reason: &str, groups: &mut VecDeque<Self>) {
        if self.batch.len() == 1 {
            return self.fail(reason);
        }
        for pending in self.batch.into_iter().rev() {
            groups.push_front(Self::careful(vec![pending]));
        }
    }

    /// Finds the one that cannot be stored by halves, and tells it why; the others are blameless.
    pub(crate) fn isolate(self, error: &StoreError, groups: &mut VecDeque<Self>) {
        if self.batch.len() > 1 {
            return self.halve(groups);
        }
        for pending in self.batch {
            tracing::error!(%error, "a change set cannot be stored");
            pending.answer(Err(error.clone().into()));
        }
    }

    fn halve(mut self, groups: &mut VecDeque<Self>) {
        let second = self.batch.split_off(self.batch.len() / 2);
        groups.push_front(Self::careful(second));
        groups.push_front(Self::careful(self.batch));
    }
}

/// Tells everybody that nothing is known to be stored.
pub(crate) fn fail_all(batch: Vec<Pending>, reason: &str) {
    for pending in batch {
        pending.fail(reason);
    }
}

#[cfg(test)]
mod tests {
    use deodar_store::contract::fixtures::{
        at, change_set, clock, job, logo, making, making_jobs, merchant, merchant_id, order_key,
        order_record, order_reference, pointer,
    };
    use deodar_store::{
        Adjustment, AnswerKey, CallDigest, ChangeSet, CounterKey, JobChange, JobId, JobOutcome,
        Lease, Queue, RecordKey, Removal, Version,
    };

    use super::*;
    use crate::prepared::Prepared;

    fn group(sets: Vec<ChangeSet>, avoids_direct: bool) -> Group {
        let pending = |set| Pending::new(Box::new(Prepared::new(set).unwrap())).0;
        Group::new(sets.into_iter().map(pending).collect(), avoids_direct)
    }

    /// An order with its refund, its reference and its job.
    fn new(number: u32) -> ChangeSet {
        let holder = RecordKey::Order(order_key(number).unwrap());
        let reference = order_reference(1, &format!("R-{number}")).unwrap();
        let mut set = making(number, order_record(number).unwrap())
            .put(pointer(number).unwrap(), Version::ABSENT)
            .claim(reference, holder);
        set.jobs.push(job(number, Queue::Event, at(0)).unwrap());
        set
    }

    /// Change sets that rest on what is there, or change it, each in one way.
    fn resting() -> Vec<ChangeSet> {
        let other = order_record(90).unwrap().key();
        let (key, id, call) = (AnswerKey(91), merchant_id(1).unwrap(), CallDigest(1));
        let mut removing = new(4).expect(RecordKey::Answer(key), Version(1));
        removing.removals.push(Removal { key, merchant: id, call });
        let mut ending = new(5);
        let (id, lease, outcome) = (JobId(92), Lease(1), JobOutcome::Done);
        ending.job_changes.push(JobChange { id, lease, outcome });
        let mut counting = new(6);
        let key = CounterKey("limit".into());
        counting.adjustments.push(Adjustment { key, delta: 1, min: 0, max: 9 });
        vec![
            change_set(1).put(order_record(1).unwrap(), Version(1)),
            new(2).expect(other, Version(1)),
            // Whoever makes that one might rest on there being none of these.
            new(3).expect(other, Version::ABSENT),
            removing,
            ending,
            counting,
            // Others follow these, by an epoch that is there already.
            making(7, merchant(7).unwrap()),
            making(8, clock(0)),
            making(9, logo(1).unwrap()),
        ]
    }

    #[test]
    fn a_group_goes_the_direct_way_only_if_each_of_it_only_makes_what_is_new() {
        let jobs = || making_jobs(22, vec![job(99, Queue::Event, at(0)).unwrap()]);
        assert_eq!(group(vec![new(20), new(21), jobs()], false).way(), Way::Direct);
        assert_eq!(group(vec![new(20)], true).way(), Way::LookingUp(Care::Quick));
        for resting in resting() {
            for sets in [
                vec![resting.clone()],
                vec![resting.clone(), new(20)],
                vec![new(20), jobs(), resting.clone()],
            ] {
                let way = group(sets, false).way();
                assert_eq!(way, Way::LookingUp(Care::Quick), "{:?}", resting.id);
            }
        }
    }

    #[test]
    fn what_meets_a_race_is_tried_with_more_care_each_time() {
        let mut groups = VecDeque::from([group(vec![new(1), new(2)], false)]);
        let mut ways = Vec::new();
        while let Some(group) = groups.pop_front() {
            ways.push((group.batch().len(), group.way()));
            group.again_after_race(&mut groups);
        }
        let [quick, full] = [Care::Quick, Care::Full].map(Way::LookingUp);
        let alone = [(1, full); RACES_MAX as usize];
        let whole = [(2, Way::Direct), (2, quick), (2, full)];
        assert_eq!(ways, [&whole[..], &alone, &alone].concat());

        let mixed = vec![new(1), change_set(2).put(order_record(9).unwrap(), Version(1))];
        group(mixed, false).again_after_race(&mut groups);
        assert_eq!(groups[0].way(), full);
    }
}
