//! Every call, and what it answers.

use std::collections::BTreeMap;

use deodar_client::{
    AccountDetails, Address, Amount, BankDetails, Cart, Client, ClientConfig, Code, Customer,
    Error, EventData, EventType, LinkStatus, Method, NewLink, Order, OrderOrRefund, OrderStatus,
    Product, SplitInfo, SplitPart, SplitType, Timestamp, WebhookEvent,
};
use deodar_domain::event::Event;
use deodar_domain::id::parse_order_id;

use crate::gateway::Gateway;

/// A link with everything that a link can have.
fn rich_link(reference: &str) -> NewLink {
    let customer = Customer {
        email_id: Some("kevin@example.com".to_owned()),
        first_name: Some("Kevin".to_owned()),
        mobile_number: Some("9876543210".to_owned()),
        country_code: Some("91".to_owned()),
        billing_address: Some(Address {
            address1: Some("10 Example Street".to_owned()),
            pincode: Some("560001".to_owned()),
            ..Address::default()
        }),
        ..Customer::default()
    };
    let product = Product {
        code: Some("tea".to_owned()),
        amount: Some(Amount::paise(30_000)),
        coupon_discount: Some(Amount::paise(0)),
    };
    let part = SplitPart {
        split_merchant_id: "104360".to_owned(),
        percentage: Some("12.50".to_owned()),
        on_hold: true,
        ..SplitPart::default()
    };
    let bank = BankDetails {
        account_number: "1234567890".to_owned(),
        ifsc_code: Some("HDFC0000001".to_owned()),
        bank_name: Some("Example Bank".to_owned()),
    };
    NewLink {
        description: Some("Tea for two, ₹500".to_owned()),
        expire_by: Timestamp::parse("2026-03-21T08:29:00.000Z").ok(),
        allowed_payment_methods: vec![Method::Card, Method::Upi],
        pre_auth: true,
        callback_url: Some("https://shop.example.com/back".to_owned()),
        failure_callback_url: Some("https://shop.example.com/failed".to_owned()),
        customer: Some(customer),
        product_details: vec![product.clone()],
        cart_details: Some(Cart { items: vec![product], ..Cart::default() }),
        cart_coupon_discount_amount: Some(Amount::paise(100)),
        merchant_metadata: BTreeMap::from([("table".to_owned(), "7".to_owned())]),
        split_info: Some(SplitInfo {
            split_type: SplitType::Percentage,
            split_details: vec![part],
        }),
        account_details: Some(AccountDetails { bank_details: bank }),
        ..NewLink::new(Amount::paise(50_000), reference)
    }
}

async fn order_of(client: &Client, id: &str) -> Order {
    client.order_by_id(id).await.unwrap().order().unwrap()
}

#[tokio::test]
async fn a_link_is_answered_as_it_was_asked_for() {
    let gateway = Gateway::start().await;
    let asked = rich_link("rich-1");
    let link = gateway.client().create_link(&asked).await.unwrap();
    assert_eq!(link.status, LinkStatus::Created);
    assert!(link.payment_link_id.starts_with("pl-v1-"), "{}", link.payment_link_id);
    assert_eq!((&link.amount, &link.amount_due), (&asked.amount, &asked.amount));
    assert_eq!(link.merchant_payment_link_reference, "rich-1");
    assert_eq!(link.description, asked.description);
    assert_eq!(Some(link.expire_by), asked.expire_by);
    assert_eq!(link.allowed_payment_methods, asked.allowed_payment_methods);
    assert!(link.pre_auth && !link.part_payment && !link.is_mcc_transaction);
    assert_eq!(link.callback_url, asked.callback_url);
    assert_eq!(link.failure_callback_url, asked.failure_callback_url);
    assert_eq!(link.customer, asked.customer);
    assert_eq!(link.product_details, asked.product_details);
    assert_eq!(link.cart_details, asked.cart_details);
    assert_eq!(link.cart_coupon_discount_amount, asked.cart_coupon_discount_amount);
    assert_eq!(link.merchant_metadata, asked.merchant_metadata);
    assert_eq!(link.split_info, asked.split_info);
    assert_eq!(link.account_details, asked.account_details);
    assert_eq!(link.created_at.rfc3339_millis(), "2026-03-06T08:27:55.881Z");

    let order = order_of(&gateway.client(), &link.order_id).await;
    assert_eq!(order.status, OrderStatus::Created);
    assert_eq!(order.merchant_order_reference, "rich-1");
    let purchase = order.purchase_details.unwrap();
    assert_eq!(purchase.products, asked.product_details);
    assert_eq!(purchase.merchant_metadata, asked.merchant_metadata);
    assert_eq!(purchase.account_details, asked.account_details);
}

#[tokio::test]
async fn a_link_and_its_order_are_found_by_id_and_by_reference() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&NewLink::new(Amount::paise(100), "r_1-x")).await.unwrap();
    assert_eq!(client.link_by_id(&link.payment_link_id).await.unwrap(), link);
    assert_eq!(client.link_by_reference("r_1-x").await.unwrap(), link);
    let order = client.order_by_id(&link.order_id).await.unwrap();
    assert_eq!(client.order_by_reference("r_1-x").await.unwrap(), order);
    let OrderOrRefund::Order(order) = order else { panic!("it is an order") };
    assert_eq!(order.order_amount, Amount::paise(100));
    assert_eq!(order.merchant_id, gateway.merchant.merchant.id.to_string());
    assert_eq!(order.payment_retries_remaining, Some(10));
    assert!(order.payments.is_empty() && order.refunds.is_empty());
}

#[tokio::test]
async fn a_cancelled_link_is_cancelled_with_its_order() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&NewLink::new(Amount::paise(100), "r1")).await.unwrap();
    let cancelled = client.cancel_link(&link.payment_link_id).await.unwrap();
    assert_eq!(cancelled.status, LinkStatus::Cancelled);
    let order = order_of(&client, &link.order_id).await;
    assert_eq!(order.status, OrderStatus::Cancelled);
    let error = client.cancel_link(&link.payment_link_id).await.unwrap_err();
    assert_eq!(error.api().unwrap().status, 422);
}

#[tokio::test]
async fn a_link_is_sent_again_to_a_customer_who_can_be_reached() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&rich_link("r1")).await.unwrap();
    assert_eq!(client.notify_link(&link.payment_link_id).await.unwrap(), link);
    let plain = client.create_link(&NewLink::new(Amount::paise(100), "r2")).await.unwrap();
    let error = client.notify_link(&plain.payment_link_id).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::OperationNotAllowed));
}

#[tokio::test]
async fn the_clock_of_a_sandbox_is_moved() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&rich_link("r1")).await.unwrap();
    let now = client.advance_clock(30 * 86_400).await.unwrap();
    assert_eq!(now.rfc3339_millis(), "2026-04-05T08:27:55.881Z");
    let link = client.link_by_id(&link.payment_link_id).await.unwrap();
    assert_eq!(link.status, LinkStatus::Expired);
}

#[tokio::test]
async fn the_same_reference_answers_the_same_link_and_another_deal_is_refused() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let asked = NewLink::new(Amount::paise(100), "r1");
    let link = client.create_link(&asked).await.unwrap();
    assert_eq!(client.create_link(&asked).await.unwrap(), link);
    let other = NewLink { amount: Amount::paise(200), ..asked };
    let error = client.create_link(&other).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::DuplicateRequest));
    assert!(!error.may_be_done());
}

#[tokio::test]
async fn refusals_are_told_with_status_code_field_and_request_id() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let error = client.create_link(&NewLink::new(Amount::paise(99), "r1")).await.unwrap_err();
    let Error::Api(refusal) = error else { panic!("{error}") };
    assert_eq!((refusal.status, &refusal.code), (400, &Code::InvalidRequest));
    assert_eq!(refusal.message, "Amount must be an Integer value greater than or equal to 100");
    assert_eq!(refusal.field.as_deref(), Some("amount.value"));
    assert!(refusal.request_id.is_some_and(|id| !id.is_empty()));

    let errors = [
        (client.link_by_id("pl-v1-none").await.unwrap_err(), Code::PaymentLinkNotFound),
        (client.link_by_reference("no such/link?").await.unwrap_err(), Code::PaymentLinkNotFound),
        (client.cancel_link("pl-v1-none").await.unwrap_err(), Code::PaymentLinkNotFound),
        (client.order_by_id("../orders").await.unwrap_err(), Code::OrderNotFound),
        (client.order_by_reference("none").await.unwrap_err(), Code::OrderNotFound),
    ];
    for (error, code) in errors {
        let refusal = error.api().unwrap();
        assert_eq!((refusal.status, &refusal.code), (404, &code));
    }
}

#[tokio::test]
async fn wrong_credentials_are_told() {
    let gateway = Gateway::start().await;
    let config = gateway.config();
    let wrong = ClientConfig { client_secret: "wrong".into(), ..config };
    let client = Client::new(wrong).unwrap();
    let error = client.link_by_reference("r1").await.unwrap_err();
    let refusal = error.api().unwrap();
    assert_eq!((refusal.status, &refusal.code), (401, &Code::Unauthorized));
}

#[tokio::test]
async fn the_body_of_a_webhook_is_read_as_the_gateway_writes_it() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&rich_link("r1")).await.unwrap();
    let key = parse_order_id(&link.order_id).unwrap();
    let order = gateway.engine.order(&gateway.merchant.merchant, key).await.unwrap();
    let body = |event| {
        let body = deodar_wire::webhook_body(event, &order, Some(&link.payment_link)).unwrap();
        WebhookEvent::parse(body.as_bytes()).unwrap()
    };
    let event = body(Event::LinkCreated);
    assert_eq!(event.event_type, EventType::LinkCreated);
    assert_eq!(event.data, EventData::Link(Box::new(link.clone())));
    let event = body(Event::OrderCancelled);
    assert_eq!(event.event_type, EventType::OrderCancelled);
    let expected = order_of(&client, &link.order_id).await;
    assert_eq!(event.data, EventData::Order(Box::new(expected)));
    let event = WebhookEvent::parse(br#"{"event_type":"OF_TOMORROW","data":{"a":1}}"#).unwrap();
    assert!(matches!(event.data, EventData::Other(_)));
}
