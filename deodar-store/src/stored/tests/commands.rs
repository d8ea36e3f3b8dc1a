//! Random histories of orders: commands, and what became of them.

use std::time::Duration;

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::id::{LinkNumber, MerchantId, OperationId, TransactionNumber};
use deodar_domain::instrument::{CardSummary, CardType, Instrument, IssuerText, PayCode, UpiFlow};
use deodar_domain::key::OrderKey;
use deodar_domain::money::Money;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::payment::{
    AcquirerData, AcquirerText, Approval, Challenge, ChallengeTarget, NewPayment,
};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::generate::{WORDS, order_key, reference, text};

fn instrument() -> BoxedStrategy<Instrument> {
    let told = || of(text(WORDS, |text| IssuerText::parse(text).ok()));
    let types = of(select(vec![CardType::Credit, CardType::Debit, CardType::Prepaid]));
    let last4 = text("[0-9]{4}", Last4::parse);
    let card = (select(CardBrand::ALL.to_vec()), last4, types, told(), told(), told()).prop_map(
        |(brand, last4, card_type, issuer, category, country_code)| {
            Instrument::Card(CardSummary {
                brand,
                last4,
                card_type,
                issuer,
                category,
                country_code,
            })
        },
    );
    let vpa = text("[a-z0-9._-]{1,30}@[a-z]{1,9}", |text| Vpa::parse(text).ok());
    let code = text("NB[0-9]{1,5}", |text| PayCode::parse(text).ok());
    prop_oneof![
        card,
        vpa.prop_map(|vpa| Instrument::Upi(UpiFlow::Collect { vpa })),
        any::<bool>().prop_map(|qr| Instrument::Upi(UpiFlow::Intent { qr })),
        code.prop_map(|pay_code| Instrument::Netbanking { pay_code }),
    ]
    .boxed()
}

fn challenge() -> BoxedStrategy<Challenge> {
    let target = || text(WORDS, |text| ChallengeTarget::parse(text).ok());
    prop_oneof![
        target().prop_map(Challenge::Redirect),
        of(target()).prop_map(|app| Challenge::Collect { app }),
        (target(), of(target())).prop_map(|(link, app)| Challenge::Intent { link, app }),
        Just(Challenge::Otp),
    ]
    .boxed()
}

fn failure() -> BoxedStrategy<Failure> {
    let message = text("[a-zA-Z \"\\\\é₹]{1,60}", |text| FailureMessage::parse(text).ok());
    (select(DeclineReason::ALL.to_vec()), of(message))
        .prop_map(|(reason, message)| Failure { reason, message })
        .boxed()
}

/// A command, and what it is given. The first number picks what it acts on.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Click,
    Start(Instrument, PaymentReference, u64),
    Challenge(usize, Challenge),
    Approve(usize, Option<Instrument>, AcquirerText),
    Decline(usize, Failure),
    GiveUp(usize),
    Capture(MerchantReference, Option<u64>),
    Cancel,
    CancelLink,
    Release,
    Expire,
    Refund(OrderKey, Option<MerchantReference>, Option<u64>),
    Done(usize),
    Refused(usize, Failure),
    Wait(u32),
}

pub(super) fn step() -> BoxedStrategy<Step> {
    let which = || 0..8_usize;
    let told = || text(WORDS, |text| AcquirerText::parse(text).ok());
    let part = || of(100..200_000_u64);
    prop_oneof![
        1 => Just(Step::Click),
        4 => (instrument(), text(WORDS, |text| PaymentReference::parse(text).ok()), any::<u64>())
            .prop_map(|(with, reference, part)| Step::Start(with, reference, part)),
        2 => (which(), challenge()).prop_map(|(which, asked)| Step::Challenge(which, asked)),
        4 => (which(), of(instrument()), told())
            .prop_map(|(which, with, told)| Step::Approve(which, with, told)),
        2 => (which(), failure()).prop_map(|(which, failure)| Step::Decline(which, failure)),
        1 => which().prop_map(Step::GiveUp),
        3 => (reference(), part()).prop_map(|(reference, part)| Step::Capture(reference, part)),
        1 => Just(Step::Cancel),
        1 => Just(Step::CancelLink),
        1 => Just(Step::Release),
        1 => Just(Step::Expire),
        3 => (order_key(), of(reference()), part())
            .prop_map(|(key, reference, part)| Step::Refund(key, reference, part)),
        4 => which().prop_map(Step::Done),
        1 => (which(), failure()).prop_map(|(which, failure)| Step::Refused(which, failure)),
        1 => any::<u32>().prop_map(Step::Wait),
    ]
    .boxed()
}

/// An order and what happened to it. Commands that it refuses change nothing.
pub(super) struct History {
    pub(super) order: Order,
    now: Timestamp,
    last_operation: u128,
}

impl History {
    pub(super) fn begin(terms: Terms, link: Option<u64>) -> Self {
        let now = Timestamp::from_micros(1_741_249_675_881_123);
        let new = NewOrder {
            key: OrderKey::from_i64(7 << 31).unwrap(),
            merchant: MerchantId::new(123_456).unwrap(),
            terms,
            link: link.map(|number| (LinkNumber(number), now.plus(Duration::from_secs(4_000_000)))),
        };
        Self { order: Order::create(new, now).0, now, last_operation: 0 }
    }

    fn payment(&self, which: usize) -> OperationId {
        let operations: Vec<_> = self.order.payments.iter().rev().map(|p| p.operation).collect();
        let count = operations.len().max(1);
        operations.get(which % count).copied().unwrap_or(OperationId(0))
    }

    fn instruction(&self, which: usize) -> OperationId {
        let operations: Vec<_> =
            self.order.instructions.iter().rev().map(|i| i.operation).collect();
        let count = operations.len().max(1);
        operations.get(which % count).copied().unwrap_or(OperationId(0))
    }

    pub(super) fn take(&mut self, step: &Step) {
        let (now, currency) = (self.now, self.order.terms.amount.currency());
        let money = |minor: &Option<u64>| minor.map(|minor| Money::new(minor, currency));
        let mut last = self.last_operation;
        let mut next = || {
            last += 1;
            OperationId(last)
        };
        let _ = match step.clone() {
            Step::Click => self.order.click(now),
            Step::Start(with, reference, part) => {
                let operation = next();
                self.order.start_attempt(self.new_payment(with, reference, part, operation), now)
            }
            Step::Challenge(which, asked) => self.order.challenge(self.payment(which), asked, now),
            Step::Approve(which, instrument, told) => {
                let approval = Approval {
                    approval_code: told.clone(),
                    acquirer_reference: told.clone(),
                    rrn: told,
                    instrument,
                };
                self.order.approve(self.payment(which), approval, &mut next, now)
            }
            Step::Decline(which, failure) => self.order.decline(self.payment(which), failure, now),
            Step::GiveUp(which) => self.order.give_up(self.payment(which), now),
            Step::Capture(reference, part) => {
                self.order.capture(reference, money(&part), &mut next, now)
            }
            Step::Cancel => self.order.cancel(&mut next, now),
            Step::CancelLink => self.order.cancel_link(now),
            Step::Release => self.order.release(&mut next, now),
            Step::Expire => Ok(self.order.expire_link(now)),
            Step::Refund(key, reference, part) => {
                self.order.start_refund(key, reference, money(&part), &mut next, now)
            }
            Step::Done(which) => self.order.instruction_done(self.instruction(which), now),
            Step::Refused(which, failure) => {
                self.order.instruction_refused(self.instruction(which), failure, now)
            }
            Step::Wait(seconds) => {
                let wait = Duration::from_secs(u64::from(seconds % 1_000_000));
                self.now = now.plus(wait);
                return;
            }
        };
        self.last_operation = last;
    }

    fn new_payment(
        &self,
        instrument: Instrument,
        reference: PaymentReference,
        part: u64,
        operation: OperationId,
    ) -> NewPayment {
        let due = self.order.due();
        let whole = !self.order.terms.part_payment || part.is_multiple_of(3);
        let minor = if whole { due.minor() } else { 100 + part % due.minor().max(1) };
        NewPayment {
            number: TransactionNumber(part),
            reference,
            amount: Money::new(minor, due.currency()),
            instrument,
            operation,
            acquirer: AcquirerData {
                acquirer_name: AcquirerText::parse("SIMULATOR_CARD").unwrap(),
                acquirer_reference: None,
                approval_code: None,
                rrn: None,
                is_aggregator: part.is_multiple_of(2),
            },
        }
    }
}
