//! The one-time password that a lender asks for, and the payer gives to our page.

#[cfg(test)]
mod common;

use common::challenge::{Challenge, cardless_emi, pay_attempt, pay_later, with_return};
use common::{Answer, Shop, terms};
use deodar_domain::order::OrderState;
use deodar_domain::payment::{Payment, PaymentStatus};
use http::{Method, StatusCode};

const RIGHT: [(&str, &str); 1] = [("otp", "123456")];
const WRONG: [(&str, &str); 1] = [("otp", "000000")];

/// A payment of ₹500.00 in three parts, which waits for its payer.
async fn open(reference: &str) -> Challenge {
    Challenge::of(with_return(reference), pay_later("SIMPL3", "9876543210")).await
}

async fn submit(it: &Challenge, fields: &[(&str, &str)]) -> Answer {
    it.shop.post(&it.step("otp"), fields).await
}

async fn statuses(it: &Challenge) -> Vec<PaymentStatus> {
    it.now().await.payments.iter().map(Payment::status).collect()
}

#[tokio::test]
async fn the_page_asks_for_the_password_and_tells_what_is_agreed() {
    let it = open("asks").await;
    let page = it.open().await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Confirm ₹500.00"));
    let shown = [
        r#"<label for="otp">OTP</label>"#,
        r#"autocomplete="one-time-code""#,
        r#"inputmode="numeric""#,
        ">Submit</button>",
        ">Send it again</button>",
        ">Cancel payment</button>",
        "It was sent to ••••••••10.",
        "Simpl Pay-in-3",
        "₹166.68",
        "₹166.66",
    ];
    for text in shown {
        assert!(page.body.contains(text), "{text}");
    }
    assert_eq!(page.body.matches("<dt>Due on ").count(), 3);
    assert!(!page.body.contains("9876543210"));
    // What is typed is not lost to a page that loads itself again.
    assert!(!page.body.contains(r#"http-equiv="refresh""#));
    let stage = it.shop.get(&it.step("status")).await.body;
    assert_eq!(stage, r#"{"stage":"otp-0"}"#);
    assert!(page.body.contains(r#"data-stage="otp-0""#));
}

#[tokio::test]
async fn the_right_password_pays() {
    let it = open("right").await;
    assert_eq!(submit(&it, &[("otp", " 123 456 ")]).await.location(), it.step("result"));
    let result = it.shop.get(&it.step("result")).await;
    assert_eq!(result.heading(), "Payment successful");
    assert!(result.body.contains("Pay Later · Simpl Pay-in-3"));
    it.assert_goes_back(&result, "PROCESSED");
    assert_eq!(it.now().await.state, OrderState::Processed);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_third_ends_the_payment() {
    let it = open("wrong").await;
    for _ in 0..2 {
        let answer = submit(&it, &WRONG).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = it.shop.get(answer.location()).await;
        assert!(page.body.contains("That is not the right password."));
        assert!(page.body.contains(r#"aria-invalid="true" aria-describedby="otp-error""#));
        assert!(!page.body.contains("000000"), "what was typed is not echoed");
        assert_eq!(statuses(&it).await, [PaymentStatus::Pending]);
    }
    assert_eq!(submit(&it, &WRONG).await.location(), it.step("result"));
    let result = it.shop.get(&it.step("result")).await;
    it.assert_goes_back(&result, "FAILED");
    assert_eq!(result.hidden("error_code"), "USER_AUTHENTICATION_FAILED");
    // No password helps any more.
    assert_eq!(submit(&it, &RIGHT).await.location(), it.step("result"));
    assert_eq!(statuses(&it).await, [PaymentStatus::Failed]);
}

#[tokio::test]
async fn what_is_no_password_uses_up_no_try() {
    let it = open("empty").await;
    let long = "1".repeat(1_000);
    for typed in ["", "abc", "123", "123456789", &long] {
        for fields in [[("otp", typed)], [("pin", "123456")]] {
            let fields = &fields;
            assert!(submit(&it, fields).await.location().contains("otp=wrong"));
        }
    }
    submit(&it, &RIGHT).await;
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed]);
}

#[tokio::test]
async fn the_password_is_sent_again_three_times() {
    let it = open("again").await;
    for expected in ["sent again", "sent again", "sent again", "cannot be sent again"] {
        let answer = it.shop.post(&it.step("otp/resend"), &[]).await;
        let page = it.shop.get(answer.location()).await;
        assert!(page.body.contains(expected), "{expected}");
        assert!(page.body.contains(r#"class="notice" role="status""#));
    }
    submit(&it, &RIGHT).await;
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed]);
}

#[tokio::test]
async fn a_reload_and_the_history_repeat_nothing() {
    let it = open("reload").await;
    for step in ["otp", "otp/resend"] {
        // The address of a form, opened as a page.
        assert_eq!(it.shop.get(&it.step(step)).await.heading(), "Confirm ₹500.00");
    }
    let told = submit(&it, &WRONG).await.location().to_owned();
    for _ in 0..5 {
        it.shop.get(&told).await;
    }
    // One try is used up, and two remain.
    submit(&it, &WRONG).await;
    assert_eq!(statuses(&it).await, [PaymentStatus::Pending]);
    submit(&it, &RIGHT).await;
    // Back from the outcome, every page tells it.
    for path in [&told, &it.step("wait")] {
        assert_eq!(it.shop.get(path).await.location(), it.step("result"));
    }
    let again = it.shop.post(&it.step("otp/resend"), &[]).await;
    assert_eq!(again.location(), it.step("result"));
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed]);
}

#[tokio::test]
async fn two_presses_at_once_pay_once() {
    let it = open("double").await;
    let (first, second) = tokio::join!(submit(&it, &RIGHT), submit(&it, &RIGHT));
    for answer in [first, second] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed]);
}

#[tokio::test]
async fn a_page_of_another_site_gives_no_password() {
    let it = open("foreign").await;
    for step in ["otp", "otp/resend"] {
        let foreign = [("sec-fetch-site", "cross-site")];
        let answer = it.shop.get_as(Method::POST, &it.step(step), &foreign).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_payment_that_waits_for_the_bank_takes_no_password_here() {
    let it =
        Challenge::of(with_return("bank"), common::challenge::card(common::challenge::GOOD)).await;
    let page = it.shop.get(&it.step("wait")).await;
    assert!(!page.body.contains(r#"name="otp""#));
    for _ in 0..3 {
        // Whoever posts one all the same ends no attempt of a card.
        submit(&it, &[]).await;
    }
    assert_eq!(statuses(&it).await, [PaymentStatus::Pending]);
}

#[tokio::test]
async fn the_payer_can_choose_another_method_instead() {
    let shop = Shop::open().await;
    let path = shop.link(terms("other")).await;
    let later = [("method", "BNPL"), ("provider", "LAZYPAY"), ("mobile", "9876543210")];
    assert_eq!(shop.pay(&path, &later).await.location(), format!("{path}/wait"));
    let page = shop.get(&format!("{path}/wait")).await;
    assert!(page.body.contains(">Other method</button>"));
    assert_eq!(shop.post(&format!("{path}/give-up"), &[]).await.location(), path);
    shop.pay_by_card(&path).await;
    shop.get(&format!("{path}/return")).await;
    assert_eq!(shop.order(&path).await.state, OrderState::Processed);
}

#[tokio::test]
async fn two_payments_of_one_attempt_ask_one_after_the_other() {
    let payments =
        vec![(pay_later("LAZYPAY", "9876543210"), 20_000), (cardless_emi("9876543210", 3), 30_000)];
    let it = pay_attempt(with_return("both"), payments).await;
    let first = it.open().await;
    let (first_amount, second_amount) = if first.heading() == "Confirm ₹200.00" {
        ("Confirm ₹200.00", "Confirm ₹300.00")
    } else {
        ("Confirm ₹300.00", "Confirm ₹200.00")
    };
    assert_eq!(first.heading(), first_amount);
    let before = it.shop.get(&it.step("status")).await.body;
    // The first yes leads on to the other question, which is another stage.
    assert_eq!(submit(&it, &RIGHT).await.location(), it.step("wait"));
    let second = it.shop.get(&it.step("wait")).await;
    assert_eq!(second.heading(), second_amount);
    assert_ne!(it.shop.get(&it.step("status")).await.body, before);
    assert_eq!(submit(&it, &RIGHT).await.location(), it.step("result"));
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed; 2]);
}

#[tokio::test]
async fn a_password_that_is_sent_twice_is_not_given_for_the_other_payment() {
    let payments =
        vec![(pay_later("LAZYPAY", "9876543210"), 20_000), (cardless_emi("9876543210", 3), 30_000)];
    let it = pay_attempt(with_return("twice"), payments).await;
    let shown = it.open().await.hidden("payment");
    let fields = [("otp", "123456"), ("payment", shown.as_str())];
    for _ in 0..3 {
        assert_eq!(submit(&it, &fields).await.location(), it.step("wait"));
        let waiting = it.now().await.payments.iter().filter(|p| p.is_pending()).count();
        assert_eq!(waiting, 1, "what the payer has not seen is not agreed to");
    }
    let shown = it.shop.get(&it.step("wait")).await.hidden("payment");
    let fields = [("otp", "123456"), ("payment", shown.as_str())];
    assert_eq!(submit(&it, &fields).await.location(), it.step("result"));
    assert_eq!(statuses(&it).await, [PaymentStatus::Processed; 2]);
}

#[tokio::test]
async fn a_wrong_password_for_one_payment_ends_the_whole_attempt() {
    let payments =
        vec![(pay_later("LAZYPAY", "9876543210"), 20_000), (cardless_emi("9876543210", 3), 30_000)];
    let it = pay_attempt(with_return("one"), payments).await;
    submit(&it, &RIGHT).await;
    for _ in 0..3 {
        submit(&it, &WRONG).await;
    }
    let result = it.shop.get(&it.step("result")).await;
    assert_eq!(result.heading(), "Payment failed");
    assert!(!statuses(&it).await.contains(&PaymentStatus::Processed));
    assert_eq!(it.now().await.state, OrderState::Attempted);
}
