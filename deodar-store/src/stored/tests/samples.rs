//! What format 1 looks like, in a file that is committed. Where one of these tests fails, stored
//! documents would no longer be read: write a new format, and keep reading this one.

use std::fmt::Write as _;

use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::{
    Address, AddressLine, Contact, CountryCode, Customer, CustomerId, CustomerReference, Email,
    Gstin, MobileNumber, PersonName, Pincode, PlaceName,
};
use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::event::{Event, EventType};
use deodar_domain::id::EventId;
use deodar_domain::instrument::{CardSummary, CardType, Instrument, IssuerText, PayCode, UpiFlow};
use deodar_domain::merchant::{
    Appearance, Colour, Logo, LogoDigest, NextWebhookSecret, PassedOnFee,
};
use deodar_domain::message::MessageKind;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::order::Order;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::{AcquirerText, Challenge, ChallengeTarget};
use deodar_domain::purchase::{
    CartItem, ItemDescription, ItemId, ItemName, Metadata, Product, Quantity,
};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::split::{
    BasisPoints, SettlementReference, Share, SplitInfo, SplitMerchantId, SplitPart, SplitType,
};
use deodar_domain::terms::{Dialect, IntegrationMode, Terms};
use deodar_domain::text::{MetadataKey, MetadataValue, ProductCode};
use deodar_domain::upi::Vpa;
use deodar_domain::url::MerchantUrl;

use super::commands::{History, Step};
use super::*;
use crate::contract::fixtures::{
    answer, at, delivery, merchant, order, order_key, outbox, pointer,
};
use crate::record::DeliveryState;

/// One document a line, after its name.
pub(super) const FORMAT_1: &str = include_str!("format_1.txt");

pub(super) fn terms() -> Terms {
    order(7).unwrap().terms.clone()
}

fn full_terms() -> Terms {
    let amount = Money::paise(50_000);
    let product = Product {
        code: Some(ProductCode::parse("TEA-1").unwrap()),
        amount: Some(Money::paise(45_000)),
        coupon_discount: Some(Money::new(1, Currency::from_code("USD").unwrap())),
    };
    let part = |share| SplitPart {
        merchant: SplitMerchantId::parse("grower").unwrap(),
        settlement_reference: Some(SettlementReference::parse("week 10").unwrap()),
        share,
        on_hold: true,
    };
    let parts = vec![part(Share::Amount(Money::paise(20_000)))];
    let pair = (MetadataKey::parse("shop").unwrap(), MetadataValue::parse("\"1\"\\é").unwrap());
    Terms {
        pre_auth: true,
        part_payment: true,
        multi_currency: true,
        allowed_methods: [Method::Card, Method::Upi, Method::Bnpl].into_iter().collect(),
        failure_callback_url: Some(MerchantUrl::parse("http://localhost:8080/no").unwrap()),
        customer: Some(customer()),
        products: Some(vec![product.clone()]),
        cart: Some(vec![Product { amount: None, coupon_discount: None, ..product }]),
        cart_items: Some(vec![cart_item(), CartItem::default()]),
        cart_coupon_discount: Some(Money::paise(100)),
        metadata: Metadata::new(vec![pair]),
        split: SplitInfo::new(SplitType::Amount, parts, amount),
        account: Some(BankAccount {
            number: AccountNumber::parse("0012345678").unwrap(),
            ifsc: Some(Ifsc::parse("HDFC0000123").unwrap()),
            bank_name: Some(BankName::parse("Example Bank").unwrap()),
        }),
        integration_mode: IntegrationMode::Redirect,
        ..terms()
    }
}

fn cart_item() -> CartItem {
    CartItem {
        id: ItemId::parse("tea-1").ok(),
        name: ItemName::parse("Assam tea").ok(),
        description: ItemDescription::parse("One \"kilo\"").ok(),
        details_url: MerchantUrl::parse("https://shop.example.com/tea").ok(),
        image_url: MerchantUrl::parse("https://shop.example.com/tea.png").ok(),
        original_price: Some(Money::paise(25_000)),
        discounted_price: Some(Money::paise(22_500)),
        quantity: Quantity::new(2),
        currency: Some(Currency::INR),
    }
}

fn customer() -> Customer {
    let address = Address {
        address1: AddressLine::parse("1 Example Road").ok(),
        address2: AddressLine::parse("Floor 2").ok(),
        address3: AddressLine::parse("").ok(),
        pincode: Pincode::parse("560001").ok(),
        city: PlaceName::parse("Bengaluru").ok(),
        state: PlaceName::parse("Karnataka").ok(),
        country: PlaceName::parse("India").ok(),
    };
    Customer {
        email: Email::parse("kavya@example.com").ok(),
        first_name: PersonName::parse("Kavya").ok(),
        last_name: PersonName::parse("Rao").ok(),
        customer_id: CustomerId::parse("232323").ok(),
        mobile: MobileNumber::parse("000000010", 9).ok(),
        country_code: CountryCode::parse("+91").ok(),
        billing_address: Some(address),
        shipping_address: Some(Address::default()),
        reference: CustomerReference::parse("c-1").ok(),
        gstin: Gstin::parse("27AAEPM1234C1Z5").ok(),
        editable: true,
    }
}

fn contact() -> Contact {
    Contact {
        first_name: PersonName::parse("Tara").ok(),
        last_name: PersonName::parse("Sen").ok(),
        email: Email::parse("tara@example.in").ok(),
        mobile: MobileNumber::parse("000000011", 9).ok(),
    }
}

fn by_points(mode: IntegrationMode) -> Terms {
    let part = SplitPart {
        merchant: SplitMerchantId::parse("grower").unwrap(),
        settlement_reference: None,
        share: Share::Percentage(BasisPoints::new(1_250).unwrap()),
        on_hold: false,
    };
    let split = SplitInfo::new(SplitType::Percentage, vec![part], Money::paise(50_000));
    Terms { split, integration_mode: mode, ..terms() }
}

pub(super) fn summary(card_type: CardType) -> CardSummary {
    let told = |text| IssuerText::parse(text).ok();
    CardSummary {
        brand: CardBrand::RuPay,
        last4: Last4::parse("0015").unwrap(),
        card_type: Some(card_type),
        issuer: told("Example Bank"),
        category: told("CONSUMER"),
        country_code: told("IND"),
    }
}

pub(super) fn card(card_type: CardType) -> Instrument {
    Instrument::Card(summary(card_type))
}

pub(super) fn start(with: Instrument, part: u64) -> Step {
    Step::Start(vec![(with, PaymentReference::parse("try #1").unwrap())], part)
}

pub(super) fn approve() -> Step {
    Step::Approve(0, None, AcquirerText::parse("A12345").unwrap())
}

pub(super) fn failed(reason: DeclineReason) -> Failure {
    Failure { reason, message: FailureMessage::parse("Not today").ok() }
}

fn netbanking() -> Instrument {
    Instrument::Netbanking { pay_code: PayCode::parse("NB1531").unwrap() }
}

fn collect() -> Instrument {
    Instrument::Upi(UpiFlow::Collect { vpa: Vpa::parse("kavya@upi").unwrap() })
}

pub(super) fn capture(part: Option<u64>) -> Step {
    Step::Capture(MerchantReference::parse("capture-1").unwrap(), part)
}

fn refund(number: u32, part: Option<u64>) -> Step {
    Step::Refund(order_key(number).unwrap(), MerchantReference::parse("refund-1").ok(), part)
}

pub(super) fn history(terms: Terms, link: bool, steps: Vec<Step>) -> Order {
    let mut history = History::begin(terms, link.then_some(42));
    for step in steps {
        history.take(&step);
    }
    history.order
}

/// Orders that between them have every field and every state.
fn orders() -> Vec<(&'static str, Order)> {
    let pre_auth = || Terms { pre_auth: true, ..terms() };
    let parts = || Terms { part_payment: true, ..terms() };
    let target = |text| ChallengeTarget::parse(text).unwrap();
    let app = || Some(target("https://upi.example.in/1"));
    let reference = || AcquirerText::parse("R1").ok();
    let challenged = |with, asked| vec![start(with, 0), Step::Challenge(0, asked, reference())];
    let redirect = Challenge::Redirect(target("https://bank.example.in/acs?a=1"));
    let qr = Instrument::Upi(UpiFlow::Intent { qr: true });
    let intent = Challenge::Intent { link: target("upi://pay?pa=a@b"), app: app() };
    let declined = || Step::Decline(0, failed(DeclineReason::InsufficientFunds));
    let attempts = (0..10).flat_map(|_| [start(netbanking(), 0), declined()]).collect();
    let late = vec![
        start(card(CardType::Debit), 0),
        Step::Decline(0, Failure::of(DeclineReason::PaymentExpired)),
        approve(),
    ];
    let held = || vec![start(card(CardType::Credit), 1), approve()];
    let and = |mut steps: Vec<Step>, more: Vec<Step>| {
        steps.extend(more);
        steps
    };
    let done = || Step::Done(0);
    let refused = || Step::Refused(0, failed(DeclineReason::PaymentDeclined));
    let long = || Step::Wait(900_000);
    let mut orders = vec![
        ("created", history(terms(), false, vec![])),
        ("full", history(full_terms(), true, vec![])),
        ("contact", history(full_terms(), false, vec![Step::Contact(contact())])),
        ("by_points", history(by_points(IntegrationMode::Iframe), true, vec![Step::Click])),
        ("redirect", history(terms(), true, challenged(card(CardType::Prepaid), redirect))),
        (
            "collect",
            history(terms(), true, challenged(collect(), Challenge::Collect { app: app() })),
        ),
        ("intent", history(terms(), false, challenged(qr, intent))),
        ("otp", history(terms(), false, challenged(netbanking(), Challenge::Otp))),
        ("attempted", history(terms(), true, vec![start(netbanking(), 0), declined()])),
        ("given_up", history(terms(), false, vec![start(netbanking(), 0), Step::GiveUp(0)])),
        ("authorized", history(pre_auth(), true, held())),
        ("processed", history(terms(), true, held())),
        ("part_paid", history(parts(), true, vec![start(collect(), 400), approve()])),
        ("capture_ordered", history(pre_auth(), false, and(held(), vec![capture(None)]))),
        (
            "capture_refused",
            history(pre_auth(), false, and(held(), vec![capture(None), refused()])),
        ),
        (
            "captured_in_part",
            history(pre_auth(), false, and(held(), vec![capture(Some(900)), done()])),
        ),
        ("refund_ordered", history(terms(), false, and(held(), vec![refund(8, Some(700))]))),
        ("refund_failed", history(terms(), false, and(held(), vec![refund(8, None), refused()]))),
        ("refunded", history(terms(), false, and(held(), vec![refund(8, None), done()]))),
        ("voided", history(pre_auth(), true, and(held(), vec![Step::Cancel, done()]))),
        ("released", history(pre_auth(), false, and(held(), vec![long(), Step::Release, done()]))),
        ("failed", history(terms(), true, attempts)),
        ("reversed", history(terms(), false, late)),
        ("cancelled", history(terms(), true, vec![Step::CancelLink])),
        (
            "expired",
            history(terms(), true, vec![long(), long(), long(), long(), long(), Step::Expire]),
        ),
    ];
    orders.extend(payments::orders());
    orders
}

fn others() -> Vec<(&'static str, Record)> {
    let Record::Delivery(waiting) = delivery(7).unwrap() else { panic!("no delivery") };
    let with = |state| {
        let mut delivery = waiting.clone();
        delivery.state = state;
        Record::Delivery(delivery)
    };
    let mut fresh = waiting.clone();
    fresh.state = DeliveryState::Waiting;
    fresh.last_result = None;
    let Record::Merchant(mut bare) = merchant(7).unwrap() else { panic!("no merchant") };
    bare.webhook_secret = Some(bare.signing_key.clone());
    bare.return_url = MerchantUrl::parse("https://shop.example.com/back").ok();
    bare.endpoints.clear();
    let mut some_lenders = bare.clone();
    let lenders = [PayLaterProvider::LazyPay, PayLaterProvider::SimplInThree];
    some_lenders.pay_later = lenders.into_iter().collect();
    let mut of_products = bare.clone();
    of_products.brand_products =
        ["PHONE-1", "fridge 2"].map(|code| ProductCode::parse(code).unwrap()).to_vec();
    let mut rotated = bare.clone();
    rotated.next_webhook_secret = Some(NextWebhookSecret::ClientSecret);
    let mut shown = bare.clone();
    shown.next_webhook_secret = Some(NextWebhookSecret::Own(bare.client_secret.clone()));
    shown.appearance = Appearance {
        colour: Some(Colour::new(0x1a, 0x7f, 0x5a)),
        logo: Some(Logo { digest: LogoDigest(0xbead), width: 120, height: 40 }),
    };
    shown.passed_on_fee = PassedOnFee::new(200).ok();
    let logo = Setting::Logo { merchant: bare.id, png: [0x89, b'P', b'N', b'G'].into() };
    let reference = MerchantReference::parse_legacy("INV/7 é").unwrap();
    let legacy = Terms { reference, dialect: Dialect::Legacy, ..terms() };
    let with_fee = Terms { passed_on_fee: PassedOnFee::new(200).ok(), ..terms() };
    vec![
        ("merchant", merchant(7).unwrap()),
        ("merchant_without_endpoints", Record::Merchant(bare)),
        ("delivery_waiting", Record::Delivery(fresh)),
        ("delivery_delivered", with(DeliveryState::Delivered { at: at(9) })),
        ("delivery_abandoned", with(DeliveryState::Abandoned { at: at(9) })),
        ("answer", answer(7).unwrap()),
        ("refund", pointer(7).unwrap()),
        ("clock_offset", Record::Setting(Setting::ClockOffset { seconds: 86_400 })),
        ("outbox", outbox(7).unwrap()),
        ("merchant_of_some_lenders", Record::Merchant(some_lenders)),
        ("sent_again", Record::Order(Box::new(sent_again()))),
        ("legacy", Record::Order(Box::new(history(legacy, true, vec![])))),
        ("merchant_of_products", Record::Merchant(of_products)),
        ("merchant_rotated", Record::Merchant(rotated)),
        ("merchant_shown", Record::Merchant(shown)),
        ("logo", Record::Setting(logo)),
        ("order_with_fee", Record::Order(Box::new(history(with_fee, true, vec![])))),
    ]
}

/// A link that was sent again twice.
fn sent_again() -> Order {
    let terms = Terms { customer: Some(customer()), ..terms() };
    let mut order = history(terms, true, vec![]);
    for seconds in [10, 20] {
        let _ = order.send_link_again(at(seconds), at(seconds)).unwrap();
    }
    order
}

fn payloads() -> Vec<(&'static str, JobPayload)> {
    let snapshot = |event| {
        let order = history(terms(), true, vec![]);
        let id = EventId(0xfeed);
        JobPayload::Event(Box::new(EventSnapshot { id, event, at: at(5), order }))
    };
    vec![
        ("job_event", snapshot(Event::LinkCreated)),
        ("job_refund_event", snapshot(Event::RefundProcessed(order_key(8).unwrap()))),
        ("job_operation", JobPayload::Operation(OperationId(0xbeef))),
        ("job_message", JobPayload::Message(MessageKind::LinkCreated)),
        ("job_receipt", JobPayload::Receipt { attempt: 2 }),
    ]
}

pub(super) fn records() -> Vec<(&'static str, Record)> {
    let orders = orders().into_iter().map(|(name, order)| (name, Record::Order(Box::new(order))));
    orders.chain(others()).collect()
}

/// The committed document of a name.
pub(super) fn sample(name: &str) -> &'static str {
    let lines = || FORMAT_1.lines().filter_map(|line| line.split_once(' '));
    lines().find(|(found, _)| *found == name).map_or("(none)", |(_, document)| document)
}

#[test]
fn format_1_is_written_as_ever() {
    let mut now = String::new();
    for (name, record) in records() {
        writeln!(now, "{name} {}", encode(&record).unwrap()).unwrap();
    }
    for (name, payload) in payloads() {
        let document = encode_payload(&payload).unwrap().unwrap();
        writeln!(now, "{name} {document}").unwrap();
    }
    assert!(now == FORMAT_1, "the format has changed; it is now:\n{now}");
}

#[test]
fn format_1_is_read_as_ever() {
    for (name, record) in records() {
        assert_eq!(decode(record.key(), sample(name)), Ok(record), "{name}");
    }
    for (name, payload) in payloads() {
        assert_eq!(decode_payload(Some(sample(name))), Ok(payload), "{name}");
    }
}

#[test]
fn the_samples_have_every_state() {
    let orders = orders();
    let states: std::collections::BTreeSet<_> =
        orders.iter().map(|(_, order)| order.state.name()).collect();
    let expected = [
        "ATTEMPTED",
        "AUTHORIZED",
        "CANCELLED",
        "CREATED",
        "FAILED",
        "FULLY_REFUNDED",
        "PARTIALLY_CAPTURED",
        "PARTIALLY_REFUNDED",
        "PENDING",
        "PROCESSED",
    ];
    assert!(states.iter().eq(expected.iter()), "{states:?}");
    let links: std::collections::BTreeSet<_> =
        orders.iter().filter_map(|(_, order)| Some(order.link.as_ref()?.state.name())).collect();
    assert_eq!(links.len(), deodar_domain::link::LinkState::ALL.len(), "{links:?}");
}

#[test]
fn the_samples_have_every_method() {
    let orders = orders();
    let paid = orders.iter().flat_map(|(_, order)| &order.payments);
    let methods: MethodSet = paid.map(|payment| payment.id.method).collect();
    assert_eq!(methods, MethodSet::all());
}

/// Documents hold these names of the domain's, so they may not be changed there.
#[test]
fn the_names_that_documents_hold_are_kept() {
    let reasons = DeclineReason::ALL.map(DeclineReason::code).join(" ");
    let brands = CardBrand::ALL.map(CardBrand::name).join(" ");
    let methods = Method::ALL.map(Method::letters).join(" ");
    let events = EventType::ALL.map(EventType::name).join(" ");
    let lenders = PayLaterProvider::ALL.map(PayLaterProvider::name).join(" ");
    assert_eq!(
        reasons,
        "PAYMENT_DECLINED INSUFFICIENT_FUNDS CARD_EXPIRED CARD_VERIFICATION_FAILED \
         CARD_NOT_ALLOWED CARD_STOLEN CARD_LOST CARD_NOT_ENROLLED RISK_CHECK_FAILED \
         AMOUNT_LIMIT_EXCEEDED ISSUER_NOT_SUPPORTED INVALID_INSTRUMENT \
         USER_AUTHENTICATION_REQUIRED USER_AUTHENTICATION_FAILED PAYMENT_EXPIRED \
         PAYMENT_NOT_AUTHORIZED INVALID_REQUEST PAYMENT_CANCELLED"
    );
    assert_eq!(brands, "VISA MASTERCARD RUPAY AMEX DINERS MAESTRO JCB UNKNOWN");
    assert_eq!(lenders, "LAZYPAY SIMPL SIMPL3");
    assert_eq!(methods, "cc up nb wl pt ce de cl bn");
    assert_eq!(
        events,
        "ORDER_AUTHORIZED ORDER_PROCESSED ORDER_CANCELLED ORDER_FAILED PAYMENT_FAILED \
         REFUND_PROCESSED REFUND_FAILED PAYMENT_LINK_CREATED PAYMENT_LINK_CLICKED \
         PAYMENT_LINK_PROCESSED PAYMENT_LINK_PARTIAL_PROCESSED PAYMENT_LINK_EXPIRED \
         PAYMENT_LINK_CANCELLED"
    );
}
