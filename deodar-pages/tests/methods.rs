//! Every method on the page of a link: what it asks for, and how it is paid.

#[cfg(test)]
mod common;

use common::checkout::{Checkout, RETURN, assert_goes_back, with_return};
use common::{Answer, GOOD_CARD, Shop, customer, terms};
use deodar_domain::instrument::Instrument;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::terms::Terms;
use http::StatusCode;

const MOBILE: (&str, &str) = ("mobile", "98765 43210");

/// A method, what its form has, and what comes of it.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// A form: the method, and a card that is approved where it asks for one.
fn by<'a>(method: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = common::card(GOOD_CARD).to_vec();
    fields.retain(|(name, _)| *name != "method");
    fields.push(("method", method));
    fields.extend_from_slice(more);
    fields
}

/// Pays, confirms where the payer is asked, and gives the page of the outcome.
async fn pay(shop: &Shop, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = shop.pay(path, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    if answer.location().ends_with("/go") {
        let bank = shop.bank(path).await;
        let yes = [("otp", "123456"), ("decision", "approve")];
        assert_eq!(shop.post(&bank, &yes).await.status, StatusCode::SEE_OTHER);
        shop.get(&format!("{path}/return")).await;
    } else if answer.location().ends_with("/wait") {
        shop.post(&format!("{path}/otp"), &[("otp", "123456")]).await;
    }
    shop.get(&format!("{path}/result")).await
}

#[tokio::test(start_paused = true)]
async fn every_method_is_offered_by_its_name() {
    let shop = Shop::open().await;
    let path = shop.link(terms("names")).await;
    let body = shop.get(&path).await.body;
    let names = [
        "Card",
        "UPI",
        "Netbanking",
        "Wallet",
        "Points",
        "Credit EMI",
        "Debit EMI",
        "Cardless EMI",
        "Pay Later",
    ];
    let mut rest = body.as_str();
    for (name, method) in names.into_iter().zip(Method::ALL) {
        let label = format!(r#"<label for="method-{}">{name}</label>"#, method.name());
        rest = rest.split_once(&label).unwrap_or_else(|| panic!("{name}")).1;
    }
    // Each field is there once, whatever number of methods asks for it.
    for label in ["Card number", "CVV", "Mobile number", "Wallet", "Provider", "Bank"] {
        assert_eq!(
            body.matches(&format!(">{label}</label>")).count().min(2),
            match label {
                "Wallet" => 2,
                _ => 1,
            }
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_method_pays_the_link_once() {
    let cases: [Case; 7] = [
        ("WALLET", &[("wallet", "PAYTM")], "Wallet · Paytm"),
        ("POINTS", &[MOBILE], "Points •••• 1112"),
        ("CREDIT_EMI", &[("tenure_CREDIT_EMI", "6")], "Credit EMI •••• 1112 · 6 months"),
        ("DEBIT_EMI", &[("tenure_DEBIT_EMI", "24")], "Debit EMI •••• 1112 · 24 months"),
        ("CARDLESS_EMI", &[MOBILE, ("tenure_CARDLESS_EMI", "3")], "Cardless EMI · 3 months"),
        ("BNPL", &[MOBILE, ("provider", "LAZYPAY")], "Pay Later · LazyPay"),
        ("BNPL", &[MOBILE, ("provider", "SIMPL3")], "Pay Later · Simpl Pay-in-3"),
    ];
    let shop = Shop::open().await;
    for (index, (method, more, told)) in cases.into_iter().enumerate() {
        let path = shop.link(terms(&format!("each-{index}"))).await;
        let result = pay(&shop, &path, &by(method, more)).await;
        assert_eq!(result.heading(), "Payment successful", "{method}");
        assert!(result.body.contains(told), "{told}");
        let order = shop.order(&path).await;
        assert_eq!(order.state, OrderState::Processed, "{method}");
        assert_eq!(order.payments.len(), 1);
        assert_eq!(order.payments[0].instrument.method().name(), method);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_marked_and_nothing_is_charged() {
    let cases: [Case; 8] = [
        ("WALLET", &[], "wallet"),
        ("WALLET", &[("wallet", "CASH")], "wallet"),
        ("POINTS", &[], "mobile"),
        ("CREDIT_EMI", &[], "tenure"),
        ("CREDIT_EMI", &[("tenure_CREDIT_EMI", "5")], "tenure"),
        ("CARDLESS_EMI", &[("mobile", "12345"), ("tenure_CARDLESS_EMI", "3")], "mobile"),
        ("BNPL", &[MOBILE], "provider"),
        ("BNPL", &[("provider", "SIMPL")], "mobile"),
    ];
    let shop = Shop::open().await;
    let path = shop.link(terms("missing")).await;
    for (method, more, wrong) in cases {
        let answer = shop.pay(&path, &by(method, more)).await;
        let query = format!("method={method}&wrong={wrong}");
        assert!(answer.location().contains(&query), "{query} in {}", answer.location());
        let page = shop.get(answer.location()).await;
        assert!(page.body.contains("Nothing was charged."));
        for typed in ["4012 0010", "4012001", r#""739""#, "Kevin Bob", "98765 43210", "9876543210"]
        {
            assert!(!page.body.contains(typed) && !answer.location().contains(typed), "{typed}");
        }
    }
    assert_eq!(shop.order(&path).await.payments.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_empty_number_is_the_customers_and_is_not_told() {
    let shop = Shop::open().await;
    let told = Terms { customer: Some(customer()), ..terms("known") };
    let path = shop.link(told).await;
    let page = shop.get(&path).await;
    assert!(page.body.contains("Leave it empty to use the number ending in 10."));
    assert!(!page.body.contains("9876543210"));
    let result = pay(&shop, &path, &by("BNPL", &[("provider", "LAZYPAY"), ("mobile", " ")])).await;
    assert_eq!(result.heading(), "Payment successful");
    match &shop.order(&path).await.payments[0].instrument {
        Instrument::PayLater { mobile, .. } => assert_eq!(mobile.as_str(), "9876543210"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lender_says_beforehand_whether_it_would_pay() {
    let shop = Shop::open().await;
    let path = shop.link(terms("check")).await;
    let cases = [
        ("SIMPL3", "9876543210", "Eligible: Simpl Pay-in-3 pays ₹500.00", 3),
        ("LAZYPAY", "9876543210", "You pay it back in one bill.", 0),
        ("LAZYPAY", "9876540000", "Not eligible: LazyPay does not pay ₹500.00", 0),
        ("SIMPL", "9876541111", "its limit is used up", 0),
    ];
    for (provider, mobile, told, parts) in cases {
        let fields = [("flow", "check"), ("provider", provider), ("mobile", mobile)];
        let answer = shop.pay(&path, &by("BNPL", &fields)).await;
        assert!(!answer.location().contains(mobile), "the number is in the address");
        let page = shop.get(answer.location()).await;
        assert!(page.body.contains(told), "{told}");
        assert_eq!(page.body.matches("<dt>Due on ").count(), parts);
        assert!(page.body.contains(&format!(r#"value="{provider}" selected"#)));
        assert!(page.body.contains(r#"id="method-BNPL" checked"#));
        assert!(!page.body.contains(mobile) && !page.body.contains("10,000"));
    }
    let order = shop.order(&path).await;
    assert_eq!((order.state, order.payments.len()), (OrderState::Created, 0));
}

#[tokio::test(start_paused = true)]
async fn a_number_that_was_checked_need_not_be_typed_again() {
    let shop = Shop::open().await;
    let path = shop.link(terms("kept")).await;
    let check = [("flow", "check"), ("provider", "LAZYPAY"), ("mobile", "9876512345")];
    let address = shop.pay(&path, &by("BNPL", &check)).await.location().to_owned();
    let page = shop.get(&address).await;
    assert!(page.body.contains("Leave it empty to use the number ending in 45."));
    let (kept, nonce) = (page.hidden("kept_mobile"), page.hidden("reference"));
    let fields = [
        ("reference", nonce.as_str()),
        ("method", "BNPL"),
        ("provider", "LAZYPAY"),
        ("mobile", ""),
        ("kept_mobile", kept.as_str()),
    ];
    let answer = shop.post(&format!("{path}/pay"), &fields).await;
    assert_eq!(answer.location(), format!("{path}/wait"));
    assert!(shop.get(&format!("{path}/wait")).await.body.contains("••••••••45"));
    // Another order's page cannot read it.
    let other = shop.link(terms("kept-2")).await;
    let fields = [("provider", "LAZYPAY"), ("kept_mobile", kept.as_str())];
    let answer = shop.pay(&other, &by("BNPL", &fields)).await;
    assert!(answer.location().contains("wrong=mobile"));
}

#[tokio::test(start_paused = true)]
async fn the_page_of_an_order_cannot_ask_about_many_numbers() {
    let shop = Shop::open().await;
    let path = shop.link(terms("probe")).await;
    let mut last = String::new();
    for index in 0..=deodar_engine::PAGE_CHECKS_MAX {
        let mobile = format!("98765{index:05}");
        let check = [("flow", "check"), ("provider", "LAZYPAY"), ("mobile", mobile.as_str())];
        last = shop.pay(&path, &by("BNPL", &check)).await.location().to_owned();
    }
    assert!(shop.get(&last).await.body.contains("LazyPay was asked too often."));
}

#[tokio::test(start_paused = true)]
async fn plans_are_told_with_what_they_cost() {
    let shop = Shop::open().await;
    let path = shop.link(terms("plans")).await;
    let body = shop.get(&path).await.body;
    // ₹500.00 over three months at 13 %.
    for text in ["3 months", "₹170.30 a month", "13% a year · ₹510.87 in all", "24 months"] {
        assert!(body.contains(text), "{text}");
    }
    for method in ["CREDIT_EMI", "DEBIT_EMI", "CARDLESS_EMI"] {
        let shortest = format!(r#"name="tenure_{method}" value="3" checked"#);
        assert!(body.contains(&shortest), "{method}");
    }
    // What was chosen is chosen again after a mistake, so that nobody pays another plan unseen.
    let fields = [("tenure_CREDIT_EMI", "12"), ("cvv", "")];
    let mut form = by("CREDIT_EMI", &fields);
    form.retain(|field| *field != ("cvv", "739"));
    let answer = shop.pay(&path, &form).await;
    let body = shop.get(answer.location()).await.body;
    assert!(body.contains(r#"name="tenure_CREDIT_EMI" value="12" checked"#));
}

#[tokio::test(start_paused = true)]
async fn a_part_has_plans_of_its_own() {
    let shop = Shop::open().await;
    let terms = Terms { part_payment: true, amount: Money::paise(100_000), ..terms("part") };
    let path = shop.link(terms).await;
    let asked = [("flow", "plans"), ("amount", "300")];
    let answer = shop.pay(&path, &by("CREDIT_EMI", &asked)).await;
    let page = shop.get(answer.location()).await;
    assert!(page.body.contains(r#"value="300.00""#) && page.body.contains(">Pay ₹300.00</button>"));
    assert!(page.body.contains("₹102.18 a month"));
    let fields = [("amount", "300.00"), ("tenure_CREDIT_EMI", "3")];
    let result = pay(&shop, &path, &by("CREDIT_EMI", &fields)).await;
    assert_eq!(result.heading(), "Payment successful");
    let order = shop.order(&path).await;
    let payment = &order.payments[0];
    assert_eq!((payment.amount, order.due()), (Money::paise(30_000), Money::paise(70_000)));
    let plan = payment.instrument.emi_plan().expect("a plan");
    assert_eq!(plan.monthly(), Some(Money::paise(10_218)), "it is reckoned for the part");
    // A part that cannot be paid is none.
    let asked = [("flow", "plans"), ("amount", "9999")];
    let answer = shop.pay(&path, &by("CREDIT_EMI", &asked)).await;
    assert!(answer.location().contains("wrong=amount"));
    assert!(shop.get(&format!("{path}?part=999900")).await.body.contains(">Pay ₹700.00</button>"));
}

#[tokio::test(start_paused = true)]
async fn a_lender_that_cannot_split_so_little_is_not_offered() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { amount: Money::paise(299), ..terms("little") }).await;
    let body = shop.get(&path).await.body;
    assert!(body.contains(r#"value="LAZYPAY""#) && !body.contains(r#"value="SIMPL3""#));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_who_refused() {
    let cases: [Case; 2] = [
        ("BNPL", &[("provider", "LAZYPAY"), ("mobile", "9876540000")], "The lender declined"),
        ("POINTS", &[("card_number", "4000000000000127"), MOBILE], "enough points"),
    ];
    let shop = Shop::open().await;
    for (index, (method, more, told)) in cases.into_iter().enumerate() {
        let path = shop.link(terms(&format!("refused-{index}"))).await;
        let mut fields = more.to_vec();
        fields.push(("method", method));
        let result = pay(&shop, &path, &fields).await;
        assert_eq!(result.heading(), "Payment failed");
        assert!(result.body.contains(told), "{told}");
        assert_eq!(shop.order(&path).await.payments[0].status(), PaymentStatus::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn the_hosted_page_offers_the_same() {
    let it = Checkout::of(with_return("hosted")).await;
    let ask = [("flow", "check"), ("provider", "SIMPL3"), MOBILE];
    let told = it.pay(&by("BNPL", &ask)).await.location().to_owned();
    assert!(told.starts_with(&it.step("")), "{told}");
    let page = it.shop.get(&told).await;
    assert!(page.body.contains("Eligible: Simpl Pay-in-3 pays ₹500.00"));
    let answer = it.pay(&by("BNPL", &[("provider", "SIMPL3"), MOBILE])).await;
    assert_eq!(answer.location(), it.step("/wait"));
    let wrong = it.shop.post(&it.step("/otp"), &[("otp", "000000")]).await;
    assert!(it.shop.get(wrong.location()).await.body.contains("not the right password"));
    let right = it.shop.post(&it.step("/otp"), &[("otp", "123456")]).await;
    assert_eq!(right.location(), it.step("/result"));
    assert_goes_back(&it.get("/result").await, RETURN, "PROCESSED");
}
