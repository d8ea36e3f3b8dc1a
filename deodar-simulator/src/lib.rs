//! The bank, UPI app, wallet and lenders of the sandbox: an acquirer like any other, behind the
//! trait [`deodar_acquirer::Acquirer`], with books and pages of its own. No real money moves here.
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
//! | `Cancel` on the page of the OTP | `PAYMENT_CANCELLED` | at once |
//! | VPA `failure@upi` | `PAYMENT_DECLINED` | at once |
//! | VPA `pending@upi` | pending, then `PAYMENT_EXPIRED` | at the end of the attempt's life (5 minutes) |
//! | VPA `timeout@upi` | approved, but the answer is lost; `status` tells it | at once |
//! | VPA `other@upi` | as `success@upi`; where one bank account alone may pay, `INVALID_REQUEST` | at once |
//! | VPA `success@upi` and any other, a `upi://pay` link, a QR code | approved by `Approve` in the UPI app, `PAYMENT_DECLINED` by `Decline` | when the payer decides |
//! | netbanking, any pay code; any wallet | approved by `Approve` on the login page, `PAYMENT_DECLINED` by `Decline` | when the payer decides |
//! | points of a card whose number ends in an even digit | 100,000 points of 25 paise, for each payment anew; approved, more is `INSUFFICIENT_FUNDS` | after the OTP; beside another payment at once |
//! | points of a card whose number ends in an odd digit | `INSUFFICIENT_FUNDS` | at once |
//! | EMI on a card | as the card | as the card |
//! | EMI without a card, mobile number ending in `0000` | `PAYMENT_DECLINED` | at once |
//! | EMI without a card, any other mobile number | approved | after the lender's OTP |
//! | Pay Later, mobile number ending in `0000` | not eligible; `PAYMENT_DECLINED` | at once |
//! | Pay Later, mobile number ending in `1111` | eligible with nothing left; `PAYMENT_DECLINED` | at once |
//! | Pay Later, any other mobile number | eligible and approved up to ₹10,000 less what is outstanding | after the lender's OTP |
//! | Pay Later over that limit | not eligible; `AMOUNT_LIMIT_EXCEEDED` | at once |
//! | SIMPL3 under ₹3 | not eligible; `PAYMENT_DECLINED` | at once |
//! | one bank account alone may pay: cards, wallets, points, EMI, Pay Later | `INVALID_REQUEST` | at once |
//! | the same: netbanking, UPI | by `Pay from account`: the named account, which is chosen, or `Another account`, which is `INVALID_REQUEST` | when the payer decides |
//! | anything the payer leaves alone | `PAYMENT_EXPIRED` | at the end of the attempt's life |
//!
//! What the number itself tells (it has expired, the CVV is wrong, the pattern looks like fraud)
//! a bank says at once; what hangs on the account it says after the payer is known. A lender gives
//! its OTP to the payer, who gives it to the gateway; it has no page.
//!
//! EMI is offered from ₹1 on, over 3, 6, 9, 12, 18 and 24 months: on credit cards at 13, 13, 14,
//! 14, 15 and 16 % a year, on debit cards at 16 %, without a card at 18 %.
//!
//! What is outstanding is counted for each lender and mobile number: what was approved, less what
//! was voided, reversed, refunded or left over by a partial capture. A payment counts what waits
//! for an OTP too. Of a number that is hidden in part nothing outstanding is known.

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
