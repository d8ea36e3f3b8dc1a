//! What is answered, in full and in the order of the documents' samples.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::event::Event;
use deodar_domain::id::{LinkNumber, MerchantId, OperationId, TransactionNumber};
use deodar_domain::instrument::{CardSummary, CardType, Instrument, IssuerText, PayCode, UpiFlow};
use deodar_domain::key::{KeyMint, OrderKey};
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::payment::{AcquirerData, AcquirerText, Approval, Challenge, NewPayment};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;
use deodar_wire::{
    CreateLink, ErrorBody, TokenAnswer, link_json, order_json, order_or_refund_json, webhook_body,
};
use serde::Serialize;

const PAGE: &str = "https://pay.example.in/PLUTUS/3rh4jtd";

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::parse("2025-03-06T08:27:55.881Z")
        .unwrap()
        .plus(std::time::Duration::from_secs(seconds))
}

pub(crate) fn key(random: u16) -> OrderKey {
    KeyMint::new().next(at(0), random)
}

fn order(body: &str) -> Order {
    let link = CreateLink::parse(body.as_bytes()).unwrap();
    let mut terms = link.terms;
    if terms.allowed_methods.is_empty() {
        terms.allowed_methods =
            [Method::Card, Method::Upi, Method::Netbanking].into_iter().collect();
    }
    let end = link.expire_by.unwrap_or(at(180 * 24 * 3_600));
    let link = Some((LinkNumber(1), end));
    let merchant = MerchantId::new(104_359).unwrap();
    Order::create(NewOrder { key: key(7), merchant, terms, link }, at(0)).0
}

pub(crate) fn small(more: &str) -> Order {
    order(&format!(
        r#"{{"amount":{{"value":50000,"currency":"INR"}},
            "merchant_payment_link_reference":"order-1"{more}}}"#
    ))
}

pub(crate) fn text(text: &str) -> AcquirerText {
    AcquirerText::parse(text).unwrap()
}

pub(crate) fn start(order: &mut Order, instrument: Instrument, seconds: u64) -> OperationId {
    let operation = OperationId(u128::from(seconds) + 1);
    let payment = NewPayment {
        number: TransactionNumber(seconds),
        reference: PaymentReference::parse(&format!("payment-{seconds}")).unwrap(),
        amount: order.amount_to_pay(),
        instrument,
        operation,
        acquirer: AcquirerData {
            acquirer_name: text("SIMULATOR_CARD"),
            acquirer_reference: None,
            approval_code: None,
            rrn: None,
            is_aggregator: true,
        },
    };
    let _ = order.start_attempt(vec![payment], at(seconds)).unwrap();
    operation
}

pub(crate) fn card() -> Instrument {
    Instrument::Card(CardSummary {
        brand: CardBrand::Visa,
        last4: Last4::parse("1112").unwrap(),
        card_type: Some(CardType::Credit),
        issuer: Some(IssuerText::parse("Example Bank").unwrap()),
        category: None,
        country_code: Some(IssuerText::parse("IND").unwrap()),
    })
}

pub(crate) fn approval() -> Approval {
    Approval {
        approval_code: text("030376"),
        acquirer_reference: text("202455840588334"),
        rrn: text("419335023601"),
        card: None,
    }
}

pub(crate) fn ids(first: u128) -> impl FnMut() -> OperationId {
    let mut next = first;
    move || {
        next += 1;
        OperationId(next)
    }
}

pub(crate) fn value(answer: impl Serialize) -> serde_json::Value {
    serde_json::to_value(answer).unwrap()
}

fn pretty(answer: impl Serialize) -> String {
    serde_json::to_string_pretty(&answer).unwrap()
}

/// An order that was paid by card after a declined netbanking attempt, and refunded twice.
fn refunded() -> Order {
    let mut order = small("");
    let bank = Instrument::Netbanking { pay_code: PayCode::parse("NB1531").unwrap() };
    let operation = start(&mut order, bank, 10);
    let failure = Failure::of(DeclineReason::InsufficientFunds);
    let _ = order.decline(operation, failure, &mut ids(50), at(11)).unwrap();
    let operation = start(&mut order, card(), 20);
    let _ = order.approve(operation, approval(), &mut ids(100), at(21)).unwrap();
    for (random, reference) in [(8, "refund-1"), (9, "refund-2")] {
        let reference = MerchantReference::parse(reference).unwrap();
        let amount = Some(Money::paise(20_000));
        let mut made = ids(200 + u128::from(random) * 10);
        let effects =
            order.start_refund(key(random), Some(reference), amount, &mut made, at(30)).unwrap();
        let operation = effects.ordered[0];
        let _ = if random == 8 {
            order.instruction_done(operation, at(31)).unwrap()
        } else {
            let failure = Failure::of(DeclineReason::PaymentDeclined);
            order.instruction_refused(operation, failure, at(31)).unwrap()
        };
    }
    order
}

#[test]
fn a_link_with_every_field() {
    insta::assert_snapshot!(pretty(link_json(&order(include_str!("full_link.json")), PAGE)));
}

#[test]
fn a_link_with_no_more_than_it_must_have() {
    insta::assert_snapshot!(pretty(link_json(&small(""), PAGE)));
}

#[test]
fn an_order_with_every_field_of_its_terms() {
    let order = order(include_str!("full_link.json"));
    insta::assert_snapshot!(pretty(order_json(&order, Some("https://pay.example.in/challenge"))));
}

#[test]
fn an_order_with_payments_newest_first_and_refunds() {
    insta::assert_snapshot!(pretty(order_json(&refunded(), None)));
}

#[test]
fn a_refund_is_answered_by_its_own_id_and_the_order_by_the_orders() {
    let order = refunded();
    insta::assert_snapshot!(pretty([
        value(order_or_refund_json(&order, key(8))),
        value(order_or_refund_json(&order, key(9))),
    ]));
    assert_eq!(pretty(order_or_refund_json(&order, order.key)), pretty(order_json(&order, None)));
}

#[test]
fn a_capture_is_told_with_its_payment() {
    let mut order = small(r#","pre_auth":"true""#);
    let operation = start(&mut order, card(), 10);
    let _ = order.approve(operation, approval(), &mut ids(100), at(11)).unwrap();
    let before = value(order_json(&order, None));
    assert_eq!(before["data"]["status"], "AUTHORIZED");
    assert!(before["data"]["payments"][0].get("capture_data").is_none());
    let reference = MerchantReference::parse("capture-1").unwrap();
    let amount = Some(Money::paise(30_000));
    let effects = order.capture(reference, amount, &mut ids(200), at(12)).unwrap();
    let _ = order.instruction_done(effects.ordered[0], at(13)).unwrap();
    let after = value(order_json(&order, None));
    assert_eq!(after["data"]["status"], "PARTIALLY_CAPTURED");
    assert_eq!(
        after["data"]["payments"][0]["capture_data"],
        serde_json::json!([{
            "merchant_capture_reference": "capture-1",
            "capture_amount": {"value": 30_000, "currency": "INR"},
            "created_at": "2025-03-06T08:28:07.881Z",
        }])
    );
}

#[test]
fn upi_is_told_under_both_names_and_the_numbers_of_the_acquirer_are_empty_until_known() {
    let flows = [
        (
            UpiFlow::Collect { vpa: Vpa::parse("success@upi").unwrap() },
            serde_json::json!({"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}}),
        ),
        (
            UpiFlow::Intent { qr: true },
            serde_json::json!({
                "txn_mode": "INTENT", "intent_url": "upi://pay?pa=a@b", "upi_qr": true,
            }),
        ),
    ];
    for (flow, expected) in flows {
        let mut order = small("");
        let operation = start(&mut order, Instrument::Upi(flow), 10);
        let link = deodar_domain::payment::ChallengeTarget::parse("upi://pay?pa=a@b").unwrap();
        let challenge = Challenge::Intent { link, app: None };
        let _ = order.challenge(operation, challenge, None, at(11)).unwrap();
        let answer = value(order_json(&order, None));
        let payment = &answer["data"]["payments"][0];
        assert_eq!(payment["status"], "PENDING");
        assert_eq!(payment["payment_option"]["upi_data"], expected);
        assert_eq!(payment["payment_option"]["upi_details"], expected);
        assert_eq!(payment["acquirer_data"]["approval_code"], "");
        assert_eq!(payment["acquirer_data"]["rrn"], "");
    }
}

#[test]
fn nothing_is_null() {
    for order in [small(""), refunded(), order(include_str!("full_link.json"))] {
        assert!(!pretty(order_json(&order, None)).contains("null"));
        assert!(!pretty(link_json(&order, PAGE)).contains("null"));
    }
}

#[test]
fn a_webhook_carries_what_get_answers() {
    let order = refunded();
    let data = |event, url| -> serde_json::Value {
        let body = webhook_body(event, &order, url).unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["event_type"], event.event_type().name());
        body["data"].clone()
    };
    assert_eq!(data(Event::OrderProcessed, None), value(order_json(&order, None))["data"]);
    assert_eq!(
        data(Event::RefundProcessed(key(8)), None),
        value(order_or_refund_json(&order, key(8)))["data"]
    );
    assert_eq!(data(Event::LinkProcessed, Some(PAGE)), value(link_json(&order, PAGE).unwrap()));
    assert!(webhook_body(Event::RefundFailed(key(99)), &order, None).is_err());
    assert!(webhook_body(Event::LinkClicked, &order, None).is_err());
}

#[test]
fn a_token_tells_both_forms_of_its_end() {
    let token = serde_json::to_string(&TokenAnswer::new("abc", at(0), 3_600)).unwrap();
    assert_eq!(
        token,
        r#"{"access_token":"abc","expires_at":"2025-03-06T08:27:55.881Z","expires_in":3600}"#
    );
}

#[test]
fn an_error_names_its_field_only_where_one_is_to_blame() {
    let plain = serde_json::to_string(&ErrorBody::new("NOT_FOUND", "no", None)).unwrap();
    assert_eq!(plain, r#"{"code":"NOT_FOUND","message":"no"}"#);
    let field = serde_json::to_string(&ErrorBody::new("A", "b", Some("amount.value"))).unwrap();
    assert_eq!(
        field,
        concat!(
            r#"{"code":"A","message":"b","#,
            r#""additional_error_details":{"metadata":{"field":"amount.value"}}}"#
        )
    );
}
