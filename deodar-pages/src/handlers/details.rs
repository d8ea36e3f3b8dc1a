//! `…/details` of a hosted page: the payer changes the contact details, where the merchant allows
//! it.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use deodar_domain::customer::{Contact, Email, MobileNumber, PersonName};
use deodar_engine::{Engine, EngineError};
use http::{StatusCode, Uri};

use super::pay::FORM_LENGTH_MAX_BYTES;
use super::refuse_foreign;
use crate::error::PageError;
use crate::form::Pairs;
use crate::headers::{Forms, page, see_other};
use crate::place::{Address, Found};
use crate::views::{DetailsView, Field, Notes};

/// Shows the form.
pub(crate) async fn show(
    State(engine): State<Arc<Engine>>,
    address: Address,
    uri: Uri,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    if !found.may_change_contact() {
        return Ok(see_other(&found.place.step("")));
    }
    let notes = Notes::parse(uri.query().unwrap_or_default());
    let view = DetailsView::new(&found, &notes, engine.is_sandbox());
    Ok(page(StatusCode::OK, &view, &Forms::Own))
}

/// Takes the form. What is right of it is kept, so that only the rest has to be typed again.
pub(crate) async fn save(
    State(engine): State<Arc<Engine>>,
    address: Address,
    request: Request,
) -> Result<Response, PageError> {
    refuse_foreign(request.headers())?;
    let found = Found::at(&engine, &address).await?;
    if !found.may_change_contact() {
        return Ok(see_other(&found.place.step("")));
    }
    let body = to_bytes(request.into_body(), FORM_LENGTH_MAX_BYTES);
    let body = body.await.map_err(|_| PageError::Refused)?;
    let (contact, wrong) = read(&Pairs::read(&body));
    match engine.change_contact(found.order.key, &contact).await {
        Ok(_) if wrong.is_empty() => Ok(see_other(&found.place.step(""))),
        Ok(_) => {
            let notes = Notes { wrong, ..Notes::default() };
            Ok(see_other(&found.place.noted("/details", &notes.query())))
        }
        // The first page tells what has become of the order meanwhile.
        Err(EngineError::Refused(_)) => Ok(see_other(&found.place.step(""))),
        Err(error) => Err(error.into()),
    }
}

/// Reads the details; what was left empty stays as it is.
fn read(pairs: &Pairs) -> (Contact, Vec<Field>) {
    let mut wrong = Vec::new();
    let first_name = detail(pairs, Field::FirstName, &mut wrong, PersonName::parse);
    let last_name = detail(pairs, Field::LastName, &mut wrong, PersonName::parse);
    let email = detail(pairs, Field::Email, &mut wrong, Email::parse);
    let mobile = detail(pairs, Field::ContactMobile, &mut wrong, |text| {
        // Payers group the digits in many ways.
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        MobileNumber::parse(&digits, MobileNumber::LENGTH_MIN_ORDER)
    });
    (Contact { first_name, last_name, email, mobile }, wrong)
}

fn detail<T, E>(
    pairs: &Pairs,
    field: Field,
    wrong: &mut Vec<Field>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let text = pairs.get(field.name()).trim();
    if text.is_empty() {
        return None;
    }
    let value = parse(text).ok();
    if value.is_none() {
        wrong.push(field);
    }
    value
}
