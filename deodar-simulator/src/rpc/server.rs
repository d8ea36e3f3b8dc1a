//! The bank's side of the calls.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use deodar_acquirer::{Acquirer as _, AcquirerError, FollowOnRequest, Outcome};
use http::StatusCode;
use http::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize as _;

use super::BODY_BYTES_MAX;
use super::secret::RpcSecret;
use super::wire::{BadField, WireAuthorize, WireFaults, WireFollowOn, WireOperation, WireOtp};
use super::wire_answer::{WireAbandoned, WireChallengeAnswer, WireOutcome, WireStatus};
use super::wire_lending::{
    WireBalance, WireBalanceRequest, WireEligibility, WireEligibilityRequest, WirePlans,
    WirePlansRequest,
};
use crate::simulator::{Faults, Simulator};

type Body = Result<Bytes, BytesRejection>;
type Bank = State<Arc<Simulator>>;

/// The calls of gateways in other processes. It is to be nested under the pages' path and `/rpc`:
/// `/simulator/rpc`. Every call needs the header `Authorization: Bearer <secret>`.
///
/// Answers: 200 with the outcome; 400 for what cannot be read; 401 without the secret; 422 for what
/// the bank does not do; 503 where it gives no outcome, which says nothing about what was done.
pub fn rpc_router(simulator: Arc<Simulator>, secret: RpcSecret) -> Router {
    Router::new()
        .route("/authorize", post(authorize))
        .route("/capture", post(capture))
        .route("/void", post(void))
        .route("/refund", post(refund))
        .route("/reverse", post(reverse))
        .route("/status", post(status))
        .route("/abandon", post(abandon))
        .route("/answer_challenge", post(answer_challenge))
        .route("/resend_challenge", post(resend_challenge))
        .route("/eligibility", post(eligibility))
        .route("/plans", post(plans))
        .route("/balance", post(balance))
        .route("/faults", post(faults))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::new(secret), authenticate))
        .with_state(simulator)
}

/// Lets only those in who know the secret, before anything of the call is read.
async fn authenticate(
    State(secret): State<Arc<RpcSecret>>,
    request: Request,
    next: Next,
) -> Response {
    if secret.is_in(request.headers().get(AUTHORIZATION)) {
        next.run(request).await
    } else {
        refusal(StatusCode::UNAUTHORIZED, "the shared secret is missing or wrong")
    }
}

async fn authorize(State(bank): Bank, body: Body) -> Response {
    let request = match read::<WireAuthorize>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(request) => request,
        Err(fault) => return fault.into_response(),
    };
    answer(bank.authorize(request).await.map(|outcome| WireOutcome::of(&outcome)))
}

async fn capture(State(bank): Bank, body: Body) -> Response {
    follow_on(body, async |request| bank.capture(request).await).await
}

async fn void(State(bank): Bank, body: Body) -> Response {
    follow_on(body, async |request| bank.void(request).await).await
}

async fn refund(State(bank): Bank, body: Body) -> Response {
    follow_on(body, async |request| bank.refund(request).await).await
}

async fn reverse(State(bank): Bank, body: Body) -> Response {
    follow_on(body, async |request| bank.reverse(request).await).await
}

async fn follow_on<Asked>(body: Body, ask: impl FnOnce(FollowOnRequest) -> Asked) -> Response
where
    Asked: Future<Output = Result<Outcome, AcquirerError>>,
{
    match read::<WireFollowOn>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(request) => answer(ask(request).await.map(|outcome| WireOutcome::of(&outcome))),
        Err(fault) => fault.into_response(),
    }
}

async fn status(State(bank): Bank, body: Body) -> Response {
    match read::<WireOperation>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(operation) => answer(bank.status(operation).await.map(|status| WireStatus::of(&status))),
        Err(fault) => fault.into_response(),
    }
}

async fn abandon(State(bank): Bank, body: Body) -> Response {
    match read::<WireOperation>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(operation) => {
            answer(bank.abandon(operation).await.map(|abandoned| WireAbandoned::of(&abandoned)))
        }
        Err(fault) => fault.into_response(),
    }
}

async fn answer_challenge(State(bank): Bank, body: Body) -> Response {
    match read::<WireOtp>(body).and_then(|wire| Ok((wire.read()?, wire))) {
        Ok((operation, wire)) => {
            let given = bank.answer_challenge(operation, &wire.otp).await;
            answer(given.map(|result| WireChallengeAnswer::of(&result)))
        }
        Err(fault) => fault.into_response(),
    }
}

async fn resend_challenge(State(bank): Bank, body: Body) -> Response {
    match read::<WireOperation>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(operation) => answer(bank.resend_challenge(operation).await),
        Err(fault) => fault.into_response(),
    }
}

async fn eligibility(State(bank): Bank, body: Body) -> Response {
    match read::<WireEligibilityRequest>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(request) => {
            let word = bank.check_eligibility(request).await;
            answer(word.map(|eligibility| WireEligibility::of(&eligibility)))
        }
        Err(fault) => fault.into_response(),
    }
}

async fn plans(State(bank): Bank, body: Body) -> Response {
    match read::<WirePlansRequest>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok((method, amount)) => {
            answer(bank.plans(method, amount).await.map(|plans| WirePlans::of(&plans)))
        }
        Err(fault) => fault.into_response(),
    }
}

async fn balance(State(bank): Bank, body: Body) -> Response {
    match read::<WireBalanceRequest>(body).and_then(|wire| Ok(wire.read()?)) {
        Ok(number) => answer(bank.balance(&number).await.map(WireBalance::of)),
        Err(fault) => fault.into_response(),
    }
}

async fn faults(State(bank): Bank, body: Body) -> Response {
    match read::<WireFaults>(body) {
        Ok(wire) => {
            bank.set_faults(Faults {
                answer_delay: Duration::from_millis(wire.answer_delay_ms),
                status_delay: Duration::from_millis(wire.status_delay_ms),
            });
            answer(Ok(()))
        }
        Err(fault) => fault.into_response(),
    }
}

/// A call that cannot be read. It never repeats what was sent.
enum Fault {
    NotReceived(StatusCode),
    NotJson { line: usize, column: usize },
    Field(BadField),
}

impl From<BadField> for Fault {
    fn from(field: BadField) -> Self {
        Self::Field(field)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::NotReceived(status) => refusal(status, "the body was not received"),
            Self::NotJson { line, column } => refusal(
                StatusCode::BAD_REQUEST,
                &format!("the body is not the JSON of this call: line {line}, column {column}"),
            ),
            Self::Field(BadField(name)) => {
                refusal(StatusCode::BAD_REQUEST, &format!("{name} cannot be read"))
            }
        }
    }
}

/// Reads a call, and wipes the body, which may hold a card.
fn read<T: DeserializeOwned>(body: Body) -> Result<T, Fault> {
    let body = body.map_err(|rejection| Fault::NotReceived(rejection.status()))?;
    let parsed = serde_json::from_slice(&body)
        .map_err(|error| Fault::NotJson { line: error.line(), column: error.column() });
    if let Ok(mut bytes) = body.try_into_mut() {
        bytes.as_mut().zeroize();
    }
    parsed
}

fn answer<T: Serialize>(answer: Result<T, AcquirerError>) -> Response {
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(AcquirerError::Unsupported(what)) => refusal(StatusCode::UNPROCESSABLE_ENTITY, what),
        Err(AcquirerError::Silent(why)) => refusal(StatusCode::SERVICE_UNAVAILABLE, &why),
    }
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, Json(serde_json::json!({ "error": why }))).into_response()
}
