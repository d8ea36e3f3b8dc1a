//! Reading what other processes changed: merchants, secrets and the sandbox clock.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::Engine;
use tracing::{info, warn};

use crate::stop::Stop;

/// How often merchants, secrets and the sandbox clock are read again. What another process changed
/// holds here within a second.
const REFRESH_EVERY: Duration = Duration::from_millis(500);

/// Reads until it is asked to stop. Nothing else is done here, so that nothing holds it up; and it
/// is tried as often where it fails, so that a secret that has ended is not taken for longer than
/// the store is away.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: Stop) {
    let mut is_away = false;
    while !stop.is_asked() {
        match engine.refresh().await {
            Ok(()) if is_away => {
                info!("what other processes changed is read again");
                is_away = false;
            }
            Err(error) if !is_away => {
                warn!(%error, "what other processes changed could not be read");
                is_away = true;
            }
            Ok(()) | Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(REFRESH_EVERY) => {}
            () = stop.asked() => {}
        }
    }
}
