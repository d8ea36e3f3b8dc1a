//! The use cases: load what a decision needs, decide by the domain, commit one change set.
//!
//! Architecture Invariant: no transaction is held across an `.await`. On a version conflict the
//! engine reads and decides again, a bounded number of times. Nothing here knows HTTP or SQL.

pub mod clock;
pub mod endpoints;
pub mod error;
pub mod idempotency;
pub mod keys;
pub mod merchant;
pub mod page;
pub mod random;
pub mod token;
pub mod work;

mod at_hand;
mod challenge;
mod checkout;
mod commit;
mod eligibility;
mod engine;
mod failures;
mod follow_up;
mod jwt;
mod legacy;
mod links;
mod lists;
mod logo;
mod messages;
mod nodes;
mod nonce;
mod numbers;
mod orders;
mod otp;
mod pay;
mod pay_by_api;
mod payer_mobile;
mod rotation;
mod slug;
mod tally;
mod tenants;
mod windows;

pub use challenge::ChallengePage;
pub use checkout::{
    CHECKOUT_GRACE, CHECKOUT_LIFETIME, CHECKOUT_PATH, CheckoutAddress, CheckoutPage, CheckoutStage,
    Framers,
};
pub use clock::{Clock, SystemClock};
pub use eligibility::{
    ELIGIBILITY_CHECKS_MAX, ELIGIBILITY_WINDOW, EligibilityCheck, PAGE_CHECKS_MAX,
};
pub use endpoints::{
    EndpointChange, EndpointProblem, add_endpoint, change_endpoint, remove_endpoint, resend,
};
pub use engine::{Engine, EngineConfig, EngineParts};
pub use error::{EngineError, PaymentProblem, Thing};
pub use failures::{FAILURES_MAX, FAILURES_WINDOW};
pub use idempotency::{
    ANSWER_AGE_MAX, ANSWER_LIFETIME, Asked, Keep, KeyedCall, Known, RUNNING_MAX, Turn,
};
pub use keys::{MASTER_KEY_LENGTH, MasterKey};
pub use links::{Made, NewLink};
pub use lists::{ListPage, ListPart};
pub use logo::{LogoPicture, NoLogo, logo_path};
pub use merchant::{
    CreatedMerchant, Destination, MerchantChange, NewMerchant, NotChanged, Value, change_merchant,
    create_merchant,
};
pub use messages::{KeptMessage, MESSAGE_TIMETABLE, MessageResult, MessageToSend};
pub use orders::{AsOfNow, Found, NewCapture, NewRefund, OrderVersion};
pub use otp::{OtpAnswer, RESENDS_MAX};
pub use page::{LinkPage, ReturnForm};
pub use pay::{Paid, PayRequest};
pub use pay_by_api::ApiPayment;
pub use random::{Random, SystemRandom};
pub use rotation::{CutOver, NotRotated, Rotated, Rotation, rotate};
pub use tally::Limit;
pub use token::IssuedToken;

pub use deodar_store::{Answer, ListKind, Listed};

/// What callers of the engine need of the acquirer: the instruments with their secrets.
pub use deodar_acquirer as acquirer;
/// What workers and pages need of the store: jobs, deliveries, messages and their keys.
pub use deodar_store as store;
