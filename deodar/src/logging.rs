//! Logs: structured, on stderr, as text or as JSON.
//!
//! Architecture Invariant: no type that holds a card number, a CVV, a secret, a token, an e-mail
//! address or a phone number prints it, so no line of the log can.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::settings::LogFormat;

/// What a server logs when nothing says otherwise.
pub const SERVER: &str = "info,refinery_core=warn";
/// What a command that ends by itself logs when nothing says otherwise.
pub const COMMAND: &str = "warn";

/// What no filter turns on: the client library of PostgreSQL would log the values of statements,
/// which are payers' and merchants' own.
const SILENT: [&str; 2] = ["tokio_postgres=warn", "postgres_protocol=warn"];

/// Starts logging. It is called once.
pub fn start(filter: Option<&str>, default: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = filter.unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::setup(format!("the setting log is no filter, as info,deodar=debug is: {error}"))
    })?;
    let filter = SILENT.iter().fold(filter, |filter, directive| match directive.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
    }
    .map_err(|error| Failure::Other(anyhow::anyhow!("logging was started twice: {error}")))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs where a panic was. Its message may quote what was being worked on, so only a message that
/// stands in the source is told.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let told = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or_default();
    tracing::error!(place, told, "a panic");
}
