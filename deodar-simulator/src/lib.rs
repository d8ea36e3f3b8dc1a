//! The bank, UPI app and netbanking of the sandbox: an acquirer like any other, behind the trait
//! [`deodar_acquirer::Acquirer`], with books and pages of its own. No real money moves here.
//!
//! * [`Simulator`] is the bank in this process; [`RemoteSimulator`] reaches one in another.
//! * [`router`] serves what the payer sees, [`rpc_router`] what a gateway in another process asks.
//!
//! Architecture Invariant: the gateway's store and engine are not known here. The bank's books are
//! in a SQLite file of their own, keyed by operation ids, and live on when the gateway dies.
//!
//! # The rules
//!
//! They are public and stable, because merchants' tests lean on them.
//!
//! | input | outcome | when |
//! |---|---|---|
//! | OTP `123456` | right; anything else is wrong, the third wrong one declines with `USER_AUTHENTICATION_FAILED` | |
//! | card `4012001037141112`, `5123456789012346`, `6074820000000009`, and any other that is not named here | approved | after the OTP |
//! | card `4000000000000002` | `PAYMENT_DECLINED` | after the OTP |
//! | card `4000000000009995` | `INSUFFICIENT_FUNDS` | after the OTP |
//! | card `4000000000000069` | `CARD_EXPIRED` | at once, no page |
//! | card `4000000000000127` | `CARD_VERIFICATION_FAILED` | at once, no page |
//! | card `4100000000000019` | `RISK_CHECK_FAILED` | at once, no page |
//! | card `4000000000000341` | approved; every capture and refund of it is declined with `PAYMENT_DECLINED` | after the OTP |
//! | `Cancel` on the 3-D Secure page | `PAYMENT_CANCELLED` | at once |
//! | VPA `failure@upi` | `PAYMENT_DECLINED` | at once |
//! | VPA `pending@upi` | pending, then `PAYMENT_EXPIRED` | at the end of the attempt's life (5 minutes) |
//! | VPA `timeout@upi` | approved, but the answer is lost; `status` tells it | at once |
//! | VPA `success@upi` and any other, a `upi://pay` link, a QR code | approved by `Approve` in the UPI app, `PAYMENT_DECLINED` by `Decline` | when the payer decides |
//! | netbanking, any pay code | approved by `Approve` on the login page, `PAYMENT_DECLINED` by `Decline` | when the payer decides |
//! | anything the payer leaves alone | `PAYMENT_EXPIRED` | at the end of the attempt's life |
//!
//! What the number itself tells (it has expired, the CVV is wrong, the pattern looks like fraud)
//! a bank says at once; what hangs on the account it says after the payer is known. Where an order
//! names the bank account that alone may pay, every payer of the simulator is its holder.

mod bank;
mod books;
mod clock;
mod config;
mod error;
mod pages;
mod random;
mod rpc;
mod rules;
mod simulator;
#[cfg(test)]
mod test_kit;

pub use clock::{Clock, real_time};
pub use config::{Books, SimulatorConfig};
pub use error::SimulatorError;
pub use pages::router;
pub use rpc::{RemoteConfig, RemoteSimulator, RpcSecret, rpc_router};
pub use rules::{OTP, OTP_TRIES_MAX};
pub use simulator::{Faults, Simulator};
