//! The calls over a real connection, and what becomes of a gateway whose simulator is silent.

mod kept;
mod lending;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, ChallengeAnswer, Instrument, Outcome, Status,
};
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::EmiCard;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::Challenge;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tower::ServiceExt as _;

use super::{RemoteConfig, RemoteSimulator, RpcSecret, rpc_router};
use crate::rules::OTP;
use crate::test_kit::*;
use crate::{Simulator, SimulatorError};

const SECRET: &str = "c2hhcmVkLWJ5LXRlc3RzLW9ubHk";
const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(50);

fn calls(simulator: &Arc<Simulator>) -> Router {
    let secret = RpcSecret::parse(SECRET).unwrap();
    Router::new().nest("/simulator/rpc", rpc_router(Arc::clone(simulator), secret))
}

fn remote(address: SocketAddr, secret: &str, answer_timeout: Duration) -> RemoteSimulator {
    let secret = RpcSecret::parse(secret).unwrap();
    let url = format!("http://{address}/simulator/");
    RemoteSimulator::new(&RemoteConfig { url, secret, answer_timeout }).unwrap()
}

/// A simulator behind a real listener.
async fn served() -> (Arc<Simulator>, SocketAddr) {
    let simulator = Simulator::open(in_memory(&TestClock::default())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = calls(&simulator);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (simulator, address)
}

fn is_silent<T>(answer: &Result<T, AcquirerError>) -> bool {
    matches!(answer, Err(AcquirerError::Silent(_)))
}

#[tokio::test]
async fn every_call_answers_as_the_bank_itself_does() {
    let (simulator, address) = served().await;
    let remote = remote(address, SECRET, PATIENT);
    assert_eq!(remote.capabilities().methods, simulator.capabilities().methods);
    assert_eq!(remote.capabilities().holds, simulator.capabilities().holds);

    let instruments: [fn() -> Instrument; 14] = [
        || card(GOOD_CARD),
        || card("4000000000000069"),
        || vpa("success@upi"),
        || vpa("pending@upi"),
        || Instrument::UpiIntent,
        bank_login,
        wallet,
        || points(GOOD_CARD),
        || points(ODD_CARD),
        || card_emi(EmiCard::Credit, GOOD_CARD, 24),
        || card_emi(EmiCard::Debit, "4000000000000069", 3),
        || cardless_emi(GOOD_MOBILE),
        || pay_later(PayLaterProvider::SimplInThree, GOOD_MOBILE),
        || pay_later(PayLaterProvider::Simpl, "9876540000"),
    ];
    for (number, instrument) in (1_u128..).zip(instruments) {
        let first = remote.authorize(hold(number, instrument())).await.unwrap();
        assert_eq!(simulator.authorize(hold(number, instrument())).await.unwrap(), first);
        let known = Status::Known(first);
        assert_eq!(remote.status(operation(number)).await.unwrap(), known);
    }
    assert_eq!(remote.status(operation(99)).await.unwrap(), Status::Unknown);

    remote.resend_challenge(operation(1)).await.unwrap();
    let wrong = remote.answer_challenge(operation(1), "0").await.unwrap();
    assert_eq!(wrong, ChallengeAnswer::Wrong { tries_remaining: 2 });
    let right = remote.answer_challenge(operation(1), OTP).await.unwrap();
    let Status::Known(approved) = simulator.status(operation(1)).await.unwrap() else { panic!() };
    assert_eq!(right, ChallengeAnswer::Decided(approved.clone()));
    let lent = remote.answer_challenge(operation(13), OTP).await.unwrap();
    let Status::Known(outcome) = simulator.status(operation(13)).await.unwrap() else { panic!() };
    assert_eq!(lent, ChallengeAnswer::Decided(outcome));
    assert!(approval(approved.clone()).card.is_some(), "the card crossed too");

    approval(remote.capture(about(21, 1, 300)).await.unwrap());
    approval(remote.refund(about(22, 1, 300)).await.unwrap());
    let void = remote.void(about(23, 1, 50_000)).await.unwrap();
    assert_eq!(reason(&void), Some(DeclineReason::PaymentNotAuthorized));
    approval(remote.reverse(about(24, 3, 50_000)).await.unwrap());
    assert_eq!(remote.abandon(operation(4)).await.unwrap(), Abandoned::Ended);
    assert_eq!(remote.abandon(operation(1)).await.unwrap(), Abandoned::Decided(approved));
    assert_eq!(simulator.check_books().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_request_with_an_account_is_read() {
    let (_, address) = served().await;
    let remote = remote(address, SECRET, PATIENT);
    let request = from_named_account(sale(1, wallet()));
    let refused = remote.authorize(request).await.unwrap();
    assert_eq!(reason(&refused), Some(DeclineReason::InvalidRequest));
    let outcome = remote.authorize(from_named_account(sale(2, bank_login()))).await.unwrap();
    assert!(matches!(outcome, Outcome::Challenged { challenge: Challenge::Redirect(_), .. }));
}

#[tokio::test]
async fn what_the_bank_does_not_do_is_not_silence() {
    let (_, address) = served().await;
    let answer = remote(address, SECRET, PATIENT).answer_challenge(operation(1), OTP).await;
    assert!(matches!(answer, Err(AcquirerError::Unsupported(_))));
}

#[tokio::test]
async fn the_lost_answer_is_silence_and_is_found_by_asking_again() {
    let (_, address) = served().await;
    let remote = remote(address, SECRET, PATIENT);
    assert!(is_silent(&remote.authorize(sale(1, vpa("timeout@upi"))).await));
    let Status::Known(outcome) = remote.status(operation(1)).await.unwrap() else { panic!() };
    approval(outcome);
}

#[tokio::test]
async fn a_server_that_never_answers_is_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = remote(listener.local_addr().unwrap(), SECRET, IMPATIENT);
    assert!(is_silent(&silent.status(operation(1)).await));
    // It has a port, so that nobody else does, and takes no connection.
    let away = TcpSocket::new_v4().unwrap();
    away.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let refused = remote(away.local_addr().unwrap(), SECRET, PATIENT);
    assert!(is_silent(&refused.status(operation(1)).await), "nobody listens");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_silence() {
    for body in
        ["", "{", "{}", r#"{"outcome":"perhaps"}"#, r#"{"outcome":"declined","reason":"X"}"#]
    {
        let app = Router::new().fallback(move || async move { body });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let remote = remote(address, SECRET, PATIENT);
        assert!(is_silent(&remote.authorize(sale(1, card(GOOD_CARD))).await), "{body}");
    }
}

#[tokio::test]
async fn a_gateway_can_die_between_the_banks_yes_and_the_answer() {
    let (simulator, address) = served().await;
    simulator.authorize(hold(1, card(GOOD_CARD))).await.unwrap();
    simulator.answer_challenge(operation(1), OTP).await.unwrap();
    let client = remote(address, SECRET, PATIENT);
    let set = post(&simulator, "faults", Some(SECRET), r#"{"answer_delay_ms": 600000}"#).await;
    assert_eq!(set.0, StatusCode::OK);

    let gateway = tokio::spawn(async move { client.capture(about(2, 1, 50_000)).await });
    let done = |bank: &crate::bank::Bank| bank.has_follow_on(operation(2));
    while !simulator.ask(done).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert!(!gateway.is_finished(), "the bank has decided, and the answer is held back");
    gateway.abort();

    let restarted = remote(address, SECRET, PATIENT);
    let Status::Known(outcome) = restarted.status(operation(2)).await.unwrap() else { panic!() };
    approval(outcome);
    post(&simulator, "faults", Some(SECRET), "{}").await;
    approval(restarted.capture(about(2, 1, 50_000)).await.unwrap());
    assert_eq!(simulator.check_books().await.unwrap(), Vec::<String>::new());
}

/// Posts a call without the client.
async fn post(
    simulator: &Arc<Simulator>,
    call: &str,
    secret: Option<&str>,
    body: &str,
) -> (StatusCode, String) {
    let mut request = Request::post(format!("/simulator/rpc/{call}"));
    if let Some(secret) = secret {
        request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = calls(simulator).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn no_call_is_answered_without_the_secret() {
    let simulator = Simulator::open(in_memory(&TestClock::default())).unwrap();
    let names = [
        "authorize",
        "capture",
        "void",
        "refund",
        "reverse",
        "status",
        "abandon",
        "answer_challenge",
        "resend_challenge",
        "eligibility",
        "plans",
        "balance",
        "faults",
        "nothing",
    ];
    let body = format!(r#"{{"operation":"{}"}}"#, operation(1));
    let longer = format!("{SECRET}x");
    let shorter = SECRET.strip_prefix('c').unwrap();
    for name in names {
        for secret in [None, Some(""), Some(&longer), Some(shorter)] {
            let (status, _) = post(&simulator, name, secret, &body).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name} {secret:?}");
        }
    }
    // A refused question leaves no trace: the operation can still be asked for.
    let outcome = simulator.authorize(sale(1, card(GOOD_CARD))).await.unwrap();
    assert!(matches!(outcome, Outcome::Challenged { .. }));
    assert_eq!(post(&simulator, "status", Some(SECRET), &body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_secret_is_silence_and_the_server_stays_untouched() {
    let (simulator, address) = served().await;
    let remote = remote(address, "bm90LXRoZS1zaGFyZWQtc2VjcmV0", PATIENT);
    assert!(is_silent(&remote.authorize(sale(1, vpa("timeout@upi"))).await));
    assert_eq!(simulator.status(operation(1)).await.unwrap(), Status::Unknown);
}

#[tokio::test]
async fn a_hostile_call_is_refused_without_an_echo() {
    let simulator = Simulator::open(in_memory(&TestClock::default())).unwrap();
    let too_long = format!(r#"{{"operation":"{}"}}"#, "0".repeat(super::BODY_BYTES_MAX));
    let rows = [
        ("status", "", StatusCode::BAD_REQUEST),
        ("status", "[]", StatusCode::BAD_REQUEST),
        ("status", r#"{"operation":"4012001037141112"}"#, StatusCode::BAD_REQUEST),
        ("status", too_long.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        ("authorize", r#"{"operation":4012001037141112}"#, StatusCode::BAD_REQUEST),
        ("balance", r#"{"number":"4012001037141113"}"#, StatusCode::BAD_REQUEST),
        ("balance", r#"{"number":4012001037141112}"#, StatusCode::BAD_REQUEST),
        ("faults", r#"{"answer_delay":1}"#, StatusCode::BAD_REQUEST),
    ];
    for (call, body, expected) in rows {
        let (status, answer) = post(&simulator, call, Some(SECRET), body).await;
        assert_eq!(status, expected, "{call}: {answer}");
        assert!(!answer.contains("401200103714111"), "{answer}");
    }
}

#[tokio::test]
async fn a_field_of_an_instrument_that_is_wrong_is_named_and_not_repeated() {
    let simulator = Simulator::open(in_memory(&TestClock::default())).unwrap();
    let card = r#"{"number":"4012001037141113","cvv":"123","expiry_month":12,"expiry_year":2099,
        "name":""}"#;
    let good = card.replace("1113", "1112");
    let rows = [
        (format!(r#"{{"card":{card}}}"#), "card.number"),
        (r#"{"points":{"number":"4012001037141113","mobile":"1"}}"#.to_owned(), "card.number"),
        (r#"{"points":{"number":"4012001037141112","mobile":"x"}}"#.to_owned(), "mobile"),
        (format!(r#"{{"card_emi":{{"on":"credit","card":{card},"tenure":3}}}}"#), "card.number"),
        (format!(r#"{{"card_emi":{{"on":"gold","card":{good},"tenure":3}}}}"#), "emi card"),
        (format!(r#"{{"card_emi":{{"on":"debit","card":{good},"tenure":61}}}}"#), "tenure"),
        (
            r#"{"cardless_emi":{"mobile":"1","pan":"4012001037141112","tenure":3}}"#.to_owned(),
            "pan",
        ),
        (r#"{"pay_later":{"provider":"NOBODY","mobile":"9876543210"}}"#.to_owned(), "provider"),
        (r#"{"wallet":"4012001037141112 "}"#.to_owned(), "wallet_code"),
    ];
    for (instrument, field) in rows {
        let body = format!(
            r#"{{"operation":"{}","merchant":111111,"merchant_name":"M","amount":{{"minor":100,
            "currency":"INR"}},"hold":false,"instrument":{instrument},
            "return_url":"http://127.0.0.1/","lifetime_ms":1000,"asked_beside":false}}"#,
            operation(1)
        );
        let (status, answer) = post(&simulator, "authorize", Some(SECRET), &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{instrument}: {answer}");
        assert_eq!(answer, format!(r#"{{"error":"{field} cannot be read"}}"#), "{instrument}");
    }
}

#[tokio::test]
async fn the_pages_and_the_calls_live_side_by_side() {
    let simulator = Simulator::open(in_memory(&TestClock::default())).unwrap();
    let both = calls(&simulator).nest("/simulator", crate::router(Arc::clone(&simulator)));
    for (method, path, expected) in [
        ("GET", "/simulator/upi", StatusCode::OK),
        ("GET", "/simulator/3ds/00", StatusCode::NOT_FOUND),
        ("POST", "/simulator/rpc/status", StatusCode::UNAUTHORIZED),
        ("GET", "/simulator/rpc/nothing", StatusCode::UNAUTHORIZED),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = both.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), expected, "{method} {path}");
    }
}

#[test]
fn a_weak_secret_or_a_wrong_address_is_refused() {
    for secret in ["", "short", "with spaces, so not a secret", "ünïcödé-of-22-chars-here"] {
        assert!(matches!(RpcSecret::parse(secret), Err(SimulatorError::Secret { .. })), "{secret}");
    }
    let secret = RpcSecret::parse(SECRET).unwrap();
    assert_eq!(format!("{secret:?}"), "RpcSecret(…)");
    for url in ["https://example.com/simulator", "127.0.0.1:8081", "http://127.0.0.1/?a"] {
        let config =
            RemoteConfig { url: url.to_owned(), secret: secret.clone(), answer_timeout: PATIENT };
        let refused = RemoteSimulator::new(&config).err();
        assert!(matches!(refused, Some(SimulatorError::Address { .. })), "{url}");
    }
}
