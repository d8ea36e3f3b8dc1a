//! How a reference is found: by a keyed hash of its text, or as the number that it is.

use deodar_store::ReferenceKey;
use rusqlite::Connection;
use siphasher::sip::SipHasher24;

use super::convert::short;

pub(super) const HASH_KEY: &str = "SELECT value FROM meta WHERE name = 'reference_hash_key'";

/// Hashes references under the key of one database, which is random, so that nobody can choose
/// references that collide.
#[derive(Clone, Debug)]
pub(crate) struct ReferenceHasher {
    hasher: SipHasher24,
    mask: u64,
}

impl ReferenceHasher {
    /// Reads the key of the database; the first `bits` of each hash are used.
    pub(crate) fn load(connection: &Connection, bits: u32) -> rusqlite::Result<Self> {
        let key: [u8; 16] = connection.query_row(HASH_KEY, [], |row| row.get(0))?;
        let mask = u64::MAX << 64_u32.saturating_sub(bits).min(63);
        Ok(Self { hasher: SipHasher24::new_with_key(&key), mask })
    }

    /// How `reference` is found.
    pub(crate) fn address(&self, reference: &ReferenceKey) -> Address {
        if let ReferenceKey::LinkNumber(number) = reference {
            return Address::Number(number.0.cast_signed());
        }
        let text = reference.text();
        Address::Text { hash: self.hash(&text), text }
    }

    /// The hash of a reference's text: 48 bits.
    pub(crate) fn hash(&self, text: &str) -> i64 {
        short((self.hasher.hash(text.as_bytes()) & self.mask).cast_signed())
    }
}

/// How a reference is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Address {
    /// A text of the merchant's or of ours, by its hash.
    Text {
        /// The keyed hash.
        hash: i64,
        /// The full text, with its namespace and its merchant.
        text: String,
    },
    /// A dense number, as it is.
    Number(i64),
}
