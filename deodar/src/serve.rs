//! `deodar serve`: everything in one process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::Html;
use axum::routing::get;
use deodar_courier::CourierConfig;
use deodar_engine::Engine;
use deodar_simulator::Simulator;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::demo::{MerchantKeys, keys_path};
use crate::failure::Failure;
use crate::gateway::{self, SIMULATOR_PATH, engine_failure};
use crate::greeting::{FRONT_PAGE, greeting, greeting_without_keys};
use crate::server::{self, Bound};
use crate::settings::{LogFormat, Settings};
use crate::{logging, metrics, terminal};

/// Serves until it is told to stop.
pub async fn serve(settings: Settings, json: bool) -> Result<(), Failure> {
    logging::start(settings.log.as_deref(), logging::SERVER, settings.log_format)?;
    let recorder = metrics::start()?;
    let bound = server::bind("--listen", settings.listen).await?;
    let metrics_bound = match settings.metrics_listen {
        Some(address) => Some(server::bind("--metrics-listen", address).await?),
        None => None,
    };
    let url = settings.public_url.clone().unwrap_or_else(|| reachable(bound.address));
    let stop = stop_signal()?;
    let gateway = gateway::open(&settings, &url).await?;
    let engine = Arc::clone(&gateway.engine);
    let courier =
        deodar_courier::start_with(engine, &courier_config(&settings), &gateway.messengers)
            .map_err(engine_failure)?;
    let upkeep = tokio::spawn(metrics::upkeep(recorder.clone()));

    let metrics_page = metrics::router(recorder);
    let mut router = routes(&gateway.engine, gateway.simulator, settings.sandbox);
    let metrics_server = if let Some(bound) = metrics_bound {
        tokio::spawn(server::serve(bound, metrics_page, stop.clone()))
    } else {
        router = router.merge(metrics_page);
        tokio::spawn(async {})
    };
    let first_page = gateway.first_page.as_deref();
    announce(&settings, &bound, &url, gateway.demo.as_ref(), first_page, json);
    server::serve(bound, deodar_api::observe(router), stop).await;

    tracing::info!("stopping");
    upkeep.abort();
    courier.stop().await;
    metrics_server.await.map_err(|error| Failure::Other(error.into()))
}

fn courier_config(settings: &Settings) -> CourierConfig {
    CourierConfig {
        allow_private_addresses: settings.webhook_allow_private,
        allow_plain_http: settings.sandbox,
        ..CourierConfig::default()
    }
}

/// Every route of the process.
pub fn routes(engine: &Arc<Engine>, simulator: Option<Arc<Simulator>>, sandbox: bool) -> Router {
    let mut router =
        deodar_api::router(Arc::clone(engine)).merge(deodar_pages::router(Arc::clone(engine)));
    if let Some(simulator) = simulator {
        router = router.nest(SIMULATOR_PATH, deodar_simulator::router(simulator));
    }
    if sandbox {
        let headers = [
            (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        router = router.route("/", get(async move || (headers, Html(FRONT_PAGE))));
    }
    router
}

/// Tells whoever started it that it is ready, and in a sandbox how to begin.
fn announce(
    settings: &Settings,
    bound: &Bound,
    url: &str,
    demo: Option<&MerchantKeys>,
    first_page: Option<&str>,
    json: bool,
) {
    tracing::info!(address = %bound.address, url, sandbox = settings.sandbox, "listening");
    if json {
        // A server serves whether or not its first word was read.
        let _ = terminal::answer(
            &json!({ "url": url, "demo_merchant": demo, "first_page": first_page }),
        );
        return;
    }
    if !settings.sandbox {
        return;
    }
    let keys_file = keys_path(&settings.database);
    match (demo, settings.log_format) {
        // Secrets are no part of a log that a machine gathers.
        (_, LogFormat::Json) => {
            tracing::info!(keys_file = %Path::display(&keys_file), "the demo merchant's keys");
        }
        (Some(keys), LogFormat::Text) => {
            terminal::tell(&greeting(url, keys, &keys_file.display().to_string(), first_page));
        }
        (None, LogFormat::Text) => terminal::tell(&greeting_without_keys(url)),
    }
}

/// The address that a browser on this machine finds a listener by.
pub fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Becomes true when the process is told to stop, by SIGTERM or from the keyboard.
pub fn stop_signal() -> Result<watch::Receiver<bool>, Failure> {
    let failed = |error: std::io::Error| Failure::Other(error.into());
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(failed)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        let _ = sender.send(true);
    });
    Ok(receiver)
}
