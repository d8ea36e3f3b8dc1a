//! Every method, several payments in one call, and the question before Pay Later.

use deodar_client::{
    Amount, CardDetails, Client, Code, Day, DeviceInfo, EligibilityCheck, Method, NewCapture,
    NewOrder, NewPayment, NewRefund, Order, OrderStatus, PayLaterProvider, PayWith, Payment,
    PaymentStatus,
};

use crate::gateway::Gateway;

const CARD: &str = "4012001037141112";
const MOBILE: &str = "9876501234";

fn card_details() -> CardDetails {
    CardDetails {
        number: CARD.into(),
        cvv: "123".into(),
        expiry_month: "12".to_owned(),
        expiry_year: "2030".to_owned(),
        name: String::new(),
    }
}

fn device() -> DeviceInfo {
    DeviceInfo {
        browser_user_agent: Some("Mozilla/5.0".to_owned()),
        browser_ip_address: Some("192.0.2.7".to_owned()),
        ..DeviceInfo::default()
    }
}

fn check(provider: PayLaterProvider, mobile: &str, paise: u64) -> EligibilityCheck {
    let amount = Amount::paise(paise);
    EligibilityCheck { mobile: mobile.to_owned(), provider, amount, device: Some(device()) }
}

/// Makes an order of what `payments` sum to, and pays it.
async fn begun(client: &Client, reference: &str, pre_auth: bool, payments: &[NewPayment]) -> Order {
    let paise = payments.iter().map(|payment| payment.amount.value).sum();
    let new = NewOrder { pre_auth, ..NewOrder::new(Amount::paise(paise), reference) };
    let order = client.create_order(&new).await.unwrap();
    let order = client.create_payments(&order.order_id, payments).await.unwrap();
    assert_eq!(order.status, OrderStatus::Pending, "{reference}: {order:?}");
    assert!(order.challenge_url.is_some(), "{reference}");
    order
}

async fn read(client: &Client, order: &Order) -> Order {
    client.order_by_id(&order.order_id).await.unwrap().order().unwrap()
}

/// Pays an order with one payment, and gives the password.
async fn paid(client: &Client, reference: &str, paise: u64, with: PayWith) -> Payment {
    let payment =
        NewPayment { device: Some(device()), ..NewPayment::new(Amount::paise(paise), "p", with) };
    let method = payment.with.method();
    let order = begun(client, reference, false, &[payment]).await;
    assert_eq!(order.payments[0].payment_method, method);
    client.submit_otp(&order.payments[0].id, &"123456".into()).await.unwrap();
    let mut order = read(client, &order).await;
    assert_eq!(order.status, OrderStatus::Processed, "{reference}");
    order.payments.remove(0)
}

#[tokio::test]
async fn an_emi_tells_its_plan() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let cases = [
        ("credit", "CC_BANK", PayWith::CreditEmi { card: card_details(), months: 3 }),
        ("debit", "DC_BANK", PayWith::DebitEmi { card: card_details(), months: 6 }),
        (
            "cardless",
            "NBFC",
            PayWith::CardlessEmi {
                mobile: MOBILE.to_owned(),
                pan: Some("ABCDE1234F".into()),
                months: 12,
            },
        ),
    ];
    for (reference, issuer, with) in cases {
        let payment = paid(&client, reference, 120_000, with).await;
        let details = payment.offer_data.unwrap().offer_details;
        assert_eq!(details.issuer_type.as_deref(), Some(issuer));
        let plan = details.plan.unwrap();
        assert_eq!(plan.instalments.len(), usize::from(plan.tenure_value), "{reference}");
        assert_eq!(plan.tenure_type.as_deref(), Some("MONTH"));
        assert_eq!(plan.loan_amount, Some(Amount::paise(120_000)));
        let sum: u64 = plan.instalments.iter().map(|part| part.paise).sum();
        assert_eq!(plan.total_emi_amount, Some(Amount::paise(sum)), "{reference}");
        assert_eq!(plan.interest_amount, Some(Amount::paise(sum - 120_000)));
        assert_eq!(plan.monthly_emi_amount, Some(Amount::paise(plan.instalments[0].paise)));
        assert!(plan.interest_rate_percentage.is_some_and(|rate| rate.as_f64() > Some(0.0)));
        assert_eq!(plan.emi_type.as_deref(), Some("STANDARD"));
        let option = payment.payment_option;
        assert_eq!(option.card_data.is_some(), reference != "cardless");
        let cardless = option.cardless_data.and_then(|data| data.registered_mobile_number);
        assert_eq!(cardless.as_deref() == Some(MOBILE), reference == "cardless");
        assert!(option.other.is_empty(), "{:?}", option.other);
    }
}

#[tokio::test]
async fn pay_later_is_asked_for_then_paid_and_told_in_instalments() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let asked = check(PayLaterProvider::Simpl3, MOBILE, 3_400);
    let eligibility = client.check_eligibility(&asked).await.unwrap();
    assert!(eligibility.eligible);
    assert_eq!(eligibility.limit_paise, Some(1_000_000));
    let parts: Vec<_> =
        eligibility.instalments.iter().map(|part| (part.serial, part.paise, part.due)).collect();
    let days = ["2026-03-06", "2026-04-21", "2026-05-21"].map(Day::parse);
    assert_eq!(parts, [(1, 1_134, days[0]), (2, 1_133, days[1]), (3, 1_133, days[2])]);

    let with = PayWith::PayLater { provider: asked.provider.clone(), mobile: MOBILE.to_owned() };
    let payment = paid(&client, "later", 3_400, with).await;
    let told = payment.payment_option.bnpl_data.unwrap();
    assert_eq!(told.provider, Some(PayLaterProvider::Simpl3));
    assert_eq!(told.mobile.as_deref(), Some(MOBILE));
    assert_eq!(told.instalments, eligibility.instalments);
    assert!(!format!("{told:?}").contains(MOBILE));

    let after = client.check_eligibility(&asked).await.unwrap();
    assert_eq!(after.limit_paise, Some(1_000_000 - 3_400));
}

#[tokio::test]
async fn who_gets_no_pay_later_is_told_and_that_is_no_error() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let cases = [
        ("9876500000", 3_400, false, Some(0)),
        ("9876501111", 3_400, true, Some(0)),
        ("xxxxxx1234", 3_400, true, Some(1_000_000)),
        (MOBILE, 1_000_001, false, Some(1_000_000)),
    ];
    for (mobile, paise, eligible, limit) in cases {
        let asked = check(PayLaterProvider::Lazypay, mobile, paise);
        let told = client.check_eligibility(&asked).await.unwrap();
        assert_eq!((told.eligible, told.limit_paise), (eligible, limit), "{mobile} {paise}");
        assert!(told.instalments.is_empty());
    }
}

#[tokio::test]
async fn a_number_that_is_asked_about_too_often_is_refused_for_a_while() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let asked = check(PayLaterProvider::Lazypay, MOBILE, 3_400);
    for _ in 0..10 {
        assert!(client.check_eligibility(&asked).await.unwrap().eligible);
    }
    let error = client.check_eligibility(&asked).await.unwrap_err();
    let refusal = error.api().unwrap();
    assert_eq!((refusal.status, &refusal.code), (429, &Code::ApiRateLimit));
    // It is longer than the client waits by itself.
    assert!(refusal.retry_after > Some(gateway.config().retry.wait_max));
    let other = check(PayLaterProvider::Lazypay, "9876501235", 3_400);
    assert!(client.check_eligibility(&other).await.unwrap().eligible);
}

#[tokio::test]
async fn simpl_must_be_told_of_the_device() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    for provider in [PayLaterProvider::Simpl, PayLaterProvider::Simpl3] {
        let asked = EligibilityCheck { device: None, ..check(provider, MOBILE, 3_400) };
        let error = client.check_eligibility(&asked).await.unwrap_err();
        let refusal = error.api().unwrap();
        assert_eq!((refusal.status, &refusal.code), (400, &Code::InvalidRequest));
        assert_eq!(refusal.field.as_deref(), Some("device_info"));
    }
    let asked =
        EligibilityCheck { device: None, ..check(PayLaterProvider::Lazypay, MOBILE, 3_400) };
    assert!(client.check_eligibility(&asked).await.unwrap().eligible);
}

#[tokio::test]
async fn a_wallet_waits_for_the_payer() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let with = PayWith::Wallet { wallet_code: "AMAZON_PAY".to_owned() };
    let payment = NewPayment::new(Amount::paise(50_000), "p", with);
    let order = begun(&client, "wallet", false, &[payment]).await;
    let payment = &order.payments[0];
    assert_eq!(payment.payment_method, Method::Wallet);
    let wallet = payment.payment_option.wallet_data.as_ref().unwrap();
    assert_eq!(wallet.wallet_code.as_deref(), Some("AMAZON_PAY"));
    let error = client.submit_otp(&payment.id, &"123456".into()).await.unwrap_err();
    assert_eq!(error.code(), Some(&Code::OperationNotAllowed));
}

#[tokio::test]
async fn points_stand_beside_a_card_and_go_back_last() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let points = || PayWith::Points { number: CARD.into(), mobile: MOBILE.to_owned() };
    let payments = [
        NewPayment::new(Amount::paise(40_000), "card", PayWith::Card(card_details())),
        NewPayment::new(Amount::paise(10_000), "points", points()),
    ];
    let order = begun(&client, "both", true, &payments).await;
    assert_eq!(order.payments.len(), 2);
    assert_eq!(order.payment_retries_remaining, Some(9));
    let by_card = |order: &Order| {
        let card = order.payments.iter().find(|payment| payment.payment_method == Method::Card);
        card.unwrap().clone()
    };
    client.submit_otp(&by_card(&order).id, &"123456".into()).await.unwrap();
    let order = read(&client, &order).await;
    assert_eq!(order.status, OrderStatus::Authorized);
    assert!(order.payments.iter().all(|payment| payment.status == PaymentStatus::Authorized));

    let capture = NewCapture {
        merchant_capture_reference: "c".to_owned(),
        capture_amount: Some(Amount::paise(45_000)),
    };
    let order = client.capture_order(&order.order_id, &capture).await.unwrap();
    assert_eq!(order.status, OrderStatus::PartiallyCaptured);
    let taken: Vec<_> = order
        .payments
        .iter()
        .map(|payment| {
            (payment.payment_method.clone(), payment.capture_data[0].capture_amount.value)
        })
        .collect();
    assert!(taken.contains(&(Method::Card, 40_000)), "{taken:?}");
    assert!(taken.contains(&(Method::Points, 5_000)), "{taken:?}");
    let refund = NewRefund {
        merchant_order_reference: "back".to_owned(),
        order_amount: Some(Amount::paise(42_000)),
    };
    let refund = client.create_refund(&order.order_id, &refund).await.unwrap();
    assert_eq!(refund.order_amount, Amount::paise(42_000));
}

#[tokio::test]
async fn what_of_several_payments_does_not_fit_is_refused_with_its_field() {
    let gateway = Gateway::start().await;
    let client = gateway.client();
    let card = || PayWith::Card(card_details());
    let cases = [
        ("sum", [(40_000, "a"), (9_999, "b")], "payments"),
        ("same", [(40_000, "a"), (10_000, "a")], "payments[1].merchant_payment_reference"),
    ];
    for (reference, parts, field) in cases {
        let new = NewOrder::new(Amount::paise(50_000), reference);
        let order = client.create_order(&new).await.unwrap();
        let payments: Vec<_> = parts
            .iter()
            .map(|(paise, name)| NewPayment::new(Amount::paise(*paise), *name, card()))
            .collect();
        let error = client.create_payments(&order.order_id, &payments).await.unwrap_err();
        let refusal = error.api().unwrap();
        assert_eq!((refusal.status, &refusal.code), (400, &Code::InvalidRequest), "{reference}");
        assert_eq!(refusal.field.as_deref(), Some(field), "{reference}");
        assert!(read(&client, &order).await.payments.is_empty());
    }
}
