//! A new authorisation: what the rules say of it before the payer is asked.

use deodar_acquirer::{AuthorizeRequest, Instrument};
use deodar_domain::account::BankAccount;
use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::time::Timestamp;
use url::Url;

use crate::books::{Authorization, Borrower, Flow, Repayment, State};
use crate::error::BankError;
use crate::random;
use crate::rules::{self, FirstStep, InstrumentRule, Verdict};

/// How many characters of a bank account's number its holder is shown.
const ACCOUNT_END_LENGTH: usize = 4;

/// The authorisation that a request asks for, as it stands before anybody is asked.
pub(super) fn authorization(
    request: &AuthorizeRequest,
    now: Timestamp,
) -> Result<Authorization, BankError> {
    if request.amount.is_zero() {
        return Err(BankError::Unsupported("a payment of nothing"));
    }
    let flow = flow(request, now)?;
    let rule = rule(request);
    let (state, verdict) = match rule.step {
        FirstStep::AskPayer(verdict) => (State::Waiting, verdict),
        FirstStep::DeclineAtOnce(reason) => (State::Declined(reason), Verdict::Decline(reason)),
        FirstStep::StayPending => (State::Pending, Verdict::Approve),
        FirstStep::ApproveAtOnce | FirstStep::ApproveAndLoseAnswer => {
            (State::Approved(random::receipt()?), Verdict::Approve)
        }
    };
    Ok(Authorization {
        operation: request.operation,
        token: random::page_token()?,
        merchant: request.merchant,
        merchant_name: request.merchant_name.as_str().to_owned(),
        amount: request.amount,
        hold: request.hold,
        flow,
        account_end: request.account.as_ref().map(end_of),
        reference: random::reference()?,
        verdict,
        moves_money: rule.moves_money,
        return_url: return_url(&request.return_url)?,
        expires_at: now.plus(request.lifetime),
        otp_tries_wrong: 0,
        answer_lost: rule.step == FirstStep::ApproveAndLoseAnswer,
        state,
    })
}

/// How the payer is asked, and what is kept of the instrument.
fn flow(request: &AuthorizeRequest, now: Timestamp) -> Result<Flow, BankError> {
    let repayment = |tenure| {
        let method = request.instrument.method();
        let plan = rules::emi::plan(method, request.amount, tenure, Day::of(now));
        let monthly = plan.and_then(|plan| plan.monthly());
        let monthly =
            monthly.ok_or(BankError::Unsupported("instalments over so many months of so much"))?;
        Ok::<_, BankError>(Repayment { tenure, monthly })
    };
    Ok(match &request.instrument {
        Instrument::Card(card) => Flow::Card(rules::card_summary(&card.number)),
        Instrument::Points { number, .. } => Flow::Points(rules::card_summary(number)),
        Instrument::CardEmi { on, card, tenure } => Flow::CardEmi {
            on: *on,
            card: rules::emi_card_summary(&card.number, *on),
            repayment: repayment(*tenure)?,
        },
        Instrument::UpiCollect(_) => Flow::Collect,
        Instrument::UpiIntent => Flow::Intent,
        Instrument::Netbanking(_) => Flow::Netbanking,
        Instrument::Wallet(code) => Flow::Wallet(code.clone()),
        Instrument::CardlessEmi { tenure, .. } => Flow::CardlessEmi(repayment(*tenure)?),
        Instrument::PayLater { provider, mobile, .. } => {
            Flow::PayLater(Borrower { provider: *provider, mobile: mobile.clone() })
        }
    })
}

/// What becomes of the request by the rules, whatever the books say.
fn rule(request: &AuthorizeRequest) -> InstrumentRule {
    use DeclineReason as Reason;
    let unless = |refused: Option<DeclineReason>| {
        refused.map_or(InstrumentRule::ASK, |reason| {
            InstrumentRule::of(FirstStep::DeclineAtOnce(reason))
        })
    };
    if request.account.is_some() && !may_be_of_an_account(&request.instrument) {
        return unless(Some(Reason::InvalidRequest));
    }
    match &request.instrument {
        Instrument::Card(card) | Instrument::CardEmi { card, .. } => rules::card_rule(&card.number),
        Instrument::UpiCollect(vpa) => InstrumentRule::of(rules::collect_rule(vpa)),
        Instrument::UpiIntent | Instrument::Netbanking(_) | Instrument::Wallet(_) => {
            InstrumentRule::ASK
        }
        Instrument::Points { number, .. } if !rules::points::are_enough(number, request.amount) => {
            unless(Some(Reason::InsufficientFunds))
        }
        // The payer has said yes to them with the other payment.
        Instrument::Points { .. } if request.asked_beside => {
            InstrumentRule::of(FirstStep::ApproveAtOnce)
        }
        Instrument::Points { .. } => InstrumentRule::ASK,
        Instrument::CardlessEmi { mobile, .. } => {
            let lends = rules::pay_later::lends_without_card(mobile.as_str());
            unless((!lends).then_some(Reason::PaymentDeclined))
        }
        Instrument::PayLater { provider, mobile, .. } => {
            unless(rules::pay_later::refusal(*provider, mobile.as_str(), request.amount))
        }
    }
}

/// Whether the instrument spends the money of a bank account that the bank can know to be the one
/// that alone may pay; where the payer chooses it at the bank, it is asked there.
fn may_be_of_an_account(instrument: &Instrument) -> bool {
    match instrument {
        Instrument::UpiCollect(vpa) => rules::is_of_named_account(vpa),
        Instrument::UpiIntent | Instrument::Netbanking(_) => true,
        Instrument::Card(_)
        | Instrument::Wallet(_)
        | Instrument::Points { .. }
        | Instrument::CardEmi { .. }
        | Instrument::CardlessEmi { .. }
        | Instrument::PayLater { .. } => false,
    }
}

/// The end of an account's number, and never more than half of it.
fn end_of(account: &BankAccount) -> String {
    let number = account.number.as_str();
    let shown = ACCOUNT_END_LENGTH.min(number.len() / 2);
    number.get(number.len().saturating_sub(shown)..).unwrap_or_default().to_owned()
}

/// Takes an absolute `http` or `https` URL, written so that it fits a header and a policy.
fn return_url(text: &str) -> Result<String, BankError> {
    let refused = BankError::Unsupported("a return URL that is not an absolute http or https URL");
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        _ => Err(refused),
    }
}
