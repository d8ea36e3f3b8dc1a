//! What a batch writes, as arrays: one statement a table, its rows in the order of their keys. New rows
//! come from arrays that are taken apart where they are selected: in the place of a table, PostgreSQL
//! would first write each array down.

use deodar_store::JobOutcome;

use crate::judge::{Outcome, RecordChange};
use crate::record::Place;
use crate::value::Bits;

/// An id that is there already refuses the whole batch.
pub(crate) const INSERT_IDS: &str = "INSERT INTO change_set_log (id) SELECT unnest($1::uuid[])";
pub(crate) const INSERT_RECORDS: &str = "INSERT INTO record \
        (kind, key, version, format, merchant, order_key, has_link, aged_at, document) \
    SELECT unnest($1::smallint[]), unnest($2::bigint[]), unnest($3::bigint[]), \
        unnest($4::integer[]), unnest($5::integer[]), unnest($6::bigint[]), \
        unnest($7::boolean[]), unnest($8::bigint[]), unnest($9::text[])";
pub(crate) const UPDATE_RECORDS: &str = "UPDATE record \
    SET version = put.version, format = put.format, aged_at = put.aged_at, \
        document = put.document \
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[], \
        $6::text[]) AS put(kind, key, version, format, aged_at, document) \
    WHERE record.kind = put.kind AND record.key = put.key";
pub(crate) const DELETE_RECORDS: &str = "DELETE FROM record \
    USING unnest($1::smallint[], $2::bigint[]) AS gone(kind, key) \
    WHERE record.kind = gone.kind AND record.key = gone.key";
/// Takes the place of a record that must not come to be before this is committed.
pub(crate) const GUARD_RECORDS: &str = "INSERT INTO record \
        (kind, key, version, format, has_link, document) \
    SELECT kind, key, 0, 0, false, '' FROM unnest($1::smallint[], $2::bigint[]) AS t(kind, key)";
pub(crate) const INSERT_REFERENCES: &str = "INSERT INTO reference \
        (reference, holder_kind, holder_key) \
    SELECT unnest($1::text[]), unnest($2::smallint[]), unnest($3::bigint[])";
pub(crate) const DELETE_REFERENCES: &str = "DELETE FROM reference \
    USING unnest($1::text[]) AS gone(reference) \
    WHERE reference.reference = gone.reference COLLATE \"C\"";
pub(crate) const INSERT_ENTRIES: &str = "INSERT INTO ledger_entry \
        (cause, at, account, currency, amount) \
    SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::text[]), \
        unnest($5::bigint[])";
pub(crate) const DELETE_JOBS: &str =
    "DELETE FROM job USING unnest($1::bigint[]) AS done(id) WHERE job.id = done.id";
pub(crate) const UPDATE_JOBS: &str = "UPDATE job \
    SET due_at = again.due_at, lease = NULL, leased_until = NULL \
    FROM unnest($1::bigint[], $2::bigint[]) AS again(id, due_at) WHERE job.id = again.id";
/// A job that its maker holds has the lease 0, and is tried for the first time.
pub(crate) const INSERT_JOBS: &str = "INSERT INTO job \
        (id, queue, due_at, subject_kind, subject_key, payload, leased_until, lease, tries) \
    SELECT made.*, CASE WHEN leased_until IS NOT NULL THEN 0 END, \
        CASE WHEN leased_until IS NOT NULL THEN 1 ELSE 0 END \
    FROM (SELECT unnest($1::bigint[]), unnest($2::smallint[]), unnest($3::bigint[]), \
        unnest($4::smallint[]), unnest($5::bigint[]), unnest($6::text[]), unnest($7::bigint[])) \
        AS made(id, queue, due_at, subject_kind, subject_key, payload, leased_until)";
pub(crate) const INSERT_COUNTERS: &str = "INSERT INTO counter (name, value) \
    SELECT unnest($1::text[]), unnest($2::bigint[])";
pub(crate) const UPDATE_COUNTERS: &str = "UPDATE counter SET value = changed.value \
    FROM unnest($1::text[], $2::bigint[]) AS changed(name, value) \
    WHERE counter.name = changed.name COLLATE \"C\"";
pub(crate) const DELETE_COUNTERS: &str = "DELETE FROM counter \
    USING unnest($1::text[]) AS gone(name) WHERE counter.name = gone.name COLLATE \"C\"";
pub(crate) const NEXT_EPOCH: &str = "WITH next AS ( \
        UPDATE epoch SET value = value + 1 WHERE id = 1 RETURNING value) \
    INSERT INTO change (epoch, kind, key) \
        SELECT next.value, written.kind, written.key \
        FROM next, unnest($1::smallint[], $2::bigint[]) AS written(kind, key) \
    ON CONFLICT (kind, key) DO UPDATE SET epoch = excluded.epoch";
/// The slot is that of the connection's process: two whose numbers are 1,024 apart share one, and
/// wait for each other.
pub(crate) const ADD_DEPTHS: &str = "INSERT INTO queue_depth (slot, queue, waiting) \
    SELECT pg_backend_pid() % 1024, queue, waiting \
    FROM unnest($1::smallint[], $2::bigint[]) AS changed(queue, waiting) \
    ON CONFLICT (queue, slot) \
        DO UPDATE SET waiting = queue_depth.waiting + excluded.waiting";

/// Every statement of this file, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 16] = [
    INSERT_IDS,
    INSERT_RECORDS,
    UPDATE_RECORDS,
    DELETE_RECORDS,
    GUARD_RECORDS,
    INSERT_REFERENCES,
    DELETE_REFERENCES,
    INSERT_ENTRIES,
    DELETE_JOBS,
    UPDATE_JOBS,
    INSERT_JOBS,
    INSERT_COUNTERS,
    UPDATE_COUNTERS,
    DELETE_COUNTERS,
    NEXT_EPOCH,
    ADD_DEPTHS,
];

/// Kinds and keys of records.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) kinds: Vec<i16>,
    pub(crate) keys: Vec<i64>,
}

impl Places {
    fn push(&mut self, place: Place) {
        self.kinds.push(place.kind);
        self.keys.push(place.key);
    }
}

impl FromIterator<Place> for Places {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        let mut all = Self::default();
        places.into_iter().for_each(|place| all.push(place));
        all
    }
}

/// Records that are written.
#[derive(Default)]
pub(crate) struct Records<'a> {
    pub(crate) places: Places,
    pub(crate) versions: Vec<i64>,
    pub(crate) formats: Vec<i32>,
    pub(crate) merchants: Vec<Option<i32>>,
    pub(crate) order_keys: Vec<Option<i64>>,
    pub(crate) have_links: Vec<bool>,
    pub(crate) aged_at: Vec<Option<i64>>,
    pub(crate) documents: Vec<&'a str>,
}

impl<'a> Records<'a> {
    fn push(&mut self, place: Place, change: &RecordChange<'a>) {
        let Some(put) = change.put else { return };
        self.places.push(place);
        self.versions.push(change.after);
        self.formats.push(put.format);
        self.merchants.push(change.columns.merchant);
        self.order_keys.push(change.columns.order_key);
        self.have_links.push(change.columns.has_link);
        self.aged_at.push(change.columns.aged_at);
        self.documents.push(&put.document);
    }
}

/// References that are taken.
#[derive(Default)]
pub(crate) struct References<'a> {
    pub(crate) texts: Vec<&'a str>,
    pub(crate) kinds: Vec<i16>,
    pub(crate) keys: Vec<i64>,
}

/// Entries of the books.
#[derive(Default)]
pub(crate) struct Entries<'a> {
    pub(crate) causes: Vec<Bits>,
    pub(crate) at: Vec<i64>,
    pub(crate) accounts: Vec<&'a str>,
    pub(crate) currencies: Vec<&'a str>,
    pub(crate) amounts: Vec<i64>,
}

/// New jobs.
#[derive(Default)]
pub(crate) struct Jobs<'a> {
    pub(crate) ids: Vec<i64>,
    pub(crate) queues: Vec<i16>,
    pub(crate) due_at: Vec<i64>,
    pub(crate) subjects: Places,
    pub(crate) payloads: Vec<Option<&'a str>>,
    pub(crate) held_until: Vec<Option<i64>>,
}

/// Everything that a batch writes.
#[derive(Default)]
pub(crate) struct Tables<'a> {
    pub(crate) new_records: Records<'a>,
    pub(crate) changed_records: Records<'a>,
    pub(crate) gone_records: Places,
    /// Where the batch rests on there being no record, and makes none.
    pub(crate) guarded: Places,
    /// The merchants and settings that are written.
    pub(crate) followed: Places,
    pub(crate) new_references: References<'a>,
    pub(crate) gone_references: Vec<&'a str>,
    pub(crate) entries: Entries<'a>,
    pub(crate) done_jobs: Vec<i64>,
    pub(crate) put_off_jobs: (Vec<i64>, Vec<i64>),
    pub(crate) new_jobs: Jobs<'a>,
    pub(crate) new_counters: (Vec<&'a str>, Vec<i64>),
    pub(crate) changed_counters: (Vec<&'a str>, Vec<i64>),
    pub(crate) gone_counters: Vec<&'a str>,
    pub(crate) depths: (Vec<i16>, Vec<i64>),
}

impl<'a> Tables<'a> {
    /// Sorts what a batch writes into its tables.
    pub(crate) fn of(outcome: &Outcome<'a>) -> Self {
        let mut tables = Self { depths: outcome.depth.changes(), ..Self::default() };
        for (place, change) in &outcome.records {
            tables.add_record(*place, change);
        }
        for (text, (before, after)) in &outcome.references {
            if before.is_some() && before != after {
                tables.gone_references.push(text);
            }
            if let Some(holder) = after.filter(|_| before != after) {
                tables.new_references.texts.push(text);
                tables.new_references.kinds.push(holder.kind);
                tables.new_references.keys.push(holder.key);
            }
        }
        for entry in &outcome.entries {
            tables.entries.causes.push(Bits(entry.cause));
            tables.entries.at.push(entry.at);
            tables.entries.accounts.push(&entry.account);
            tables.entries.currencies.push(&entry.currency);
            tables.entries.amounts.push(entry.amount);
        }
        for (id, change) in &outcome.job_changes {
            match change {
                JobOutcome::Done => tables.done_jobs.push(*id),
                JobOutcome::Again { due_at } => {
                    tables.put_off_jobs.0.push(*id);
                    tables.put_off_jobs.1.push(due_at.micros());
                }
            }
        }
        for (id, job) in &outcome.jobs {
            tables.new_jobs.ids.push(*id);
            tables.new_jobs.queues.push(job.queue);
            tables.new_jobs.due_at.push(job.due_at);
            tables.new_jobs.subjects.push(job.place);
            tables.new_jobs.payloads.push(job.payload.as_deref());
            tables.new_jobs.held_until.push(job.held_until);
        }
        for (name, (before, after)) in &outcome.counters {
            let counters = match (before, after) {
                (None, 0) => continue,
                (Some(_), 0) => {
                    tables.gone_counters.push(name);
                    continue;
                }
                (None, _) => &mut tables.new_counters,
                (Some(_), _) => &mut tables.changed_counters,
            };
            counters.0.push(name);
            counters.1.push(*after);
        }
        tables
    }

    fn add_record(&mut self, place: Place, change: &RecordChange<'a>) {
        match (change.before, change.after) {
            (0, 0) => self.guarded.push(place),
            (0, _) => self.new_records.push(place, change),
            (_, 0) => self.gone_records.push(place),
            (_, _) if change.put.is_some() => self.changed_records.push(place, change),
            (_, _) => {}
        }
        if change.put.is_some() && place.is_followed() {
            self.followed.push(place);
        }
    }
}
