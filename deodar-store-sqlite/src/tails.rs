//! The log of what goes into the indexes late, and what is in memory of it, for the writer and for
//! readers. References and lists share one log: an order with a reference is one row of it.

use rusqlite::Connection;

use crate::late::{Late, Mark, Pace, Progress};
use crate::listing::{self, Listed, ListingTail};
use crate::options::{OpenMode, Options};
use crate::prepared::Claim;
use crate::record::Place;
use crate::reference::{self, Address, ReferenceHasher, References, Runs, SharedReferences};
use crate::statements::Statements;

/// Changes whenever another connection has committed something.
const DATA_VERSION: &str = "PRAGMA data_version";
const APPEND: &str = "INSERT INTO late_log \
    (seq, reference, holder_kind, holder_key, merchant, lists, order_key) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const NEWER: &str = "SELECT seq, reference, holder_kind, holder_key, merchant, lists, order_key \
    FROM late_log WHERE seq > ?1 ORDER BY seq";

/// What readers see. It outlives the writer's connection.
#[derive(Clone)]
pub(crate) struct SharedTails {
    /// How references are found.
    pub(crate) hasher: ReferenceHasher,
    /// The references that may not be in their index, and what memory holds of that.
    pub(crate) references: SharedReferences,
    /// The rows of lists that may not be in their index.
    pub(crate) listings: ListingTail,
    reference_run_rows: u32,
    reference_bucket_rows: u32,
    listing_run_rows: u32,
    mode: OpenMode,
}

impl SharedTails {
    /// Tails of a database that hold nothing yet.
    pub(crate) fn new(
        connection: &Connection,
        options: &Options,
        mode: OpenMode,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            hasher: ReferenceHasher::load(connection, options.reference_hash_bits)?,
            references: SharedReferences::new(),
            listings: ListingTail::new(),
            reference_run_rows: options.reference_run_rows,
            reference_bucket_rows: options.reference_bucket_rows,
            listing_run_rows: options.listing_run_rows,
            mode,
        })
    }
}

/// The writer's side.
pub(crate) struct Tails {
    hasher: ReferenceHasher,
    /// The references.
    pub(crate) references: References,
    /// The rows of lists.
    listings: Late<listing::Entry>,
    /// Up to which commit of other connections everything was read, and what the batch has seen.
    seen: Option<i64>,
    batch_seen: Option<i64>,
}

/// A moment within a batch, to which it can be rolled back.
#[derive(Clone, Copy)]
pub(crate) struct TailsMark {
    references: Mark,
    listings: Mark,
}

impl Tails {
    /// Reads the tail of the log, instead of what was in memory before.
    pub(crate) fn load(connection: &Connection, shared: &SharedTails) -> rusqlite::Result<Self> {
        let snapshot = connection.unchecked_transaction()?;
        let of_references = Progress::load(&snapshot, reference::INDEX)?;
        let of_listings = Progress::load(&snapshot, listing::INDEX)?;
        let merged = (of_references.merged_seq, of_listings.merged_seq);
        let is_server = shared.mode == OpenMode::Server;
        let mut last_seq = of_references.last_seq().max(of_listings.last_seq());
        let (mut references, mut listings) = (Vec::new(), Vec::new());
        each_after(&snapshot, merged.0.min(merged.1), |row| {
            last_seq = row.seq;
            if row.seq > merged.0 {
                references.extend(row.reference_entry(&shared.hasher));
            }
            if row.seq > merged.1 {
                listings.extend(row.listed.map(Listed::entry));
            }
        })?;
        Ok(Self {
            hasher: shared.hasher.clone(),
            references: References {
                late: Late::new(
                    reference::INDEX,
                    shared.references.tail.clone(),
                    if is_server { Pace::Whole } else { Pace::Never },
                    shared.reference_run_rows,
                    references,
                    (merged.0, last_seq),
                ),
                runs: Runs::load(
                    &snapshot,
                    &shared.references.filters,
                    is_server,
                    shared.reference_bucket_rows,
                )?,
            },
            listings: Late::new(
                listing::INDEX,
                shared.listings.clone(),
                Pace::Steps,
                shared.listing_run_rows,
                listings,
                (merged.1, last_seq),
            ),
            seen: None,
            batch_seen: None,
        })
    }

    /// Begins a batch. What one before it changed and did not get accepted is forgotten.
    pub(crate) fn begin(&mut self) {
        self.references.begin();
        self.listings.begin();
        self.batch_seen = self.seen;
    }

    /// Whether another process may have committed something since the last batch.
    pub(crate) fn others_wrote(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let version = connection.prepare_cached(DATA_VERSION)?.query_row([], |row| row.get(0))?;
        self.batch_seen = Some(version);
        Ok(self.seen != self.batch_seen)
    }

    /// Reads what other processes have committed meanwhile.
    pub(crate) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.references.runs.refresh(connection)?;
        let after = self.references.late.last_seq();
        for name in [reference::INDEX, listing::INDEX] {
            self.see(Progress::load(connection, name)?.last_seq());
        }
        each_after(connection, after, |row| {
            self.see(row.seq);
            if let Some(entry) = row.reference_entry(&self.hasher) {
                self.references.late.add(entry);
            }
            if let Some(listed) = row.listed {
                self.listings.add(listed.entry());
            }
        })
    }

    fn see(&mut self, seq: i64) {
        self.references.late.see(seq);
        self.listings.see(seq);
    }

    /// The record that holds a reference.
    pub(crate) fn find(
        &self,
        statements: &Statements<'_>,
        address: &Address,
    ) -> rusqlite::Result<Option<Place>> {
        self.references.find(statements, address)
    }

    /// Writes down who holds a reference that nobody holds, and in which lists that record is.
    pub(crate) fn claim(
        &mut self,
        statements: &Statements<'_>,
        claim: &Claim,
    ) -> rusqlite::Result<()> {
        let holder = Place::of(claim.target);
        match &claim.address {
            Address::Text { hash, text } => {
                let seq = self.append(statements, text, holder, claim.listed)?;
                self.references.late.add((*hash, seq));
                Ok(())
            }
            Address::Number(number) => reference::insert_number(statements, *number, holder),
        }
    }

    /// Writes down in which lists a record is that has claimed no reference.
    pub(crate) fn list(
        &mut self,
        statements: &Statements<'_>,
        listed: Listed,
    ) -> rusqlite::Result<()> {
        self.append(statements, "", listed.place, Some(listed)).map(drop)
    }

    /// Appends a row to the log, and answers its number.
    fn append(
        &mut self,
        statements: &Statements<'_>,
        text: &str,
        place: Place,
        listed: Option<Listed>,
    ) -> rusqlite::Result<i64> {
        let seq = self.references.late.last_seq() + 1;
        let merchant = listed.map(|listed| listed.merchant);
        let lists = listed.map(|listed| listed.lists);
        // An order holds itself: nothing is written for that.
        let order_key = listed.map(|listed| listed.order_key).filter(|key| *key != place.key);
        let row = (seq, text, place.kind, place.key, merchant, lists, order_key);
        statements.with(APPEND, |append| append.execute(row))?;
        self.see(seq);
        if let Some(listed) = listed {
            self.listings.add(listed.entry());
        }
        Ok(seq)
    }

    /// Moves a few rows into their indexes, at the end of a batch.
    pub(crate) fn merge(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.references.merge(connection)?;
        self.listings.merge(connection, listing::insert_all)
    }

    /// The batch is on the disk.
    pub(crate) fn accept(&mut self) {
        self.references.accept();
        self.listings.accept();
        self.seen = self.batch_seen;
    }

    /// The present moment of the batch.
    pub(crate) fn mark(&self) -> TailsMark {
        TailsMark { references: self.references.late.mark(), listings: self.listings.mark() }
    }

    /// Undoes what the batch has changed since.
    pub(crate) fn roll_back(&mut self, mark: TailsMark) {
        self.references.late.roll_back(mark.references);
        self.listings.roll_back(mark.listings);
    }
}

/// A row of the log, as it is read.
struct LogRow<'a> {
    seq: i64,
    reference: &'a str,
    listed: Option<Listed>,
}

impl LogRow<'_> {
    /// Its row in the index of references, if it has a reference.
    fn reference_entry(&self, hasher: &ReferenceHasher) -> Option<reference::Entry> {
        (!self.reference.is_empty()).then(|| (hasher.hash(self.reference), self.seq))
    }
}

fn each_after(
    connection: &Connection,
    seq: i64,
    mut take: impl FnMut(LogRow<'_>),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(NEWER)?;
    let mut rows = statement.query([seq])?;
    while let Some(row) = rows.next()? {
        let place = Place { kind: row.get(2)?, key: row.get(3)? };
        let merchant: Option<u32> = row.get(4)?;
        let listed = match merchant {
            Some(merchant) => {
                let order_key = row.get::<_, Option<i64>>(6)?.unwrap_or(place.key);
                Some(Listed { place, merchant, lists: row.get(5)?, order_key })
            }
            None => None,
        };
        take(LogRow { seq: row.get(0)?, reference: row.get_ref(1)?.as_str()?, listed });
    }
    Ok(())
}
