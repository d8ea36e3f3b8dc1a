//! Lists of what merchants have made: a narrow row for each thing, under the merchant, the list and
//! the key, so that a range of time is a range of the index and no record is read that is not told.
//!
//! Each merchant's rows only grow at their end, but a batch holds many merchants, and each would
//! touch a page of its own. So the rows go into the index late ([`crate::late`]): a page is then
//! written once for all rows that go there. A list reads memory, the index and what the log has
//! newer.

mod page;

use deodar_store::{ListKind, Listing};
use rusqlite::Connection;

use crate::late::SharedTail;
use crate::record::Place;

pub(crate) use page::{PageRow, page};

/// The name of the index among those that are filled late.
pub(crate) const INDEX: &str = "listing";

/// A run that a crash cut short has put some of its rows there already.
const INSERT: &str = "INSERT OR IGNORE INTO listing (merchant, kind, key, order_key) \
    VALUES (?1, ?2, ?3, ?4)";

/// What is in memory of a record that is listed: the merchant, the bits of the lists, the key of
/// what is listed, and that of its order.
pub(crate) type Entry = (u32, u8, i64, i64);

/// What is in memory of lists, for readers too.
pub(crate) type ListingTail = SharedTail<Entry>;

/// Every list.
const KINDS: [ListKind; 3] = [ListKind::Order, ListKind::Link, ListKind::Refund];
/// Every set of lists has a smaller number.
const LISTS_END: u8 = 8;

/// The number of a list. The numbers are kept for ever.
const fn kind_number(kind: ListKind) -> u8 {
    match kind {
        ListKind::Order => 1,
        ListKind::Link => 2,
        ListKind::Refund => 3,
    }
}

/// The bit of a list in [`Listed::lists`].
const fn kind_bit(kind: ListKind) -> u8 {
    1 << (kind_number(kind) - 1)
}

/// A record that is in lists of a merchant, as the log has it: an order with a link is in two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Listed {
    /// The record.
    pub(crate) place: Place,
    /// Whose lists they are.
    pub(crate) merchant: u32,
    /// Which lists, by their bits.
    pub(crate) lists: u8,
    /// The key of the order that holds it.
    pub(crate) order_key: i64,
}

impl Listed {
    /// Puts together what is told of one record.
    pub(crate) fn all_of(listings: &[Listing]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for listing in listings {
            let place = Place::of_listed(listing);
            match all.iter_mut().find(|listed| listed.place == place) {
                Some(listed) => listed.lists |= kind_bit(listing.kind),
                None => all.push(Self {
                    place,
                    merchant: listing.merchant.as_u32(),
                    lists: kind_bit(listing.kind),
                    order_key: listing.order.as_i64(),
                }),
            }
        }
        all
    }

    /// What memory holds of it.
    pub(crate) const fn entry(self) -> Entry {
        (self.merchant, self.lists, self.place.key, self.order_key)
    }
}

/// Moves records into the index of each of their lists.
pub(crate) fn insert_all(connection: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(INSERT)?;
    for (merchant, lists, key, order_key) in entries {
        for kind in KINDS.into_iter().filter(|kind| lists & kind_bit(*kind) != 0) {
            statement.execute((merchant, kind_number(kind), key, order_key))?;
        }
    }
    Ok(())
}
