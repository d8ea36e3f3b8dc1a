//! The statements that write a batch: what goes away first, then what changes, then what is new. The
//! tables come in the same order in every node, so that two that meet wait and do not lock each other
//! out.

use tokio_postgres::types::ToSql;

use crate::tables::{self, Tables};

/// The values of a statement.
pub(crate) type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;
/// A statement and its values.
pub(crate) type Step<'a> = (&'static str, Parameters<'a>);

/// The statements, each only where it has something to write.
pub(crate) fn steps<'a>(tables: &'a Tables<'_>) -> Vec<Step<'a>> {
    let all = gone(tables).into_iter().chain(changed(tables)).chain(made(tables));
    let all = all.chain(afterwards(tables));
    all.filter(|(_, is_empty, _)| !is_empty).map(|(sql, _, parameters)| (sql, parameters)).collect()
}

/// A statement, whether it would write nothing, and its values.
type Possible<'a> = (&'static str, bool, Parameters<'a>);

fn gone<'a>(tables: &'a Tables<'_>) -> [Possible<'a>; 4] {
    let Tables { gone_records, gone_references, gone_counters, done_jobs, .. } = tables;
    [
        (
            tables::DELETE_RECORDS,
            gone_records.keys.is_empty(),
            vec![&gone_records.kinds, &gone_records.keys],
        ),
        (tables::DELETE_REFERENCES, gone_references.is_empty(), vec![gone_references]),
        (tables::DELETE_JOBS, done_jobs.is_empty(), vec![done_jobs]),
        (tables::DELETE_COUNTERS, gone_counters.is_empty(), vec![gone_counters]),
    ]
}

fn changed<'a>(tables: &'a Tables<'_>) -> [Possible<'a>; 3] {
    let Tables { changed_records: records, put_off_jobs, changed_counters, .. } = tables;
    [
        (
            tables::UPDATE_RECORDS,
            records.versions.is_empty(),
            vec![
                &records.places.kinds,
                &records.places.keys,
                &records.versions,
                &records.formats,
                &records.aged_at,
                &records.documents,
            ],
        ),
        (tables::UPDATE_JOBS, put_off_jobs.0.is_empty(), vec![&put_off_jobs.0, &put_off_jobs.1]),
        (
            tables::UPDATE_COUNTERS,
            changed_counters.0.is_empty(),
            vec![&changed_counters.0, &changed_counters.1],
        ),
    ]
}

fn made<'a>(tables: &'a Tables<'_>) -> [Possible<'a>; 4] {
    let Tables { new_records: records, new_references, new_jobs, new_counters, .. } = tables;
    [
        (
            tables::INSERT_RECORDS,
            records.versions.is_empty(),
            vec![
                &records.places.kinds,
                &records.places.keys,
                &records.versions,
                &records.formats,
                &records.merchants,
                &records.order_keys,
                &records.have_links,
                &records.aged_at,
                &records.documents,
            ],
        ),
        (
            tables::INSERT_REFERENCES,
            new_references.texts.is_empty(),
            vec![&new_references.texts, &new_references.kinds, &new_references.keys],
        ),
        (
            tables::INSERT_JOBS,
            new_jobs.ids.is_empty(),
            vec![
                &new_jobs.ids,
                &new_jobs.queues,
                &new_jobs.due_at,
                &new_jobs.subjects.kinds,
                &new_jobs.subjects.keys,
                &new_jobs.payloads,
                &new_jobs.held_until,
            ],
        ),
        (
            tables::INSERT_COUNTERS,
            new_counters.0.is_empty(),
            vec![&new_counters.0, &new_counters.1],
        ),
    ]
}

fn afterwards<'a>(tables: &'a Tables<'_>) -> [Possible<'a>; 5] {
    let Tables { guarded, entries, followed, depths, .. } = tables;
    [
        (
            tables::INSERT_ENTRIES,
            entries.at.is_empty(),
            vec![
                &entries.causes,
                &entries.at,
                &entries.accounts,
                &entries.currencies,
                &entries.amounts,
            ],
        ),
        // What guards a place is gone again before anybody can see it.
        (tables::GUARD_RECORDS, guarded.keys.is_empty(), vec![&guarded.kinds, &guarded.keys]),
        (tables::DELETE_RECORDS, guarded.keys.is_empty(), vec![&guarded.kinds, &guarded.keys]),
        (tables::NEXT_EPOCH, followed.keys.is_empty(), vec![&followed.kinds, &followed.keys]),
        (tables::ADD_DEPTHS, depths.0.is_empty(), vec![&depths.0, &depths.1]),
    ]
}
