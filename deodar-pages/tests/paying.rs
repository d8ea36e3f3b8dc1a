//! Paying by every method, from the form to the outcome and the way back.

#[cfg(test)]
mod common;

use common::{GOOD_CARD, RISKY_CARD, Shop, card, terms, url};
use deodar_domain::link::LinkState;
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::payment::{Payment, PaymentStatus};
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_engine::NewRefund;
use http::StatusCode;

async fn statuses(shop: &Shop, path: &str) -> Vec<PaymentStatus> {
    shop.order(path).await.payments.iter().map(Payment::status).collect()
}

#[tokio::test(start_paused = true)]
async fn a_card_is_paid_by_way_of_the_bank() {
    let shop = Shop::open().await;
    let path = shop.link(terms("card")).await;
    shop.pay_by_card(&path).await;
    assert_eq!(shop.get(&format!("{path}/return")).await.location(), format!("{path}/result"));
    let result = shop.get(&format!("{path}/result")).await;
    assert_eq!(result.heading(), "Payment successful");
    for text in ["₹500.00 has been paid to", "Visa card •••• 1112", "card", " IST"] {
        assert!(result.body.contains(text), "{text}");
    }
    assert!(!result.body.contains("<form"), "there is nowhere to go back to");
    assert_eq!(shop.order(&path).await.state, OrderState::Processed);
}

#[tokio::test(start_paused = true)]
async fn the_bank_may_send_the_payer_back_by_post() {
    let shop = Shop::open().await;
    let path = shop.link(terms("posted")).await;
    shop.pay_by_card(&path).await;
    let answer = shop.post(&format!("{path}/return"), &[("anything", "at all")]).await;
    assert_eq!(answer.location(), format!("{path}/result"));
}

#[tokio::test(start_paused = true)]
async fn a_return_before_the_bank_decided_goes_on_waiting() {
    let shop = Shop::open().await;
    let path = shop.link(terms("early")).await;
    shop.pay(&path, &card(GOOD_CARD)).await;
    for step in ["/return", "/result", ""] {
        assert_eq!(shop.get(&format!("{path}{step}")).await.location(), format!("{path}/wait"));
    }
    let wait = shop.get(&format!("{path}/wait")).await;
    assert_eq!(wait.heading(), "Payment pending");
    assert!(wait.body.contains(">Continue to your bank</a>"));
    assert!(!wait.body.contains("successful") && !wait.body.contains("Payment failed"));
    assert_eq!(shop.get(&format!("{path}/status")).await.body, r#"{"stage":"bank"}"#);
}

#[tokio::test(start_paused = true)]
async fn the_same_form_sent_twice_makes_one_payment() {
    let shop = Shop::open().await;
    let path = shop.link(terms("twice")).await;
    let nonce = shop.get(&path).await.hidden("reference");
    let mut fields = vec![("reference", nonce.as_str())];
    fields.extend(card(GOOD_CARD));
    let address = format!("{path}/pay");
    let (first, second) = tokio::join!(shop.post(&address, &fields), shop.post(&address, &fields));
    for answer in [&first, &second] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let location = answer.location();
        assert!(location.ends_with("/go") || location.ends_with("/wait"), "{location}");
    }
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Pending]);

    // And again, after it was paid: the same payment, not another.
    let bank = shop.bank(&path).await;
    shop.post(&bank, &[("otp", "123456")]).await;
    shop.get(&format!("{path}/return")).await;
    let late = shop.post(&address, &fields).await;
    assert_eq!(late.location(), format!("{path}/result"));
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Processed]);
}

#[tokio::test(start_paused = true)]
async fn a_second_payer_waits_for_the_attempt_in_flight() {
    let shop = Shop::open().await;
    let path = shop.link(terms("second")).await;
    let other = shop.get(&path).await.hidden("reference");
    shop.pay(&path, &card(GOOD_CARD)).await;
    let fields = [("reference", other.as_str()), ("method", "UPI"), ("upi_id", "raj@upi")];
    let answer = shop.post(&format!("{path}/pay"), &fields).await;
    assert_eq!(answer.location(), format!("{path}/wait"));
    assert_eq!(statuses(&shop, &path).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_upi_request_waits_for_the_app() {
    let shop = Shop::open().await;
    let path = shop.link(terms("collect")).await;
    let answer = shop.pay(&path, &[("method", "UPI"), ("upi_id", "Success@UPI")]).await;
    assert_eq!(answer.location(), format!("{path}/wait"));
    let wait = shop.get(&format!("{path}/wait")).await.body;
    assert!(wait.contains("Approve the request in your UPI app") && wait.contains("su•••@upi"));
    assert!(!wait.contains("success@upi"));
    assert!(wait.contains(r#"<noscript><meta http-equiv="refresh""#));
    let app =
        wait.split(r#"href=""#).find(|rest| rest.contains("/simulator/upi/")).expect("an app");
    let app = app.split('"').next().expect("an address");
    let app = app.strip_prefix(shop.engine.public_url()).expect("the simulator");
    shop.post(app, &[("decision", "approve")]).await;
    let status = shop.get(&format!("{path}/status")).await.body;
    assert_eq!(status, format!(r#"{{"next":"{path}/result"}}"#));
    assert_eq!(shop.get(&format!("{path}/wait")).await.location(), format!("{path}/result"));
}

#[tokio::test(start_paused = true)]
async fn a_qr_code_carries_the_pay_link() {
    let shop = Shop::open().await;
    let path = shop.link(terms("qr")).await;
    let answer = shop.pay(&path, &[("method", "UPI"), ("flow", "intent")]).await;
    assert_eq!(answer.location(), format!("{path}/wait"));
    let wait = shop.get(&format!("{path}/wait")).await.body;
    assert!(wait.contains(r#"alt="UPI QR code""#) && wait.contains(r#"href="upi://pay?pa="#));
    let image = shop.get(&format!("{path}/qr.svg")).await;
    assert_eq!(image.header("content-type"), "image/svg+xml");
    assert_eq!(image.header("cache-control"), "no-store");
    assert!(image.body.contains("<svg"));
}

#[tokio::test(start_paused = true)]
async fn netbanking_goes_to_the_chosen_bank() {
    let shop = Shop::open().await;
    let path = shop.link(terms("bank")).await;
    let answer = shop.pay(&path, &[("method", "NETBANKING"), ("bank", "NB1531")]).await;
    assert_eq!(answer.location(), format!("{path}/go"));
    let bank = shop.bank(&path).await;
    assert!(bank.starts_with("/simulator/netbanking/"), "{bank}");
}

#[tokio::test(start_paused = true)]
async fn wrong_fields_come_back_by_name_and_never_by_value() {
    let shop = Shop::open().await;
    let path = shop.link(terms("fields")).await;
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "?wrong=method"),
        (&[("method", "CASH")], "?wrong=method"),
        (&[("method", "CARD")], "?method=CARD&wrong=card_number%2Cexpiry%2Ccvv"),
        (&card("4012001037141113"), "?method=CARD&wrong=card_number"),
        (
            &[("method", "CARD"), ("card_number", GOOD_CARD), ("expiry", "01/20"), ("cvv", "7391")],
            "?method=CARD&wrong=expiry%2Ccvv",
        ),
        (&[("method", "UPI"), ("upi_id", "nobody")], "?method=UPI&wrong=upi_id"),
        (&[("method", "NETBANKING"), ("bank", "NB9999")], "?method=NETBANKING&wrong=bank"),
    ];
    for (fields, query) in cases {
        let answer = shop.pay(&path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), format!("{path}{query}"));
        let page = shop.get(answer.location()).await.body;
        assert!(page.contains(r#"role="alert""#), "{query}");
        for secret in ["4012001037141113", r#""7391""#, "nobody", "NB9999"] {
            assert!(!page.contains(secret), "{query}: {secret}");
        }
    }
    let page = shop.get(&format!("{path}?method=CARD&wrong=cvv")).await.body;
    assert!(page.contains(r#"aria-invalid="true" aria-describedby="cvv-error" autofocus"#));
    assert!(statuses(&shop, &path).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_our_page_does_not_send_is_refused() {
    let shop = Shop::open().await;
    let path = shop.link(terms("foreign")).await;
    let address = format!("{path}/pay");
    assert_eq!(shop.post(&address, &card(GOOD_CARD)).await.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(20_000);
    let fields = [("reference", "a"), ("upi_id", long.as_str())];
    assert_eq!(shop.post(&address, &fields).await.status, StatusCode::BAD_REQUEST);
    for step in ["/pay", "/give-up"] {
        let headers = [("sec-fetch-site", "cross-site")];
        let answer = shop.get_as(http::Method::POST, &format!("{path}{step}"), &headers).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{step}");
        assert_eq!(shop.get(&format!("{path}{step}")).await.location(), path);
    }
    assert_eq!(shop.post(&path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(statuses(&shop, &path).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_offers_another_try_and_the_way_back() {
    let shop = Shop::open().await;
    let callback = Some(url("https://shop.example.com/failed"));
    let path = shop.link(Terms { callback_url: callback, ..terms("failure") }).await;
    let answer = shop.pay(&path, &card(RISKY_CARD)).await;
    assert_eq!(answer.location(), format!("{path}/result"));
    let result = shop.get(&format!("{path}/result")).await;
    assert_eq!(result.heading(), "Payment failed");
    assert!(result.body.contains("The payment did not pass a security check."));
    assert!(result.body.contains(&format!(r#"href="{path}">Try again</a>"#)));
    assert!(result.body.contains("Return to Chai &#38; Co"));
    assert!(!result.body.contains("data-auto"), "the payer chooses");
    assert_eq!(result.hidden("status"), "FAILED");
    shop.pay_by_card(&path).await;
    shop.get(&format!("{path}/return")).await;
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Failed, PaymentStatus::Processed]);
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_takes_the_payer_back() {
    let shop = Shop::open().await;
    let callback = Some(url("https://shop.example.com/failed"));
    let path = shop.link(Terms { callback_url: callback, ..terms("ten") }).await;
    for _ in 0..deodar_domain::order::ATTEMPTS_MAX {
        shop.pay(&path, &card(RISKY_CARD)).await;
    }
    let result = shop.get(&format!("{path}/result")).await;
    assert_eq!(result.heading(), "Payment failed");
    assert!(!result.body.contains("Try again") && result.body.contains("data-auto"));
    assert_eq!(shop.get(&path).await.heading(), "Link cancelled");
}

#[tokio::test(start_paused = true)]
async fn success_takes_the_payer_back_with_a_signed_form() {
    let shop = Shop::open().await;
    let callback = Some(url("https://shop.example.com/done?cart=7"));
    let path = shop.link(Terms { callback_url: callback, ..terms("return") }).await;
    shop.pay_by_card(&path).await;
    shop.get(&format!("{path}/return")).await;
    let result = shop.get(&format!("{path}/result")).await;
    let form = r#"<form method="post" action="https://shop.example.com/done?cart=7" data-auto target="_top">"#;
    assert!(result.body.contains(form));
    let order = shop.order(&path).await;
    assert_eq!(result.hidden("order_id"), deodar_domain::id::order_id(order.key));
    assert_eq!(result.hidden("status"), "PROCESSED");
    assert_eq!(result.hidden("signature").len(), 64);
    let policy = result.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://shop.example.com "), "{policy}");
    // Without an origin the browser's form would say that it comes from nowhere.
    assert_eq!(result.header("referrer-policy"), "strict-origin");
    assert!(!shop.get(&path).await.body.contains("signature"), "a stranger gets no form");
}

#[tokio::test(start_paused = true)]
async fn giving_up_leads_to_another_method() {
    let shop = Shop::open().await;
    let path = shop.link(terms("other")).await;
    shop.pay(&path, &card(GOOD_CARD)).await;
    let bank = shop.bank(&path).await;
    let answer = shop.post(&format!("{path}/give-up"), &[]).await;
    assert_eq!(answer.location(), path);
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Cancelled]);
    assert_eq!(shop.get(&path).await.heading(), "Pay Chai &#38; Co &#60;Pune&#62; ₹500.00");
    // The bank's page, still open elsewhere, can no longer pay.
    shop.post(&bank, &[("otp", "123456")]).await;
    shop.get(&format!("{path}/return")).await;
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Cancelled]);
    assert_eq!(
        shop.post(&format!("{path}/give-up"), &[]).await.location(),
        format!("{path}/result")
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_of_an_attempt_that_has_ended_does_not_end_the_next_one() {
    let shop = Shop::open().await;
    let path = shop.link(terms("stale")).await;
    shop.pay(&path, &card(GOOD_CARD)).await;
    let stale = [("payment", "0")];
    shop.post(&format!("{path}/give-up"), &stale).await;
    shop.pay(&path, &card(GOOD_CARD)).await;
    let answer = shop.post(&format!("{path}/give-up"), &stale).await;
    assert_eq!(answer.location(), format!("{path}/wait"));
    let pending = [PaymentStatus::Cancelled, PaymentStatus::Pending];
    assert_eq!(statuses(&shop, &path).await, pending);
    shop.post(&format!("{path}/give-up"), &[("payment", "1")]).await;
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Cancelled; 2]);
}

#[tokio::test(start_paused = true)]
async fn what_the_bank_decided_first_stands() {
    let shop = Shop::open().await;
    let path = shop.link(terms("late")).await;
    shop.pay_by_card(&path).await;
    let answer = shop.post(&format!("{path}/give-up"), &[]).await;
    assert_eq!(answer.location(), format!("{path}/result"));
    assert_eq!(statuses(&shop, &path).await, [PaymentStatus::Processed]);
}

#[tokio::test(start_paused = true)]
async fn a_link_is_paid_in_parts() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { part_payment: true, ..terms("parts") }).await;
    let page = shop.get(&path).await.body;
    assert!(page.contains(r#"<label for="amount">Amount to pay (₹)</label>"#));
    assert!(page.contains(r#"value="500.00""#));
    for wrong in ["", "0.99", "499.50", "500.01", "lots"] {
        let mut fields = vec![("amount", wrong)];
        fields.extend(card(GOOD_CARD));
        let answer = shop.pay(&path, &fields).await;
        assert_eq!(answer.location(), format!("{path}?method=CARD&wrong=amount"), "{wrong:?}");
    }
    let mut fields = vec![("amount", "199.50")];
    fields.extend(card(GOOD_CARD));
    assert_eq!(shop.pay(&path, &fields).await.location(), format!("{path}/go"));
    let bank = shop.bank(&path).await;
    shop.post(&bank, &[("otp", "123456")]).await;
    shop.get(&format!("{path}/return")).await;
    let result = shop.get(&format!("{path}/result")).await.body;
    assert!(
        result.contains("₹199.50 has been paid") && result.contains("Pay the remaining ₹300.50")
    );
    let order = shop.order(&path).await;
    assert_eq!(order.due(), Money::paise(30_050));
    assert_eq!(shop.link_state(&path).await, LinkState::PartialProcessed);
    assert!(shop.get(&path).await.heading().ends_with("₹300.50"));
}

#[tokio::test(start_paused = true)]
async fn a_receipt_tells_what_went_back_of_its_own_part() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { part_payment: true, ..terms("back") }).await;
    for part in ["199.50", "300.50"] {
        let mut fields = vec![("amount", part)];
        fields.extend(card(GOOD_CARD));
        assert_eq!(shop.pay(&path, &fields).await.location(), format!("{path}/go"));
        let bank = shop.bank(&path).await;
        shop.post(&bank, &[("otp", "123456")]).await;
        shop.get(&format!("{path}/return")).await;
    }
    let order = shop.order(&path).await;
    let (reference, amount) = (MerchantReference::parse("back-1").unwrap(), Money::paise(5_000));
    let refund = NewRefund { reference, amount: Some(amount) };
    shop.engine.refund(&shop.merchant, order.key, refund).await.unwrap();
    let order = shop.order(&path).await;
    let back: Vec<_> = [0, 1].map(|part| order.refunded_of(part).unwrap().minor()).into();
    assert_eq!(back.iter().sum::<u64>(), 5_000, "{back:?}");
    assert!(back.contains(&0), "the smaller one is enough: {back:?}");
    for (part, back) in back.into_iter().enumerate() {
        let attempt = order.payment(u16::try_from(part).unwrap()).unwrap().attempt;
        let receipt = shop.get(&format!("{path}/receipt?attempt={attempt}")).await.body;
        assert_eq!(receipt.contains("<dt>Refunded</dt>"), back > 0, "{receipt}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_page_carries_a_secret() {
    let shop = Shop::open().await;
    let path = shop.link(terms("secrets")).await;
    let mut pages = vec![shop.pay(&path, &card(GOOD_CARD)).await];
    for step in ["", "/go", "/wait", "/status"] {
        pages.push(shop.get(&format!("{path}{step}")).await);
    }
    let bank = shop.bank(&path).await;
    shop.post(&bank, &[("otp", "123456")]).await;
    for step in ["/return", "/result", ""] {
        pages.push(shop.get(&format!("{path}{step}")).await);
    }
    for page in pages {
        let headers = format!("{:?}", page.headers);
        for secret in ["4012001037141112", GOOD_CARD, "Kevin"] {
            assert!(!page.body.contains(secret) && !headers.contains(secret), "{secret}");
        }
        assert!(!headers.contains("set-cookie"));
    }
}
