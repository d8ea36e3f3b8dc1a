//! Telling the other nodes what this one has counted.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::{Engine, EngineError};
use tracing::{info, warn};

use crate::stop::Stop;

/// How often it is told. What is to be known within a second must be told well before.
const SHARE_EVERY: Duration = Duration::from_millis(250);
/// How long it is until it is told again what could not be told.
const SHARE_AGAIN: Duration = Duration::from_secs(1);

/// Tells it until it is asked to stop, and then what is left.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: Stop) {
    let mut is_away = false;
    while !stop.is_asked() {
        let shared = share(&engine).await;
        match &shared {
            Ok(()) if is_away => info!("this node counts with the others again"),
            Err(error) if !is_away => warn!(%error, "this node counts by itself"),
            Ok(()) | Err(_) => {}
        }
        is_away = shared.is_err();
        let wait = if is_away { SHARE_AGAIN } else { SHARE_EVERY };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.asked() => {}
        }
    }
    if let Err(error) = engine.share_tallies().await {
        warn!(%error, "what this node has counted is lost for the others");
    }
}

async fn share(engine: &Engine) -> Result<(), EngineError> {
    engine.share_tallies().await?;
    // A sandbox limits nothing by its nodes.
    if engine.is_sandbox() { Ok(()) } else { engine.count_nodes().await }
}
