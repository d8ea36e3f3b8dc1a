//! Samples of what payments are made with, and of attempts of several payments.

use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::instrument::{CardType, EmiCard, Instrument, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::AcquirerText;
use deodar_domain::reference::PaymentReference;
use deodar_domain::terms::Terms;

use super::commands::Step;
use super::samples::{approve, capture, card, failed, history, start, summary, terms};

fn plan(months: u16) -> EmiPlan {
    let (tenure, today) = (Tenure::of_months(months).unwrap(), Day::parse("2025-03-06").unwrap());
    EmiPlan::reckon(Money::paise(50_000), tenure, AnnualRate(1_600), today).unwrap()
}

fn pay_later(provider: PayLaterProvider) -> Instrument {
    let mobile = MobileNumber::parse("9000000010", 10).unwrap();
    let today = Day::parse("2025-06-30").unwrap();
    let instalments = provider.instalments(Money::paise(50_000), today);
    Instrument::PayLater { provider, mobile, instalments }
}

/// What is paid with beside a card, UPI and netbanking.
fn instruments() -> Vec<(&'static str, Instrument)> {
    let on_card = |on, kind| Instrument::CardEmi { on, card: summary(kind), plan: plan(3) };
    let mobile = MobileNumber::parse("9000000010", 10).unwrap();
    vec![
        ("wallet", Instrument::Wallet { wallet_code: WalletCode::parse("EXAMPLE_PAY").unwrap() }),
        ("points", Instrument::Points(summary(CardType::Credit))),
        ("credit_emi", on_card(EmiCard::Credit, CardType::Credit)),
        ("debit_emi", on_card(EmiCard::Debit, CardType::Debit)),
        ("cardless_emi", Instrument::CardlessEmi { mobile, plan: plan(6) }),
        ("pay_later", pay_later(PayLaterProvider::LazyPay)),
        ("pay_later_in_three", pay_later(PayLaterProvider::SimplInThree)),
    ]
}

/// By card, and by points for the rest.
fn start_two() -> Step {
    let reference = |text| PaymentReference::parse(text).unwrap();
    let points = Instrument::Points(summary(CardType::Credit));
    let payments =
        vec![(card(CardType::Credit), reference("try #1")), (points, reference("try #1, points"))];
    Step::Start(payments, 1)
}

/// Orders that are paid with each instrument beside a card, UPI and netbanking, and orders that are
/// paid by several payments at once.
pub(super) fn orders() -> Vec<(&'static str, Order)> {
    let with = |(name, with)| (name, history(terms(), false, vec![start(with, 0)]));
    instruments().into_iter().map(with).chain(orders_of_two()).collect()
}

fn orders_of_two() -> Vec<(&'static str, Order)> {
    let pre_auth = Terms { pre_auth: true, ..terms() };
    let no = || failed(DeclineReason::InsufficientFunds);
    // The last payment is the first that a step names.
    let (by_points, by_card) = (0, 1);
    let code = AcquirerText::parse("A12346").unwrap();
    let both = || vec![start_two(), approve(), Step::Approve(by_card, None, code.clone())];
    let mut captured = both();
    captured.extend([capture(None), Step::Refused(by_points, no()), Step::Done(by_card)]);
    let undone = |end| vec![start_two(), approve(), end];
    vec![
        ("approved", history(terms(), true, vec![start_two(), approve()])),
        ("paid_by_two", history(terms(), true, both())),
        ("held_by_two", history(pre_auth.clone(), false, both())),
        ("captured_of_two", history(pre_auth, false, captured)),
        ("undone_of_two", history(terms(), true, undone(Step::Decline(by_card, no())))),
        ("cancelled_of_two", history(terms(), false, undone(Step::CancelAttempt(by_card)))),
    ]
}
