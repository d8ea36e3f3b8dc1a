//! `Idempotency-Key`: a call with a key is done once, and its repeats get the first answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::common::{Answer, Gateway, LINKS, Setup, link, order, send_to};
use axum::body::Body;
use axum::http::Request;
use deodar_api::Limits;
use serde_json::json;

const DAY_SECONDS: i64 = 24 * 3_600;

fn request(token: &str, method: &str, path: &str, key: &str, body: &str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_owned()));
    request.unwrap()
}

async fn keyed(gateway: &Gateway, method: &str, path: &str, key: &str, body: &str) -> Answer {
    gateway.send(request(&gateway.token, method, path, key, body)).await
}

async fn make(gateway: &Gateway, key: &str, reference: &str) -> Answer {
    keyed(gateway, "POST", LINKS, key, &link(reference).to_string()).await
}

#[track_caller]
fn assert_same(answer: &Answer, first: &Answer) {
    assert_eq!((answer.status, &answer.bytes), (first.status, &first.bytes));
    for name in ["content-type", "cache-control", "x-content-type-options"] {
        assert_eq!(answer.header(name), first.header(name));
    }
}

async fn cancel_path(gateway: &Gateway, reference: &str) -> String {
    let made = gateway.post(LINKS, link(reference)).await.json();
    format!("{LINKS}/{}/cancel", made["payment_link_id"].as_str().unwrap())
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_byte_for_byte_whatever_has_changed() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, "k1", "r1").await;
    assert_eq!(first.status, 201);
    let id = first.json()["payment_link_id"].as_str().unwrap().to_owned();
    assert_eq!(gateway.call("PUT", &format!("{LINKS}/{id}/cancel")).await.status, 200);
    let again = make(&gateway, "k1", "r1").await;
    assert_same(&again, &first);
    let without = gateway.post(LINKS, link("r1")).await;
    assert_eq!((without.status.as_u16(), &without.json()["status"]), (200, &json!("CANCELLED")));
    let spaced = link("r1").to_string().replace(',', " ,\n ");
    assert_same(&keyed(&gateway, "POST", LINKS, "k1", &spaced).await, &first);
}

#[tokio::test]
async fn a_link_is_cancelled_once_for_one_key() {
    let gateway = Gateway::sandbox().await;
    let path = cancel_path(&gateway, "r1").await;
    let first = keyed(&gateway, "PUT", &path, "k1", "").await;
    assert_eq!((first.status.as_u16(), &first.json()["status"]), (200, &json!("CANCELLED")));
    assert_same(&keyed(&gateway, "PUT", &path, "k1", "").await, &first);
    let other = keyed(&gateway, "PUT", &path, "k2", "").await;
    assert_eq!(other.error(), (422, "ORDER_CANCELLED".into()));
}

#[tokio::test]
async fn the_clock_is_moved_once_for_one_key() {
    let gateway = Gateway::sandbox().await;
    let body = json!({"advance_seconds": 3 * DAY_SECONDS}).to_string();
    let first = keyed(&gateway, "POST", "/sandbox/clock", "k1", &body).await;
    assert_eq!(first.status, 200);
    assert_same(&keyed(&gateway, "POST", "/sandbox/clock", "k1", &body).await, &first);
    let now = gateway.post("/sandbox/clock", json!({"advance_seconds": 1})).await.json();
    assert_eq!(now, json!({"now": "2026-03-09T08:27:56.881Z"}));
}

#[tokio::test]
async fn another_body_is_refused_and_names_the_header() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, "k1", "r1").await;
    for body in [link("r2").to_string(), String::new(), "{".into()] {
        let answer = keyed(&gateway, "POST", LINKS, "k1", &body).await;
        assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()));
        assert_eq!(answer.field().as_deref(), Some("Idempotency-Key"));
    }
    assert_same(&make(&gateway, "k1", "r1").await, &first);
    let none = gateway.call("GET", &format!("{LINKS}/ref/r2")).await;
    assert_eq!(none.status, 404, "nothing of it was done");
}

#[tokio::test]
async fn a_key_is_of_one_merchant_one_method_and_one_path() {
    let gateway = Gateway::sandbox().await;
    assert_eq!(make(&gateway, "k1", "r1").await.status, 201);
    let other = gateway.another_token().await;
    let body = link("r1").to_string();
    let answer = gateway.send(request(&other, "POST", LINKS, "k1", &body)).await;
    assert_eq!(answer.status, 201);
    for reference in ["r2", "r3"] {
        let path = cancel_path(&gateway, reference).await;
        let answer = keyed(&gateway, "PUT", &path, "k1", "").await;
        assert_eq!(answer.status, 200, "{reference}");
    }
}

#[tokio::test]
async fn a_key_is_known_for_24_hours() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, "k1", "r1").await;
    gateway.clock.advance(DAY_SECONDS - 1);
    let login = gateway.merchant.merchant.client_id.hyphenated();
    let token = async || {
        let answer = gateway.log_in(&login, &gateway.merchant.client_secret).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    };
    let send = async |reference: &str| {
        let body = link(reference).to_string();
        gateway.send(request(&token().await, "POST", LINKS, "k1", &body)).await
    };
    assert_same(&send("r1").await, &first);
    gateway.clock.advance(1);
    let second = send("r2").await;
    assert_eq!(second.status, 201);
    assert_same(&send("r2").await, &second);
}

#[tokio::test]
async fn refusals_are_kept() {
    let gateway = Gateway::sandbox().await;
    let mut late = link("r1");
    late["expire_by"] = json!("2026-09-02T08:27:55.882Z");
    let unknown = format!("{LINKS}/pl-v1-250306082755-aa-uT0noy/cancel");
    let cases = [
        ("POST", LINKS, late.to_string(), (400, "INVALID_REQUEST")),
        ("POST", LINKS, "{".to_owned(), (400, "INVALID_REQUEST")),
        ("PUT", &unknown, String::new(), (404, "PAYMENT_LINK_NOT_FOUND")),
    ];
    for (number, (method, path, body, (status, code))) in cases.iter().enumerate() {
        let key = format!("k{number}");
        let first = keyed(&gateway, method, path, &key, body).await;
        assert_eq!(first.error(), (*status, (*code).to_owned()));
        gateway.clock.advance(60);
        assert_same(&keyed(&gateway, method, path, &key, body).await, &first);
    }
    // The expiry would be in time by now, but the key has its answer.
    assert_eq!(gateway.post(LINKS, late).await.status, 201);
}

#[tokio::test]
async fn what_may_go_well_the_next_time_is_not_kept() {
    let gateway = Gateway::sandbox().await;
    gateway.store_is_away.store(true, Ordering::Relaxed);
    let away = make(&gateway, "k1", "r1").await;
    assert_eq!(away.error(), (503, "INTERNAL_ERROR".into()));
    gateway.store_is_away.store(false, Ordering::Relaxed);
    assert_eq!(make(&gateway, "k1", "r1").await.status, 201);

    let limits = Limits { calls_per_second: 1.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(Setup { sandbox: true, limits }).await;
    let first = make(&gateway, "k1", "r1").await;
    assert_eq!(first.status, 201);
    assert_eq!(first.header("ratelimit-remaining"), Some("0"), "it was counted once");
    // A machine that answers more slowly than that is not limited.
    for _ in 0..20 {
        let limited = make(&gateway, "k1", "r1").await;
        if limited.status != 201 {
            assert_eq!(limited.error(), (429, "API_RATE_LIMIT".into()));
            return;
        }
    }
    panic!("repeats are not counted");
}

#[tokio::test]
async fn a_bad_key_is_refused_after_authentication() {
    let gateway = Gateway::sandbox().await;
    let body = link("r1").to_string();
    for key in ["", &"x".repeat(256), "a\tb"] {
        let answer = keyed(&gateway, "POST", LINKS, key, &body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{key:?}");
        assert_eq!(answer.field().as_deref(), Some("Idempotency-Key"));
        let forged = gateway.send(request("forged", "POST", LINKS, key, &body)).await;
        assert_eq!(forged.error(), (401, "UNAUTHORIZED".into()));
        assert!(forged.header("www-authenticate").is_some());
    }
    let longest = "~".repeat(255);
    assert_eq!(make(&gateway, &longest, "r1").await.status, 201);
    let mut twice = request(&gateway.token, "POST", LINKS, "k1", &body);
    twice.headers_mut().append("idempotency-key", "k2".parse().unwrap());
    assert_eq!(gateway.send(twice).await.error(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn calls_that_change_nothing_and_the_token_call_ignore_a_key() {
    let gateway = Gateway::sandbox().await;
    let path = format!("{LINKS}/ref/r1");
    assert_eq!(keyed(&gateway, "GET", &path, "k1", "").await.status, 404);
    make(&gateway, "k1", "r1").await;
    assert_eq!(keyed(&gateway, "GET", &path, "k1", "").await.status, 200);
    let wrong = keyed(&gateway, "DELETE", LINKS, "k1", "").await;
    assert_eq!(wrong.error(), (405, "METHOD_NOT_ALLOWED".into()));
    let put = keyed(&gateway, "PUT", LINKS, "k1", "").await;
    assert_eq!(put.error(), (405, "METHOD_NOT_ALLOWED".into()));
    let none = keyed(&gateway, "POST", "/nowhere", "k1", "").await;
    assert_eq!(none.error(), (404, "NOT_FOUND".into()));
    let login = |secret: &str| {
        json!({
            "client_id": gateway.merchant.merchant.client_id.hyphenated(),
            "client_secret": secret,
            "grant_type": "client_credentials",
        })
    };
    for (secret, status) in [("wrong", 401), (&*gateway.merchant.client_secret, 200)] {
        let body = login(secret).to_string();
        let answer = keyed(&gateway, "POST", "/api/auth/v1/token", "k1", &body).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_body_with_a_key_is_limited_and_checked_as_ever() {
    let gateway = Gateway::sandbox().await;
    let large = format!("{}{}", link("r1"), " ".repeat(deodar_api::BODY_SIZE_MAX));
    let chunks = large.into_bytes();
    let streamed = Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>(chunks)]));
    let mut too_large = request(&gateway.token, "POST", LINKS, "k1", "");
    *too_large.body_mut() = streamed;
    assert_eq!(gateway.send(too_large).await.error(), (413, "INVALID_REQUEST".into()));
    assert_eq!(make(&gateway, "k1", "r1").await.status, 201, "no body was seen under the key");
    let mut text = request(&gateway.token, "POST", LINKS, "k2", "{}");
    text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(gateway.send(text).await.error(), (415, "INVALID_REQUEST".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_with_one_key_are_answered_alike() {
    let gateway = Arc::new(Gateway::sandbox().await);
    let body = Arc::new(link("r1").to_string());
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let (gateway, body) = (Arc::clone(&gateway), Arc::clone(&body));
            tokio::spawn(async move {
                send_to(gateway.router.clone(), request(&gateway.token, "POST", LINKS, "k1", &body))
                    .await
            })
        })
        .collect();
    let mut answers: Vec<Answer> = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    for answer in &answers {
        assert_eq!(answer.status, 201);
        assert_same(answer, &answers[0]);
    }
}

/// Every route that changes something keeps its answer in the commit of what it does: no process
/// can end between the two.
#[tokio::test]
async fn each_call_of_one_commit_makes_one_commit() {
    let gateway = Gateway::sandbox().await;
    let to_cancel = cancel_path(&gateway, "r0").await;
    let clock = json!({"advance_seconds": 1}).to_string();
    let made = link("r1").to_string();
    let hosted = order("r2").to_string();
    let calls: [(&str, &str, &str); 4] = [
        ("POST", LINKS, &made),
        ("POST", "/api/checkout/v1/orders", &hosted),
        ("PUT", &to_cancel, ""),
        ("POST", "/sandbox/clock", &clock),
    ];
    for (method, path, body) in calls {
        let before = gateway.commits.load(Ordering::Relaxed);
        let first = keyed(&gateway, method, path, "k1", body).await;
        assert!(first.status.is_success(), "{path}");
        assert_eq!(gateway.commits.load(Ordering::Relaxed), before + 1, "{path}");
        assert_same(&keyed(&gateway, method, path, "k1", body).await, &first);
        assert_eq!(gateway.commits.load(Ordering::Relaxed), before + 1, "{path}");
    }
}
