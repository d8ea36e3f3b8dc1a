//! What the end-to-end tests share: a gateway in a process of its own, a merchant's developer who
//! calls it, a merchant's server that is called back, a payer's browser, Python, and clusters of
//! PostgreSQL.
//!
//! Nothing here looks into the gateway: the tests see what a merchant and a payer see.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

mod browser;
mod client;
mod gateway;
mod inspection;
mod journey;
mod keyboard;
mod mail_server;
mod merchant_server;
mod nodes;
mod payer;
mod postgres;
mod process;
mod python;
mod round_robin;
mod shell;
mod signature;
mod store;
#[cfg(feature = "time")]
mod time;
mod tools;
mod view;

pub use browser::{Browser, BrowserOptions};
pub use client::{Answer, Api, Client};
pub use gateway::{Gateway, GatewayOptions, KNOWN_TIMEOUT, Keys};
pub use inspection::Inspection;
pub use journey::{CARD, Journey, OTP, processed_payments, text};
pub use keyboard::{DOWN, ENTER, SPACE, TAB};
pub use mail_server::{MailSecurity, MailServer};
pub use merchant_server::{MerchantServer, ReturnPost, Webhook};
pub use nodes::{Node, Nodes};
pub use payer::{Payer, get};
pub use postgres::{PostgresCluster, Stop};
pub use process::{Finished, Process, SimulatorProcess, run};
pub use python::Python;
pub use round_robin::RoundRobin;
pub use signature::{return_signature, webhook_signature};
pub use store::{TestStore, is_on_postgres};
#[cfg(feature = "time")]
pub use time::stop_time;
pub use tools::{compile_library, free_port, repository, wait_until};
pub use view::View;
