//! What the end-to-end tests share: a gateway in a process of its own, a merchant's developer who
//! calls it, a merchant's server that is called back, a payer's browser, and Python.
//!
//! Nothing here looks into the gateway: the tests see what a merchant and a payer see.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

mod browser;
mod client;
mod gateway;
mod journey;
mod mail_server;
mod merchant_server;
mod payer;
mod process;
mod python;
mod shell;
mod signature;
mod tools;
mod view;

pub use browser::{Browser, BrowserOptions};
pub use client::{Answer, Api, Client};
pub use gateway::{Gateway, GatewayOptions, Keys};
pub use journey::{CARD, Journey, OTP, processed_payments, text};
pub use mail_server::{MailSecurity, MailServer};
pub use merchant_server::{MerchantServer, ReturnPost, Webhook};
pub use payer::{Payer, get};
pub use process::{Finished, Process, SimulatorProcess, run};
pub use python::Python;
pub use signature::{return_signature, webhook_signature};
pub use tools::{compile_library, free_port, repository, wait_until};
pub use view::View;
