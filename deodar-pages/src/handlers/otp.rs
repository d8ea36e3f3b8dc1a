//! `…/otp` and `…/otp/resend`: the one-time password of a lender, which the payer gives to us.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use deodar_domain::payment::Payment;
use deodar_engine::{Engine, EngineError, OtpAnswer};
use http::HeaderMap;
use zeroize::{Zeroize, Zeroizing};

use super::{refuse_foreign, shown_payment, to_payment};
use crate::error::PageError;
use crate::headers::see_other;
use crate::place::{Address, Found};
use crate::views::OtpNote;

/// How many digits a password has.
const OTP_LENGTH: RangeInclusive<usize> = 4..=8;

/// `POST …/otp`: gives the password to the lender. A wrong one is told on the same page, while
/// another may be tried.
pub(crate) async fn submit(
    State(engine): State<Arc<Engine>>,
    address: Address,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    refuse_foreign(&headers)?;
    let Form { otp, payment: shown } = Form::read(body);
    let found = Found::at(&engine, &address).await?;
    let Some(payment) = found.in_flight() else {
        return Ok(to_payment(&found.place, found.payment()));
    };
    // A form that is sent twice, or comes late, is about a payment that another one follows.
    if shown.is_some_and(|shown| shown != payment.id.index) {
        return Ok(to_payment(&found.place, Some(payment)));
    }
    // What is no password uses up no try.
    if !OTP_LENGTH.contains(&otp.len()) {
        return Ok(noted(&found, OtpNote::Wrong));
    }
    match engine.submit_otp(&found.merchant, payment.id, &otp).await {
        Ok(OtpAnswer::Wrong) => Ok(noted(&found, OtpNote::Wrong)),
        Ok(OtpAnswer::Accepted | OtpAnswer::Declined(_)) => decided(&engine, &address).await,
        Err(error) => went_on(&found, payment, error),
    }
}

/// `POST …/otp/resend`: has the password sent again.
pub(crate) async fn resend(
    State(engine): State<Arc<Engine>>,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    refuse_foreign(&headers)?;
    let found = Found::at(&engine, &address).await?;
    let Some(payment) = found.in_flight() else {
        return Ok(to_payment(&found.place, found.payment()));
    };
    match engine.resend_otp(&found.merchant, payment.id).await {
        Ok(()) => Ok(noted(&found, OtpNote::Sent)),
        Err(EngineError::TooManyRequests { .. }) => Ok(noted(&found, OtpNote::TooMany)),
        Err(error) => went_on(&found, payment, error),
    }
}

/// The form, as it was sent.
struct Form {
    otp: Zeroizing<String>,
    /// The index of the payment whose page it comes from; absent where the page did not tell.
    payment: Option<u16>,
}

impl Form {
    /// Reads the form, and wipes what it was read from where nobody else holds it.
    fn read(body: Bytes) -> Self {
        let field = |wanted| form_urlencoded::parse(&body).find(|(name, _)| name == wanted);
        let digits = |text: &str| -> String {
            text.chars().filter(char::is_ascii_digit).take(OTP_LENGTH.end() + 1).collect()
        };
        let otp = field("otp").map(|(_, text)| digits(&text)).unwrap_or_default();
        let payment = shown_payment(&body);
        if let Ok(mut buffer) = body.try_into_mut() {
            buffer.zeroize();
        }
        Self { otp: Zeroizing::new(otp), payment }
    }
}

fn noted(found: &Found, note: OtpNote) -> Response {
    see_other(&found.place.noted("/wait", note.query()))
}

/// On to what the answer brought about; in an attempt of several payments that may be another's
/// challenge.
async fn decided(engine: &Engine, address: &Address) -> Result<Response, PageError> {
    let found = Found::at(engine, address).await?;
    Ok(to_payment(&found.place, found.payment()))
}

/// The payment has ended meanwhile, or its acquirer is silent: its page tells which.
fn went_on(found: &Found, payment: &Payment, error: EngineError) -> Result<Response, PageError> {
    match error {
        EngineError::Refused(_) | EngineError::NotEnabled(_) => {
            Ok(to_payment(&found.place, Some(payment)))
        }
        error => Err(error.into()),
    }
}
