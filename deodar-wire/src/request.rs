//! What merchants send.

mod advance_clock;
mod amount;
mod capture_order;
mod cart;
mod comparable;
mod create_checkout;
mod create_link;
mod create_order;
mod create_payment;
mod create_refund;
mod customer;
mod device;
mod eligibility;
mod invalid;
mod list;
mod offer;
mod otp;
mod purchase;
mod read;
mod split;
mod token;
mod value;

pub use advance_clock::{ADVANCE_SECONDS_MAX, AdvanceClock};
pub use capture_order::CaptureOrder;
pub use comparable::comparable_body;
pub use create_checkout::CreateCheckout;
pub use create_link::CreateLink;
pub use create_order::CreateOrder;
pub use create_payment::{CreatePayment, PaidByCard, PayWith};
pub use create_refund::CreateRefund;
pub use eligibility::CheckEligibility;
pub use invalid::InvalidRequest;
pub use list::{LIST_DEPTH_MAX, LIST_PERIOD_MAX, ListCall, PER_PAGE_DEFAULT, PER_PAGE_MAX};
pub use otp::{SendOtp, SubmitOtp};
pub use token::{ClientSecret, InvalidTokenRequest, TokenRequest};
