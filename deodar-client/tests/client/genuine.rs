//! What the gateway signs, the verifiers believe.

use std::time::{Duration, UNIX_EPOCH};

use deodar_client::{
    Amount, EventData, EventType, NewOrder, NewPayment, OrderStatus, PaymentStatus, ReturnRefusal,
    WebhookEvent, WebhookHeaders, WebhookRefusal, verify_return, verify_webhook,
};
use deodar_domain::id::parse_order_id;
use deodar_engine::work::RenderedEvent;

use crate::gateway::Gateway;
use crate::orders::card;

#[tokio::test]
async fn the_gateways_own_return_is_genuine() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    for (reference, number, status) in [
        ("o-1", "4012001037141112", PaymentStatus::Processed),
        ("o-2", "4000000000009995", PaymentStatus::Failed),
    ] {
        let callback_url = Some("https://shop.example.com/back".to_owned());
        let amount = Amount::paise(50_000);
        let new = NewOrder { callback_url, ..NewOrder::new(amount.clone(), reference) };
        let order = client.create_order(&new).await.unwrap();
        let payment = NewPayment::new(amount, "p", card(number));
        let order = client.create_payment(&order.order_id, &payment).await.unwrap();
        let otp = client.submit_otp(&order.payments[0].id, &"123456".into()).await;
        assert_eq!(otp.is_ok(), status == PaymentStatus::Processed);
        let key = parse_order_id(&order.order_id).unwrap();
        let order = gateway.engine.order(&gateway.merchant.merchant, key).await.unwrap();
        let form = gateway.engine.return_form(&order).await.unwrap().unwrap();
        let genuine = verify_return(&gateway.merchant.signing_key, &form.fields).unwrap();
        assert_eq!(genuine.status, status);
        assert_eq!(genuine.error_code.is_some(), status == PaymentStatus::Failed);
        let other_key = "00112233445566778899aabbccddeeff";
        let refusal = verify_return(other_key, &form.fields).unwrap_err();
        assert_eq!(refusal, ReturnRefusal::WrongSignature);
    }
}

#[tokio::test]
async fn the_gateways_own_webhook_is_genuine() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let amount = Amount::paise(50_000);
    let order = client.create_order(&NewOrder::new(amount.clone(), "o-1")).await.unwrap();
    let payment = NewPayment::new(amount, "p", card("4012001037141112"));
    let order = client.create_payment(&order.order_id, &payment).await.unwrap();
    client.submit_otp(&order.payments[0].id, &"123456".into()).await.unwrap();

    let event = gateway.engine.events_to_render(10).await.unwrap().pop().unwrap();
    let snapshot = &event.snapshot;
    let body = deodar_wire::webhook_body(snapshot.event, &snapshot.order, None).unwrap();
    let endpoint = event.endpoints[0].clone();
    gateway.engine.event_rendered(event, vec![RenderedEvent { endpoint, body }]).await.unwrap();
    let sent = gateway.engine.deliveries_to_send(1).await.unwrap().pop().unwrap();
    let headers = gateway.engine.delivery_headers(&sent.delivery).await.unwrap();

    let read = WebhookHeaders::read(|name| match name {
        "webhook-id" => Some(&*headers.id),
        "webhook-timestamp" => Some(&*headers.timestamp),
        "webhook-signature" => Some(&*headers.signature),
        _ => None,
    });
    let read = read.unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(headers.timestamp.parse().unwrap());
    let body = sent.delivery.body.as_bytes();
    verify_webhook(&gateway.merchant.webhook_secret, read, body, now).unwrap();
    let refusal = verify_webhook("another", read, body, now);
    assert_eq!(refusal, Err(WebhookRefusal::WrongSignature));
    let event = WebhookEvent::parse(body).unwrap();
    assert_eq!(event.event_type, EventType::OrderProcessed);
    let EventData::Order(told) = event.data else { panic!("it is an order") };
    assert_eq!(told.order_id, order.order_id);
    assert_eq!(told.status, OrderStatus::Processed);
}
