//! Dense numbers, taken from the store by the block. Those of a block that are not used when the
//! process ends are lost.

use std::ops::Range;

use deodar_store::{Sequence, Store};
use tokio::sync::Mutex;

use crate::error::EngineError;

/// How many numbers are taken at a time.
const NUMBERS_BLOCK: u64 = 1_000;

pub(crate) struct Numbers {
    sequence: Sequence,
    block: Mutex<Range<u64>>,
}

impl Numbers {
    pub(crate) fn new(sequence: Sequence) -> Self {
        Self { sequence, block: Mutex::new(0..0) }
    }

    pub(crate) async fn next(&self, store: &dyn Store) -> Result<u64, EngineError> {
        let mut block = self.block.lock().await;
        if let Some(number) = block.next() {
            return Ok(number);
        }
        *block = store.reserve(self.sequence, NUMBERS_BLOCK).await?;
        block.next().ok_or_else(|| EngineError::Internal("an empty block of numbers".into()))
    }
}
