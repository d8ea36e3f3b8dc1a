//! The answers. Their types are those of the documents' samples, which their tables contradict.

use deodar_domain::decline::Failure;
use deodar_domain::id::LinkNumber;
use deodar_domain::legacy::{PaymentMode, told_payment, was_let_go, was_reversed};
use deodar_domain::money::Money;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{Payment, PaymentStatus};
use serde::Serialize;

use super::LegacyRefusal;

/// The code of a success.
const SUCCESS_CODE: i8 = 1;
/// The message of a success.
const SUCCESS: &str = "SUCCESS";
/// The status of an inquiry: it was answered.
const INQUIRED: &str = "7";
/// What an acquirer's yes is told as: the approval of ISO 8583, field 39.
const APPROVED: (&str, &str) = ("00", "APPROVED");

/// A code and its message.
#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct LegacyAnswer {
    response_code: i8,
    response_message: &'static str,
}

impl LegacyAnswer {
    /// It was done.
    pub const SUCCESS: Self = Self { response_code: SUCCESS_CODE, response_message: SUCCESS };
}

impl From<LegacyRefusal> for LegacyAnswer {
    fn from(refusal: LegacyRefusal) -> Self {
        Self { response_code: refusal.code(), response_message: refusal.message() }
    }
}

/// A link that was made.
#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct LegacyLinkAnswer<'a> {
    response_code: i8,
    response_message: &'static str,
    payment_url: &'a str,
    payment_link_id: u64,
}

impl<'a> LegacyLinkAnswer<'a> {
    /// The link of a number, whose page is at `payment_url`.
    pub const fn new(payment_url: &'a str, number: LinkNumber) -> Self {
        Self {
            response_code: SUCCESS_CODE,
            response_message: SUCCESS,
            payment_url,
            payment_link_id: number.0,
        }
    }
}

/// Where a link stands.
#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct LegacyStatusAnswer<'a> {
    response_code: i8,
    response_message: &'static str,
    payment_mode: u8,
    pine_pg_transaction_id: u64,
    acquirer_name: &'a str,
    reference_no: &'a str,
    amount: u64,
    txn_status: &'static str,
    refund_amount: String,
    parent_txn_status: String,
    acquirer_response_code: &'a str,
    acquirer_response_message: String,
}

impl<'a> LegacyStatusAnswer<'a> {
    /// Where the order of a link stands. It speaks of the payment that was made, else of the last;
    /// before any there is none.
    pub fn new(order: &'a Order) -> Self {
        let payment = told_payment(order);
        let (code, message) = payment.map_or(("", String::new()), acquirer_response);
        Self {
            response_code: SUCCESS_CODE,
            response_message: SUCCESS,
            payment_mode: payment.map_or(0, |payment| PaymentMode::of(order, payment).id()),
            pine_pg_transaction_id: payment.map_or(0, |payment| payment.number.0),
            acquirer_name: payment.map_or("", |payment| payment.acquirer.acquirer_name.as_str()),
            reference_no: order.terms.reference.as_str(),
            amount: order.terms.amount.minor(),
            txn_status: INQUIRED,
            refund_amount: refunded(order).minor().to_string(),
            parent_txn_status: outcome(order).to_string(),
            acquirer_response_code: code,
            acquirer_response_message: message,
        }
    }
}

/// What the acquirer said of a payment; nothing while it has not.
fn acquirer_response(payment: &Payment) -> (&'static str, String) {
    let approved = matches!(payment.status(), PaymentStatus::Authorized | PaymentStatus::Processed);
    let told = |failure: Failure| (failure.reason.code(), failure.message().to_owned());
    match payment.failure() {
        Some(failure) => told(failure),
        None if approved => (APPROVED.0, APPROVED.1.to_owned()),
        None => ("", String::new()),
    }
}

/// What went back, in all.
fn refunded(order: &Order) -> Money {
    // The sum of a stored order was found to fit when it was read.
    order.refunded().unwrap_or(Money::zero(order.terms.amount.currency()))
}

const INITIATED: i8 = 1;
const CAPTURED: i8 = 4;
const REFUNDED: i8 = 6;
const PARTIALLY_REFUNDED: i8 = 9;
const FAILED: i8 = -7;
const CANCELLED_OR_EXPIRED: i8 = -10;
const PENDING: i8 = 12;
const AUTO_REVERSED: i8 = 13;
const VOIDED: i8 = 15;

/// What became of the purchase. Captured is only what was captured in full: a link of which a part
/// was paid is pending.
fn outcome(order: &Order) -> i8 {
    match order.state {
        OrderState::Created | OrderState::Authorized { .. } => INITIATED,
        OrderState::Pending { .. } => PENDING,
        OrderState::Processed
        | OrderState::PartiallyCaptured
        | OrderState::PartiallyRefunded
        | OrderState::FullyRefunded => after_refunds(order).unwrap_or(CAPTURED),
        OrderState::Attempted => of_last(order, FAILED),
        OrderState::Cancelled => {
            after_refunds(order).unwrap_or_else(|| of_last(order, CANCELLED_OR_EXPIRED))
        }
        OrderState::Failed => after_refunds(order).unwrap_or_else(|| of_last(order, FAILED)),
    }
}

/// Whether what was captured went back, or a part of it; `None` where nothing did.
fn after_refunds(order: &Order) -> Option<i8> {
    let refunded = refunded(order);
    if refunded.is_zero() {
        return None;
    }
    Some(if order.captured() == Ok(refunded) { REFUNDED } else { PARTIALLY_REFUNDED })
}

/// What became of the payment that is told, where it took no money; `otherwise` where that says
/// no more than its order does.
fn of_last(order: &Order, otherwise: i8) -> i8 {
    match told_payment(order) {
        Some(payment) if was_let_go(order, payment) => VOIDED,
        Some(payment) if was_reversed(order, payment) => AUTO_REVERSED,
        Some(payment) if payment.status() == PaymentStatus::Cancelled => CANCELLED_OR_EXPIRED,
        _ => otherwise,
    }
}
