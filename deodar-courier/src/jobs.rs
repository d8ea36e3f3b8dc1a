//! Asking acquirers about what is in doubt, and keeping deadlines.

use std::sync::Arc;

use deodar_engine::store::{LeasedJob, Queue};
use deodar_engine::{Engine, EngineError};

use crate::line::{Line, Slot};

/// How many jobs of one queue are done at once. Each may wait for an acquirer's answer.
const PARALLEL_MAX: usize = 64;

/// The work of [`Queue::FollowUp`] or [`Queue::Deadline`].
pub(crate) struct Jobs {
    pub(crate) engine: Arc<Engine>,
    pub(crate) queue: Queue,
}

impl Line for Jobs {
    type Item = LeasedJob;

    fn queue(&self) -> Queue {
        self.queue
    }

    fn parallel_max(&self) -> usize {
        PARALLEL_MAX
    }

    async fn take(&self, limit: usize) -> Result<Vec<LeasedJob>, EngineError> {
        self.engine.take_jobs(self.queue, limit).await
    }

    async fn work(&self, job: LeasedJob, _: Slot) -> Result<(), EngineError> {
        self.engine.do_job(job).await
    }
}
