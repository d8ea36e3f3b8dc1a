//! How payments are told: by every method, with an EMI's plan, and several of one attempt.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::id::{OperationId, TransactionNumber};
use deodar_domain::instrument::{CardSummary, EmiCard, Instrument, PayCode, UpiFlow, WalletCode};
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::{AcquirerData, Challenge, NewPayment};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::upi::Vpa;
use deodar_wire::order_json;
use serde_json::{Value, json};

use crate::answers::{approval, at, card, ids, small, start, text, value};

/// An order of ₹500 that allows every method.
fn order(more: &str) -> Order {
    let methods: Vec<_> = Method::ALL.map(Method::name).into_iter().collect();
    small(&format!(r#","allowed_payment_methods":{}{more}"#, json!(methods)))
}

fn points() -> Instrument {
    Instrument::Points(CardSummary {
        brand: CardBrand::RuPay,
        last4: Last4::parse("0009").unwrap(),
        card_type: None,
        issuer: None,
        category: None,
        country_code: None,
    })
}

fn summary() -> CardSummary {
    card().card().unwrap().clone()
}

fn mobile() -> MobileNumber {
    MobileNumber::parse("9876543210", 10).unwrap()
}

fn plan(paise: u64, months: u16, basis_points: u16) -> EmiPlan {
    let today = Day::parse("2025-01-31").unwrap();
    let tenure = Tenure::of_months(months).unwrap();
    EmiPlan::reckon(Money::paise(paise), tenure, AnnualRate(basis_points), today).unwrap()
}

/// The newest payment, as its order tells it.
fn told(order: &Order) -> Value {
    value(order_json(order, None))["data"]["payments"][0].clone()
}

/// A payment of ₹500 with `instrument` as it is told.
fn told_with(instrument: Instrument) -> Value {
    let mut order = order("");
    start(&mut order, instrument, 10);
    told(&order)
}

#[test]
fn every_method_tells_what_it_is_paid_with_and_nothing_else() {
    let card_data = json!({
        "network_name": "VISA", "card_type": "CREDIT", "issuer_name": "Example Bank",
        "country_code": "IND", "last4_digit": "1112",
    });
    let vpa = Vpa::parse("success@upi").unwrap();
    let upi = json!({"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}});
    let emi = |on| Instrument::CardEmi { on, card: summary(), plan: plan(50_000, 3, 0) };
    let bank = Instrument::Netbanking { pay_code: PayCode::parse("NB1531").unwrap() };
    let wallet = Instrument::Wallet { wallet_code: WalletCode::parse("AMAZON_PAY").unwrap() };
    let cardless = Instrument::CardlessEmi { mobile: mobile(), plan: plan(50_000, 3, 0) };
    let today = Day::parse("2025-06-30").unwrap();
    let pay_later = |provider: PayLaterProvider| Instrument::PayLater {
        provider,
        mobile: mobile(),
        instalments: provider.instalments(Money::paise(50_000), today),
    };
    let one_bill = json!({"mobile": "9876543210", "bnpl_pay_code": "LAZYPAY"});
    let in_three = json!({
        "mobile": "9876543210", "bnpl_pay_code": "SIMPL3", "installments": [
            {"serial_no": 1, "amount_in_paise": 16_668, "due_date": "2025-06-30"},
            {"serial_no": 2, "amount_in_paise": 16_666, "due_date": "2025-07-21"},
            {"serial_no": 3, "amount_in_paise": 16_666, "due_date": "2025-08-21"},
        ],
    });
    for (instrument, method, letters, option) in [
        (card(), "CARD", "cc", json!({"card_data": card_data})),
        (
            Instrument::Upi(UpiFlow::Collect { vpa }),
            "UPI",
            "up",
            json!({"upi_data": upi, "upi_details": upi}),
        ),
        (bank, "NETBANKING", "nb", json!({"netbanking_data": {"pay_code": "NB1531"}})),
        (wallet, "WALLET", "wl", json!({"wallet_data": {"wallet_code": "AMAZON_PAY"}})),
        (
            points(),
            "POINTS",
            "pt",
            json!({"card_data": {"network_name": "RUPAY", "last4_digit": "0009"}}),
        ),
        (emi(EmiCard::Credit), "CREDIT_EMI", "ce", json!({"card_data": card_data})),
        (emi(EmiCard::Debit), "DEBIT_EMI", "de", json!({"card_data": card_data})),
        (
            cardless,
            "CARDLESS_EMI",
            "cl",
            json!({"cardless_data": {"registered_mobile_number": "9876543210"}}),
        ),
        (pay_later(PayLaterProvider::LazyPay), "BNPL", "bn", json!({"bnpl_data": one_bill})),
        (pay_later(PayLaterProvider::SimplInThree), "BNPL", "bn", json!({"bnpl_data": in_three})),
    ] {
        let told = told_with(instrument);
        assert_eq!(told["payment_method"], method);
        assert_eq!(told["payment_option"], option, "{method}");
        let id = told["id"].as_str().unwrap();
        assert!(id.ends_with(&format!("-{letters}-a")), "{id}");
        let has_plan = method.ends_with("_EMI");
        assert_eq!(told.get("offer_data").is_some(), has_plan, "{method}");
    }
}

#[test]
fn the_plan_of_an_emi_is_told_as_it_was_agreed() {
    let emi =
        Instrument::CardEmi { on: EmiCard::Credit, card: summary(), plan: plan(50_000, 3, 1_650) };
    let paise = |value: u64| json!({"value": value, "currency": "INR"});
    assert_eq!(
        told_with(emi)["offer_data"],
        json!({"offer_details": {
            "name": "Example Bank",
            "issuer_type": "CC_BANK",
            "tenure": {
                "tenure_id": "3",
                "name": "3 Months",
                "tenure_type": "MONTH",
                "tenure_value": 3,
                "loan_amount": paise(50_000),
                "net_payment_amount": paise(51_381),
                "monthly_emi_amount": paise(17_128),
                "total_emi_amount": paise(51_381),
                "interest_amount": paise(1_381),
                "interest_rate_percentage": 16.5,
                "emi_type": "STANDARD",
                "installments": [
                    {"serial_no": 1, "amount_in_paise": 17_128, "due_date": "2025-02-28"},
                    {"serial_no": 2, "amount_in_paise": 17_128, "due_date": "2025-03-31"},
                    {"serial_no": 3, "amount_in_paise": 17_125, "due_date": "2025-04-30"},
                ],
            },
        }})
    );
}

#[test]
fn a_plan_names_its_kind_of_lender_and_its_rate() {
    let of = |on: Option<EmiCard>, months, basis_points| {
        let plan = plan(50_000, months, basis_points);
        let instrument = match on {
            Some(on) => Instrument::CardEmi { on, card: summary(), plan },
            None => Instrument::CardlessEmi { mobile: mobile(), plan },
        };
        told_with(instrument)["offer_data"]["offer_details"].clone()
    };
    for (on, months, basis_points, issuer, name, rate, kind) in [
        (Some(EmiCard::Credit), 1, 0, "CC_BANK", "1 Month", json!(0), "NO_COST"),
        (Some(EmiCard::Debit), 9, 1_600, "DC_BANK", "9 Months", json!(16), "STANDARD"),
        (None, 60, 1_205, "NBFC", "60 Months", json!(12.05), "STANDARD"),
        (None, 2, 1, "NBFC", "2 Months", json!(0.01), "STANDARD"),
    ] {
        let details = of(on, months, basis_points);
        assert_eq!(details["issuer_type"], issuer);
        assert_eq!(details.get("name").is_some(), on.is_some());
        let tenure = &details["tenure"];
        assert_eq!(tenure["name"], name);
        assert_eq!(tenure["interest_rate_percentage"], rate);
        assert_eq!(tenure["emi_type"], kind);
        assert_eq!(tenure["installments"].as_array().unwrap().len(), usize::from(months));
    }
}

/// Begins an attempt of a card payment and one by points.
fn start_two(order: &mut Order, card_paise: u64) -> [OperationId; 2] {
    let operations = [OperationId(1), OperationId(2)];
    let rest = order.terms.amount.minus(Money::paise(card_paise)).unwrap();
    let made = |operation: OperationId, instrument, amount| NewPayment {
        number: TransactionNumber(1),
        reference: PaymentReference::parse(&format!("p-{}", operation.0)).unwrap(),
        amount,
        instrument,
        operation,
        acquirer: AcquirerData {
            acquirer_name: text("SIMULATOR"),
            acquirer_reference: None,
            approval_code: None,
            rrn: None,
            is_aggregator: true,
        },
    };
    let payments = vec![
        made(operations[0], card(), Money::paise(card_paise)),
        made(operations[1], points(), rest),
    ];
    let _ = order.start_attempt(payments, at(10)).unwrap();
    operations
}

#[test]
fn an_approved_payment_is_told_as_pending_until_the_others_of_its_attempt_are_decided() {
    let mut order = order("");
    let [card, points] = start_two(&mut order, 40_000);
    let statuses = |order: &Order| {
        let told = value(order_json(order, None));
        let payments = told["data"]["payments"].as_array().unwrap().clone();
        let status = |one: &Value| one["status"].as_str().unwrap().to_owned();
        payments.iter().map(status).collect::<Vec<_>>()
    };
    let mut made = ids(100);
    let _ = order.approve(points, approval(), &mut made, at(11)).unwrap();
    assert_eq!(statuses(&order), ["PENDING", "PENDING"]);
    let failure = Failure::of(DeclineReason::InsufficientFunds);
    let _ = order.decline(card, failure, &mut made, at(12)).unwrap();
    assert_eq!(statuses(&order), ["CANCELLED", "FAILED"], "newest first");
    assert!(told(&order).get("error_detail").is_none(), "the points did nothing wrong");
}

#[test]
fn a_capture_is_told_with_each_payment_by_its_part() {
    let mut order = order(r#","pre_auth":true"#);
    let [card, points] = start_two(&mut order, 40_000);
    let mut made = ids(100);
    for operation in [card, points] {
        let _ = order.approve(operation, approval(), &mut made, at(11)).unwrap();
    }
    let reference = MerchantReference::parse("capture-1").unwrap();
    let amount = Some(Money::paise(45_000));
    let ordered = order.capture(reference, amount, &mut made, at(12)).unwrap().ordered;
    for operation in ordered {
        let _ = order.instruction_done(operation, at(13)).unwrap();
    }
    let payments = value(order_json(&order, None))["data"]["payments"].clone();
    for (place, paise) in [(0, 5_000), (1, 40_000)] {
        let captures = &payments[place]["capture_data"];
        assert_eq!(captures.as_array().unwrap().len(), 1);
        assert_eq!(captures[0]["merchant_capture_reference"], "capture-1");
        assert_eq!(captures[0]["capture_amount"], json!({"value": paise, "currency": "INR"}));
    }
}

#[test]
fn the_acquirers_reference_is_told_as_soon_as_it_is_known() {
    let mut order = order("");
    let operation = start(&mut order, card(), 10);
    assert!(told(&order)["acquirer_data"].get("acquirer_reference").is_none());
    let _ = order.challenge(operation, Challenge::Otp, Some(text("2024558")), at(11)).unwrap();
    assert_eq!(told(&order)["acquirer_data"]["acquirer_reference"], "2024558");
    assert_eq!(told(&order)["acquirer_data"]["rrn"], "");
}
