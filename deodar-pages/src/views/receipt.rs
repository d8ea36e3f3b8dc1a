//! The receipt of a payment, made to be printed.

use askama::Template;
use deodar_domain::payment::Payment;

use super::summary::fee_included;
use super::{Frame, Row, paid_with};
use crate::language::texts;
use crate::place::Found;
use crate::texts::fill_all;

/// The page. It tells no more of the payer than the page of the outcome does.
#[derive(Template)]
#[template(path = "receipt.html")]
pub(crate) struct Receipt {
    frame: Frame,
    amount: String,
    text: String,
    fee: Option<String>,
    rows: Vec<Row>,
    back_path: String,
}

impl Receipt {
    /// The receipt of a payment that was made.
    pub(crate) fn new(page: &Found, payment: &Payment, sandbox: bool) -> Self {
        let t = texts();
        let merchant = page.merchant.name.as_str();
        let captured = payment.captured();
        let is_held = captured.is_zero();
        let paid = if is_held { payment.amount } else { captured };
        let amount = paid.display_indian();
        let text = if is_held { t.hold_text } else { t.success_text };
        let mut rows = vec![Row::new(t.row_merchant, merchant)];
        if let Some(description) = &page.order.terms.description {
            rows.push(Row::new(t.row_purpose, description.as_str()));
        }
        rows.extend([
            Row::new(t.row_amount, amount.as_str()),
            Row::new(t.row_method, paid_with(t, payment)),
            Row::new(t.row_reference, page.order.terms.reference.as_str()),
            Row::new(t.row_payment, payment.id.to_string()),
            Row::new(t.row_time, t.time(payment.updated_at)),
        ]);
        // Money that has gone back is no longer paid, whatever the payment says. What went back of
        // another part is told on that one's receipt.
        let refunded = page.order.refunded_of(payment.id.index).ok();
        if let Some(refunded) = refunded.filter(|refunded| !refunded.is_zero()) {
            rows.push(Row::new(t.row_refunded, refunded.display_indian()));
        }
        Self {
            frame: Frame::new(t.receipt.to_owned(), sandbox).of(&page.merchant),
            text: fill_all(text, &[&amount, merchant]),
            fee: fee_included(t, &page.order.terms, paid),
            amount,
            rows,
            back_path: page.place.step("/result"),
        }
    }
}
