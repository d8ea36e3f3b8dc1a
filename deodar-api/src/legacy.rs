//! The legacy Pay by Link API: forms in, JSON out, and always 200 with a code of its own, but for
//! 413, 415, 429 and our own faults, which are answered in the envelope of the v2 API.
//!
//! These calls stand in a table of their own: the description is that of the v2 API.

mod create;
mod resend;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use deodar_domain::merchant::Merchant;
use deodar_engine::EngineError;
use deodar_wire::legacy::{LegacyAnswer, LegacyForm, LegacyRefusal};
use http::StatusCode;

use crate::error::ApiError;
use crate::limits::{Allowance, Login};
use crate::{Api, answer, body};

/// The legacy calls, for whoever has a merchant's number and access code.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/api/PaymentURL/CreatePaymentURL", post(create::create))
        .route("/api/PaymentURL/ResendSmsEmail", post(resend::resend))
        .route("/api/PaymentURL/GetStatus", post(status::status))
}

/// Why a legacy call was not done.
pub(crate) enum LegacyError {
    /// It is told by a code in an answer of 200.
    Refused(LegacyRefusal),
    /// It is told by the status.
    Status(ApiError),
}

impl From<LegacyRefusal> for LegacyError {
    fn from(refusal: LegacyRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ApiError> for LegacyError {
    fn from(error: ApiError) -> Self {
        Self::Status(error)
    }
}

impl From<EngineError> for LegacyError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::TooManyRequests { .. }
            | EngineError::TooManyFailures { .. }
            | EngineError::TimedOut
            | EngineError::Unavailable(_)
            | EngineError::WrongMasterKey
            | EngineError::Internal(_) => Self::Status(error.into()),
            EngineError::Unauthorized
            | EngineError::NotFound(_)
            | EngineError::Refused(_)
            | EngineError::Declined(_)
            | EngineError::DuplicateReference
            | EngineError::NotEnabled(_)
            | EngineError::MethodNotEnabled(_)
            | EngineError::CurrencyNotEnabled(_)
            | EngineError::InvalidField { .. }
            | EngineError::NoTransport
            | EngineError::InvalidPayment { .. } => {
                // The API has no words for it; whoever runs the gateway finds them here.
                tracing::info!(%error, "a legacy call was refused");
                Self::Refused(LegacyRefusal::Failure)
            }
        }
    }
}

impl IntoResponse for LegacyError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => answer::ok(&LegacyAnswer::from(refusal)),
            Self::Status(error) => error.into_response(),
        }
    }
}

/// A form, and whence it came. What it holds has not been looked at.
pub(crate) struct FormCall {
    body: Bytes,
    peer: Option<SocketAddr>,
    allowance: Option<Allowance>,
}

impl<S: Send + Sync> FromRequest<S> for FormCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !body::is_form(request.headers()) {
            const MESSAGE: &str = "The Content-Type must be application/x-www-form-urlencoded";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(ApiError::new(status, "INVALID_REQUEST", MESSAGE));
        }
        let (parts, body) = request.into_parts();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        let allowance = parts.extensions.get::<Allowance>().cloned();
        Ok(Self { body: body::collect(body).await?, peer, allowance })
    }
}

impl FormCall {
    fn form(&self) -> LegacyForm<'_> {
        LegacyForm::parse(&self.body)
    }

    /// The merchant whose number and access code the form has; it has not called too often.
    async fn caller(&self, api: &Api, form: &LegacyForm<'_>) -> Result<Arc<Merchant>, LegacyError> {
        let id = form.merchant_id()?;
        let login = Login::legacy(id, self.peer.map(|peer| peer.ip()));
        let may_fail = match api.limiter.check_login(login).await {
            Err(too_many) if !login.is_shared() => return Err(too_many.into()),
            checked => checked,
        };
        let refusal = match api.engine.merchant(id).await? {
            None => LegacyRefusal::MerchantId,
            Some(merchant) if merchant.has_access_code(form.access_code()?) => {
                api.limiter.count_call(merchant.id, self.allowance.as_ref())?;
                return Ok(merchant);
            }
            Some(_) => LegacyRefusal::Pair,
        };
        // A merchant's number is no secret. Where it shares an address with those who guess, only
        // what is wrong is turned away: else anybody could shut the merchant out.
        may_fail?;
        api.limiter.count_failed_login(login);
        Err(refusal.into())
    }
}
