//! What memory will hold of runs that are being merged, as far as they are written. It is collected
//! only where there was room for all of it, and is not needed: the database has it too.

use std::collections::HashMap;

use super::filter::{BUCKET_BYTES, Filter};
use super::run::Run;
use super::stand::Merge;

/// The bits of runs that grow, by the runs' ids.
#[derive(Debug, Default)]
pub(super) struct Growth(HashMap<i64, Vec<u8>>);

impl Growth {
    /// Begins with the bits of the buckets that are written. `bits` has room for all.
    pub(super) fn begin(&mut self, id: i64, bits: Vec<u8>) {
        self.0.insert(id, bits);
    }

    /// How many bytes it takes, those that are still to come included.
    pub(super) fn bytes(&self) -> usize {
        self.0.values().map(Vec::capacity).sum()
    }

    /// Adds the bits of the buckets from `bucket` on, where those before are there.
    pub(super) fn extend(&mut self, id: i64, bucket: u32, bits: &[u8]) {
        let Some(known) = self.0.get_mut(&id) else { return };
        if known.len() == bytes_of(bucket) && known.capacity() - known.len() >= bits.len() {
            known.extend_from_slice(bits);
        } else {
            self.0.remove(&id);
        }
    }

    /// Gives the bits of a run that is written, where all were collected.
    pub(super) fn end(&mut self, run: &Run) -> Option<Filter> {
        let bits = self.0.remove(&run.id)?;
        (bits.len() == run.filter_bytes()).then(|| Filter::new(bits))
    }

    /// Forgets what belongs to none of `merges`, or to buckets that they have not written.
    pub(super) fn keep(&mut self, merges: &[Merge]) {
        self.0.retain(|id, bits| {
            let merge = merges.iter().find(|merge| merge.target == *id);
            if let Some(merge) = merge {
                bits.truncate(bytes_of(merge.bucket));
            }
            merge.is_some()
        });
    }
}

/// How many bytes the bits of so many buckets take.
pub(super) fn bytes_of(buckets: u32) -> usize {
    usize::try_from(buckets).unwrap_or(usize::MAX).saturating_mul(BUCKET_BYTES)
}
