//! Every history of commands on every kind of order, walked by breadth.
//!
//! Orders that are the same at the same time have the same future, so that one of them is walked
//! on. The tests of the domain walk in the same way and check what always holds; here only the
//! states that the commands lead between are noted.

use std::collections::HashSet;

use anyhow::{Context, Result};
use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::effects::Effects;
use deodar_domain::id::{LinkNumber, MerchantId, OperationId, TransactionNumber};
use deodar_domain::instruction::InstructionKind;
use deodar_domain::instrument::{CardSummary, Instrument};
use deodar_domain::key::{KeyMint, OrderKey};
use deodar_domain::method::MethodSet;
use deodar_domain::money::Money;
use deodar_domain::order::{ATTEMPTS_MAX, AUTHORISATION_LIFETIME, NewOrder, Order};
use deodar_domain::payment::{AcquirerData, AcquirerText, Approval, CancelCause, NewPayment};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::refusal::Refusal;
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;

/// How many commands a history has. One more leads to nothing new.
pub(super) const LENGTH: usize = 6;

const AMOUNT: Money = Money::paise(500);
const PART: Money = Money::paise(200);
/// What a capture in part takes: more than a refund in part gives back.
const CAPTURED_PART: Money = Money::paise(300);
/// When everything happens: 2025-03-06T08:27:55Z.
const START: Timestamp = Timestamp::from_seconds(1_741_249_675);
/// How long the link lives.
const LINK_LIFETIME: std::time::Duration = std::time::Duration::from_hours(24);

/// One command that was obeyed.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    /// The order before it.
    pub(super) before: &'a Order,
    /// What happened, in words.
    pub(super) label: &'static str,
    /// The order after it.
    pub(super) after: &'a Order,
}

/// What can happen.
#[derive(Clone, Copy)]
enum Command {
    Pay,
    PayPart,
    /// By card and by points.
    PayTwo,
    Approve,
    /// The last but one payment is approved.
    ApproveOther,
    Decline,
    GiveUp,
    Capture,
    CapturePart,
    Cancel,
    /// The merchant cancels an order whose attempt the acquirer has ended.
    CancelAttempt,
    Release,
    Expire,
    Refund,
    RefundPart,
    /// The acquirer has done the first open instruction.
    Done,
    /// The acquirer refuses the first open instruction.
    Refused,
}

const COMMANDS: [Command; 15] = [
    Command::Pay,
    Command::PayPart,
    Command::Approve,
    Command::Decline,
    Command::GiveUp,
    Command::Capture,
    Command::CapturePart,
    Command::Cancel,
    Command::CancelAttempt,
    Command::Release,
    Command::Expire,
    Command::Refund,
    Command::RefundPart,
    Command::Done,
    Command::Refused,
];

/// What the orders are made of.
struct Maker {
    keys: Vec<OrderKey>,
    merchant: MerchantId,
    reference: MerchantReference,
    payment_reference: PaymentReference,
    word: AcquirerText,
    card: Instrument,
    points: Instrument,
}

impl Maker {
    fn new() -> Result<Self> {
        let mut mint = KeyMint::new();
        let card = CardSummary {
            brand: CardBrand::Visa,
            last4: Last4::parse("1112").context("the end of a card number")?,
            card_type: None,
            issuer: None,
            category: None,
            country_code: None,
        };
        Ok(Self {
            keys: (0..=LENGTH).map(|_| mint.next(START, 7)).collect(),
            merchant: MerchantId::new(111_077).context("a merchant's number")?,
            reference: MerchantReference::parse("reference")?,
            payment_reference: PaymentReference::parse("payment")?,
            word: AcquirerText::parse("word")?,
            card: Instrument::Card(card.clone()),
            points: Instrument::Points(card),
        })
    }

    fn key(&self, number: usize) -> Option<OrderKey> {
        self.keys.get(number).copied()
    }

    fn order(&self, link: bool, pre_auth: bool, part_payment: bool) -> Option<Order> {
        let terms = Terms {
            pre_auth,
            part_payment,
            allowed_methods: MethodSet::all(),
            ..Terms::plain(self.reference.clone(), AMOUNT)
        };
        let link = link.then(|| (LinkNumber(1), START.plus(LINK_LIFETIME)));
        let new = NewOrder { key: self.key(0)?, merchant: self.merchant, terms, link };
        Some(Order::create(new, START).0)
    }

    /// The payment of an attempt whose place among those of the order is `number`.
    fn payment(&self, number: usize, amount: Money, instrument: &Instrument) -> NewPayment {
        let number = number as u64;
        NewPayment {
            number: TransactionNumber(number + 1),
            reference: self.payment_reference.clone(),
            amount,
            instrument: instrument.clone(),
            operation: OperationId(1_000 + u128::from(number)),
            acquirer: AcquirerData {
                acquirer_name: self.word.clone(),
                acquirer_reference: None,
                approval_code: None,
                rrn: None,
                is_aggregator: true,
            },
        }
    }

    fn approval(&self) -> Approval {
        Approval {
            approval_code: self.word.clone(),
            acquirer_reference: self.word.clone(),
            rrn: self.word.clone(),
            card: None,
        }
    }

    /// Does `command`, and says what happened; `None` where it was refused or cannot be.
    fn obey(&self, command: Command, order: &mut Order) -> Option<&'static str> {
        let mut next = 2_000 + order.instructions.len() as u128;
        let mut ids = move || {
            next += 1;
            OperationId(next)
        };
        let next_payment = order.payments.len();
        let last = order.payments.last().map(|payment| payment.operation);
        let last_but_one = order.payments.iter().rev().nth(1).map(|payment| payment.operation);
        let open = order.instructions.iter().find(|instruction| instruction.is_open());
        let open = open.map(|instruction| (instruction.operation, instruction.kind));
        let failure = Failure::of(DeclineReason::PaymentDeclined);
        let reference = self.reference.clone();
        let late = START.plus(AUTHORISATION_LIFETIME);
        let (label, said): (&'static str, Result<Effects, Refusal>) = match command {
            Command::Pay => {
                let new = self.payment(next_payment, order.amount_to_pay(), &self.card);
                ("attempt started", order.start_attempt(vec![new], START))
            }
            Command::PayPart => {
                let new = self.payment(next_payment, PART, &self.card);
                ("attempt started", order.start_attempt(vec![new], START))
            }
            Command::PayTwo => {
                let rest = order.amount_to_pay().minus(PART).ok()?;
                let by_card = self.payment(next_payment, rest, &self.card);
                let by_points = self.payment(next_payment + 1, PART, &self.points);
                ("attempt started", order.start_attempt(vec![by_card, by_points], START))
            }
            Command::Approve => {
                ("approved", order.approve(last?, self.approval(), &mut ids, START))
            }
            Command::ApproveOther => {
                ("approved", order.approve(last_but_one?, self.approval(), &mut ids, START))
            }
            Command::Decline => {
                ("declined or timed out", order.decline(last?, failure, &mut ids, START))
            }
            Command::GiveUp => ("given up by the payer", order.give_up(last?, &mut ids, START)),
            Command::Capture => ("capture", order.capture(reference, None, &mut ids, START)),
            Command::CapturePart => {
                ("capture", order.capture(reference, Some(CAPTURED_PART), &mut ids, START))
            }
            Command::Cancel => ("cancel", order.cancel(&mut ids, START)),
            Command::CancelAttempt => ("cancel", order.cancel_attempt(last?, &mut ids, START)),
            Command::Release => ("release", order.release(&mut ids, late)),
            Command::Expire => ("link expired", Ok(order.expire_link(START.plus(LINK_LIFETIME)))),
            Command::Refund | Command::RefundPart => {
                let amount = matches!(command, Command::RefundPart).then_some(PART);
                let key = self.key(1 + order.refunds.len())?;
                ("refund", order.start_refund(key, None, amount, &mut ids, START))
            }
            Command::Done => {
                let (operation, kind) = open?;
                (done(&kind), order.instruction_done(operation, START))
            }
            Command::Refused => {
                let (operation, kind) = open?;
                (refused(&kind), order.instruction_refused(operation, failure, START))
            }
        };
        said.ok().map(|_| label)
    }
}

const fn done(kind: &InstructionKind) -> &'static str {
    match kind {
        InstructionKind::Capture(_) => "captured",
        InstructionKind::Void(CancelCause::Released) => "released",
        InstructionKind::Void(_) => "voided",
        InstructionKind::Refund(_) => "refunded",
        InstructionKind::Reversal => "reversed",
    }
}

const fn refused(kind: &InstructionKind) -> &'static str {
    match kind {
        InstructionKind::Capture(_) => "capture refused",
        InstructionKind::Void(_) => "void refused",
        InstructionKind::Refund(_) => "refund refused",
        InstructionKind::Reversal => "reversal refused",
    }
}

/// Tells of every step of every history of `length` commands, on every kind of order: from its
/// making, from its last attempt on, and from an attempt of two payments on.
pub(super) fn walk(length: usize, mut tell: impl FnMut(Step<'_>)) -> Result<()> {
    let maker = Maker::new()?;
    for (link, pre_auth, part_payment) in [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (true, true, false),
        (true, false, true),
    ] {
        let start = maker.order(link, pre_auth, part_payment).context("a key")?;
        let mut last = start.clone();
        for _ in 1..ATTEMPTS_MAX {
            for command in [Command::Pay, Command::Decline] {
                maker.obey(command, &mut last).context("a declined attempt")?;
            }
        }
        walk_from(&maker, start.clone(), length, &mut tell);
        walk_from(&maker, last, length, &mut tell);
        walk_two(&maker, start, length, &mut tell)?;
    }
    Ok(())
}

/// The same from an attempt of two payments on, at each of its steps, and from a capture on that
/// the acquirer refused for one of them.
fn walk_two(
    maker: &Maker,
    mut order: Order,
    length: usize,
    tell: &mut impl FnMut(Step<'_>),
) -> Result<()> {
    for command in [Command::PayTwo, Command::ApproveOther, Command::Approve] {
        maker.obey(command, &mut order).context("an attempt of two payments")?;
        walk_from(maker, order.clone(), length, tell);
    }
    if order.terms.pre_auth {
        for command in [Command::Capture, Command::Done, Command::Refused] {
            maker.obey(command, &mut order).context("a capture in part")?;
        }
        walk_from(maker, order, length, tell);
    }
    Ok(())
}

fn walk_from(maker: &Maker, start: Order, length: usize, tell: &mut impl FnMut(Step<'_>)) {
    let mut seen = HashSet::from([format!("{start:?}")]);
    let mut level = vec![start];
    for _ in 0..length {
        let mut next = Vec::new();
        for before in &level {
            for command in COMMANDS {
                let mut after = before.clone();
                let Some(label) = maker.obey(command, &mut after) else { continue };
                tell(Step { before, label, after: &after });
                if seen.insert(format!("{after:?}")) {
                    next.push(after);
                }
            }
        }
        level = next;
    }
}
