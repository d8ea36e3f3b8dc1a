//! Lives of orders as aligned text tables: one line a step, the command and what stands after it.
//!
//! * `make ₁₂₃ flags…` makes an order of so many paise: `link`, `pre_auth`, `part`; it has a line of
//!   its own, without columns
//! * `pay [₁₂₃] [collect]` begins an attempt: all that is due, or so many paise
//! * `pay ₁₂₃+₁₂₃p` begins an attempt of several payments, by cards, or points where a `p` stands
//! * `challenge`, `approve`, `decline`, `time-out`, `give-up` `[letter]`: what became of a payment,
//!   the last one where none is named; `end [letter]`: the acquirer has ended it, and the merchant
//!   cancels the order
//! * `capture [₁₂₃]`, `refund [₁₂₃]`, `cancel`, `cancel-link`, `click`, `release`, `expire`
//! * `done`, `refuse` `[letter]`: the acquirer's word on an instruction, the first open one where
//!   none is named
//! * `wait 15m`, `wait 7d`: time passes

use std::fmt::Write as _;
use std::time::Duration;

use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::effects::Effects;
use deodar_domain::id::{OperationId, index_of, letters_of};
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::payment::{Challenge, NewPayment, PaymentState};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;

use crate::books::books_follow;
use crate::made::{
    Kind, START, approval, card, collect, instruction_ids, key, order, payment, payment_operation,
    points,
};

/// How wide a table is.
const WIDTH: usize = 100;

/// Runs the commands of a table and compares its columns, which stand two spaces apart: the
/// command; the order; the payments of its last attempt, by their letters; the link; what is due,
/// captured and refunded; the events, or a dash and the name of the refusal. Events that end in a
/// comma go on in the next line. The books are compared with the money at each step.
pub(crate) fn assert_life(expected: &str) {
    let joined: Vec<&str> = expected.trim_start().split(",\n").map(str::trim_start).collect();
    let joined = joined.join(", ");
    let mut lines = joined.lines();
    let mut script = Script::make(lines.next().expect("a life begins with `make`"));
    let rows: Vec<Vec<&str>> = lines.map(cells).collect();
    let actual: Vec<Vec<String>> = rows.iter().map(|row| script.step(row[0])).collect();
    assert!(actual == rows, "the life is:\n\n{}", aligned(&actual));
}

fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        let mut events_at = 0;
        for (column, cell) in row.iter().enumerate() {
            events_at = line.chars().count();
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            write!(line, "{cell:width$}  ").unwrap();
        }
        let mut line = line.trim_end().to_owned();
        // The events go on below themselves, with what fits.
        while line.chars().count() > WIDTH
            && let Some((at, _)) = line.match_indices(", ").take_while(|(at, _)| *at < WIDTH).last()
        {
            let rest = line.split_off(at + 2);
            writeln!(text, "{}", line.trim_end()).unwrap();
            line = format!("{:events_at$}{rest}", "");
        }
        writeln!(text, "{line}").unwrap();
    }
    text
}

struct Script {
    order: Order,
    now: Timestamp,
}

impl Script {
    fn make(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let kind = Kind {
            amount_paise: words[1].parse().unwrap(),
            link: words.contains(&"link"),
            pre_auth: words.contains(&"pre_auth"),
            part_payment: words.contains(&"part"),
        };
        Self { order: order(kind).0, now: START }
    }

    fn step(&mut self, command: &str) -> Vec<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let said = self.apply(&words);
        let order = &self.order;
        order.check().unwrap();
        let money = [order.due(), order.captured().unwrap(), order.refunded().unwrap()];
        let told = match said {
            Ok(effects) => tell(&effects),
            Err(refusal) => format!("- {refusal:?}"),
        };
        let link = order.link.as_ref().map_or("-", |link| link.state.name());
        vec![
            command.to_owned(),
            order.state.name().to_owned(),
            last_attempt(order),
            link.to_owned(),
            money.map(|money| money.minor().to_string()).join(" "),
            if told.is_empty() { "-".to_owned() } else { told },
        ]
    }

    fn apply(&mut self, words: &[&str]) -> Result<Effects, Refusal> {
        if let ["wait", length] = words {
            self.now = self.now.plus(duration(length));
            return Ok(Effects::none());
        }
        let number = words.get(1).and_then(|word| word.parse::<u64>().ok());
        let before = self.order.clone();
        let said = command(&mut self.order, words, number.map(Money::paise), self.now);
        match &said {
            Ok(effects) => assert!(books_follow(&before, &self.order, effects), "{effects:?}"),
            Err(_) => assert_eq!(self.order, before, "a refused command left something behind"),
        }
        said
    }
}

/// The payments of the last attempt. What the API tells as pending is told apart here: a payment
/// that waits for another of its attempt is `APPROVED`.
fn last_attempt(order: &Order) -> String {
    let Some(last) = order.payments.last() else { return "-".to_owned() };
    let told = order.attempt(last.attempt).map(|payment| {
        let name = match payment.state {
            PaymentState::Approved => "APPROVED",
            _ => payment.status().name(),
        };
        format!("{} {name}", letters_of(payment.id.index))
    });
    told.collect::<Vec<_>>().join(" + ")
}

fn command(
    order: &mut Order,
    words: &[&str],
    amount: Option<Money>,
    now: Timestamp,
) -> Result<Effects, Refusal> {
    let mut ids = instruction_ids(order);
    let named = words.get(1).copied();
    match words[0] {
        "pay" => {
            let payments = new_payments(order, words, amount);
            order.start_attempt(payments, now)
        }
        "challenge" => order.challenge(attempt(order, named), Challenge::Otp, None, now),
        "approve" => order.approve(attempt(order, named), approval(), &mut ids, now),
        "decline" => order.decline(attempt(order, named), insufficient(), &mut ids, now),
        "time-out" => order.time_out(attempt(order, named), &mut ids, now),
        "give-up" => order.give_up(attempt(order, named), &mut ids, now),
        "end" => order.cancel_attempt(attempt(order, named), &mut ids, now),
        "capture" => {
            let reference = MerchantReference::parse("capture").unwrap();
            order.capture(reference, amount, &mut ids, now)
        }
        "refund" => {
            let key = key(1 + order.refunds.len());
            order.start_refund(key, None, amount, &mut ids, now)
        }
        "done" => order.instruction_done(instruction(order, named), now),
        "refuse" => order.instruction_refused(instruction(order, named), insufficient(), now),
        "cancel" => order.cancel(&mut ids, now),
        "cancel-link" => order.cancel_link(now),
        "click" => order.click(now),
        "release" => order.release(&mut ids, now),
        "expire" => Ok(order.expire_link(now)),
        unknown => panic!("no command is named {unknown}"),
    }
}

fn new_payments(order: &Order, words: &[&str], amount: Option<Money>) -> Vec<NewPayment> {
    let Some(several) = words.iter().find(|word| word.contains('+')) else {
        let amount = amount.unwrap_or(order.amount_to_pay());
        let instrument = if words.contains(&"collect") { collect() } else { card() };
        return vec![payment(order.payments.len(), amount, instrument)];
    };
    let new = |(number, word): (usize, &str)| {
        let (paise, with) = match word.strip_suffix('p') {
            Some(paise) => (paise, points()),
            None => (word, card()),
        };
        payment(number, Money::paise(paise.parse().unwrap()), with)
    };
    (order.payments.len()..).zip(several.split('+')).map(new).collect()
}

fn insufficient() -> Failure {
    Failure::of(DeclineReason::InsufficientFunds)
}

fn attempt(order: &Order, named: Option<&str>) -> OperationId {
    let last = order.payments.len().saturating_sub(1);
    payment_operation(named.map_or(last, |letters| index_of(letters).unwrap().into()))
}

fn instruction(order: &Order, named: Option<&str>) -> OperationId {
    let found = match named.and_then(index_of) {
        Some(index) => order.instructions.get(usize::from(index)),
        None => order.instructions.iter().find(|instruction| instruction.is_open()),
    };
    found.map_or(OperationId(0), |instruction| instruction.operation)
}

/// The events in order, and what was ordered of the acquirer.
fn tell(effects: &Effects) -> String {
    let mut told: Vec<String> = effects
        .events
        .iter()
        .map(|event| event.event_type().name().replace("PAYMENT_LINK", "LINK"))
        .collect();
    if !effects.ordered.is_empty() {
        told.push(format!("orders {}", effects.ordered.len()));
    }
    told.join(", ")
}

fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: u64 = number.parse().unwrap();
    match unit {
        "s" => Duration::from_secs(number),
        "m" => Duration::from_mins(number),
        "h" => Duration::from_hours(number),
        "d" => Duration::from_hours(24 * number),
        _ => panic!("no unit is named {unit}"),
    }
}
