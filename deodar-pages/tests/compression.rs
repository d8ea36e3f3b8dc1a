//! What a browser loads is compressed for those who can read that.

#[cfg(test)]
mod common;

use common::{Shop, customer, terms};
use deodar_domain::terms::Terms;
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, VARY};
use on_the_wire::{sent, unpacked};

#[cfg(test)]
mod on_the_wire {
    use std::io::Read;

    use axum::body::Body;
    use flate2::read::GzDecoder;
    use http::header::ACCEPT_ENCODING;
    use http::{HeaderMap, Method, Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use crate::common::{BROWSER, Shop};

    /// What leaves for a browser that takes gzip.
    pub(crate) async fn sent(shop: &Shop, method: Method, path: &str) -> (HeaderMap, Vec<u8>) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT_ENCODING, "gzip, deflate, br");
        for (name, value) in BROWSER {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let (head, body) = shop.app.clone().oneshot(request).await.unwrap().into_parts();
        (head.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    pub(crate) fn unpacked(packed: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        text
    }
}

/// What a page loads.
fn parts(page: &str) -> Vec<&str> {
    page.split('"').filter(|part| part.starts_with("/assets/")).collect()
}

#[tokio::test]
async fn a_page_and_what_it_loads_leave_compressed() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { customer: Some(customer()), ..terms("packed") }).await;
    let (headers, body) = sent(&shop, Method::GET, &path).await;
    assert_eq!(headers[CONTENT_ENCODING], "gzip");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers.get_all(VARY).iter().any(|names| names == "accept-encoding"), "{headers:?}");
    let plain = shop.get(&path).await;
    assert!(plain.headers.get(CONTENT_ENCODING).is_none());
    let page = unpacked(&body);
    // All but the reference of the form is the same.
    assert_eq!(page.len(), plain.body.len());
    assert!(body.len() * 3 < page.len(), "{} of {} bytes", body.len(), page.len());
    let mut packed = 0;
    for part in parts(&page) {
        let (headers, body) = sent(&shop, Method::GET, part).await;
        let plain = shop.get(part).await.body;
        if headers.contains_key(CONTENT_ENCODING) {
            packed += 1;
            assert!(unpacked(&body) == plain && body.len() < plain.len(), "{part}");
        } else {
            assert!(body == plain.as_bytes() && body.len() < 1_024, "{part}");
        }
        assert!(headers["cache-control"].to_str().unwrap().ends_with("immutable"), "{part}");
    }
    assert_eq!(packed, 2, "the style and the script");
}

#[tokio::test]
async fn what_is_no_page_or_hardly_larger_than_a_packet_is_left_alone() {
    let shop = Shop::open().await;
    let path = shop.link(terms("left-alone")).await;
    let page = shop.get(&path).await.body;
    let icon = parts(&page).into_iter().find(|part| part.contains(".svg")).unwrap();
    let status = format!("{path}/status");
    for alone in [icon, &status, "/PLUTUS", "/sandbox/messages"] {
        let json = [("accept", "application/json"), ("accept-encoding", "gzip")];
        let answer = shop.get_as(Method::GET, alone, &json).await;
        assert!(answer.headers.get(CONTENT_ENCODING).is_none(), "{alone}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn asking_for_the_head_alone_gives_no_body() {
    let shop = Shop::open().await;
    let path = shop.link(terms("head")).await;
    let (headers, body) = sent(&shop, Method::HEAD, &path).await;
    assert!(body.is_empty() && headers.get(CONTENT_LENGTH).is_none(), "{headers:?}");
}

#[tokio::test]
async fn a_file_whose_name_is_no_text_is_not_found() {
    let shop = Shop::open().await;
    for path in ["/assets/%ff.css", "/brand/%ff.css", "/brand/%fe.png"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}
