//! `docs/reference/errors.md` tells every error that the API answers with, and no other.

use std::time::Duration;

use axum::response::IntoResponse;
use deodar_domain::decline::DeclineReason;
use deodar_domain::method::Method;
use deodar_domain::money::Currency;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, PaymentProblem, Thing};
use deodar_wire::InvalidTokenRequest;
use http_body_util::BodyExt;

use crate::body::too_large;
use crate::conventions::no_such_method;
use crate::error::ApiError;

const PAGE: &str = include_str!("../../docs/reference/errors.md");

/// A status, a code and a message; in the page a message may end in `…`, for what varies.
type Told = (String, String, String);

/// The rows of the page that begin with a status.
fn rows() -> Vec<Told> {
    let rows = PAGE.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ").map(|cell| cell.replace('`', ""));
        let (status, code, message) = (cells.next()?, cells.next()?, cells.next()?);
        status.parse::<u16>().is_ok().then_some((status, code, message))
    });
    rows.collect()
}

fn is_told_by(answer: &Told, row: &Told) -> bool {
    let message = match row.2.strip_suffix('…') {
        Some(beginning) => answer.2.starts_with(beginning),
        None => answer.2 == row.2,
    };
    (&answer.0, &answer.1) == (&row.0, &row.1) && message
}

async fn told(answer: impl IntoResponse) -> Told {
    let response = answer.into_response();
    let status = response.status().as_str().to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (status, text("code"), text("message"))
}

fn engine_errors() -> Vec<EngineError> {
    let retry_after = Duration::from_secs(1);
    let things = [Thing::Order, Thing::Link, Thing::Payment].map(EngineError::NotFound);
    let mut errors = vec![
        EngineError::Unauthorized,
        EngineError::DuplicateReference,
        EngineError::NotEnabled("Pay by link"),
        EngineError::NoTransport,
        EngineError::MethodNotEnabled(Method::Upi),
        EngineError::CurrencyNotEnabled(Currency::INR),
        EngineError::InvalidField { field: "expire_by", message: "The expiry must be" },
        EngineError::TooManyRequests { retry_after },
        EngineError::TooManyFailures { retry_after },
        EngineError::TimedOut,
        EngineError::Unavailable(String::new()),
        EngineError::WrongMasterKey,
        EngineError::Internal(String::new()),
    ];
    let problems = [
        PaymentProblem::MethodNotAllowed,
        PaymentProblem::MethodNotEnabled(Method::Upi),
        PaymentProblem::ProviderNotEnabled(PayLaterProvider::Simpl),
        PaymentProblem::CardExpired,
        PaymentProblem::NoSuchTenure,
    ];
    errors.extend(problems.map(|problem| EngineError::InvalidPayment { element: 0, problem }));
    errors.extend(things);
    errors.extend(Refusal::ALL.map(EngineError::Refused));
    errors
}

async fn every_answer() -> Vec<Told> {
    let mut answers = vec![
        told(ApiError::invalid("A field is wrong")).await,
        told(ApiError::wrong_credentials()).await,
        told(ApiError::no_such_path()).await,
        told(ApiError::key_used_before()).await,
        told(ApiError::from(InvalidTokenRequest::UnsupportedGrant)).await,
        told(no_such_method(http::Method::DELETE).await).await,
        told(too_large()).await,
    ];
    for (status, message) in [
        ("408", "The body did not arrive in time"),
        ("415", "The Content-Type must be application/json"),
        ("415", "The Content-Type must be application/x-www-form-urlencoded"),
    ] {
        answers.push((status.into(), "INVALID_REQUEST".into(), message.into()));
    }
    for error in engine_errors() {
        answers.push(told(ApiError::from(error)).await);
    }
    answers
}

#[tokio::test]
async fn every_error_has_its_row_and_every_row_its_error() {
    let (answers, rows) = (every_answer().await, rows());
    for answer in &answers {
        assert!(rows.iter().any(|row| is_told_by(answer, row)), "no row tells {answer:?}");
    }
    for row in &rows {
        assert!(answers.iter().any(|answer| is_told_by(answer, row)), "nothing answers {row:?}");
    }
}

#[test]
fn every_code_of_a_failed_payment_is_told() {
    for reason in DeclineReason::ALL {
        assert!(PAGE.contains(&format!("| `{}` |", reason.code())), "{reason:?}");
    }
}
