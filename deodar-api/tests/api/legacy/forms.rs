//! Bodies as honest and other callers send them.

use axum::body::Body;
use axum::http::Request;
use deodar_api::BODY_SIZE_MAX;

use super::{CALLS, CREATE, LINK, call, encoded, failure, make, post, refused, v2_link};
use crate::common::Gateway;

/// The merchant's credentials, as they begin a body.
fn credentials(gateway: &Gateway) -> String {
    let merchant = &gateway.merchant.merchant;
    let (id, code) = (merchant.id.to_string(), merchant.access_code.hyphenated());
    encoded(&[("MERCHANT_ID", Some(&id)), ("MERCHANT_ACCESS_CODE", Some(&code))])
}

#[tokio::test]
async fn a_field_that_is_not_clear_has_the_code_of_that_field() {
    let gateway = Gateway::sandbox().await;
    let login = credentials(&gateway);
    let own = gateway.merchant.merchant.id;
    let cases = [
        ("AMOUNT=50000&AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("AMOUNT=&AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("AMOUNT=%35000%&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("AMOUNT=%FF&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("AMOUNT[]=50000&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("amount=50000&REFERENCE_NO=a&PAYMENT_MODE=1", -2),
        ("AMOUNT=50000&REFERENCE_NO=a&REFERENCE_NO=b&PAYMENT_MODE=1", -1),
        ("AMOUNT=50000&REFERENCE_NO=%zz&PAYMENT_MODE=1", -1),
        ("AMOUNT=50000&REFERENCE_NO=%C3%28&PAYMENT_MODE=1", -1),
        ("AMOUNT=50000&REFERENCE_NO=%ED%A0%80&PAYMENT_MODE=1", -1),
        ("AMOUNT=50000&REFERENCE_NO=%00&PAYMENT_MODE=1", -1),
        ("AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1&PAYMENT_MODE=3", -1),
        ("AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1&PRODUCT_DESCRIPTION=%8", -4),
        ("AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1&PRODUCT_CODE=a&PRODUCT_CODE=a", -7),
        ("AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1&CUSTOMER_EMAIL_ID=a%40b%", -5),
        ("AMOUNT=50000&REFERENCE_NO=a&PAYMENT_MODE=1&CUSTOMER_MOBILE_NO=+919876543210", -6),
        (&format!("MERCHANT_ID={own}&AMOUNT=50000"), -3),
        ("MERCHANT_ACCESS_CODE=x", -8),
    ];
    for (rest, code) in cases {
        let answer = post(&gateway, CREATE, format!("{login}&{rest}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["RESPONSE_CODE"]),
            (200, &code.into()),
            "{rest}"
        );
    }
}

#[tokio::test]
async fn unknown_fields_and_odd_separators_are_passed_over() {
    let gateway = Gateway::sandbox().await;
    let login = credentials(&gateway);
    let rest = "&&SIGNATURE=%zz&%FF=%FF&=x&UNKNOWN&UNKNOWN=2&&AMOUNT=50000&%52EFERENCE_NO=odd\
                &PAYMENT_MODE=1%2C3&";
    let answer = post(&gateway, CREATE, format!("{login}{rest}")).await;
    assert_eq!(answer.json()["RESPONSE_CODE"], 1);
    let link = v2_link(&gateway, "odd").await;
    assert_eq!(link["allowed_payment_methods"], serde_json::json!(["CARD", "NETBANKING"]));
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_answered_by_a_code_and_never_a_fault() {
    let gateway = Gateway::sandbox().await;
    let many = "&".repeat(BODY_SIZE_MAX);
    let bodies: [&[u8]; 10] = [
        b"",
        b"&",
        b"=",
        b"{\"MERCHANT_ID\": 111077}",
        b"[]",
        b"\0\0\0",
        b"\xff\xfe",
        b"%",
        b"MERCHANT_ID",
        many.as_bytes(),
    ];
    for path in CALLS {
        for body in bodies {
            let answer = post(&gateway, path, body.to_vec()).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.json(), refused(-3, "INVALID MERCHANT_ID"));
        }
    }
}

#[tokio::test]
async fn another_content_type_size_or_method_is_told_by_the_status() {
    let gateway = Gateway::sandbox().await;
    let invalid = |status: u16| (status, "INVALID_REQUEST".to_owned());
    for path in CALLS {
        for kind in [None, Some("application/json"), Some("multipart/form-data"), Some("")] {
            let mut request = Request::post(path).body(Body::from("AMOUNT=1")).unwrap();
            if let Some(kind) = kind {
                request.headers_mut().insert("content-type", kind.parse().unwrap());
            }
            assert_eq!(gateway.send(request).await.error(), invalid(415), "{kind:?}");
        }
        let large = "x".repeat(BODY_SIZE_MAX + 1);
        assert_eq!(post(&gateway, path, large).await.error(), invalid(413));
        let read = gateway.call("GET", path).await;
        assert_eq!(read.error(), (405, "METHOD_NOT_ALLOWED".to_owned()));
        assert_eq!(read.header("allow"), Some("POST"));
    }
    let other_case = post(&gateway, "/api/paymenturl/createpaymenturl", "").await;
    assert_eq!(other_case.error(), (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_charset_beside_the_content_type_changes_nothing() {
    let gateway = Gateway::sandbox().await;
    let body = format!("{}&{}", credentials(&gateway), encoded(&LINK));
    let request = Request::post(CREATE)
        .header("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")
        .body(Body::from(body));
    assert_eq!(gateway.send(request.unwrap()).await.json()["RESPONSE_CODE"], 1);
}

#[tokio::test]
async fn any_printable_reference_is_kept_as_it_is_and_found() {
    let gateway = Gateway::sandbox().await;
    let long = "ref/".repeat(25);
    let references =
        ["0123", "a b", " edge ", "a/b?c#d%20", "é₹ नमस्ते 😀", "<b>\"'\\", "a+b;c,d", &long];
    for reference in references {
        make(&gateway, &[("REFERENCE_NO", Some(reference))]).await;
        let link = v2_link(&gateway, reference).await;
        assert_eq!(link["merchant_payment_link_reference"], reference);
        let path = format!("/api/pay/v1/orders/reference/{}", super::in_path(reference));
        let order = gateway.call("GET", &path).await.json();
        assert_eq!(order["data"]["order_id"], link["order_id"]);
        assert_eq!(super::status(&gateway, reference).await["REFERENCE_NO"], reference);
    }
    let strict = gateway.post(crate::common::LINKS, crate::common::link("a b")).await;
    assert_eq!(strict.error(), (400, "INVALID_REQUEST".to_owned()));
}

#[tokio::test]
async fn a_store_that_is_away_is_told_by_the_status() {
    let gateway = Gateway::sandbox().await;
    make(&gateway, &[]).await;
    gateway.store_is_away.store(true, std::sync::atomic::Ordering::Relaxed);
    let body = format!("{}&{}", credentials(&gateway), encoded(&LINK));
    let answer = post(&gateway, CREATE, body).await;
    assert_eq!(answer.error(), (503, "INTERNAL_ERROR".to_owned()));
    assert!(answer.header("retry-after").is_some());
    gateway.store_is_away.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_ne!(call(&gateway, CREATE, &LINK).await, failure());
}
