//! Pages of what is known: the outcome of a payment, and links that cannot be paid.

use askama::Template;
use deodar_domain::link::LinkState;
use deodar_domain::order::OrderState;
use deodar_domain::payment::{Payment, PaymentStatus};
use deodar_engine::ReturnForm;

use super::{Frame, Kind, Notice, Row, paid_with};
use crate::language::texts;
use crate::place::Found;
use crate::texts::{Texts, fill, fill_all};

/// The form that takes the payer back to the merchant.
pub(crate) struct Back {
    /// Where it goes.
    pub(crate) url: String,
    /// Its fields, the signature among them.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// What its button says.
    pub(crate) label: String,
    /// What is said while it waits to post itself.
    pub(crate) note: String,
    /// Whether it posts itself.
    pub(crate) auto: bool,
    /// Whether another way stands before it.
    pub(crate) quiet: bool,
}

impl Back {
    pub(super) fn new(form: ReturnForm, merchant: &str) -> Self {
        let t = texts();
        Self {
            url: form.url.to_string(),
            fields: form.fields,
            label: fill(t.back_to, merchant),
            note: fill(t.back_soon, merchant),
            auto: false,
            quiet: false,
        }
    }
}

/// A link to go on with.
struct Onward {
    href: String,
    text: String,
}

/// The outcome of a payment.
#[derive(Template)]
#[template(path = "outcome.html")]
pub(crate) struct Outcome {
    frame: Frame,
    kind: Kind,
    heading: &'static str,
    text: String,
    more: Option<&'static str>,
    rows: Vec<Row>,
    onward: Option<Onward>,
    receipt: Option<String>,
    back: Option<Back>,
}

/// Whether money was held or taken.
pub(crate) fn is_yes(payment: &Payment) -> bool {
    matches!(payment.status(), PaymentStatus::Authorized | PaymentStatus::Processed)
}

impl Outcome {
    /// The page of a payment that is decided.
    pub(crate) fn new(
        page: &Found,
        payment: &Payment,
        back: Option<ReturnForm>,
        sandbox: bool,
    ) -> Self {
        let t = texts();
        let merchant = page.merchant.name.as_str();
        let amount = payment.amount.display_indian();
        let good = is_yes(payment);
        let may_pay = page.place.has_methods() && page.order.may_start(page.now).is_ok();
        let heading = if good { t.successful } else { t.failed };
        let cancelled =
            if page.order.link.is_some() { t.cancelled_text } else { t.order_cancelled_text };
        let text = match payment.status() {
            PaymentStatus::Authorized => fill_all(t.hold_text, &[&amount, merchant]),
            PaymentStatus::Processed => fill_all(t.success_text, &[&amount, merchant]),
            _ => payment
                .failure()
                .map_or(cancelled, |failure| t.failure(payment.instrument.method(), failure.reason))
                .to_owned(),
        };
        Self {
            frame: Frame::new(heading.to_owned(), sandbox).of(&page.merchant),
            kind: if good { Kind::Good } else { Kind::Bad },
            heading,
            text,
            more: (!good).then_some(t.nothing_charged),
            rows: rows(t, page, payment, good),
            receipt: receipt_path(page),
            onward: may_pay.then(|| onward(t, page, good)),
            // On a link, after a failure with tries left, the payer chooses; in all other cases the
            // merchant's site is where the payer goes on.
            back: back.map(|form| Back {
                auto: good || !may_pay,
                quiet: may_pay,
                ..Back::new(form, merchant)
            }),
        }
    }
}

/// The way to the receipt of the payment that the pages show, where money was held or taken.
pub(super) fn receipt_path(page: &Found) -> Option<String> {
    page.payment().filter(|payment| is_yes(payment)).map(|_| page.place.step("/receipt"))
}

fn onward(t: &Texts, page: &Found, good: bool) -> Onward {
    let href = page.place.step("");
    let text = if good {
        fill(t.pay_rest, &page.order.due().display_indian())
    } else {
        t.try_again.to_owned()
    };
    Onward { href, text }
}

fn rows(t: &Texts, page: &Found, payment: &Payment, good: bool) -> Vec<Row> {
    let mut rows = vec![
        Row::new(t.row_amount, payment.amount.display_indian()),
        Row::new(if good { t.row_method } else { t.row_tried }, paid_with(t, payment)),
        Row::new(t.row_reference, page.order.terms.reference.as_str()),
    ];
    if good {
        rows.insert(1, Row::new(t.row_merchant, page.merchant.name.as_str()));
        rows.push(Row::new(t.row_payment, payment.id.to_string()));
        rows.push(Row::new(t.row_time, t.time(payment.updated_at)));
        let due = page.order.due();
        if !due.is_zero() {
            rows.push(Row::new(t.still_due, due.display_indian()));
        }
    }
    rows
}

/// Whether the link ended on a payer who had tried in vain, and whom the merchant has to hear of.
pub(crate) fn ended_in_vain(page: &Found) -> bool {
    let over = page.order.link.as_ref().is_some_and(|link| link.state.is_final());
    over && page.order.last_payment().is_some_and(|payment| !is_yes(payment))
}

/// The page of a link that cannot be paid; `None` where it can.
pub(crate) fn ended(page: &Found, back: Option<ReturnForm>, sandbox: bool) -> Option<Notice> {
    let t = texts();
    let link = page.order.link.as_ref()?;
    let merchant = page.merchant.name.as_str();
    let ask = fill(t.ask_merchant, merchant);
    let (kind, heading, text, more) = match link.state {
        LinkState::Processed => (Kind::Good, t.already_paid, t.already_paid_text.to_owned(), None),
        LinkState::Expired => {
            let until = t.time(link.expire_by);
            (Kind::Neutral, t.expired, fill(t.expired_text, &until), Some(ask))
        }
        LinkState::Cancelled => {
            (Kind::Neutral, t.cancelled, t.cancelled_text.to_owned(), Some(ask))
        }
        LinkState::Created
        | LinkState::Clicked
        | LinkState::PaymentInitiated
        | LinkState::PartialProcessed => return None,
    };
    let mut rows = vec![
        Row::new(t.row_merchant, merchant),
        Row::new(t.row_amount, page.order.terms.amount.display_indian()),
        Row::new(t.row_reference, page.order.terms.reference.as_str()),
    ];
    if link.state != LinkState::Processed {
        rows.remove(0);
    }
    let part = page.order.authorised().ok().filter(|paid| !paid.is_zero());
    let in_part = link.state != LinkState::Processed && page.order.state != OrderState::Failed;
    let text = match part.filter(|_| in_part) {
        Some(paid) => format!("{text} {}", fill(t.part_paid, &paid.display_indian())),
        None => text,
    };
    let back = back.map(|form| Back::new(form, merchant));
    let frame = Frame::new(heading.to_owned(), sandbox).of(&page.merchant);
    let receipt = receipt_path(page);
    Some(Notice { frame, kind, heading, text, more, rows, receipt, back })
}
