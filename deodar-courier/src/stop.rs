//! How workers are asked to stop.

use tokio::sync::watch;

/// Asks the workers to stop, when it is told to or dropped.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Tells a worker whether it is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// A pair: who asks, and who is asked.
pub(crate) fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks every worker to stop.
    pub(crate) fn ask(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the worker is to stop.
    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the worker is to stop.
    pub(crate) async fn asked(&mut self) {
        // An error says that nobody is left to ask, which is the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
