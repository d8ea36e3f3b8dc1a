//! The page behind a `challenge_url`: to the bank, the wait, and back to the merchant.

#[cfg(test)]
mod common;

use common::challenge::{Challenge, GOOD, RETURN, card, pay, with_return};
use common::{Shop, terms};
use deodar_domain::instrument::PayCode;
use deodar_domain::order::OrderState;
use deodar_domain::payment::{Payment, PaymentStatus};
use deodar_domain::upi::Vpa;
use deodar_engine::acquirer::Instrument;
use http::{Method, StatusCode};

#[tokio::test(start_paused = true)]
async fn a_card_is_paid_behind_the_challenge_url() {
    let it = Challenge::of(with_return("card"), card(GOOD)).await;
    assert!(it.page.starts_with("/web/auth/landing/?token="));
    let page = it.open().await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Taking you to your bank"));
    assert!(page.body.contains(r#"content="0;url="#));
    assert!(["•••• 1112", GOOD, "Kevin"].iter().all(|hidden| !page.body.contains(hidden)));
    let result = it.answer(&[("otp", "123456")]).await;
    assert_eq!(result.heading(), "Payment successful");
    it.assert_goes_back(&result, "PROCESSED");
    assert_eq!(it.now().await.state, OrderState::Processed);
    // The first page tells the same from now on.
    let again = it.open().await;
    assert_eq!(again.heading(), "Payment successful");
    it.assert_goes_back(&again, "PROCESSED");
}

#[tokio::test(start_paused = true)]
async fn a_failure_goes_back_to_the_merchant_though_attempts_remain() {
    let it = Challenge::of(with_return("declined"), card("4000000000000002")).await;
    let result = it.answer(&[("otp", "123456")]).await;
    assert_eq!(result.heading(), "Payment failed");
    it.assert_goes_back(&result, "FAILED");
    assert_eq!(result.hidden("error_code"), "PAYMENT_DECLINED");
    assert_eq!(it.now().await.state, OrderState::Attempted);
}

#[tokio::test(start_paused = true)]
async fn netbanking_goes_by_way_of_the_bank() {
    let instrument = Instrument::Netbanking(PayCode::parse("NB1531").expect("a code"));
    let it = Challenge::of(with_return("bank"), instrument).await;
    let result = it.answer(&[("decision", "approve")]).await;
    it.assert_goes_back(&result, "PROCESSED");
}

#[tokio::test(start_paused = true)]
async fn upi_waits_on_the_page() {
    let vpa = Vpa::parse("success@upi").expect("an address");
    for (reference, instrument, heading) in [
        ("collect", Instrument::UpiCollect(vpa), "Approve the request in your UPI app"),
        ("intent", Instrument::UpiIntent, "Scan with any UPI app"),
    ] {
        let it = Challenge::of(with_return(reference), instrument).await;
        let wait = it.open().await;
        assert_eq!(wait.heading(), "Payment pending");
        assert!(wait.body.contains(heading) && !wait.body.contains("success@upi"));
        assert!(wait.body.contains(&format!(r#"data-poll="{}""#, it.step("status"))));
        assert!(wait.body.contains("Cancel payment") && !wait.body.contains("Other method"));
        assert!(!wait.body.contains("/PLUTUS/"), "the link's address is not told");
        assert!(!wait.body.contains(RETURN), "nobody goes back while it is pending");
        let code = it.shop.get(&it.step("qr.svg")).await;
        let has_code = code.status == StatusCode::OK && code.body.contains("<svg");
        assert_eq!(has_code, reference == "intent");
        let status = it.shop.get(&it.step("status")).await.body;
        assert_eq!(status, format!(r#"{{"stage":"{reference}"}}"#));
        let result = it.answer(&[("decision", "approve")]).await;
        it.assert_goes_back(&result, "PROCESSED");
        let status = it.shop.get(&it.step("status")).await.body;
        assert_eq!(status, format!(r#"{{"next":"{}"}}"#, it.step("result")));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_goes_back_while_the_payment_is_pending() {
    let it = Challenge::of(with_return("early"), card(GOOD)).await;
    // However the bank sends the payer back, and whatever it says.
    let posted = it.shop.post(&it.step("return"), &[("status", "PROCESSED")]).await;
    for answer in [posted, it.shop.get(&it.step("return")).await] {
        assert_eq!(answer.location(), it.step("wait"), "no loop to the bank");
    }
    assert_eq!(it.shop.get(&it.step("result")).await.location(), it.step("wait"));
    let wait = it.shop.get(&it.step("wait")).await;
    assert!(wait.body.contains(">Continue to your bank</a>") && !wait.body.contains(RETURN));
}

#[tokio::test(start_paused = true)]
async fn the_payers_cancel_goes_back_to_the_merchant() {
    let it = Challenge::of(with_return("cancel"), card(GOOD)).await;
    let foreign = [("sec-fetch-site", "cross-site")];
    let refused = it.shop.get_as(Method::POST, &it.step("give-up"), &foreign).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let answer = it.shop.post(&it.step("give-up"), &[]).await;
    assert_eq!(answer.location(), it.step("result"));
    let result = it.shop.get(&it.step("result")).await;
    it.assert_goes_back(&result, "CANCELLED");
    assert_eq!(it.now().await.state, OrderState::Attempted);
}

#[tokio::test(start_paused = true)]
async fn each_payment_has_a_page_of_its_own() {
    let it = Challenge::of(with_return("two"), card(GOOD)).await;
    it.shop.post(&it.step("give-up"), &[]).await;
    let (_, second) = pay(&it.shop, &it.order, "p2", Instrument::UpiIntent).await;
    let second = second.expect("a challenge");
    assert_ne!(second, it.page);
    // The first page tells of the first payment, and sends nobody back while another is pending.
    let first = it.open().await;
    assert_eq!(first.heading(), "Payment failed");
    assert!(!first.body.contains(RETURN));
    assert_eq!(it.shop.get(&second).await.heading(), "Payment pending");
    // It cannot end the second one, either.
    it.shop.post(&it.step("give-up"), &[]).await;
    let statuses: Vec<_> = it.now().await.payments.iter().map(Payment::status).collect();
    assert_eq!(statuses, [PaymentStatus::Cancelled, PaymentStatus::Pending]);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_was_declined_at_once_has_no_challenge() {
    let shop = Shop::open().await;
    let link = shop.link(with_return("risky")).await;
    let order = shop.order(&link).await;
    let (paid, page) = pay(&shop, &order, "p1", card("4100000000000019")).await;
    assert_eq!((paid.state, page), (OrderState::Attempted, None));
}

#[tokio::test(start_paused = true)]
async fn without_a_return_url_the_outcome_is_shown() {
    let it = Challenge::of(terms("nowhere"), card(GOOD)).await;
    let result = it.answer(&[("otp", "123456")]).await;
    assert_eq!(result.heading(), "Payment successful");
    assert!(!result.body.contains("<form"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_touched_leads_nowhere() {
    let it = Challenge::of(with_return("forged"), card(GOOD)).await;
    let token = it.page.split("token=").nth(1).expect("a token");
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { panic!("not a token") };
    let other_signature: String = signature.chars().rev().collect();
    let forged = [
        String::new(),
        "x".to_owned(),
        format!("{head}.{claims}."),
        format!("{head}.{claims}.{other_signature}"),
        format!("{head}.{}.{signature}", claims.to_uppercase()),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}."),
        format!("{token}A"),
        "a".repeat(5_000),
    ];
    for token in forged {
        for step in ["", "wait", "status", "result", "return", "qr.svg"] {
            let path = format!("/web/auth/landing/{step}?token={token}");
            assert_eq!(it.shop.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(it.shop.get("/web/auth/landing/").await.status, StatusCode::NOT_FOUND);
    // Whatever else stands in the query, and without the slash.
    let page = it.shop.get(&format!("/web/auth/landing?a=b&token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_of_one_purpose_and_end() {
    let it = Challenge::of(with_return("ended"), card(GOOD)).await;
    let token = it.page.split("token=").nth(1).expect("a token").to_owned();
    assert!(it.shop.engine.authenticate(&token).await.is_err(), "it is no access token");
    it.shop.engine.advance_clock(24 * 3_600 - 60).await.expect("a sandbox");
    assert_eq!(it.open().await.status, StatusCode::OK);
    it.shop.engine.advance_clock(120).await.expect("a sandbox");
    assert_eq!(it.open().await.status, StatusCode::NOT_FOUND);
}
