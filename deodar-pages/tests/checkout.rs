//! The hosted page of an order: paid, tried again, left, ended; in a frame or not.

#[cfg(test)]
mod common;

use common::checkout::{
    Checkout, FAILED, GRACE, LIFETIME, RETURN, assert_goes_back, assert_in_no_frame, in_frame,
    path, with_return,
};
use common::{GOOD_CARD, RISKY_CARD, card, terms};
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::purchase::{CartItem, ItemDescription, ItemName, Quantity};
use deodar_domain::terms::{IntegrationMode, Terms};
use deodar_engine::CHECKOUT_PATH;
use http::{Method, StatusCode};

#[tokio::test(start_paused = true)]
async fn an_order_is_paid_by_card() {
    let it = Checkout::of(with_return("card")).await;
    let page = it.get("").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.heading(), "Pay Chai &#38; Co &#60;Pune&#62; ₹500.00");
    assert!(page.body.contains("Payment method") && page.body.contains("Masala chai"));
    assert!(!page.body.contains("Valid until"), "only links end on a day that the payer is told");
    assert_eq!(it.pay(&card(GOOD_CARD)).await.location(), it.step("/go"));
    let result = it.answer(&[("otp", "123456")]).await;
    assert_eq!(result.heading(), "Payment successful");
    assert_goes_back(&result, RETURN, "PROCESSED");
    let again = it.get("").await;
    assert_eq!(again.heading(), "Already paid");
    assert_goes_back(&again, RETURN, "PROCESSED");
    assert_eq!(it.order().await.state, OrderState::Processed);
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_another_try_is_offered() {
    let it = Checkout::of(with_return("again")).await;
    assert_eq!(it.pay(&card(RISKY_CARD)).await.location(), it.step("/result"));
    let result = it.get("/result").await;
    assert_eq!(result.heading(), "Payment failed");
    let href = format!(r#"href="{}">Try again</a>"#, it.step(""));
    assert!(result.body.contains(&href) && !result.body.contains("data-auto"));
    assert_eq!(
        (result.hidden("status").as_str(), result.hidden("error_code").as_str()),
        ("FAILED", "RISK_CHECK_FAILED")
    );
    it.pay(&card(GOOD_CARD)).await;
    assert_goes_back(&it.answer(&[("otp", "123456")]).await, RETURN, "PROCESSED");
    assert_eq!(it.statuses().await, [PaymentStatus::Failed, PaymentStatus::Processed]);
}

#[tokio::test(start_paused = true)]
async fn what_was_wrong_comes_back_to_the_page_with_its_token() {
    let it = Checkout::of(terms("wrong")).await;
    let mut fields = card("4012001037141113").to_vec();
    fields[3] = ("cvv", "");
    let answer = it.pay(&fields).await;
    let again = format!("{}&method=CARD&wrong=card_number%2Ccvv", it.step(""));
    assert_eq!(answer.location(), again);
    let page = it.shop.get(&again).await;
    assert!(page.body.contains("Please check the marked details"));
    assert_eq!(it.statuses().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_form_sent_twice_makes_one_payment() {
    let it = Checkout::of(terms("twice")).await;
    let nonce = it.get("").await.hidden("reference");
    let mut fields = vec![("reference", nonce.as_str())];
    fields.extend(card(GOOD_CARD));
    let path = it.step("/pay");
    let (first, second) = tokio::join!(it.shop.post(&path, &fields), it.shop.post(&path, &fields));
    for answer in [first, second, it.shop.post(&path, &fields).await] {
        assert!([it.step("/go"), it.step("/wait")].contains(&answer.location().to_owned()));
    }
    assert_eq!(it.statuses().await, [PaymentStatus::Pending]);
    // The page leads to the payment that is there, and so does the form's own address.
    assert_eq!(it.get("").await.location(), it.step("/wait"));
    assert_eq!(it.get("/pay").await.location(), it.step(""));
    let foreign = [("sec-fetch-site", "cross-site")];
    for step in ["/pay", "/give-up"] {
        let refused = it.shop.get_as(Method::POST, &it.step(step), &foreign).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_payer_who_leaves_without_a_try_has_cancelled() {
    let it = Checkout::of(with_return("leave")).await;
    let page = it.get("").await;
    let href =
        format!(r#"<a href="{}">Return to Chai &#38; Co &#60;Pune&#62;</a>"#, it.step("/leave"));
    assert!(page.body.contains(&href), "{}", page.body);
    assert!(!page.body.contains("signature"), "what is signed is signed when the payer leaves");
    let left = it.get("/leave").await;
    assert_eq!(left.heading(), "Payment not completed");
    assert_goes_back(&left, FAILED, "CANCELLED");
    assert_eq!(left.hidden("error_code"), "PAYMENT_CANCELLED");
    assert_eq!(it.order().await.state, OrderState::Created, "it can still be paid");
    assert_eq!(it.get("").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_payer_who_leaves_after_a_failure_brings_the_failure() {
    let it = Checkout::of(with_return("leave-failed")).await;
    it.pay(&card(RISKY_CARD)).await;
    let left = it.get("/leave").await;
    assert_goes_back(&left, FAILED, "FAILED");
    assert_eq!(left.hidden("error_code"), "RISK_CHECK_FAILED");
}

#[tokio::test(start_paused = true)]
async fn nobody_leaves_while_a_payment_is_pending_or_with_the_wrong_news() {
    let it = Checkout::of(with_return("leave-early")).await;
    it.pay(&card(GOOD_CARD)).await;
    assert_eq!(it.get("/leave").await.location(), it.step("/wait"));
    assert!(!it.get("/wait").await.body.contains(RETURN));
    it.answer(&[("otp", "123456")]).await;
    // From a page that was opened before the payment.
    assert_eq!(it.get("/leave").await.location(), it.step("/result"));
}

#[tokio::test(start_paused = true)]
async fn without_an_address_to_go_back_to_nobody_is_sent_there() {
    let it = Checkout::of(terms("nowhere")).await;
    assert!(!it.get("").await.body.contains("Return to"));
    let left = it.get("/leave").await;
    assert_eq!((left.status, left.heading().as_str()), (StatusCode::OK, "Payment not completed"));
    assert!(!left.body.contains("<form"));
}

#[tokio::test(start_paused = true)]
async fn giving_up_leads_to_another_method() {
    let it = Checkout::of(with_return("other")).await;
    it.pay(&[("method", "UPI"), ("flow", "intent")]).await;
    let wait = it.get("/wait").await;
    assert!(wait.body.contains("Other method") && !wait.body.contains(RETURN));
    assert!(it.get("/qr.svg").await.body.contains("<svg"));
    assert_eq!(it.get("/status").await.body, r#"{"stage":"intent"}"#);
    assert_eq!(it.shop.post(&it.step("/give-up"), &[]).await.location(), it.step(""));
    assert_goes_back(&it.get("/leave").await, FAILED, "CANCELLED");
    let status = it.get("/status").await.body;
    assert_eq!(status, format!(r#"{{"next":"{}"}}"#, it.step("/result")));
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_takes_the_payer_back() {
    let it = Checkout::of(with_return("ten")).await;
    for _ in 0..deodar_domain::order::ATTEMPTS_MAX {
        it.pay(&card(RISKY_CARD)).await;
    }
    for step in ["/result", ""] {
        let result = it.get(step).await;
        assert_eq!(result.heading(), "Payment failed");
        assert!(!result.body.contains("Try again"));
        assert_goes_back(&result, FAILED, "FAILED");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_the_merchant_cancelled_says_so() {
    let it = Checkout::of(with_return("cancelled")).await;
    it.shop.engine.cancel_order(&it.shop.merchant, it.key).await.expect("a cancelled order");
    let page = it.get("").await;
    assert_eq!(page.heading(), "Order cancelled");
    assert_eq!(page.hidden("status"), "CANCELLED");
    assert!(!page.body.contains("error_code"), "nobody but the merchant has ended it");
    assert_goes_back(&page, FAILED, "CANCELLED");
    let paid = it.shop.post(&it.step("/pay"), &card(GOOD_CARD)).await;
    assert_eq!(paid.status, StatusCode::BAD_REQUEST, "it is not what our page sends");
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_the_merchant_ended_is_not_told_of_a_link() {
    let it = Checkout::of(with_return("ended")).await;
    it.pay(&card(GOOD_CARD)).await;
    it.shop.engine.cancel_order(&it.shop.merchant, it.key).await.expect("a cancelled order");
    let result = it.get("/result").await;
    assert_eq!(result.heading(), "Payment failed");
    assert!(result.body.contains("This order can no longer be paid."));
    assert!(!result.body.contains("payment link"));
    assert_goes_back(&result, FAILED, "CANCELLED");
}

#[tokio::test(start_paused = true)]
async fn a_page_closes_after_a_day_and_ends_an_hour_later() {
    let it = Checkout::of(with_return("ends")).await;
    let nonce = it.get("").await.hidden("reference");
    it.advance(LIFETIME + 60).await;
    let page = it.get("").await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "This page has ended"));
    assert_goes_back(&page, FAILED, "CANCELLED");
    let mut fields = vec![("reference", nonce.as_str())];
    fields.extend(card(GOOD_CARD));
    assert_eq!(it.shop.post(&it.step("/pay"), &fields).await.location(), it.step(""));
    assert_eq!(it.statuses().await, []);
    it.advance(GRACE).await;
    for step in ["", "/wait", "/result", "/leave", "/status"] {
        let page = it.get(step).await;
        assert_eq!(page.status, StatusCode::GONE, "{step}");
        assert_eq!(page.heading(), "This page has ended");
        assert!(!page.body.contains("signature") && !page.body.contains("Chai"), "{step}");
    }
    // The same order has another page for whoever may ask for it.
    let order = it.order().await;
    let address = it.shop.engine.new_checkout_address(&order).expect("an address");
    assert_eq!(it.shop.get(&path("", &address.token)).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_payment_in_flight_outlives_the_page() {
    let it = Checkout::of(with_return("in-flight")).await;
    it.advance(LIFETIME - 120).await;
    it.pay(&card(GOOD_CARD)).await;
    it.advance(240).await;
    assert_eq!(it.get("").await.location(), it.step("/wait"));
    let result = it.answer(&[("otp", "123456")]).await;
    assert_goes_back(&result, RETURN, "PROCESSED");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_touched_or_is_of_another_kind_leads_nowhere() {
    let it = Checkout::of(with_return("forged")).await;
    let order = it.order().await;
    let (paid, challenge) =
        common::challenge::pay(&it.shop, &order, "p1", common::challenge::card(GOOD_CARD)).await;
    assert!(paid.payment_in_flight().is_some());
    let challenge = challenge.expect("a challenge");
    let of_challenge = challenge.split("token=").nth(1).expect("a token");
    let parts: Vec<&str> = it.token.split('.').collect();
    let [head, claims, signature] = parts[..] else { panic!("not a token") };
    let forged = [
        String::new(),
        "x".to_owned(),
        of_challenge.to_owned(),
        format!("{head}.{claims}."),
        format!("{head}.{claims}.{}", signature.chars().rev().collect::<String>()),
        format!("{head}.{}.{signature}", claims.to_uppercase()),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}."),
        format!("{}A", it.token),
        "a".repeat(5_000),
    ];
    for token in forged {
        for step in ["", "/go", "/wait", "/status", "/result", "/return", "/qr.svg", "/leave"] {
            let page = it.shop.get(&path(step, &token)).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{step} {token}");
        }
    }
    assert_eq!(it.shop.get(CHECKOUT_PATH).await.status, StatusCode::NOT_FOUND);
    let landing = format!("/web/auth/landing/?token={}", it.token);
    assert_eq!(it.shop.get(&landing).await.status, StatusCode::NOT_FOUND);
    assert!(it.shop.engine.authenticate(&it.token).await.is_err(), "it is no access token");
}

#[tokio::test(start_paused = true)]
async fn only_a_checkout_made_for_a_frame_stands_in_one() {
    let it = Checkout::of(with_return("redirect")).await;
    it.pay(&card(GOOD_CARD)).await;
    for step in ["", "/go", "/wait", "/status", "/result", "/leave"] {
        assert_in_no_frame(&it.get(step).await);
    }
    assert!(it.get("/go").await.body.contains("http-equiv=\"refresh\""));

    let it = Checkout::of(in_frame("frame")).await;
    let allowed = "frame-ancestors https://shop.example.com";
    it.pay(&card(GOOD_CARD)).await;
    for step in ["", "/go", "/wait", "/status", "/result", "/leave"] {
        let page = it.get(step).await;
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with(allowed), "{step}: {policy}");
        assert!(!page.headers.contains_key("x-frame-options"), "{step}");
    }
    // The bank's page stands in no frame: the payer goes there by a link to the whole window.
    let go = it.get("/go").await.body;
    assert!(go.contains(r#"target="_top">Continue to your bank</a>"#));
    assert!(!go.contains("http-equiv=\"refresh\""));
    // Whoever is told that the page has ended is told so in the frame.
    it.advance(LIFETIME + GRACE).await;
    let gone = it.get("").await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert!(gone.header("content-security-policy").ends_with(allowed));
    // A forged token is in no frame.
    assert_in_no_frame(&it.shop.get(&path("", "x")).await);
}

#[tokio::test(start_paused = true)]
async fn without_a_callback_any_secure_page_may_have_the_frame() {
    let terms = Terms { integration_mode: IntegrationMode::Iframe, ..terms("any-frame") };
    let it = Checkout::of(terms).await;
    let page = it.get("").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors https: http://localhost:*"), "{policy}");
}

#[tokio::test(start_paused = true)]
async fn the_cart_is_shown_and_never_summed() {
    let item = |name: &str, price, discounted, pieces| CartItem {
        name: ItemName::parse(name).ok(),
        description: ItemDescription::parse("From <Assam>").ok(),
        original_price: Some(Money::paise(price)),
        discounted_price: discounted,
        quantity: Quantity::new(pieces),
        ..CartItem::default()
    };
    let items = vec![
        item("Tea", 10_000, Some(Money::paise(9_000)), 3),
        item("Kettle", 99_900, None, 1),
        CartItem::default(),
    ];
    let terms = Terms {
        cart_items: Some(items),
        cart_coupon_discount: Some(Money::paise(500)),
        ..terms("cart")
    };
    let page = Checkout::of(terms).await.get("").await.body;
    for shown in [
        "Tea × 3",
        "₹270.00",
        "₹30.00 discount included",
        "From &#60;Assam&#62;",
        "Kettle",
        "₹999.00",
        "Item",
        "−₹5.00",
        "Pay ₹500.00",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}
