//! What holds for every call: the envelope, headers, sizes, paths, methods, request ids.

use crate::common::{Answer, Gateway, LINKS, ORDERS, SANDBOX, Setup, link, send_to};
use axum::body::Body;
use axum::http::Request;
use deodar_api::{BODY_SIZE_MAX, Limits};
use serde_json::json;

#[tokio::test]
async fn every_answer_is_json_that_nobody_stores_and_carries_a_request_id() {
    let gateway = Gateway::sandbox().await;
    let answers = [
        gateway.call("GET", "/health").await,
        gateway.call("GET", "/nowhere").await,
        gateway.call("DELETE", LINKS).await,
        gateway.post(LINKS, link("r1")).await,
        gateway.post(LINKS, "{").await,
        gateway.call_as("forged", "GET", "/api/pay/v1/orders/x").await,
        gateway.post("/api/auth/v1/token", "{}").await,
    ];
    for answer in answers {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("request-id").map(str::len), Some(32));
        assert!(answer.json().is_object());
    }
}

#[tokio::test]
async fn a_request_id_is_echoed_and_a_bad_one_is_replaced() {
    let gateway = Gateway::sandbox().await;
    let longest = "x".repeat(50);
    let too_long = "x".repeat(51);
    for (id, echoed) in [("c17ce30f-f88e", true), (&*longest, true), (&*too_long, false)] {
        let request = Request::get("/health")
            .header("Request-ID", id)
            .header("Request-Timestamp", "2024-01-01 00:00:00+00:00")
            .body(Body::empty());
        let answer = gateway.send(request.unwrap()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("request-id") == Some(id), echoed, "{id}");
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let gateway = Gateway::sandbox().await;
    let paths = [
        "/",
        "/api",
        "/api/pay/v1/paymentlink/",
        "/api/pay/v1/paymentlink/ref/",
        "/api/pay/v1/paymentlink/a/b/c",
        "/api/pay/v1/order",
        "/API/pay/v1/paymentlink",
        "/api/pay/v1/orders/..%2f..%2fhealth/x",
        "//health",
        "/health/",
    ];
    for path in paths {
        for method in ["GET", "POST", "OPTIONS", "PROPFIND"] {
            let answer = gateway.call(method, path).await;
            assert_eq!(answer.error(), (404, "NOT_FOUND".into()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let gateway = Gateway::sandbox().await;
    let id = "/api/pay/v1/paymentlink/pl-v1-250306082755-aa-uT0noy";
    let cases = [
        ("GET", LINKS.to_owned(), "POST"),
        ("PUT", LINKS.to_owned(), "POST"),
        ("DELETE", id.to_owned(), "GET,HEAD"),
        ("POST", format!("{id}/cancel"), "PUT"),
        ("GET", "/api/auth/v1/token".to_owned(), "POST"),
        ("POST", "/health".to_owned(), "GET,HEAD"),
        ("GET", "/sandbox/clock".to_owned(), "POST"),
        ("MADEUP", id.to_owned(), "GET,HEAD"),
    ];
    for (method, path, allow) in cases {
        let answer = gateway.call(method, &path).await;
        assert_eq!(answer.error(), (405, "METHOD_NOT_ALLOWED".into()), "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        let answer = gateway.call("OPTIONS", &path).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (204, Some(allow)));
        assert!(answer.bytes.is_empty());
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let gateway = Gateway::sandbox().await;
    let get = gateway.call("GET", "/health").await;
    let head = gateway.call("HEAD", "/health").await;
    assert_eq!(head.status, 200);
    assert_eq!(get.json(), json!({"status": "ok"}));
    assert!(head.bytes.is_empty());
    assert_eq!(head.header("content-length"), get.header("content-length"));
}

#[tokio::test]
async fn a_body_is_at_most_64_kib_whether_its_length_is_told_or_not() {
    let gateway = Gateway::sandbox().await;
    let padded = |size: usize| {
        let body = link("r1").to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    assert_eq!(gateway.post(LINKS, padded(BODY_SIZE_MAX)).await.status, 201);
    let too_large = padded(BODY_SIZE_MAX + 1);
    let chunks = too_large
        .as_bytes()
        .chunks(1_000)
        .map(|chunk| Ok::<_, std::io::Error>(bytes::Bytes::copy_from_slice(chunk)));
    let streamed = Body::from_stream(futures::stream::iter(chunks.collect::<Vec<_>>()));
    let declared = Request::put(format!("{LINKS}/x/cancel")).header("content-length", "65537");
    let absurd = Request::post(LINKS).header("content-length", "99999999999999999999999");
    let requests = [
        Request::post(LINKS).body(Body::from(too_large)),
        Request::post(LINKS).body(streamed),
        declared.body(Body::empty()),
        absurd.body(Body::empty()),
    ];
    for request in requests {
        let mut request = request.unwrap();
        let token = format!("Bearer {}", gateway.token);
        request.headers_mut().insert("authorization", token.parse().unwrap());
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        assert_eq!(gateway.send(request).await.error(), (413, "INVALID_REQUEST".into()));
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let gateway = Gateway::sandbox().await;
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        for path in [LINKS, "/sandbox/clock", "/api/auth/v1/token"] {
            let mut request = Request::post(path)
                .header("authorization", format!("Bearer {}", gateway.token))
                .body(Body::from("{}"))
                .unwrap();
            if let Some(content_type) = content_type {
                request.headers_mut().insert("content-type", content_type.parse().unwrap());
            }
            assert_eq!(gateway.send(request).await.error(), (415, "INVALID_REQUEST".into()));
        }
    }
}

#[tokio::test]
async fn a_put_without_a_body_need_not_say_what_it_is() {
    let gateway = Gateway::sandbox().await;
    let path = format!("{ORDERS}/{}/capture", crate::payments::order(&gateway, "o1").await);
    let put = |body: &'static str| {
        let token = format!("Bearer {}", gateway.token);
        Request::put(&path).header("authorization", token).body(Body::from(body)).unwrap()
    };
    assert_eq!(gateway.send(put("")).await.error(), (400, "INVALID_REQUEST".into()));
    assert_eq!(gateway.send(put("{}")).await.error(), (415, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn bad_json_is_told_where_it_broke() {
    let gateway = Gateway::sandbox().await;
    for body in ["{", "{\"amount\": }", "not json", "{}}", "{\"a\":1,}"] {
        let answer = gateway.post(LINKS, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()));
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("line 1 column"), "{message}");
    }
    for body in ["", "null", "[]", "\"x\""] {
        let answer = gateway.post(LINKS, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()));
        assert_eq!(answer.field(), None);
    }
    let bomb = "[".repeat(BODY_SIZE_MAX);
    assert_eq!(gateway.post(LINKS, bomb).await.error(), (400, "INVALID_REQUEST".into()));
    let bomb = "{\"a\":".repeat(BODY_SIZE_MAX / 5);
    assert_eq!(gateway.post(LINKS, bomb).await.error(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn a_store_that_is_away_is_answered_as_not_known_to_be_done() {
    use std::sync::atomic::Ordering;
    let gateway = Gateway::sandbox().await;
    let id = gateway.post(LINKS, link("r1")).await.json()["payment_link_id"].clone();
    let path = format!("{LINKS}/{}", id.as_str().unwrap());
    gateway.store_is_away.store(true, Ordering::Relaxed);
    let answers = [
        gateway.post(LINKS, link("r2")).await,
        gateway.call("GET", &path).await,
        gateway.call("PUT", &format!("{path}/cancel")).await,
        gateway.call("GET", "/health").await,
    ];
    for answer in answers {
        assert_eq!(answer.error(), (503, "INTERNAL_ERROR".into()));
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("not known to be done: repeat"), "{message}");
        assert!(!message.contains("disk"), "{message}");
        assert!(answer.header("retry-after").is_some());
    }
    gateway.store_is_away.store(false, Ordering::Relaxed);
    assert_eq!(gateway.post(LINKS, link("r2")).await.status, 201);
    assert_eq!(gateway.call("GET", "/health").await.status, 200);
}

#[tokio::test]
async fn calls_are_limited_outside_a_sandbox_and_told_how_many_are_left() {
    let limits = Limits { calls_per_second: 3.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(Setup { sandbox: false, limits }).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(gateway.call("GET", "/api/pay/v1/orders/none").await);
    }
    let limited: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!limited.is_empty());
    for answer in &limited {
        assert_eq!(answer.error(), (429, "API_RATE_LIMIT".into()));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.header("ratelimit-remaining"), Some("0"));
    }
    assert!(answers.iter().all(|answer| answer.header("ratelimit-limit") == Some("3")));
    assert_eq!(answers[0].header("ratelimit-remaining"), Some("2"));
    let sandbox = Gateway::with(SANDBOX).await;
    let answer = sandbox.call("GET", "/api/pay/v1/orders/none").await;
    assert_eq!(answer.header("ratelimit-limit"), None);
}

#[tokio::test]
async fn metrics_name_the_route_and_never_the_path() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let gateway = Gateway::sandbox().await;
    let router = deodar_api::observe(gateway.router.clone());
    let _guard = metrics::set_default_local_recorder(&recorder);
    for (method, path) in [
        ("GET", "/health"),
        ("GET", "/api/pay/v1/orders/hidden-id?token=hidden"),
        ("GET", "/hidden-path"),
        ("HIDDENMETHOD", "/health"),
    ] {
        let request = Request::builder().method(method).uri(path).header("Request-ID", "outer");
        let answer = send_to(router.clone(), request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers.get_all("request-id").iter().count(), 1);
        assert_eq!(answer.header("request-id"), Some("outer"));
    }
    let text = handle.render();
    for (route, method, status) in [
        ("/health", "GET", 200),
        ("/api/pay/v1/orders/{order_id}", "GET", 401),
        ("unmatched", "GET", 404),
        ("/health", "OTHER", 405),
    ] {
        let labels = format!(r#"route="{route}",method="{method}",status="{status}""#);
        let line = format!("deodar_http_requests_total{{{labels}}} 1");
        assert!(text.contains(&line), "{line}\n{text}");
    }
    assert!(text.contains(r#"deodar_http_request_seconds_count{route="/health"}"#), "{text}");
    assert!(!text.to_lowercase().contains("hidden"), "{text}");
}
