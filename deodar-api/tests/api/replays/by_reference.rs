//! Calls that come again with the same reference.

use serde_json::{Value, json};

use super::calls::{AT_ONCE, assert_done, calls, open, request, send, send_at_once, sums, thing};
use crate::common::{Gateway, SANDBOX, send_to};

#[tokio::test]
async fn a_repeat_finds_what_was_made_before_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let mut gateway = Gateway::over(open(&path), SANDBOX).await;
    let calls = calls(&gateway).await;
    let mut first = Vec::new();
    for call in &calls {
        let answer = send(&gateway, call, None).await;
        assert_done(&answer, call);
        first.push(answer);
    }
    let before = sums(&gateway).await;
    for round in 0..2 {
        for (call, first) in calls.iter().zip(&first) {
            let again = send(&gateway, call, None).await;
            assert_eq!((again.status.as_u16(), again.json()), (200, first.json()), "{}", call.name);
            let other = request(&gateway, call, call.other.as_ref().unwrap(), None);
            let refused = gateway.send(other).await;
            assert_eq!(refused.error(), (422, "DUPLICATE_REQUEST".into()), "{}", call.name);
        }
        assert_eq!(sums(&gateway).await, before);
        if round == 0 {
            gateway = gateway.restarted(|| open(&path)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_are_done_once_and_all_are_told_of_it() {
    let gateway = Gateway::sandbox().await;
    for call in calls(&gateway).await {
        let answers = send_at_once(&gateway, &call, None).await;
        for answer in &answers {
            assert_done(answer, &call);
            assert_eq!(thing(&call, answer), thing(&call, &answers[0]));
        }
        let news = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(news, usize::from(call.name == "link"));
    }
    let told = sums(&gateway).await;
    assert_eq!(told[0].as_array().unwrap().len(), 1, "links");
    assert_eq!(told[1].as_array().unwrap().len(), 10, "orders, those that were there among them");
    assert_eq!(told[2].as_array().unwrap().len(), 2, "refunds");
}

/// Different deals at once under one reference: one is made, and each call is told either of it or
/// that its own is another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_deals_at_once_under_one_reference_one_is_done() {
    let gateway = Gateway::sandbox().await;
    for call in calls(&gateway).await {
        let bodies = [call.body.clone(), call.other.clone().unwrap()];
        let sent = (0..AT_ONCE).map(|index| {
            let request = request(&gateway, &call, &bodies[index % 2], None);
            tokio::spawn(send_to(gateway.router.clone(), request))
        });
        let mut done = [0, 0];
        let mut things = std::collections::BTreeSet::new();
        for (index, answer) in sent.collect::<Vec<_>>().into_iter().enumerate() {
            let answer = answer.await.unwrap();
            if answer.status.is_success() {
                done[index % 2] += 1;
                things.insert(thing(&call, &answer).to_string());
            } else {
                let refused = answer.error();
                let expected = if refused.0 == 400 {
                    // The other deal is none that could be made: its amount is not what is due.
                    (400, "INVALID_REQUEST")
                } else {
                    (422, "DUPLICATE_REQUEST")
                };
                assert_eq!(refused, (expected.0, expected.1.to_owned()), "{}", call.name);
            }
        }
        let half = AT_ONCE / 2;
        assert!(done == [half, 0] || done == [0, half], "{}: {done:?}", call.name);
        assert_eq!(things.len(), 1, "{}: {things:?}", call.name);
    }
}

/// A call whose outcome was not told may be repeated by its reference.
#[tokio::test]
async fn a_call_whose_store_was_away_is_done_once_in_the_end() {
    use std::sync::atomic::Ordering;
    let gateway = Gateway::sandbox().await;
    for call in calls(&gateway).await {
        for key in [None, Some("k1")] {
            gateway.store_is_away.store(true, Ordering::Relaxed);
            let away = send(&gateway, &call, key).await;
            assert_eq!(away.error(), (503, "INTERNAL_ERROR".into()), "{}", call.name);
            gateway.store_is_away.store(false, Ordering::Relaxed);
            let done = send(&gateway, &call, key).await;
            assert_done(&done, &call);
        }
    }
}

/// Of an attempt of several payments each reference finds what it made; none makes another beside
/// them.
#[tokio::test]
async fn a_known_payment_is_not_made_again_in_other_company() {
    let gateway = Gateway::sandbox().await;
    let all = calls(&gateway).await;
    let call = all.into_iter().find(|call| call.name == "card and points").unwrap();
    let first = send(&gateway, &call, None).await.json();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut body = call.body.clone();
        change(body["payments"].as_array_mut().unwrap());
        body
    };
    let found = [
        with(&|payments| payments.reverse()),
        with(&|payments| payments.truncate(1)),
        with(&|payments| drop(payments.remove(0))),
    ];
    for body in found {
        let again = gateway.send(request(&gateway, &call, &body, None)).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, first.clone()), "{body}");
    }
    let refused = [
        with(&|payments| payments[1]["merchant_payment_reference"] = json!("p3")),
        with(&|payments| {
            payments[0]["merchant_payment_reference"] = json!("p2");
            payments[1]["merchant_payment_reference"] = json!("p1");
        }),
    ];
    for body in refused {
        let answer = gateway.send(request(&gateway, &call, &body, None)).await;
        assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()), "{body}");
        assert_eq!(answer.field().as_deref(), Some("payments"), "{body}");
    }
}
