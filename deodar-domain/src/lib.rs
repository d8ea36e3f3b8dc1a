//! What a payment is: money, identifiers, orders, payments, refunds, links, the books and the
//! signatures.
//!
//! Architecture Invariant: this crate is pure. It reads no clock, draws no random number, awaits
//! nothing, serialises nothing and does no I/O; time and randomness arrive as arguments. The stored
//! form of these types lives in `deodar-store`, their words on the wire in `deodar-wire`.

pub mod account;
pub mod card;
pub mod customer;
pub mod day;
pub mod decline;
pub mod effects;
pub mod emi;
pub mod event;
pub mod id;
pub mod instalment;
pub mod instruction;
pub mod instrument;
pub mod key;
pub mod ledger;
pub mod legacy;
pub mod link;
pub mod merchant;
pub mod message;
pub mod method;
pub mod money;
pub mod order;
pub mod pay_later;
pub mod payment;
pub mod purchase;
pub mod reference;
pub mod refund;
pub mod refusal;
pub mod signature;
pub mod split;
pub mod terms;
pub mod text;
pub mod time;
pub mod upi;
pub mod url;
