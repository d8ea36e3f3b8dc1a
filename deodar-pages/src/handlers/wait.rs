//! `…/wait`, `…/go`, `…/status`, `…/qr.svg` and `…/give-up`: a payment in flight.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_domain::payment::{CancelCause, Challenge, PaymentState};
use deodar_engine::{Engine, EngineError, LinkPage};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::{Slug, find, refuse_foreign, step, to_payment};
use crate::error::PageError;
use crate::headers::{self, Forms, page, see_other};
use crate::texts::ENGLISH;
use crate::views::{Frame, Go, Wait, pay_link, stage, web_address};

/// The smallest side of the QR code, in pixels.
const QR_SIDE_MIN: u32 = 232;

/// How long a page waits for the acquirer before it says that nothing is known yet.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the acquirer about the payment in flight. That it is silent is no fault of the page: the
/// payment is still pending, and the question goes on without the page.
pub(super) async fn refresh(engine: &Arc<Engine>, found: &mut LinkPage) -> Result<(), PageError> {
    if found.order.payment_in_flight().is_none() {
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
    slug: Slug,
) -> Result<Response, PageError> {
    let mut found = find(&engine, &slug).await?;
    refresh(&engine, &mut found).await?;
    let Some(payment) = found.order.payment_in_flight() else {
        return Ok(to_payment(&found.slug, found.order.payments.last()));
    };
    Ok(page(StatusCode::OK, &Wait::new(&found, payment, engine.is_sandbox()), &Forms::Own))
}

/// `GET …/go`: on to the bank's page. A redirect would still be part of the form's submission,
/// which the page's policy holds back from other origins.
pub(crate) async fn go(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
) -> Result<Response, PageError> {
    let found = find(&engine, &slug).await?;
    let payment = found.order.payment_in_flight();
    let target = match payment.map(|payment| &payment.state) {
        Some(PaymentState::Pending { challenge: Some(Challenge::Redirect(target)), .. }) => {
            web_address(target)
        }
        _ => None,
    };
    let Some(url) = target else {
        return Ok(to_payment(&found.slug, payment.or_else(|| found.order.payments.last())));
    };
    let frame = Frame::new(ENGLISH.to_bank_title.to_owned(), engine.is_sandbox());
    Ok(page(StatusCode::OK, &Go { frame, url: url.to_owned() }, &Forms::Own))
}

/// `GET …/status`: where to go, once the payment is decided, and what the payer has to do until
/// then. The script of the waiting page asks every two seconds.
pub(crate) async fn status(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
) -> Result<Response, PageError> {
    let mut found = find(&engine, &slug).await?;
    refresh(&engine, &mut found).await?;
    let body = match found.order.payment_in_flight() {
        Some(payment) => format!(r#"{{"stage":"{}"}}"#, stage(payment)),
        None if found.order.payments.is_empty() => {
            format!(r#"{{"next":"{}"}}"#, step(&found.slug, ""))
        }
        None => format!(r#"{{"next":"{}"}}"#, step(&found.slug, "/result")),
    };
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    headers::private(response.headers_mut());
    Ok(response)
}

/// `GET …/qr.svg`: the `upi://pay` link as an image.
pub(crate) async fn qr(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
) -> Result<Response, PageError> {
    let found = find(&engine, &slug).await?;
    let link = found.order.payment_in_flight().and_then(pay_link).ok_or(PageError::NotFound)?;
    let code =
        QrCode::with_error_correction_level(link, EcLevel::M).map_err(|_| PageError::Internal)?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_SIDE_MIN, QR_SIDE_MIN)
        .dark_color(svg::Color("#10241a"))
        .light_color(svg::Color("#ffffff"))
        .build();
    let mut response = ([(CONTENT_TYPE, "image/svg+xml")], image).into_response();
    headers::private(response.headers_mut());
    Ok(response)
}

/// `POST …/give-up`: the payer wants another method. Where the acquirer had decided, its decision
/// stands, and while nobody knows, the wait goes on.
pub(crate) async fn give_up(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    refuse_foreign(&headers)?;
    let found = find(&engine, &slug).await?;
    if found.order.payment_in_flight().is_none() {
        return Ok(to_payment(&found.slug, found.order.payments.last()));
    }
    let order = match engine.give_up(found.order.key).await {
        Ok(order) => order,
        Err(EngineError::Refused(_)) => return Ok(see_other(&step(&found.slug, ""))),
        Err(error) => return Err(error.into()),
    };
    let last = order.payments.last();
    let given_up = last.is_some_and(|payment| {
        payment.state == PaymentState::Cancelled { cause: CancelCause::Payer }
    });
    if given_up && order.may_start(found.now).is_ok() {
        return Ok(see_other(&step(&found.slug, "")));
    }
    Ok(to_payment(&found.slug, last))
}
