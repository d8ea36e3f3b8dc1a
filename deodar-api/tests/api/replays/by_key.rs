//! Calls that come again under an `Idempotency-Key`.

use serde_json::json;

use super::calls::{CARD, Call, assert_done, keyed_calls, open, request, send, send_at_once, sums};
use crate::common::{Gateway, SANDBOX, order};
use crate::described::paths_and_methods;

#[tokio::test]
async fn a_key_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let mut gateway = Gateway::over(open(&path), SANDBOX).await;
    let calls = keyed_calls(&gateway).await;
    let mut first = Vec::new();
    for call in &calls {
        let answer = send(&gateway, call, Some("k1")).await;
        assert_done(&answer, call);
        first.push(answer);
    }
    let before = sums(&gateway).await;
    for round in 0..2 {
        for (call, first) in calls.iter().zip(&first) {
            let again = send(&gateway, call, Some("k1")).await;
            assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{}", call.name);
            let other = call.other.clone().unwrap_or(json!({"another": "body"}));
            let refused = gateway.send(request(&gateway, call, &other, Some("k1"))).await;
            assert_eq!(refused.error(), (422, "DUPLICATE_REQUEST".into()), "{}", call.name);
            assert_eq!(refused.field().as_deref(), Some("Idempotency-Key"), "{}", call.name);
        }
        assert_eq!(sums(&gateway).await, before);
        if round == 0 {
            gateway = gateway.restarted(|| open(&path)).await;
        }
    }
}

/// A key is for every call that changes something.
#[tokio::test]
async fn every_call_is_made_under_a_key() {
    let gateway = Gateway::sandbox().await;
    let made = keyed_calls(&gateway).await;
    for (path, methods) in paths_and_methods(&gateway).await {
        let (start, end) = (path.split('{').next().unwrap(), path.split('}').next_back().unwrap());
        for (method, _) in methods {
            let is_made = |call: &Call| {
                call.method == method && call.path.starts_with(start) && call.path.ends_with(end)
            };
            let needs_none = method == "GET" || path == "/api/auth/v1/token";
            assert!(needs_none || made.iter().any(is_made), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_under_one_key_is_one_try() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("r1")).await;
    let payment = gateway.begin_card(&id, CARD).await;
    let body = json!({"payment_id": payment, "otp": "000000"});
    let path = "/api/pay/v1/otp/submit".to_owned();
    let call = Call { name: "wrong password", method: "POST", path, body, other: None };
    for _ in 0..4 {
        let wrong = send(&gateway, &call, Some("k1")).await;
        assert_eq!(wrong.error(), (422, "USER_AUTHENTICATION_FAILED".into()));
    }
    assert_eq!(gateway.read_order(&id).await["status"], "PENDING");
    send(&gateway, &call, Some("k2")).await;
    send(&gateway, &call, Some("k3")).await;
    assert_eq!(gateway.read_order(&id).await["status"], "ATTEMPTED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_under_one_key_get_one_answer() {
    let gateway = Gateway::sandbox().await;
    for call in keyed_calls(&gateway).await {
        let answers = send_at_once(&gateway, &call, Some("k1")).await;
        for answer in &answers {
            assert_done(answer, &call);
            assert_eq!(answer.bytes, answers[0].bytes, "{}", call.name);
            assert_eq!(answer.status, answers[0].status, "{}", call.name);
        }
    }
    let told = sums(&gateway).await;
    assert_eq!(told[2].as_array().unwrap().len(), 3, "refunds");
}
