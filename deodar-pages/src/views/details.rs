//! The page on which a payer changes the contact details.

use askama::Template;
use deodar_domain::customer::{Customer, Email, MobileNumber};

use super::Frame;
use super::input::{Input, Inputs};
use super::notes::{Field, Notes};
use crate::language::texts;
use crate::place::Found;
use crate::texts::fill;
use crate::{mask, texts};

/// The most characters of a detail.
const DETAIL_LENGTH_MAX: u16 = 50;

/// The fields, in the order of the page, each with its label, its meaning to the browser and its
/// keyboard.
type Rows = [(Field, &'static str, &'static str, &'static str); 4];

const fn rows(t: &'static texts::Texts) -> Rows {
    [
        (Field::FirstName, t.first_name, "given-name", "text"),
        (Field::LastName, t.last_name, "family-name", "text"),
        (Field::Email, t.email, "email", "email"),
        (Field::ContactMobile, t.mobile_number, "tel-national", "tel"),
    ]
}

/// The page. What is known is only shown masked: whoever holds the address may open it.
#[derive(Template)]
#[template(path = "details.html")]
pub(crate) struct DetailsView {
    frame: Frame,
    merchant: String,
    save_path: String,
    back_path: String,
    wrong: bool,
    inputs: Vec<Input>,
}

impl DetailsView {
    /// The page of an order whose payer may change the details.
    pub(crate) fn new(page: &Found, notes: &Notes, sandbox: bool) -> Self {
        let t = texts();
        let customer = page.order.customer();
        let make = Inputs { t, notes };
        let input = |(field, label, autocomplete, mode)| {
            let known = customer.as_deref().and_then(|customer| known(customer, field));
            let mut input = make.make(field, label, autocomplete);
            input.mode = mode;
            input.length = DETAIL_LENGTH_MAX;
            input.hint = known.map(|known| fill(t.details_known, &known));
            input
        };
        Self {
            frame: Frame::new(t.details.to_owned(), sandbox).of(&page.merchant),
            merchant: page.merchant.name.to_string(),
            save_path: page.place.step("/details"),
            back_path: page.place.step(""),
            wrong: !notes.wrong.is_empty(),
            inputs: rows(t).into_iter().map(input).collect(),
        }
    }
}

/// What is known of a detail, masked.
fn known(customer: &Customer, field: Field) -> Option<String> {
    match field {
        Field::FirstName => customer.first_name.as_ref().map(|name| mask::name(name.as_str())),
        Field::LastName => customer.last_name.as_ref().map(|name| mask::name(name.as_str())),
        Field::Email => customer.email.as_ref().map(Email::masked),
        Field::ContactMobile => customer.mobile.as_ref().map(MobileNumber::masked),
        _ => None,
    }
}
