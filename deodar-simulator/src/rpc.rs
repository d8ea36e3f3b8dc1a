//! The simulator from afar, so that the bank can outlive the gateway and serve many of them: calls
//! of JSON over HTTP, authenticated by a secret that both sides are configured with.
//!
//! Card details cross in the body alone, and both sides wipe their copies. The calls are plain
//! HTTP: they are for one machine or a private network, and for test numbers only.

mod client;
mod secret;
mod server;
#[cfg(test)]
mod tests;
mod wire;
mod wire_answer;
mod wire_instrument;
mod wire_lending;

pub use client::{RemoteConfig, RemoteSimulator};
pub use secret::RpcSecret;
pub use server::rpc_router;

/// The largest call or answer, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
