//! Heads of requests: content types, methods, headers.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use super::calls::{Call, calls, send_typed};
use crate::common::{Gateway, LINKS, ORDERS, link, order};
use crate::described::{paths_and_methods, with_id};

#[tokio::test]
async fn whatever_is_not_said_to_be_json_is_refused() {
    let gateway = Gateway::sandbox().await;
    let wrong = [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/json"),
        Some("application/xml"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/json2"),
        Some("application/vnd.api+json"),
        Some("application"),
        Some("json"),
        Some(";application/json"),
        Some("text/plain, application/json"),
    ];
    for call in calls(&gateway).await {
        for content_type in wrong {
            let answer = send_typed(&gateway, &call, content_type, call.body.to_string()).await;
            let what = format!("{} {content_type:?}", call.path);
            assert_eq!(answer.error(), (415, "INVALID_REQUEST".into()), "{what}");
        }
    }
    let call = Call { method: "POST", path: LINKS.into(), body: link("r1") };
    for (index, right) in
        ["application/json", "APPLICATION/JSON ; charset=UTF-8"].iter().enumerate()
    {
        let answer = send_typed(&gateway, &call, Some(right), call.body.to_string()).await;
        assert_eq!(answer.status, [201, 200][index]);
    }
}

#[tokio::test]
async fn every_path_refuses_every_method_that_it_has_not() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("r1")).await;
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "X"];
    for (path, right) in paths_and_methods(&gateway).await {
        let path = with_id(&path, &id);
        for method in methods {
            if right.iter().any(|(known, _)| known == method) {
                continue;
            }
            let answer = gateway.call(method, &path).await;
            assert_eq!(answer.error(), (405, "METHOD_NOT_ALLOWED".into()), "{method} {path}");
            let allow = answer.header("allow").unwrap().to_owned();
            assert!(right.iter().all(|(method, _)| allow.contains(method)), "{path}: {allow}");
        }
    }
}

/// What the hostile bodies are sent to is every call that takes one.
#[tokio::test]
async fn every_call_with_a_body_is_tried() {
    let gateway = Gateway::sandbox().await;
    let tried = calls(&gateway).await;
    let id = tried.iter().find_map(|call| call.path.strip_suffix("/capture")).unwrap();
    let id = id.rsplit('/').next().unwrap();
    let tried = tried.iter().map(|call| (call.method.to_owned(), call.path.clone()));
    let mut described = BTreeSet::new();
    for (path, methods) in paths_and_methods(&gateway).await {
        let with_body = methods.into_iter().filter(|(_, has_body)| *has_body);
        described.extend(with_body.map(|(method, _)| (method, with_id(&path, id))));
    }
    assert_eq!(tried.collect::<BTreeSet<_>>(), described);
}

#[tokio::test]
async fn no_header_of_a_caller_breaks_a_call() {
    let gateway = Gateway::sandbox().await;
    let long = "x".repeat(30_000);
    let headers: [(&str, &[u8]); 14] = [
        ("Request-Timestamp", b"2024-01-01 00:00:00+00:00"),
        ("Request-Timestamp", b"yesterday"),
        ("Request-Timestamp", b""),
        ("Request-Timestamp", b"\xff\xfe"),
        ("Request-Timestamp", long.as_bytes()),
        ("Request-ID", b"\xff"),
        ("Request-ID", long.as_bytes()),
        ("Accept", b"text/html"),
        ("Accept", b""),
        ("Accept-Encoding", b"nonsense;q=9"),
        ("X-Forwarded-For", long.as_bytes()),
        ("Origin", b"https://example.com"),
        ("Range", b"bytes=0-0"),
        ("If-Match", b"\"x\""),
    ];
    for (index, (name, value)) in headers.into_iter().enumerate() {
        let request = Request::post(ORDERS)
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-type", "application/json")
            .header(name, value)
            .body(Body::from(order(&format!("r{index}")).to_string()));
        let answer = gateway.send(request.unwrap()).await;
        assert_eq!(answer.status, 200, "{name}");
        assert!((1..=50).contains(&answer.header("request-id").unwrap().len()));
    }
}

#[tokio::test]
async fn a_cancel_looks_at_no_body() {
    let gateway = Gateway::sandbox().await;
    let bodies: [&[u8]; 5] = [b"", b"{}", b"nonsense", b"\xff", b"null"];
    for (index, body) in bodies.into_iter().enumerate() {
        let id = gateway.make_order(order(&format!("r{index}"))).await;
        let call = Call { method: "PUT", path: format!("{ORDERS}/{id}/cancel"), body: Value::Null };
        for content_type in [None, Some("application/json"), Some("text/plain")] {
            let answer = send_typed(&gateway, &call, content_type, body).await;
            assert!([200, 422].contains(&answer.status.as_u16()), "{content_type:?}");
        }
        assert_eq!(gateway.read_order(&id).await["status"], "CANCELLED");
    }
}
