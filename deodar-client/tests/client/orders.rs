//! Orders, their payments and their refunds.

use std::sync::atomic::Ordering;
use std::time::Duration;

use deodar_client::{
    Amount, CardDetails, Cart, CartItem, Client, Code, Customer, IntegrationMode, ListPart, Method,
    NewCapture, NewCheckout, NewLink, NewOrder, NewPayment, NewRefund, Order, OrderOrRefund,
    OrderStatus, PayWith, PaymentStatus, Product, PurchaseDetails, RefundStatus, Timestamp,
};

use crate::gateway::Gateway;

pub(crate) fn card(number: &str) -> PayWith {
    PayWith::Card(CardDetails {
        number: number.into(),
        cvv: "123".into(),
        expiry_month: "12".to_owned(),
        expiry_year: "2030".to_owned(),
        name: "Kevin Bob".to_owned(),
    })
}

/// An order of ₹500 that a card has paid; its money is held where `pre_auth`.
async fn paid(client: &Client, reference: &str, pre_auth: bool) -> Order {
    let amount = Amount::paise(50_000);
    let new = NewOrder { pre_auth, ..NewOrder::new(amount.clone(), reference) };
    let order = client.create_order(&new).await.unwrap();
    let payment = NewPayment::new(amount, "first", card("4012001037141112"));
    let order = client.create_payment(&order.order_id, &payment).await.unwrap();
    assert_eq!(order.status, OrderStatus::Pending);
    assert!(order.challenge_url.is_some_and(|url| url.contains("/web/auth/landing/?token=")));
    client.submit_otp(&order.payments[0].id, &"123456".into()).await.unwrap();
    client.order_by_id(&order.order_id).await.unwrap().order().unwrap()
}

fn capture(reference: &str, paise: u64) -> NewCapture {
    NewCapture {
        merchant_capture_reference: reference.to_owned(),
        capture_amount: Some(Amount::paise(paise)),
    }
}

fn refund(reference: &str, paise: Option<u64>) -> NewRefund {
    NewRefund {
        merchant_order_reference: reference.to_owned(),
        order_amount: paise.map(Amount::paise),
    }
}

fn cart_item() -> CartItem {
    CartItem {
        id: Some("tea-1".to_owned()),
        name: Some("Assam tea".to_owned()),
        description: Some("One kilo".to_owned()),
        details_url: Some("https://shop.example.com/tea".to_owned()),
        image_url: Some("https://shop.example.com/tea.png".to_owned()),
        original_unit_price: Some(25_000),
        discounted_unit_price: Some(22_500),
        quantity: Some(2),
        currency: Some("INR".to_owned()),
    }
}

#[tokio::test]
async fn an_order_is_answered_as_it_was_asked_for() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let purchase = PurchaseDetails {
        customer: Some(Customer {
            mobile_number: Some("9876543210".to_owned()),
            country_code: Some("91".to_owned()),
            is_edit_customer_details_allowed: Some(true),
            ..Customer::default()
        }),
        products: vec![Product { code: Some("tea".to_owned()), ..Product::default() }],
        cart_details: Some(Cart { cart_items: vec![cart_item()], ..Cart::default() }),
        ..PurchaseDetails::default()
    };
    let asked = NewOrder {
        pre_auth: true,
        allowed_payment_methods: vec![Method::Card],
        notes: Some("Tea for two".to_owned()),
        callback_url: Some("https://shop.example.com/back".to_owned()),
        purchase_details: Some(purchase),
        ..NewOrder::new(Amount::paise(50_000), "o-1")
    };
    let order = client.create_order(&asked).await.unwrap();
    assert_eq!(order.status, OrderStatus::Created);
    assert_eq!(order.merchant_order_reference, "o-1");
    assert_eq!(order.order_amount, asked.order_amount);
    assert_eq!(order.notes, asked.notes);
    assert_eq!(order.callback_url, asked.callback_url);
    assert_eq!(order.allowed_payment_methods, asked.allowed_payment_methods);
    assert_eq!(order.purchase_details, asked.purchase_details);
    assert!(order.pre_auth && !order.part_payment);
    assert_eq!(client.create_order(&asked).await.unwrap(), order);
    let other = NewOrder { pre_auth: false, ..asked };
    let error = client.create_order(&other).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::DuplicateRequest));
}

#[tokio::test]
async fn a_card_pays_after_the_right_password() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let amount = Amount::paise(50_000);
    let order = client.create_order(&NewOrder::new(amount.clone(), "o-1")).await.unwrap();
    let payment = NewPayment::new(amount, "p", card("4012001037141112"));
    let order = client.create_payment(&order.order_id, &payment).await.unwrap();
    let id = &order.payments[0].id;
    let sent = client.resend_otp(id).await.unwrap();
    assert_eq!(sent.resend_after, Some(Duration::from_mins(3)));
    let wrong = client.submit_otp(id, &"000000".into()).await.unwrap_err();
    assert_eq!(wrong.code(), Some(&Code::UserAuthenticationFailed));
    client.submit_otp(id, &"123456".into()).await.unwrap();
    let order = client.order_by_reference("o-1").await.unwrap().order().unwrap();
    assert_eq!(order.status, OrderStatus::Processed);
    let payment = &order.payments[0];
    assert_eq!(payment.status, PaymentStatus::Processed);
    assert_eq!(payment.payment_method, Method::Card);
    let card = payment.payment_option.card_data.as_ref().unwrap();
    assert_eq!(card.last4_digit.as_deref(), Some("1112"));
    assert_ne!(payment.acquirer_data.as_ref().unwrap().approval_code, "");
}

#[tokio::test]
async fn upi_and_netbanking_wait_for_the_payer() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let amount = Amount::paise(100);
    let cases = [
        ("a", PayWith::UpiCollect { vpa: "success@upi".to_owned() }),
        ("b", PayWith::UpiIntent { qr: true }),
        ("c", PayWith::Netbanking { pay_code: "NB1531".to_owned() }),
    ];
    for (reference, with) in cases {
        let order = client.create_order(&NewOrder::new(amount.clone(), reference)).await.unwrap();
        let method = with.method();
        let payment = NewPayment::new(amount.clone(), "p", with);
        let order = client.create_payment(&order.order_id, &payment).await.unwrap();
        assert_eq!(order.status, OrderStatus::Pending, "{reference}");
        assert_eq!(order.payments[0].payment_method, method);
        let option = &order.payments[0].payment_option;
        let told = match reference {
            "a" => option.upi_data.as_ref().unwrap().payer.as_ref().unwrap().vpa.clone(),
            "b" => option.upi_data.as_ref().unwrap().intent_url.clone(),
            _ => option.netbanking_data.as_ref().unwrap().pay_code.clone(),
        };
        let expected = match reference {
            "a" => "success@upi",
            "b" => "upi://pay?",
            _ => "NB1531",
        };
        assert!(told.is_some_and(|told| told.starts_with(expected)), "{reference}");
        assert!(order.challenge_url.is_some(), "{reference}");
        assert_eq!(order.image_url.is_some(), reference == "b", "{reference}");
    }
}

#[tokio::test]
async fn held_money_is_captured_once_in_part() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let order = paid(&client, "o-1", true).await;
    assert_eq!(order.status, OrderStatus::Authorized);
    let wanted = capture("c-1", 20_000);
    gateway.faults.lost_answers.store(1, Ordering::Relaxed);
    let captured = client.capture_order(&order.order_id, &wanted).await.unwrap();
    assert_eq!(captured.status, OrderStatus::PartiallyCaptured);
    let data = &captured.payments[0].capture_data[0];
    assert_eq!(data.merchant_capture_reference, "c-1");
    assert_eq!(data.capture_amount, Amount::paise(20_000));
    let again = client.capture_order(&order.order_id, &wanted).await.unwrap();
    assert_eq!(again, captured);
    let other = client.capture_order(&order.order_id, &capture("c-2", 100)).await.unwrap_err();
    assert_eq!(other.api().unwrap().status, 422);
}

#[tokio::test]
async fn an_order_is_cancelled_and_held_money_let_go() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let new = NewOrder::new(Amount::paise(100), "o-1");
    let order = client.create_order(&new).await.unwrap();
    let cancelled = client.cancel_order(&order.order_id).await.unwrap();
    assert_eq!(cancelled.status, OrderStatus::Cancelled);
    let error = client.cancel_order(&order.order_id).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::OrderCancelled));

    let order = paid(&client, "o-2", true).await;
    gateway.faults.lost_answers.store(2, Ordering::Relaxed);
    let cancelled = client.cancel_order(&order.order_id).await.unwrap();
    assert_eq!(cancelled.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn money_goes_back_in_parts_and_every_part_once() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let order = paid(&client, "o-1", false).await;
    gateway.faults.lost_answers.store(2, Ordering::Relaxed);
    let part = client.create_refund(&order.order_id, &refund("r-1", Some(20_000))).await.unwrap();
    assert_eq!(part.status, RefundStatus::Processed);
    assert_eq!(part.order_amount, Amount::paise(20_000));
    assert_eq!(part.parent_order_id, order.order_id);
    assert_eq!(part.merchant_order_reference.as_deref(), Some("r-1"));
    let rest = client.create_refund(&order.order_id, &refund("r-2", None)).await.unwrap();
    assert_eq!(rest.order_amount, Amount::paise(30_000));
    let found = client.order_by_id(&part.order_id).await.unwrap();
    assert_eq!(found, OrderOrRefund::Refund(Box::new(part.clone())));
    let order = client.order_by_id(&order.order_id).await.unwrap().order().unwrap();
    assert_eq!(order.status, OrderStatus::FullyRefunded);
    assert_eq!(order.refunds, [rest, part]);
    let error = client.create_refund(&order.order_id, &refund("r-3", None)).await.unwrap_err();
    assert_eq!(error.api().unwrap().status, 422);
}

#[tokio::test]
async fn what_was_made_is_listed_newest_first() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let amount = Amount::paise(100);
    let mut links = Vec::new();
    for reference in ["l-1", "l-2", "l-3"] {
        links
            .insert(0, client.create_link(&NewLink::new(amount.clone(), reference)).await.unwrap());
        gateway.clock.advance(1);
    }
    let order = paid(&client, "o-1", false).await;
    let back = client.create_refund(&order.order_id, &refund("r-1", Some(100))).await.unwrap();
    let day = |day: &str| Timestamp::parse(&format!("2026-03-{day}T00:00:00Z")).unwrap();
    let part = ListPart { per_page: 2, ..ListPart::first(day("06"), day("07")) };
    let first = client.links(&part).await.unwrap();
    assert_eq!(first.data, links[..2]);
    assert_eq!((first.pagination.has_more, first.pagination.next_page), (true, Some(2)));
    let second = client.links(&ListPart { page: 2, ..part }).await.unwrap();
    assert_eq!(second.data, links[2..]);
    assert!(!second.pagination.has_more);
    let orders = client.orders(&part).await.unwrap();
    assert_eq!(orders.data[0].order_id, order.order_id);
    let refunds = client.refunds(&part).await.unwrap();
    assert_eq!(refunds.data, [back]);
    let error = client.links(&ListPart { page: 0, ..part }).await.unwrap_err();
    assert_eq!(error.api().unwrap().field.as_deref(), Some("page"));
}

#[tokio::test]
async fn a_hosted_page_is_made_for_an_order() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let order = NewOrder::new(Amount::paise(50_000), "hosted-1");
    for (asked, mode) in [
        (NewCheckout::redirect(order.clone()), IntegrationMode::Redirect),
        (
            NewCheckout::iframe(NewOrder::new(Amount::paise(50_000), "hosted-2")),
            IntegrationMode::Iframe,
        ),
    ] {
        let page = client.create_checkout(&asked).await.unwrap();
        assert!(page.redirect_url.ends_with(&format!("?token={}", page.token)));
        assert!(!format!("{page:?}").contains(&page.token), "a token is not printed");
        let made = client.order_by_id(&page.order_id).await.unwrap().order().unwrap();
        assert_eq!(made.integration_mode, Some(mode));
        assert_eq!(made.merchant_order_reference, asked.order.merchant_order_reference);
        let again = client.create_checkout(&asked).await.unwrap();
        assert_eq!(again.order_id, page.order_id);
    }
    let other = NewCheckout::redirect(NewOrder { order_amount: Amount::paise(50_001), ..order });
    let error = client.create_checkout(&other).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::DuplicateRequest));
}
