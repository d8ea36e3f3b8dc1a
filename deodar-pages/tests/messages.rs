//! The messages of a sandbox, for people and for programs.
#![expect(clippy::expect_used, reason = "what goes wrong here fails the test that called it")]

#[cfg(test)]
mod common;

use common::{Answer, Shop, terms};
use deodar_domain::id::link_id;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::order::Order;
use deodar_engine::store::JobId;
use deodar_engine::{KeptMessage, Made, NewLink};
use http::{Method, StatusCode};

async fn link(shop: &Shop) -> Order {
    let new = NewLink { terms: terms("told"), expire_by: None };
    let made = shop.engine.create_link(&shop.merchant, new).await.expect("a link");
    let (Made::New(order) | Made::Existing(order)) = made;
    order
}

async fn keep(shop: &Shop, order: &Order, channel: Channel, text: &str) {
    let is_email = channel == Channel::Email;
    let message = KeptMessage {
        job: JobId(1),
        merchant: shop.merchant.id,
        order: order.key,
        kind: MessageKind::LinkCreated,
        channel,
        recipient: if is_email { "kavya@example.com" } else { "+919876543210" }.into(),
        subject: is_email.then(|| "Pay <₹500.00>".into()),
        text: text.into(),
        html: is_email.then(|| "<p>Hello</p>".into()),
    };
    shop.engine.keep_message(message).await.expect("a message");
}

async fn json(shop: &Shop) -> serde_json::Value {
    let answer =
        shop.get_as(Method::GET, "/sandbox/messages", &[("accept", "application/json")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    serde_json::from_str(&answer.body).expect("JSON")
}

async fn page(shop: &Shop) -> Answer {
    let answer = shop.get("/sandbox/messages").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer
}

#[tokio::test]
async fn an_outbox_without_messages_says_so() {
    let shop = Shop::open().await;
    assert!(page(&shop).await.body.contains("There is no message yet"));
    assert_eq!(json(&shop).await, serde_json::json!({ "messages": [] }));
}

#[tokio::test]
async fn people_read_the_newest_message_first_and_open_its_link() {
    let shop = Shop::open().await;
    let order = link(&shop).await;
    let url = shop.engine.link_url(order.link.as_ref().expect("a link").number);
    keep(&shop, &order, Channel::Email, &format!("Pay <here>: {url}\n")).await;
    keep(&shop, &order, Channel::Sms, &format!("Pay: {url}")).await;
    let answer = page(&shop).await;
    assert_eq!(answer.heading(), "Messages to payers");
    let place = |text: &str| answer.body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("+919876543210") < place("kavya@example.com"));
    assert_eq!(answer.body.matches(&format!("<a href=\"{url}\">{url}</a>")).count(), 2);
    assert!(answer.body.contains("Pay &#60;₹500.00&#62;"), "{}", answer.body);
    assert!(answer.body.contains("Pay &#60;here&#62;:"), "{}", answer.body);
    assert!(answer.body.contains("name=\"viewport\" content=\"width=device-width"));
}

#[tokio::test]
async fn programs_read_the_same() {
    let shop = Shop::open().await;
    let order = link(&shop).await;
    keep(&shop, &order, Channel::Sms, "by SMS").await;
    keep(&shop, &order, Channel::Email, "by e-mail").await;
    let mut answer = json(&shop).await;
    for message in answer["messages"].as_array_mut().expect("messages") {
        let at = message.as_object_mut().expect("a message").remove("created_at");
        assert!(at.is_some_and(|at| at.as_str().is_some_and(|at| at.ends_with('Z'))));
    }
    let (id, merchant) = (link_id(order.key), shop.merchant.id.to_string());
    let expected = serde_json::json!({ "messages": [
        { "number": 2, "kind": "LINK_CREATED", "channel": "EMAIL", "to": "kavya@example.com",
          "subject": "Pay <₹500.00>", "text": "by e-mail", "html": "<p>Hello</p>",
          "payment_link_id": id, "merchant_id": merchant },
        { "number": 1, "kind": "LINK_CREATED", "channel": "SMS", "to": "+919876543210",
          "text": "by SMS", "payment_link_id": id, "merchant_id": merchant },
    ] });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn an_email_is_shown_as_a_page_that_can_do_nothing() {
    let shop = Shop::open().await;
    let order = link(&shop).await;
    keep(&shop, &order, Channel::Email, "text").await;
    keep(&shop, &order, Channel::Sms, "text").await;
    let answer = shop.get("/sandbox/messages/1").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "<p>Hello</p>"));
    assert!(answer.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    for missing in ["2", "3", "x", "-1", "99999999999999999999999"] {
        let answer = shop.get(&format!("/sandbox/messages/{missing}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn outside_a_sandbox_there_is_no_outbox() {
    let shop = Shop::open_outside_the_sandbox().await;
    for path in ["/sandbox/messages", "/sandbox/messages/1"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}
