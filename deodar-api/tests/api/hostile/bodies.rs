//! Bodies that are no JSON object, or one that no honest caller makes.

use axum::body::Body;
use deodar_api::BODY_SIZE_MAX;
use serde_json::json;

use super::calls::{assert_nothing_was_done, assert_refused, calls, doubled, is_unread, raw, send};
use crate::common::{Gateway, LINKS, ORDERS, link, order};
use crate::limits::fields::{paths, pointer};

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let gateway = Gateway::sandbox().await;
    let calls = calls(&gateway).await;
    let utf_16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for call in &calls {
        let good = call.body.to_string();
        let cut = good.strip_suffix('}').unwrap();
        let bodies: Vec<Vec<u8>> = vec![
            b"".into(),
            b" \r\n\t".into(),
            b"null".into(),
            b"[]".into(),
            format!("[{good}]").into(),
            b"\"{}\"".into(),
            b"7".into(),
            b"true".into(),
            b"NaN".into(),
            b"{".into(),
            b"}".into(),
            cut.into(),
            format!("{cut},}}").into(),
            format!("{good}x").into(),
            format!("{good}{good}").into(),
            format!("{good}\0").into(),
            format!("\0{good}").into(),
            format!("\u{feff}{good}").into(),
            format!("/* a */{good}").into(),
            format!("{good}// a").into(),
            good.replace('"', "'").into(),
            good.replacen(':', "=", 1).into(),
            good.replacen('"', "\u{201c}", 1).into(),
            good.replacen("\":", "\0\":", 1).into(),
            b"a=b&c=d".into(),
            b"<xml/>".into(),
            b"\xff\xfe{\0}\0".into(),
            utf_16.clone(),
            b"{\"a\":\"\xc3\x28\"}".into(),
            b"{\"a\":\"\xed\xa0\x80\"}".into(),
        ];
        for body in bodies {
            let what = String::from_utf8_lossy(&body).into_owned();
            let answer = send(&gateway, call, body).await;
            assert_refused(&answer, call, &what);
        }
    }
    assert_nothing_was_done(&gateway).await;
}

#[tokio::test]
async fn a_field_that_stands_twice_is_refused_by_its_name() {
    let gateway = Gateway::sandbox().await;
    for call in calls(&gateway).await {
        for path in paths(&call.body) {
            if path.ends_with(']') || is_unread(&path) {
                continue;
            }
            let body = doubled(&call.body, &path);
            let answer = send(&gateway, &call, body.clone()).await;
            assert_refused(&answer, &call, &body);
            let named = if path.starts_with("merchant_metadata.") {
                "merchant_metadata"
            } else if path.starts_with("purchase_details.merchant_metadata.") {
                "purchase_details.merchant_metadata"
            } else {
                &path
            };
            assert_eq!(answer.field().as_deref(), Some(named), "{}", call.path);
        }
    }
    assert_nothing_was_done(&gateway).await;
}

#[tokio::test]
async fn fields_that_are_not_known_may_say_anything() {
    let gateway = Gateway::sandbox().await;
    let unknown = [
        r#""x":1,"x":2"#.to_owned(),
        r#""__proto__":{"pre_auth":"true"}"#.into(),
        format!(r#""x":{}"#, "9".repeat(1_000)),
        r#""x":-0.0e-400"#.into(),
        format!(r#""x":{}1{}"#, "[".repeat(50), "]".repeat(50)),
        format!(r#""{}":null"#, "k".repeat(10_000)),
        "\"\u{1f375}\":\"\u{202e}\"".into(),
        r#""":{}"#.into(),
        r#""x":"\u0000""#.into(),
    ];
    for (index, unknown) in unknown.iter().enumerate() {
        let body =
            link(&format!("u{index}")).to_string().replacen('{', &format!("{{{unknown},"), 1);
        assert_eq!(gateway.post(LINKS, &body).await.status, 201, "{unknown:.80}");
        let body =
            order(&format!("u{index}")).to_string().replacen('{', &format!("{{{unknown},"), 1);
        assert_eq!(gateway.post(ORDERS, &body).await.status, 200, "{unknown:.80}");
    }
}

#[tokio::test]
async fn nesting_without_end_is_refused_wherever_it_stands() {
    let gateway = Gateway::sandbox().await;
    let depths = [65, 1_000, 30_000];
    let bombs = depths.into_iter().flat_map(|depth| {
        let objects = if depth < 10_000 { depth } else { depth / 4 };
        [
            format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
            format!("{}1{}", "{\"a\":".repeat(objects), "}".repeat(objects)),
            "[".repeat(depth),
            format!("{}{}", "[{\"a\":".repeat(objects / 2), "1"),
        ]
    });
    let bombs: Vec<String> = bombs.collect();
    for call in calls(&gateway).await {
        for bomb in &bombs {
            let mut bodies = vec![bomb.clone(), format!("{{\"unknown\":{bomb}}}")];
            for path in paths(&call.body) {
                if !path.contains('[') && !path.contains("address.") {
                    bodies.push(raw(&call.body, "", &path, bomb));
                }
            }
            for body in bodies {
                let answer = send(&gateway, &call, body.clone()).await;
                assert_refused(&answer, &call, &body);
            }
        }
    }
    assert_nothing_was_done(&gateway).await;
}

#[tokio::test]
async fn brackets_inside_of_texts_are_no_nesting() {
    let gateway = Gateway::sandbox().await;
    let mut body = link("r1");
    body["description"] = json!("[{\"".repeat(80));
    let made = gateway.post(LINKS, &body).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["description"], body["description"]);
    // Wide is not deep.
    body["merchant_payment_link_reference"] = json!("r2");
    body["unknown"] = json!(vec![json!([{}]); 5_000]);
    assert_eq!(gateway.post(LINKS, &body).await.status, 201);
}

#[tokio::test]
async fn halves_of_characters_are_refused_in_every_field() {
    let gateway = Gateway::sandbox().await;
    let halves =
        [r#""\ud800""#, r#""\udfff""#, r#""\ud83c\u0041""#, r#""\udf75\ud83c""#, r#""\ud8""#];
    for call in calls(&gateway).await {
        for path in paths(&call.body) {
            let value = call.body.pointer(&pointer(&path)).unwrap();
            if !value.is_string() || is_unread(&path) {
                continue;
            }
            for half in halves {
                let body = raw(&call.body, "", &path, half);
                let answer = send(&gateway, &call, body.clone()).await;
                assert_refused(&answer, &call, &body);
            }
        }
    }
    // The two halves of one character are that character.
    let body = link("r1").to_string().replacen('{', r#"{"description":"\ud83c\udf75","#, 1);
    assert_eq!(gateway.post(LINKS, body).await.json()["description"], "\u{1f375}");
}

#[tokio::test]
async fn numbers_beyond_every_range_are_refused_by_the_name_of_their_field() {
    let gateway = Gateway::sandbox().await;
    let numbers = [
        "1e400",
        "-1e400",
        "1e309",
        "1E+30000",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "-9223372036854775809",
        "-0",
        "-0.0",
        "1e-400",
        "500.0000000000000001",
        "5e2",
    ];
    let huge = "9".repeat(5_000);
    for call in calls(&gateway).await {
        for path in paths(&call.body) {
            let of_number = path.ends_with("value") || path.ends_with("advance_seconds");
            if !of_number {
                continue;
            }
            for number in numbers.into_iter().chain([&*huge]) {
                let body = raw(&call.body, "", &path, number);
                let answer = send(&gateway, &call, body.clone()).await;
                assert_refused(&answer, &call, &body);
                assert_eq!(answer.field().as_deref(), Some(&*path), "{number:.40}");
            }
        }
    }
    assert_nothing_was_done(&gateway).await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_every_call() {
    let gateway = Gateway::sandbox().await;
    for call in calls(&gateway).await {
        let good = call.body.to_string();
        let padded = format!("{good}{}", " ".repeat(BODY_SIZE_MAX + 1 - good.len()));
        let chunks: Vec<_> = padded.as_bytes().chunks(4_096).map(<[u8]>::to_vec).collect();
        let chunks =
            chunks.into_iter().map(|chunk| Ok::<_, std::io::Error>(bytes::Bytes::from(chunk)));
        let streamed = Body::from_stream(futures::stream::iter(chunks));
        for body in [Body::from(padded), streamed] {
            let answer = send(&gateway, &call, body).await;
            assert_eq!(answer.error(), (413, "INVALID_REQUEST".into()), "{}", call.path);
        }
    }
    assert_nothing_was_done(&gateway).await;
}
