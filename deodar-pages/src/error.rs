//! What goes wrong with a page, as the payer sees it. Nothing of the inside is told.

use axum::response::{IntoResponse, Response};
use deodar_engine::EngineError;
use http::StatusCode;
use http::header::RETRY_AFTER;

use crate::headers::{self, Forms};
use crate::language::texts;
use crate::views::{Frame, Kind, Notice};

/// How long a payer is asked to wait when the gateway cannot answer, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a page is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// There is no such page, or no such link: all wrong addresses look the same.
    NotFound,
    /// The address of a hosted page has ended.
    CheckoutEnded,
    /// The page takes no request of this kind.
    WrongMethod,
    /// What was sent is not what our form sends.
    Refused,
    /// Too many calls.
    TooManyRequests,
    /// The store or the acquirer is away.
    Unavailable,
    /// Our fault.
    Internal,
}

impl From<EngineError> for PageError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotFound(_) => Self::NotFound,
            EngineError::TooManyRequests { .. } | EngineError::TooManyFailures { .. } => {
                Self::TooManyRequests
            }
            EngineError::TimedOut => Self::Unavailable,
            EngineError::Unavailable(detail) => {
                tracing::warn!(detail, "a page could not be served");
                Self::Unavailable
            }
            EngineError::Internal(detail) => {
                tracing::error!(detail, "a page failed");
                Self::Internal
            }
            EngineError::WrongMasterKey => {
                tracing::error!("a page failed: the master key is not the database's");
                Self::Internal
            }
            EngineError::Unauthorized
            | EngineError::Refused(_)
            | EngineError::Declined(_)
            | EngineError::DuplicateReference
            | EngineError::NotEnabled(_)
            | EngineError::MethodNotEnabled(_)
            | EngineError::CurrencyNotEnabled(_)
            | EngineError::NoTransport
            | EngineError::InvalidPayment { .. }
            | EngineError::InvalidField { .. } => Self::Refused,
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let t = texts();
        let (status, heading, text) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, t.not_found, t.not_found_text),
            Self::CheckoutEnded => (StatusCode::GONE, t.checkout_ended, t.checkout_gone_text),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, t.refused, t.refused_text),
            Self::Refused => (StatusCode::BAD_REQUEST, t.refused, t.refused_text),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, t.too_many, t.too_many_text),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, t.unavailable, t.unavailable_text)
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, t.unavailable, t.unavailable_text)
            }
        };
        let notice = Notice {
            // The address is not told back: all wrong ones get the same page.
            frame: Frame { switch: None, ..Frame::new(heading.to_owned(), false) },
            kind: Kind::Neutral,
            heading,
            text: text.to_owned(),
            more: None,
            rows: Vec::new(),
            receipt: None,
            back: None,
        };
        let mut response = headers::page(status, &notice, &Forms::Own);
        if matches!(self, Self::Unavailable | Self::TooManyRequests) {
            let seconds = http::HeaderValue::from_static(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
