//! `deodar simulator`: the sandbox's bank by itself, for one gateway or many.

use axum::Router;
use axum::routing::get;
use deodar_simulator::{Books, Simulator, SimulatorConfig, real_time, router, rpc_router};
use serde_json::json;

use crate::failure::Failure;
use crate::gateway::{SIMULATOR_PATH, simulator_failure};
use crate::serve::{reachable, stop_signal};
use crate::settings::SimulatorSettings;
use crate::{logging, server, terminal};

/// Serves until it is told to stop.
pub async fn serve(settings: SimulatorSettings, json: bool) -> Result<(), Failure> {
    logging::start(settings.log.as_deref(), logging::SERVER, settings.log_format)?;
    let bound = server::bind("--listen", settings.listen).await?;
    let url = settings.public_url.unwrap_or_else(|| reachable(bound.address));
    let stop = stop_signal()?;
    let simulator = Simulator::open(SimulatorConfig {
        books: Books::File(settings.books),
        public_url: format!("{url}{SIMULATOR_PATH}"),
        clock: real_time(),
    })
    .map_err(|error| simulator_failure(&error))?;
    let calls = rpc_router(simulator.clone(), settings.secret);
    let routes = Router::new()
        .nest(&format!("{SIMULATOR_PATH}/rpc"), calls)
        .nest(SIMULATOR_PATH, router(simulator))
        .route("/health", get(async || "ok"));
    tracing::info!(address = %bound.address, url, "listening");
    if json {
        // A server serves whether or not its first word was read.
        let _ = terminal::answer(&json!({ "url": url }));
    } else {
        terminal::tell(&format!(
            "The simulator answers at {url}; start gateways with --simulator {url} and the same \
             DEODAR_SIMULATOR_SECRET."
        ));
    }
    server::serve(bound, routes, stop).await;
    Ok(())
}
