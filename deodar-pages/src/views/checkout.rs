//! Pages of the hosted checkout that ask for no payment: an order that cannot be paid any more,
//! and a payer who leaves.

use deodar_domain::order::OrderState;
use deodar_engine::ReturnForm;

use super::outcome::{Back, receipt_path};
use super::{Frame, Kind, Notice, Row};
use crate::language::texts;
use crate::place::Found;
use crate::texts::{Texts, fill};

/// The page of an order that cannot be paid here; `None` where the outcome of its last payment
/// says it all.
pub(crate) fn order_ended(page: &Found, back: Option<ReturnForm>, sandbox: bool) -> Option<Notice> {
    let t = texts();
    let (kind, heading, text) = match page.order.state {
        OrderState::Failed => return None,
        OrderState::Cancelled => (Kind::Neutral, t.order_cancelled, t.order_cancelled_text),
        OrderState::Created | OrderState::Attempted | OrderState::Pending { .. } => {
            (Kind::Neutral, t.checkout_ended, t.checkout_ended_text)
        }
        OrderState::Authorized { .. }
        | OrderState::Processed
        | OrderState::PartiallyCaptured
        | OrderState::PartiallyRefunded
        | OrderState::FullyRefunded => (Kind::Good, t.already_paid, t.order_paid_text),
    };
    let more = (kind == Kind::Neutral).then(|| fill(t.ask_again, page.merchant.name.as_str()));
    Some(notice(t, page, (kind, heading, text.to_owned(), more), back, sandbox))
}

/// The page of a payer who leaves without having paid, or with a part paid.
pub(crate) fn left(page: &Found, back: Option<ReturnForm>, sandbox: bool) -> Notice {
    let t = texts();
    let paid = page.order.authorised().ok().filter(|paid| !paid.is_zero());
    let text = match paid {
        Some(paid) => fill(t.part_paid, &paid.display_indian()),
        None => t.nothing_charged.to_owned(),
    };
    notice(t, page, (Kind::Neutral, t.not_completed, text, None), back, sandbox)
}

fn notice(
    t: &Texts,
    page: &Found,
    (kind, heading, text, more): (Kind, &'static str, String, Option<String>),
    back: Option<ReturnForm>,
    sandbox: bool,
) -> Notice {
    let merchant = page.merchant.name.as_str();
    let rows = vec![
        Row::new(t.row_merchant, merchant),
        Row::new(t.row_amount, page.order.terms.amount.display_indian()),
        Row::new(t.row_reference, page.order.terms.reference.as_str()),
    ];
    let rows = if kind == Kind::Good { rows } else { rows.into_iter().skip(1).collect() };
    let back = back.map(|form| Back { auto: true, ..Back::new(form, merchant) });
    let frame = Frame::new(heading.to_owned(), sandbox).of(&page.merchant);
    let receipt = receipt_path(page);
    Notice { frame, kind, heading, text, more, rows, receipt, back }
}
