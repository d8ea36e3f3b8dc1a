//! The link page: what is to be paid, and the form that pays it.

use askama::Template;
use deodar_domain::link::Link;
use deodar_domain::method::Method;
use deodar_domain::purchase::Product;
use deodar_engine::LinkPage;

use super::Frame;
use super::notes::{Field, Notes};
use crate::banks::{BANKS, Bank};
use crate::texts::{Texts, fill};
use crate::{mask, schemes};

/// How many items are shown without being asked for.
const ITEMS_OPEN_MAX: usize = 3;

/// The methods that the page has a form for.
const OFFERED: [Method; 3] = [Method::Card, Method::Upi, Method::Netbanking];

/// A text field of the form, with its label and its fault.
#[derive(Template)]
#[template(path = "input.html")]
pub(crate) struct Input {
    schemes: String,
    name: &'static str,
    label: &'static str,
    error: &'static str,
    wrong: bool,
    focus: bool,
    secret: bool,
    autocomplete: &'static str,
    mode: &'static str,
    length: u16,
    example: &'static str,
    hint: Option<String>,
    value: String,
}

/// An item of the cart, as it is shown.
pub(crate) struct Item {
    name: String,
    amount: Option<String>,
    discount: Option<String>,
}

/// What is to be paid, for whom, until when.
pub(crate) struct Summary {
    merchant: String,
    initial: String,
    amount: String,
    total: Option<String>,
    description: Option<String>,
    items: Vec<Item>,
    items_open: bool,
    discount: Option<String>,
    reference: String,
    payer: Vec<String>,
    valid_until: String,
    seconds_left: u64,
}

/// A method that can be chosen.
pub(crate) struct Choice {
    method: Method,
    name: &'static str,
    hint: &'static str,
    checked: bool,
}

impl Choice {
    fn is(&self, name: &str) -> bool {
        self.method.name() == name
    }
}

/// The link page.
#[derive(Template)]
#[template(path = "link.html")]
pub(crate) struct LinkView {
    frame: Frame,
    summary: Summary,
    slug: String,
    nonce: String,
    choices: Vec<Choice>,
    notice: Option<&'static str>,
    wrong_method: bool,
    card_number: Input,
    expiry: Input,
    cvv: Input,
    card_name: Input,
    upi_id: Input,
    amount: Option<Input>,
    bank_wrong: bool,
    bank_focus: bool,
    banks: &'static [Bank],
    pay: String,
    pay_any: String,
    graph_title: String,
}

/// The methods that the page can offer of those that the link can be paid by.
fn choices(t: &'static Texts, page: &LinkPage, chosen: Option<Method>) -> Vec<Choice> {
    let offered: Vec<Method> =
        OFFERED.into_iter().filter(|method| page.methods.contains(*method)).collect();
    let checked =
        chosen.filter(|method| offered.contains(method)).or_else(|| offered.first().copied());
    let choice = |method: Method| Choice {
        method,
        name: t.method_name(method),
        hint: match method {
            Method::Card => t.card_hint,
            Method::Upi => t.upi_hint,
            _ => t.netbanking_hint,
        },
        checked: Some(method) == checked,
    };
    offered.into_iter().map(choice).collect()
}

fn items(t: &Texts, products: &[Product]) -> Vec<Item> {
    let item = |product: &Product| Item {
        name: product.code.as_ref().map_or_else(|| t.item.to_owned(), ToString::to_string),
        amount: product.amount.map(|amount| amount.display_indian()),
        discount: product
            .coupon_discount
            .filter(|discount| !discount.is_zero())
            .map(|discount| fill(t.item_discount, &discount.display_indian())),
    };
    products.iter().map(item).collect()
}

fn summary(t: &Texts, page: &LinkPage, link: &Link) -> Summary {
    let terms = &page.order.terms;
    let merchant = page.merchant.name.to_string();
    let due = page.order.due();
    let items = items(t, terms.cart.as_deref().or(terms.products.as_deref()).unwrap_or_default());
    let initial = merchant.chars().find(|c| c.is_alphanumeric()).unwrap_or('•');
    Summary {
        initial: initial.to_uppercase().to_string(),
        merchant,
        amount: due.display_indian(),
        total: (due != terms.amount).then(|| terms.amount.display_indian()),
        description: terms.description.as_ref().map(ToString::to_string),
        items_open: items.len() <= ITEMS_OPEN_MAX,
        items,
        discount: terms
            .cart_coupon_discount
            .filter(|discount| !discount.is_zero())
            .map(|discount| discount.display_indian()),
        reference: terms.reference.to_string(),
        payer: terms.customer.as_ref().map(mask::customer).unwrap_or_default(),
        valid_until: link.expire_by.display_ist(),
        seconds_left: link.expire_by.since(page.now).as_secs(),
    }
}

/// Makes text fields that know what was wrong with them.
struct Inputs<'a> {
    t: &'static Texts,
    notes: &'a Notes,
}

impl Inputs<'_> {
    fn is_first_wrong(&self, field: Field) -> bool {
        self.notes.wrong.first() == Some(&field)
    }

    fn make(&self, field: Field, label: &'static str, autocomplete: &'static str) -> Input {
        Input {
            schemes: String::new(),
            name: field.name(),
            label,
            error: field.message(self.t),
            wrong: self.notes.wrong.contains(&field),
            focus: self.is_first_wrong(field),
            secret: false,
            autocomplete,
            mode: "text",
            length: 100,
            example: "",
            hint: None,
            value: String::new(),
        }
    }
}

impl LinkView {
    /// The page of a link that can be paid. `nonce` becomes the reference of the payment that the
    /// form makes, so that the same form, sent twice, makes one payment.
    pub(crate) fn new(
        page: &LinkPage,
        link: &Link,
        notes: &Notes,
        nonce: String,
        sandbox: bool,
    ) -> Self {
        let merchant = page.merchant.name.to_string();
        let due = page.order.due();
        let amount = due.display_indian();
        let title = fill(&fill(crate::texts::ENGLISH.pay_title, &amount), &merchant);
        let frame = Frame::new(title.clone(), sandbox);
        let t = frame.t;
        let inputs = Inputs { t, notes };
        let part = page.order.terms.part_payment;
        Self {
            summary: summary(t, page, link),
            slug: page.slug.clone(),
            nonce,
            choices: choices(t, page, notes.method),
            notice: notice(t, notes),
            wrong_method: notes.wrong.contains(&Field::Method),
            card_number: Input {
                mode: "numeric",
                length: 23,
                schemes: schemes::ranges(),
                ..inputs.make(Field::CardNumber, t.card_number, "cc-number")
            },
            expiry: Input {
                mode: "numeric",
                length: 9,
                example: t.expiry_example,
                ..inputs.make(Field::Expiry, t.expiry, "cc-exp")
            },
            cvv: Input {
                mode: "numeric",
                length: 4,
                secret: true,
                ..inputs.make(Field::Cvv, t.cvv, "cc-csc")
            },
            card_name: inputs.make(Field::CardName, t.card_name, "cc-name"),
            upi_id: Input {
                mode: "email",
                length: 255,
                example: t.upi_id_example,
                hint: Some(t.upi_collect_hint.to_owned()),
                ..inputs.make(Field::UpiId, t.upi_id, "off")
            },
            amount: part.then(|| Input {
                mode: "decimal",
                length: 14,
                hint: Some(fill(t.amount_hint, &amount)),
                value: due.decimal(),
                ..inputs.make(Field::Amount, t.amount_to_pay, "off")
            }),
            bank_wrong: notes.wrong.contains(&Field::Bank),
            bank_focus: inputs.is_first_wrong(Field::Bank),
            banks: &BANKS,
            pay: fill(t.pay_button, &amount),
            // The script puts the part that the payer types between sign and braces.
            pay_any: fill(t.pay_button, &amount.replace(&digits(&amount), "{}")),
            graph_title: title,
            frame,
        }
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
