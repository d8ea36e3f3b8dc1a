//! Orders and payments to test with.

use std::time::Duration;

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::effects::Effects;
use deodar_domain::id::{LinkNumber, MerchantId, OperationId, TransactionNumber};
use deodar_domain::instrument::{CardSummary, Instrument, UpiFlow, WalletCode};
use deodar_domain::key::{KeyMint, OrderKey};
use deodar_domain::method::MethodSet;
use deodar_domain::money::Money;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::payment::{AcquirerData, AcquirerText, Approval, NewPayment};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;

/// When the orders are made: 2025-03-06T08:27:55Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_741_249_675);
/// How long the links live.
pub(crate) const LINK_LIFETIME: Duration = Duration::from_hours(24);

/// What kind of order is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) amount_paise: u64,
    pub(crate) link: bool,
    pub(crate) pre_auth: bool,
    pub(crate) part_payment: bool,
}

pub(crate) fn terms(kind: Kind) -> Terms {
    Terms {
        pre_auth: kind.pre_auth,
        part_payment: kind.part_payment,
        allowed_methods: MethodSet::all(),
        ..Terms::plain(
            MerchantReference::parse("reference-1").unwrap(),
            Money::paise(kind.amount_paise),
        )
    }
}

pub(crate) fn order(kind: Kind) -> (Order, Effects) {
    let new = NewOrder {
        key: key(0),
        merchant: MerchantId::new(111_077).unwrap(),
        terms: terms(kind),
        link: kind.link.then(|| (LinkNumber(1), START.plus(LINK_LIFETIME))),
    };
    Order::create(new, START)
}

/// The n-th key of the tests.
pub(crate) fn key(number: usize) -> OrderKey {
    let mut mint = KeyMint::new();
    let mut key = mint.next(START, 7);
    for _ in 0..number {
        key = mint.next(START, 7);
    }
    key
}

fn card_summary() -> CardSummary {
    CardSummary {
        brand: CardBrand::Visa,
        last4: Last4::parse("1112").unwrap(),
        card_type: None,
        issuer: None,
        category: None,
        country_code: None,
    }
}

pub(crate) fn card() -> Instrument {
    Instrument::Card(card_summary())
}

pub(crate) fn points() -> Instrument {
    Instrument::Points(card_summary())
}

pub(crate) fn wallet() -> Instrument {
    Instrument::Wallet { wallet_code: WalletCode::parse("EXAMPLE_PAY").unwrap() }
}

pub(crate) fn collect() -> Instrument {
    Instrument::Upi(UpiFlow::Collect { vpa: Vpa::parse("success@upi").unwrap() })
}

/// The operation of the n-th payment.
pub(crate) fn payment_operation(number: usize) -> OperationId {
    OperationId(1_000 + number as u128)
}

pub(crate) fn payment(number: usize, amount: Money, instrument: Instrument) -> NewPayment {
    NewPayment {
        number: TransactionNumber(number as u64 + 1),
        reference: PaymentReference::parse(&format!("payment {number}")).unwrap(),
        amount,
        instrument,
        operation: payment_operation(number),
        acquirer: AcquirerData {
            acquirer_name: AcquirerText::parse("SIMULATOR_CARD").unwrap(),
            acquirer_reference: None,
            approval_code: None,
            rrn: None,
            is_aggregator: true,
        },
    }
}

pub(crate) fn approval() -> Approval {
    Approval {
        approval_code: AcquirerText::parse("012345").unwrap(),
        acquirer_reference: AcquirerText::parse("reference").unwrap(),
        rrn: AcquirerText::parse("506508000001").unwrap(),
        card: None,
    }
}

/// Numbers the instructions of an order, so that the same history draws the same ids.
pub(crate) fn instruction_ids(order: &Order) -> impl FnMut() -> OperationId + use<> {
    let mut next = 2_000 + order.instructions.len() as u128;
    move || {
        next += 1;
        OperationId(next)
    }
}
