//! Random histories of orders: commands, and what became of them.

use std::time::Duration;

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::{Contact, Email, MobileNumber, PersonName};
use deodar_domain::day::Day;
use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::emi::{AnnualRate, EmiPlan, TENURE_MAX_MONTHS, Tenure};
use deodar_domain::id::{LinkNumber, MerchantId, OperationId, TransactionNumber};
use deodar_domain::instrument::{
    CardSummary, CardType, EmiCard, Instrument, IssuerText, PayCode, UpiFlow, WalletCode,
};
use deodar_domain::key::OrderKey;
use deodar_domain::money::Money;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::{
    AcquirerData, AcquirerText, Approval, Challenge, ChallengeTarget, NewPayment,
};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;
use deodar_domain::upi::Vpa;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::generate::{WORDS, mobile, money, order_key, reference, text};

fn card() -> BoxedStrategy<CardSummary> {
    let told = || of(text(WORDS, |text| IssuerText::parse(text).ok()));
    let types = of(select(vec![CardType::Credit, CardType::Debit, CardType::Prepaid]));
    let last4 = text("[0-9]{4}", Last4::parse);
    (select(CardBrand::ALL.to_vec()), last4, types, told(), told(), told())
        .prop_map(|(brand, last4, card_type, issuer, category, country_code)| CardSummary {
            brand,
            last4,
            card_type,
            issuer,
            category,
            country_code,
        })
        .boxed()
}

fn today() -> impl Strategy<Value = Day> {
    // Every day of the years 2000 to 2099.
    (946_684_800..4_102_444_800_i64).prop_map(|seconds| Day::of(Timestamp::from_seconds(seconds)))
}

fn plan() -> BoxedStrategy<EmiPlan> {
    (1..=TENURE_MAX_MONTHS, any::<u16>(), money(), today())
        .prop_filter_map("too much to be reckoned", |(months, rate, amount, today)| {
            EmiPlan::reckon(amount, Tenure::of_months(months)?, AnnualRate(rate), today)
        })
        .boxed()
}

fn pay_later() -> BoxedStrategy<Instrument> {
    (select(PayLaterProvider::ALL.to_vec()), mobile(), money(), today())
        .prop_map(|(provider, mobile, amount, today)| Instrument::PayLater {
            provider,
            mobile,
            instalments: provider.instalments(amount, today),
        })
        .boxed()
}

fn instrument() -> BoxedStrategy<Instrument> {
    let vpa = text("[a-z0-9._-]{1,30}@[a-z]{1,9}", |text| Vpa::parse(text).ok());
    let code = text("NB[0-9]{1,5}", |text| PayCode::parse(text).ok());
    let wallet = text("[A-Za-z0-9_-]{1,50}", |text| WalletCode::parse(text).ok());
    let kinds = select(vec![EmiCard::Credit, EmiCard::Debit]);
    prop_oneof![
        2 => card().prop_map(Instrument::Card),
        1 => vpa.prop_map(|vpa| Instrument::Upi(UpiFlow::Collect { vpa })),
        1 => any::<bool>().prop_map(|qr| Instrument::Upi(UpiFlow::Intent { qr })),
        1 => code.prop_map(|pay_code| Instrument::Netbanking { pay_code }),
        1 => wallet.prop_map(|wallet_code| Instrument::Wallet { wallet_code }),
        2 => card().prop_map(Instrument::Points),
        1 => (kinds, card(), plan())
            .prop_map(|(on, card, plan)| Instrument::CardEmi { on, card, plan }),
        1 => (mobile(), plan())
            .prop_map(|(mobile, plan)| Instrument::CardlessEmi { mobile, plan }),
        1 => pay_later(),
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

fn contact() -> BoxedStrategy<Contact> {
    let name = || of(text(WORDS, |text| PersonName::parse(text).ok()));
    let email = of(text("[a-z\"é]{1,9}@[a-z.]{1,9}", |text| Email::parse(text).ok()));
    let mobile = of(text("[0-9]{9,20}", |text| MobileNumber::parse(text, 9).ok()));
    (name(), name(), email, mobile)
        .prop_map(|(first_name, last_name, email, mobile)| Contact {
            first_name,
            last_name,
            email,
            mobile,
        })
        .boxed()
}

/// A command, and what it is given. The first number picks what it acts on.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Click,
    Contact(Contact),
    /// An attempt of so many payments, and by how the amount is shared out among them.
    Start(Vec<(Instrument, PaymentReference)>, u64),
    Challenge(usize, Challenge, Option<AcquirerText>),
    Approve(usize, Option<CardSummary>, AcquirerText),
    Decline(usize, Failure),
    GiveUp(usize),
    TimeOut(usize),
    CancelAttempt(usize),
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
    let payment = (instrument(), text(WORDS, |text| PaymentReference::parse(text).ok()));
    prop_oneof![
        1 => Just(Step::Click),
        1 => contact().prop_map(Step::Contact),
        10 => (vec(payment, 1..=3), any::<u64>())
            .prop_map(|(payments, part)| Step::Start(payments, part)),
        3 => (which(), challenge(), of(told()))
            .prop_map(|(which, asked, told)| Step::Challenge(which, asked, told)),
        16 => (which(), of(card()), told())
            .prop_map(|(which, card, told)| Step::Approve(which, card, told)),
        3 => (which(), failure()).prop_map(|(which, failure)| Step::Decline(which, failure)),
        1 => which().prop_map(Step::GiveUp),
        1 => which().prop_map(Step::TimeOut),
        1 => which().prop_map(Step::CancelAttempt),
        6 => (reference(), part()).prop_map(|(reference, part)| Step::Capture(reference, part)),
        1 => Just(Step::Cancel),
        1 => Just(Step::CancelLink),
        1 => Just(Step::Release),
        1 => Just(Step::Expire),
        6 => (order_key(), of(reference()), part())
            .prop_map(|(key, reference, part)| Step::Refund(key, reference, part)),
        10 => which().prop_map(Step::Done),
        3 => (which(), failure()).prop_map(|(which, failure)| Step::Refused(which, failure)),
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
            Step::Contact(given) => self.order.change_contact(given, now),
            Step::Start(payments, part) => {
                self.order.start_attempt(self.new_payments(payments, part, &mut next), now)
            }
            Step::Challenge(which, asked, told) => {
                self.order.challenge(self.payment(which), asked, told, now)
            }
            Step::Approve(which, card, told) => {
                let approval = Approval {
                    approval_code: told.clone(),
                    acquirer_reference: told.clone(),
                    rrn: told,
                    card,
                };
                self.order.approve(self.payment(which), approval, &mut next, now)
            }
            Step::Decline(which, failure) => {
                self.order.decline(self.payment(which), failure, &mut next, now)
            }
            Step::GiveUp(which) => self.order.give_up(self.payment(which), &mut next, now),
            Step::TimeOut(which) => self.order.time_out(self.payment(which), &mut next, now),
            Step::CancelAttempt(which) => {
                self.order.cancel_attempt(self.payment(which), &mut next, now)
            }
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

    /// Payments that share out what is due, or, where parts may be paid, a part of it.
    fn new_payments(
        &self,
        payments: Vec<(Instrument, PaymentReference)>,
        part: u64,
        next: &mut impl FnMut() -> OperationId,
    ) -> Vec<NewPayment> {
        let due = self.order.due();
        let whole = !self.order.terms.part_payment || part.is_multiple_of(3);
        let minor = if whole { due.minor() } else { 100 + part % due.minor().max(1) };
        let share = minor / payments.len() as u64;
        let rest = minor - share * (payments.len() as u64 - 1);
        let new = |(at, (instrument, reference)): (usize, (Instrument, PaymentReference))| {
            let acquirer = AcquirerData {
                acquirer_name: AcquirerText::parse("SIMULATOR_CARD").unwrap(),
                acquirer_reference: None,
                approval_code: None,
                rrn: None,
                is_aggregator: part.is_multiple_of(2),
            };
            NewPayment {
                number: TransactionNumber(part.wrapping_add(at as u64)),
                reference,
                amount: Money::new(if at == 0 { rest } else { share }, due.currency()),
                instrument,
                operation: next(),
                acquirer,
            }
        };
        payments.into_iter().enumerate().map(new).collect()
    }
}
