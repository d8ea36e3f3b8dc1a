//! The public rules: which card, address or password leads to which outcome.

pub(crate) mod emi;
pub(crate) mod pay_later;
pub(crate) mod points;

use deodar_domain::card::{CardBrand, CardNumber};
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::{CardSummary, CardType, EmiCard, IssuerText};
use deodar_domain::upi::Vpa;

/// The right one-time password.
pub const OTP: &str = "123456";
/// How many one-time passwords may be tried; the last wrong one declines.
pub const OTP_TRIES_MAX: u8 = 3;

/// What the bank says once the payer has said yes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// The payment is made.
    Approve,
    /// It is not, for this reason.
    Decline(DeclineReason),
}

/// What the bank does when it is asked to authorise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FirstStep {
    /// The payer is asked, then this is said.
    AskPayer(Verdict),
    /// It is approved without asking the payer.
    ApproveAtOnce,
    /// It is declined before the payer is asked.
    DeclineAtOnce(DeclineReason),
    /// It stays undecided until its time runs out.
    StayPending,
    /// It is approved, and the answer is lost.
    ApproveAndLoseAnswer,
}

/// What becomes of an instrument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InstrumentRule {
    /// What happens first.
    pub(crate) step: FirstStep,
    /// Whether captures and refunds of it work.
    pub(crate) moves_money: bool,
}

impl InstrumentRule {
    /// The rule of what has none but its first step.
    pub(crate) const fn of(step: FirstStep) -> Self {
        Self { step, moves_money: true }
    }

    /// The rule of what asks the payer and does as the payer says.
    pub(crate) const ASK: Self = Self::of(FirstStep::AskPayer(Verdict::Approve));
}

/// The rule of a card number.
pub(crate) fn card_rule(number: &CardNumber) -> InstrumentRule {
    use DeclineReason as Reason;
    let (step, moves_money) = match number.expose() {
        "4000000000000002" => (asked(Verdict::Decline(Reason::PaymentDeclined)), true),
        "4000000000009995" => (asked(Verdict::Decline(Reason::InsufficientFunds)), true),
        "4000000000000069" => (FirstStep::DeclineAtOnce(Reason::CardExpired), true),
        "4000000000000127" => (FirstStep::DeclineAtOnce(Reason::CardVerificationFailed), true),
        "4100000000000019" => (FirstStep::DeclineAtOnce(Reason::RiskCheckFailed), true),
        "4000000000000341" => (asked(Verdict::Approve), false),
        _ => (asked(Verdict::Approve), true),
    };
    InstrumentRule { step, moves_money }
}

const fn asked(verdict: Verdict) -> FirstStep {
    FirstStep::AskPayer(verdict)
}

/// The UPI address of a payer who has only another bank account than the one that alone may pay.
const OTHER_ACCOUNT_VPA: &str = "other@upi";

/// Whether a UPI address pays from the bank account that alone may pay.
pub(crate) fn is_of_named_account(vpa: &Vpa) -> bool {
    vpa.as_str() != OTHER_ACCOUNT_VPA
}

/// The rule of a UPI address.
pub(crate) fn collect_rule(vpa: &Vpa) -> FirstStep {
    match vpa.as_str() {
        "failure@upi" => FirstStep::DeclineAtOnce(DeclineReason::PaymentDeclined),
        "pending@upi" => FirstStep::StayPending,
        "timeout@upi" => FirstStep::ApproveAndLoseAnswer,
        _ => asked(Verdict::Approve),
    }
}

/// The same of a card that pays by EMI: each card is one of those that the EMI is on.
pub(crate) fn emi_card_summary(number: &CardNumber, on: EmiCard) -> CardSummary {
    let card_type = match on {
        EmiCard::Credit => CardType::Credit,
        EmiCard::Debit => CardType::Debit,
    };
    CardSummary { card_type: Some(card_type), ..card_summary(number) }
}

/// What the bank knows of a card beyond its number: names that are plausible for the brand.
pub(crate) fn card_summary(number: &CardNumber) -> CardSummary {
    let brand = number.brand();
    let (issuer, card_type, country) = match brand {
        CardBrand::Visa => ("Simulator Bank of Visa", CardType::Credit, "IND"),
        CardBrand::Mastercard => ("Simulator Bank of Mastercard", CardType::Credit, "IND"),
        CardBrand::RuPay => ("Simulator Bank of RuPay", CardType::Debit, "IND"),
        CardBrand::AmericanExpress => ("Simulator Bank of Amex", CardType::Credit, "USA"),
        CardBrand::DinersClub => ("Simulator Bank of Diners", CardType::Credit, "USA"),
        CardBrand::Maestro => ("Simulator Bank of Maestro", CardType::Debit, "IND"),
        CardBrand::Jcb => ("Simulator Bank of JCB", CardType::Credit, "JPN"),
        CardBrand::Unknown => ("Simulator Bank", CardType::Prepaid, "IND"),
    };
    let text = |name: &str| IssuerText::parse(name).ok();
    CardSummary {
        brand,
        last4: number.last4(),
        card_type: Some(card_type),
        issuer: text(issuer),
        category: text("CONSUMER"),
        country_code: text(country),
    }
}
