//! The page of a link, and of a hosted checkout: what is to be paid, and the form that pays it.

use askama::Template;

use super::Frame;
use super::input::{Input, Inputs};
use super::methods::Methods;
use super::notes::{Field, Notes};
use super::summary::{Summary, summary};
use crate::language::texts;
use crate::offers::Offers;
use crate::place::Found;
use crate::texts::{Texts, fill, fill_all};

/// The name of the hidden field with the mobile number that was typed on the page before.
pub(crate) const MOBILE_KEPT: &str = "kept_mobile";

/// The way back to the merchant without paying.
pub(crate) struct Leave {
    href: String,
    text: String,
}

/// The link page.
#[derive(Template)]
#[template(path = "link.html")]
pub(crate) struct LinkView {
    frame: Frame,
    summary: Summary,
    pay_path: String,
    leave: Option<Leave>,
    nonce: String,
    kept: Option<String>,
    methods: Methods,
    notice: Option<&'static str>,
    amount: Option<Input>,
    pay: String,
    pay_any: String,
    graph_title: String,
}

impl LinkView {
    /// The page of a link or an order that can be paid. `nonce` becomes the reference of the
    /// payment that the form makes, so that the same form, sent twice, makes one payment.
    pub(crate) fn new(
        page: &Found,
        notes: &Notes,
        offers: &Offers,
        nonce: String,
        sandbox: bool,
    ) -> Self {
        let merchant = page.merchant.name.to_string();
        let due = page.order.due().display_indian();
        let t = texts();
        let title = fill_all(t.pay_title, &[&due, &merchant]);
        let frame = Frame::new(title.clone(), sandbox).of(&page.merchant);
        let inputs = Inputs { t, notes };
        let part = page.order.terms.part_payment;
        let amount = offers.amount.display_indian();
        Self {
            summary: summary(t, page),
            pay_path: page.place.step("/pay"),
            leave: None,
            nonce,
            kept: notes.mobile.clone(),
            methods: Methods::new(&inputs, offers, part),
            notice: notice(t, notes),
            amount: part.then(|| Input {
                mode: "decimal",
                length: 14,
                hint: Some(fill(t.amount_hint, &due)),
                value: offers.amount.decimal(),
                ..inputs.make(Field::Amount, t.amount_to_pay, "off")
            }),
            pay: fill(t.pay_button, &amount),
            // The script puts the part that the payer types between sign and braces.
            pay_any: fill(t.pay_button, &amount.replace(&digits(&amount), "{}")),
            graph_title: title,
            frame,
        }
    }
}

impl LinkView {
    /// The same with a way back to the merchant, where there is one.
    pub(crate) fn leaving(self, page: &Found, may_leave: bool) -> Self {
        let leave = may_leave.then(|| Leave {
            href: page.place.step("/leave"),
            text: fill(self.frame.t.back_to, page.merchant.name.as_str()),
        });
        Self { leave, ..self }
    }
}

/// The digits of an amount with what groups them, without its sign or code.
fn digits(amount: &str) -> String {
    amount.chars().filter(|c| c.is_ascii_digit() || matches!(c, ',' | '.')).collect()
}

const fn notice(t: &'static Texts, notes: &Notes) -> Option<&'static str> {
    if !notes.wrong.is_empty() {
        Some(t.wrong_summary)
    } else if notes.again {
        Some(t.notice_again)
    } else if notes.busy {
        Some(t.notice_busy)
    } else {
        None
    }
}
