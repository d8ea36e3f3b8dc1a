//! What goes wrong between a merchant and its gateway.

use std::sync::atomic::Ordering;

use deodar_api::Limits;
use deodar_client::{Amount, Client, ClientConfig, Code, Error, LinkStatus, NewLink, RetryPolicy};

use crate::gateway::Gateway;

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_and_the_call_is_done_once() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    gateway.faults.lost_answers.store(2, Ordering::Relaxed);
    let link = client.create_link(&NewLink::new(Amount::paise(100), "r1")).await.unwrap();
    assert_eq!(gateway.faults.changes.load(Ordering::Relaxed), 3);
    assert_eq!(client.link_by_reference("r1").await.unwrap(), link);

    // Cancelling has no reference: without the key a repeat would be refused.
    gateway.faults.lost_answers.store(1, Ordering::Relaxed);
    let cancelled = client.cancel_link(&link.payment_link_id).await.unwrap();
    assert_eq!(cancelled.status, LinkStatus::Cancelled);
    assert_eq!(gateway.faults.changes.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn an_answer_that_stays_lost_is_told_as_not_known() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    gateway.faults.lost_answers.store(3, Ordering::Relaxed);
    let asked = NewLink::new(Amount::paise(100), "r1");
    let error = client.create_link(&asked).await.unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error}");
    assert!(error.may_be_done());
    let link = client.create_link(&asked).await.unwrap();
    assert_eq!(link.merchant_payment_link_reference, "r1");
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_told() {
    // It has a port, so that nobody else does, and takes no connection.
    let away = tokio::net::TcpSocket::new_v4().unwrap();
    away.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}", away.local_addr().unwrap());
    let config = ClientConfig { retry: RetryPolicy::NEVER, ..ClientConfig::new(url, "i", "s") };
    let error = Client::new(config).unwrap().link_by_reference("r1").await.unwrap_err();
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_token_that_ended_at_the_gateway_is_renewed() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let link = client.create_link(&NewLink::new(Amount::paise(100), "r1")).await.unwrap();
    gateway.clock.advance(3_601);
    assert_eq!(client.link_by_id(&link.payment_link_id).await.unwrap(), link);
}

#[tokio::test]
async fn a_gateway_that_is_called_too_often_says_when_to_come_again() {
    let limits = Limits { failed_logins_max: 1.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(limits).await;
    let config = ClientConfig { client_secret: "wrong".into(), ..gateway.config() };
    let client = Client::new(config).unwrap();
    let first = client.link_by_reference("r1").await.unwrap_err();
    assert_eq!(first.code(), Some(&Code::Unauthorized));
    let second = client.link_by_reference("r1").await.unwrap_err();
    let refusal = second.api().unwrap();
    assert_eq!((refusal.status, &refusal.code), (429, &Code::ApiRateLimit));
    // It is longer than the client waits by itself.
    assert!(refusal.retry_after > Some(gateway.config().retry.wait_max));
}
