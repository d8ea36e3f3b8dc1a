//! The words of the Pine Labs Online API: JSON in and out, domain ↔ wire by hand.
//!
//! Architecture Invariant: only this crate knows Pine Labs' field names. It knows no HTTP and no
//! storage. What comes in is parsed once into the domain's types; past that nothing is checked
//! again.

pub mod answer;
pub mod legacy;
pub mod request;
pub mod schema;
pub mod webhook;

pub use answer::{CheckoutJson, checkout_json};
pub use answer::{
    ClockAnswer, ErrorBody, TokenAnswer, link_json, order_json, order_or_refund_json, refund_json,
};
pub use answer::{EligibilityJson, OtpAnswerJson, WrongOtpJson};
pub use answer::{KeptText, MessagesAnswer, order_json_with_image};
pub use answer::{ListJson, links_json, orders_json, refunds_json};
pub use request::CreateCheckout;
pub use request::ListCall;
pub use request::{
    AdvanceClock, CaptureOrder, CreateLink, CreateOrder, CreateRefund, InvalidRequest,
    InvalidTokenRequest, TokenRequest, comparable_body,
};
pub use request::{CheckEligibility, CreatePayment, PaidByCard, PayWith, SendOtp, SubmitOtp};
pub use webhook::{WebhookBodyError, webhook_body};
