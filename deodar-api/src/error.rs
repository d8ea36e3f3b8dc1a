//! Errors: one envelope, and the one table of statuses and codes.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use deodar_engine::{EngineError, PaymentProblem, Thing};
use deodar_wire::{ErrorBody, InvalidRequest, InvalidTokenRequest};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::refusal;

/// When a caller tries again after the database was away.
const RETRY_AFTER_UNAVAILABLE: Duration = Duration::from_secs(2);

/// An error as it is answered. Nothing in it tells of the inside.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), field: None, retry_after: None }
    }

    pub(crate) fn at(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// 400: a field or the body is malformed or out of range.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
    }

    /// 401: no valid token.
    pub(crate) fn unauthorized() -> Self {
        const MESSAGE: &str = "The access token is missing, malformed, expired or forged";
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", MESSAGE)
    }

    /// 401: wrong client credentials.
    pub(crate) fn wrong_credentials() -> Self {
        const MESSAGE: &str = "The client id or the client secret is wrong";
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", MESSAGE)
    }

    /// 404: there is no such path.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such path")
    }

    /// 404: there is no such thing, or it is another merchant's.
    pub(crate) fn not_found(thing: Thing) -> Self {
        let (code, message) = match thing {
            Thing::Order => ("ORDER_NOT_FOUND", "The order was not found"),
            Thing::Link => ("PAYMENT_LINK_NOT_FOUND", "The payment link was not found"),
            Thing::Payment => ("PAYMENT_NOT_FOUND", "The payment was not found"),
        };
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 422: the same key came with another body.
    pub(crate) fn key_used_before() -> Self {
        const MESSAGE: &str = "The Idempotency-Key was already used with a different body";
        unprocessable("DUPLICATE_REQUEST", MESSAGE).at("Idempotency-Key")
    }

    /// 429: too many calls.
    pub(crate) fn too_many_requests(retry_after: Duration) -> Self {
        const MESSAGE: &str = "Too many requests: try again later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "API_RATE_LIMIT", MESSAGE).retry_after(retry_after)
    }

    /// 429: too many payments with one instrument have failed.
    fn too_many_failures(message: String, retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "PAYMENT_RATE_LIMIT", message)
            .retry_after(retry_after)
    }

    /// 500: our fault.
    pub(crate) fn internal() -> Self {
        const MESSAGE: &str = "Something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", MESSAGE)
    }

    /// 503: what was asked is not known to be done.
    pub(crate) fn unavailable() -> Self {
        const MESSAGE: &str = "The service is not available right now. What was asked is not known \
                               to be done: repeat it with the same reference";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "INTERNAL_ERROR", MESSAGE)
            .retry_after(RETRY_AFTER_UNAVAILABLE)
    }
}

fn unprocessable(code: &'static str, message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Unauthorized => Self::unauthorized(),
            EngineError::NotFound(thing) => Self::not_found(thing),
            EngineError::Refused(refusal) => {
                let (status, code) = refusal::status_and_code(refusal);
                let error = Self::new(status, code, refusal.to_string());
                match refusal::field(refusal) {
                    Some(field) => error.at(field),
                    None => error,
                }
            }
            EngineError::Declined(failure) => {
                unprocessable(failure.reason.code(), failure.message().to_owned())
            }
            EngineError::DuplicateReference => {
                unprocessable("DUPLICATE_REQUEST", error.to_string())
            }
            EngineError::NotEnabled(_) | EngineError::NoTransport => {
                unprocessable("OPERATION_NOT_ALLOWED", error.to_string())
            }
            EngineError::MethodNotEnabled(_) => {
                unprocessable("PAYMENT_METHOD_NOT_ENABLED", error.to_string())
            }
            EngineError::CurrencyNotEnabled(_) => {
                Self::invalid(error.to_string()).at("amount.currency")
            }
            EngineError::InvalidField { field, message } => Self::invalid(message).at(field),
            EngineError::InvalidPayment { problem, .. } => Self::from(problem),
            EngineError::TooManyRequests { retry_after } => Self::too_many_requests(retry_after),
            EngineError::TooManyFailures { retry_after } => {
                Self::too_many_failures(error.to_string(), retry_after)
            }
            EngineError::TimedOut => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "TIMED_OUT", error.to_string())
            }
            EngineError::Unavailable(detail) => {
                tracing::warn!(detail, "the store or the acquirer is away");
                Self::unavailable()
            }
            EngineError::WrongMasterKey | EngineError::Internal(_) => {
                tracing::error!(%error, "a request failed inside");
                Self::internal()
            }
        }
    }
}

impl From<PaymentProblem> for ApiError {
    fn from(problem: PaymentProblem) -> Self {
        match problem {
            PaymentProblem::MethodNotAllowed
            | PaymentProblem::MethodNotEnabled(_)
            | PaymentProblem::ProviderNotEnabled(_) => {
                unprocessable("PAYMENT_METHOD_NOT_ENABLED", problem.to_string())
            }
            PaymentProblem::CardExpired | PaymentProblem::NoSuchTenure => {
                Self::invalid(problem.to_string())
            }
        }
    }
}

impl From<InvalidRequest> for ApiError {
    fn from(invalid: InvalidRequest) -> Self {
        let error = Self::invalid(invalid.message);
        match invalid.field {
            Some(field) => error.at(field),
            None => error,
        }
    }
}

impl From<InvalidTokenRequest> for ApiError {
    fn from(error: InvalidTokenRequest) -> Self {
        match error {
            InvalidTokenRequest::Malformed(invalid) => invalid.into(),
            InvalidTokenRequest::UnsupportedGrant => {
                unprocessable("OPERATION_NOT_ALLOWED", error.to_string()).at("grant_type")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody::new(self.code, &self.message, self.field.as_deref());
        // A body of texts cannot fail to be written; were it so, the status alone would tell.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        response
    }
}

/// At least one second: clients take 0 for no header at all.
fn whole_seconds(duration: Duration) -> u64 {
    let more = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(more).max(1)
}

#[cfg(test)]
mod tests {
    use deodar_domain::method::Method;
    use deodar_domain::money::Currency;
    use deodar_domain::refusal::Refusal;
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn every_engine_error_has_its_status_and_code() {
        let field = EngineError::InvalidField { field: "expire_by", message: "m" };
        let retry_after = Duration::from_secs(7);
        let cases = [
            (EngineError::Unauthorized, 401, "UNAUTHORIZED", None),
            (EngineError::NotFound(Thing::Order), 404, "ORDER_NOT_FOUND", None),
            (EngineError::NotFound(Thing::Link), 404, "PAYMENT_LINK_NOT_FOUND", None),
            (EngineError::NotFound(Thing::Payment), 404, "PAYMENT_NOT_FOUND", None),
            (EngineError::Refused(Refusal::AttemptInFlight), 422, "PAYMENT_PENDING", None),
            (EngineError::DuplicateReference, 422, "DUPLICATE_REQUEST", None),
            (EngineError::NotEnabled("Pay by link"), 422, "OPERATION_NOT_ALLOWED", None),
            (EngineError::MethodNotEnabled(Method::Upi), 422, "PAYMENT_METHOD_NOT_ENABLED", None),
            (
                EngineError::CurrencyNotEnabled(Currency::INR),
                400,
                "INVALID_REQUEST",
                Some("amount.currency"),
            ),
            (field, 400, "INVALID_REQUEST", Some("expire_by")),
            (EngineError::TooManyRequests { retry_after }, 429, "API_RATE_LIMIT", None),
            (EngineError::TooManyFailures { retry_after }, 429, "PAYMENT_RATE_LIMIT", None),
            (EngineError::TimedOut, 504, "TIMED_OUT", None),
            (EngineError::Unavailable("disk".into()), 503, "INTERNAL_ERROR", None),
            (EngineError::WrongMasterKey, 500, "INTERNAL_ERROR", None),
            (EngineError::Internal("secret detail".into()), 500, "INTERNAL_ERROR", None),
        ];
        for (error, status, code, field) in cases {
            let answer = ApiError::from(error.clone());
            assert_eq!(answer.status.as_u16(), status, "{error:?}");
            assert_eq!(answer.code, code, "{error:?}");
            assert_eq!(answer.field.as_deref(), field, "{error:?}");
        }
    }

    #[tokio::test]
    async fn nothing_of_the_inside_leaks() {
        for error in [
            EngineError::Internal("the detail".into()),
            EngineError::Unavailable("the detail".into()),
        ] {
            let response = ApiError::from(error).into_response();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert!(!String::from_utf8_lossy(&body).contains("detail"));
        }
    }

    #[test]
    fn an_error_that_passes_says_when_to_try_again() {
        for (error, seconds) in [
            (ApiError::too_many_requests(Duration::from_millis(10)), "1"),
            (ApiError::too_many_requests(Duration::from_millis(1_001)), "2"),
            (ApiError::too_many_requests(Duration::ZERO), "1"),
            (ApiError::unavailable(), "2"),
        ] {
            assert_eq!(error.into_response().headers()[RETRY_AFTER], seconds);
        }
        let unauthorized = ApiError::unauthorized().into_response();
        assert_eq!(unauthorized.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
