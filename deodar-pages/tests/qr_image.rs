//! The QR code of a UPI payment as a PNG, for the merchant's own page: an order's `image_url`.
#![expect(clippy::expect_used, reason = "what goes wrong here fails the test that called it")]

#[cfg(test)]
mod common;

use std::io::Cursor;

use axum::body::Body;
use common::Shop;
use common::challenge::with_return;
use deodar_domain::instrument::PayCode;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::payment::{Challenge, PaymentState};
use deodar_domain::reference::PaymentReference;
use deodar_engine::ApiPayment;
use deodar_engine::acquirer::Instrument;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn pay(shop: &Shop, reference: &str, upi_qr: bool) -> Order {
    let page = shop.link(with_return(reference)).await;
    let order = shop.order(&page).await;
    let payment = ApiPayment {
        instrument: Instrument::UpiIntent,
        upi_qr,
        amount: order.terms.amount,
        reference: PaymentReference::parse("p1").expect("a reference"),
    };
    shop.engine.pay_by_api(&shop.merchant, order.key, vec![payment]).await.expect("an order")
}

/// The path of an order's image, if it has one.
fn image_path(shop: &Shop, order: &Order) -> Option<String> {
    let url = shop.engine.image_url(order).expect("a token")?;
    Some(url.strip_prefix(shop.engine.public_url()).expect("an address of ours").to_owned())
}

async fn get(shop: &Shop, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = shop.app.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    (parts.status, parts.headers, body)
}

/// What the QR code in a PNG says.
fn read_code(image: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(image));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("a picture");
    let [width, height] =
        [frame.width, frame.height].map(|side| usize::try_from(side).expect("a size"));
    let pixel = |x, y| pixels.get(y * width + x).copied().expect("a pixel");
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = image.detect_grids();
    grids.first().expect("a code").decode().expect("a text").1
}

#[tokio::test]
async fn the_image_holds_the_link_of_the_payment() {
    let shop = Shop::open().await;
    let order = pay(&shop, "qr", true).await;
    let payment = order.payments.last().expect("a payment");
    let PaymentState::Pending { challenge: Some(Challenge::Intent { link, .. }), .. } =
        &payment.state
    else {
        panic!("{:?}", payment.state)
    };
    let path = image_path(&shop, &order).expect("an image");
    assert!(path.starts_with("/web/auth/landing/qr.png?token="), "{path}");
    assert_eq!(image_path(&shop, &order), Some(path.clone()), "the address stays");
    let (status, headers, image) = get(&shop, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(link.as_str().starts_with("upi://pay?pa="));
    assert_eq!(read_code(&image), link.as_str());
}

#[tokio::test]
async fn the_image_is_there_although_another_payment_of_the_attempt_waits_for_its_payer_too() {
    let shop = Shop::open().await;
    let page = shop.link(with_return("beside")).await;
    let order = shop.order(&page).await;
    let code = PayCode::parse("NB1531").expect("a code");
    let rest = order.terms.amount.minus(Money::paise(100)).expect("an amount");
    let payment = |reference, instrument, amount| ApiPayment {
        instrument,
        upi_qr: true,
        amount,
        reference: PaymentReference::parse(reference).expect("a reference"),
    };
    let payments = vec![
        payment("p1", Instrument::Netbanking(code), Money::paise(100)),
        payment("p2", Instrument::UpiIntent, rest),
    ];
    let paid = shop.engine.pay_by_api(&shop.merchant, order.key, payments).await;
    let path = image_path(&shop, &paid.expect("an order")).expect("an image");
    let (status, _, image) = get(&shop, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(read_code(&image).starts_with("upi://pay?pa="));
}

#[tokio::test]
async fn the_image_is_there_while_the_payment_is_pending() {
    let shop = Shop::open().await;
    let order = pay(&shop, "given-up", true).await;
    let path = image_path(&shop, &order).expect("an image");
    let ended = shop.engine.give_up_payment(order.key, 0).await.expect("an order");
    assert_eq!(image_path(&shop, &ended), None);
    assert_eq!(get(&shop, &path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_gets_an_image_who_was_not_given_its_address() {
    let shop = Shop::open().await;
    let order = pay(&shop, "forged", true).await;
    let path = image_path(&shop, &order).expect("an image");
    let cut: String = path.chars().take(path.len() - 2).collect();
    for wrong in [cut.as_str(), "/web/auth/landing/qr.png?token=x", "/web/auth/landing/qr.png"] {
        assert_eq!(get(&shop, wrong).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_payment_that_asked_for_no_code_has_no_address() {
    let shop = Shop::open().await;
    let order = pay(&shop, "no-qr", false).await;
    assert_eq!(image_path(&shop, &order), None);
}
