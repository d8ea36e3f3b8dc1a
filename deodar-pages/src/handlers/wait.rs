//! `…/wait`, `…/go`, `…/status`, `…/qr.svg`, `…/qr.png` and `…/give-up`: a payment in flight.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use deodar_domain::payment::{CancelCause, Challenge, Payment, PaymentState};
use deodar_engine::{Engine, EngineError};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::{refuse_foreign, shown_payment, to_payment};
use crate::error::PageError;
use crate::headers::{self, Forms, page, see_other};
use crate::language::texts;
use crate::place::{Address, Found};
use crate::qr;
use crate::views::{Frame, Go, OtpNote, Wait, onward, onward_title, pay_link, stage, web_address};

/// How long a page waits for the acquirer before it says that nothing is known yet.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the acquirer about the payment in flight. That it is silent is no fault of the page: the
/// payment is still pending, and the question goes on without the page.
pub(super) async fn refresh(engine: &Arc<Engine>, found: &mut Found) -> Result<(), PageError> {
    if found.in_flight().is_none() {
        return Ok(());
    }
    let (asking, key) = (Arc::clone(engine), found.order.key);
    let question = tokio::spawn(async move { asking.refresh_payment(key).await });
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(Ok(order))) => found.order = order,
        Ok(Ok(Err(EngineError::Unavailable(detail)))) => {
            tracing::warn!(detail, "a payment is not known");
        }
        Ok(Ok(Err(error))) => return Err(error.into()),
        Ok(Err(error)) => {
            tracing::error!(%error, "asking about a payment ended");
            return Err(PageError::Internal);
        }
        Err(_) => tracing::debug!("the acquirer is slow"),
    }
    Ok(())
}

/// `GET …/wait`: what the payer has to do, until the outcome is known.
pub(crate) async fn wait(
    State(engine): State<Arc<Engine>>,
    address: Address,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let mut found = Found::at(&engine, &address).await?;
    refresh(&engine, &mut found).await?;
    let Some(payment) = found.in_flight() else {
        return Ok(to_payment(&found.place, found.payment()));
    };
    let note = OtpNote::parse(&query.unwrap_or_default());
    Ok(wait_page(&engine, &found, payment, note))
}

pub(super) fn wait_page(
    engine: &Engine,
    found: &Found,
    payment: &Payment,
    note: Option<OtpNote>,
) -> Response {
    page(StatusCode::OK, &Wait::new(found, payment, note, engine.is_sandbox()), &Forms::Own)
}

/// `GET …/go`: on to the bank's page. A redirect would still be part of the form's submission,
/// which the page's policy holds back from other origins.
pub(crate) async fn go(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    let payment = found.payment();
    let bank = payment.and_then(|payment| bank_page(&engine, &found, payment));
    Ok(bank.unwrap_or_else(|| to_payment(&found.place, payment)))
}

/// The page that goes on to the bank's; `None` where the payment does not wait for one.
pub(super) fn bank_page(engine: &Engine, found: &Found, payment: &Payment) -> Option<Response> {
    let url = match &payment.state {
        PaymentState::Pending { challenge: Some(Challenge::Redirect(target)), .. } => {
            web_address(target)?
        }
        _ => return None,
    };
    let title = onward_title(texts(), payment);
    let frame = Frame::new(title.to_owned(), engine.is_sandbox()).of(&found.merchant);
    let onward = onward(texts(), payment);
    Some(page(
        StatusCode::OK,
        &Go { frame, url: url.to_owned(), onward, framed: found.place.is_framed() },
        &Forms::Own,
    ))
}

/// `GET …/status`: where to go, once the payment is decided, and what the payer has to do until
/// then. The script of the waiting page asks every two seconds.
pub(crate) async fn status(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let mut found = Found::at(&engine, &address).await?;
    refresh(&engine, &mut found).await?;
    let body = match found.payment() {
        Some(payment) if payment.is_pending() => {
            format!(r#"{{"stage":"{}"}}"#, stage(payment))
        }
        None => format!(r#"{{"next":"{}"}}"#, found.place.step("")),
        Some(_) => format!(r#"{{"next":"{}"}}"#, found.place.step("/result")),
    };
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    headers::private(response.headers_mut());
    Ok(response)
}

/// `GET …/qr.svg`: the `upi://pay` link as an image.
pub(crate) async fn qr(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    let link = found.in_flight().and_then(pay_link).ok_or(PageError::NotFound)?;
    let image = qr::svg(link).map_err(|_| PageError::Internal)?;
    let mut response = ([(CONTENT_TYPE, "image/svg+xml")], image).into_response();
    headers::private(response.headers_mut());
    Ok(response)
}

/// `GET /web/auth/landing/qr.png`: the same, while the payment is pending, for the merchant's own
/// page: an order's `image_url`.
pub(crate) async fn qr_png(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    // Of several payments in one attempt another one may be shown, and the code is wanted still.
    let attempt = found.payment().map(|shown| found.order.attempt(shown.attempt));
    let link = attempt.and_then(|mut payments| payments.find_map(pay_link));
    let link = link.ok_or(PageError::NotFound)?;
    let image = qr::png(link).map_err(|_| PageError::Internal)?;
    let mut response = ([(CONTENT_TYPE, "image/png")], image).into_response();
    headers::private(response.headers_mut());
    Ok(response)
}

/// `POST …/give-up`: the payer wants another method. Where the acquirer had decided, its decision
/// stands, and while nobody knows, the wait goes on.
pub(crate) async fn give_up(
    State(engine): State<Arc<Engine>>,
    address: Address,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    refuse_foreign(&headers)?;
    let mut found = Found::at(&engine, &address).await?;
    let Some(payment) = found.in_flight() else {
        return Ok(to_payment(&found.place, found.payment()));
    };
    // A form of an attempt that has ended does not end the one that came after it.
    let attempt = |index| found.order.payment(index).map(|shown| shown.attempt);
    if shown_payment(&body).is_some_and(|shown| attempt(shown) != Some(payment.attempt)) {
        return Ok(to_payment(&found.place, Some(payment)));
    }
    match engine.give_up_payment(found.order.key, payment.id.index).await {
        Ok(order) => found.order = order,
        Err(EngineError::Refused(_)) => return Ok(see_other(&found.place.step("/wait"))),
        Err(error) => return Err(error.into()),
    }
    let given_up = found.payment().is_some_and(|payment| {
        payment.state == PaymentState::Cancelled { cause: CancelCause::Payer }
    });
    if given_up && found.place.has_methods() && found.order.may_start(found.now).is_ok() {
        return Ok(see_other(&found.place.step("")));
    }
    Ok(to_payment(&found.place, found.payment()))
}
