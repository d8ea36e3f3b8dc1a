//! One log file with one write and one `fdatasync` a group: the physical limit of the disk.
//!
//! It writes what a store has to write, once: the documents, references, lists and jobs of a change
//! set, encoded as the stores encode them. It checks nothing, finds nothing again and is read by
//! nobody. The file is made full of zeros beforehand and begun anew at its end, so that no sync has
//! to wait for the file system to find room.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use deodar_store::stored::{encode, encode_payload};
use deodar_store::{ChangeSet, CommitError, RecordKey, ReferenceKey, StoreError};

use super::group::Group;
use super::{Sink, unavailable};

/// The size of the file, in bytes.
const FILE_BYTES: u64 = 64 << 20;
/// How much is written at a time while the file is made.
const CHUNK_BYTES: usize = 1 << 20;
/// What the pieces of a frame end with.
const END: u8 = b'\n';

/// The log.
pub(crate) struct Log {
    group: Group<Vec<u8>>,
}

impl Log {
    /// Makes the file, which may take a second.
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        let file = make_file(path).map_err(unavailable)?;
        let mut at = 0_u64;
        let mut bytes = Vec::new();
        let group = Group::start(move |frames: &[Vec<u8>]| {
            bytes.clear();
            for frame in frames {
                bytes.extend_from_slice(frame);
            }
            let length = u64::try_from(bytes.len()).map_err(unavailable)?;
            if at.saturating_add(length) > FILE_BYTES {
                at = 0;
            }
            file.write_all_at(&bytes, at).map_err(unavailable)?;
            file.sync_data().map_err(unavailable)?;
            at = at.saturating_add(length);
            Ok(())
        })?;
        Ok(Self { group })
    }
}

impl Sink for Log {
    async fn keep(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        self.group.run(frame(&change_set)?).await
    }
}

fn make_file(path: &Path) -> io::Result<File> {
    let mut file = File::options().create(true).truncate(true).write(true).open(path)?;
    let zeros = vec![0; CHUNK_BYTES];
    for _ in 0..FILE_BYTES >> 20 {
        file.write_all(&zeros)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// A change set in bytes.
fn frame(change_set: &ChangeSet) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(2_048);
    bytes.extend_from_slice(&change_set.id.0.to_be_bytes());
    for record in &change_set.puts {
        push_key(&mut bytes, record.key());
        bytes.extend_from_slice(encode(record)?.as_bytes());
        bytes.push(END);
    }
    for (reference, holder) in &change_set.claims {
        push_reference(&mut bytes, reference);
        push_key(&mut bytes, *holder);
    }
    for listing in change_set.listings() {
        bytes.extend_from_slice(&listing.merchant.as_u32().to_be_bytes());
        bytes.extend_from_slice(&listing.key.as_i64().to_be_bytes());
    }
    for job in &change_set.jobs {
        bytes.extend_from_slice(&job.id.0.to_be_bytes());
        bytes.extend_from_slice(&job.due_at.micros().to_be_bytes());
        bytes.extend_from_slice(job.queue.name().as_bytes());
        push_key(&mut bytes, job.subject);
        bytes.extend_from_slice(encode_payload(&job.payload)?.unwrap_or_default().as_bytes());
        bytes.push(END);
    }
    Ok(bytes)
}

fn push_key(bytes: &mut Vec<u8>, key: RecordKey) {
    let (kind, number) = match key {
        RecordKey::Merchant(id) => (1, i64::from(id.as_u32())),
        RecordKey::Order(key) => (2, key.as_i64()),
        RecordKey::Refund(key) => (3, key.as_i64()),
        RecordKey::Delivery(key) => (4, key.0),
        RecordKey::Answer(key) => (5, key.0),
        RecordKey::Setting(_) => (6, 0),
        RecordKey::Outbox(slot) => (7, i64::from(slot.index())),
    };
    bytes.push(kind);
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn push_reference(bytes: &mut Vec<u8>, reference: &ReferenceKey) {
    match reference {
        ReferenceKey::Order { merchant, reference }
        | ReferenceKey::Link { merchant, reference } => {
            bytes.extend_from_slice(&merchant.as_u32().to_be_bytes());
            bytes.extend_from_slice(reference.as_str().as_bytes());
        }
        ReferenceKey::LinkNumber(number) => bytes.extend_from_slice(&number.0.to_be_bytes()),
        ReferenceKey::Client(id) => bytes.extend_from_slice(id.hyphenated().as_bytes()),
        ReferenceKey::Call { digest, .. } => bytes.extend_from_slice(&digest.0.to_be_bytes()),
    }
    bytes.push(END);
}
