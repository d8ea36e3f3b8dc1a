//! The Rust client for merchants of a Deodar gateway.
//!
//! * [`Client`] makes the calls: it gets and renews tokens, and repeats what is safe to repeat.
//! * [`verify_return`] tells whether the form with which a payer's browser comes back is genuine,
//!   and [`verify_legacy_return`] whether that of a legacy link is.
//! * [`verify_webhook`] tells whether a webhook is, and [`WebhookEvent::parse`] reads it.
//!
//! ```no_run
//! use deodar_client::{Amount, Client, ClientConfig, NewLink};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client =
//!     Client::new(ClientConfig::new("http://127.0.0.1:8080", "client-id", "client-secret"))?;
//! let link = client.create_link(&NewLink::new(Amount::paise(50_000), "tea-1")).await?;
//! println!("{} is {}", link.payment_link, link.status);
//! # Ok(())
//! # }
//! ```
//!
//! The example `pay_later` goes from the question whether a payer may pay later to the refund:
//! `cargo run -p deodar-client --example pay_later -- URL CLIENT_ID CLIENT_SECRET`.
//!
//! Answers are read leniently: fields and names that this client does not know are no error. A
//! call runs on tokio.
//!
//! Architecture Invariant: this crate knows neither the engine nor a store. It is what a merchant
//! would write against the documents, in types of its own.

mod answer;
mod checkout;
mod client;
mod config;
mod device;
mod eligibility;
mod error;
mod instalment;
mod links;
mod lists;
mod names;
mod orders;
mod otp;
mod path;
mod pay;
mod payment;
mod refunds;
mod sandbox;
mod terms;
mod time;
mod token;
mod transport;
mod verify;

#[cfg(test)]
mod tests;

pub use checkout::{Checkout, NewCheckout};
pub use client::Client;
pub use config::{ClientConfig, RetryPolicy};
pub use deodar_domain::day::Day;
pub use deodar_domain::time::{InvalidTimestamp, Timestamp};
pub use device::DeviceInfo;
pub use eligibility::{Eligibility, EligibilityCheck};
pub use error::{ApiError, ConfigError, Error};
pub use instalment::Instalment;
pub use links::{Link, NewLink};
pub use lists::{List, ListPart, Pagination};
pub use names::{
    Code, EventType, IntegrationMode, LinkStatus, Method, OrderStatus, PayLaterProvider,
    PaymentStatus, RefundStatus, SplitType,
};
pub use orders::{NewCapture, NewOrder, Order, OrderOrRefund};
pub use otp::OtpSent;
pub use pay::{CardDetails, NewPayment, PayWith};
pub use payment::offer::{EmiPlan, Offer, OfferDetails};
pub use payment::option::{
    CardData, CardlessData, NetbankingData, PayLaterData, PaymentOption, UpiData, UpiPayer,
    WalletData,
};
pub use payment::{AcquirerData, Capture, ErrorDetail, Payment};
pub use refunds::{NewRefund, Refund};
pub use secrecy::SecretString;
pub use terms::{
    AccountDetails, Address, Amount, BankDetails, Cart, CartItem, Customer, Product,
    PurchaseDetails, SplitInfo, SplitPart,
};
pub use verify::event::{EventData, WebhookEvent};
pub use verify::legacy_return::{LegacyReturn, verify_legacy_return};
pub use verify::return_form::{Return, ReturnRefusal, verify_return};
pub use verify::webhook::{
    WEBHOOK_TOLERANCE, WebhookHeaders, WebhookRefusal, verify_webhook, verify_webhook_within,
};
