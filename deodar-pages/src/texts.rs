//! Every text that a payer reads: one table for each language, in which no text can be missing.
//!
//! `{}` in a text stands for what [`fill`] puts there: an amount, a name, a time. Where there are
//! several, they are `{0}`, `{1}`…, because another language may turn them round.

mod english;
mod hindi;
#[cfg(test)]
mod tests;

use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::method::Method;
use deodar_domain::time::Timestamp;

pub(crate) use english::{ENGLISH, Texts};
pub(crate) use hindi::HINDI;

/// Puts `value` where `text` has `{}`.
pub(crate) fn fill(text: &str, value: &str) -> String {
    match text.split_once("{}") {
        Some((before, after)) => [before, value, after].concat(),
        None => text.to_owned(),
    }
}

/// Puts the values where `text` has `{0}`, `{1}`… What a value contains is never filled.
pub(crate) fn fill_all(text: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, (place, after))) =
        rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
    {
        filled.push_str(before);
        let value = place.parse::<usize>().ok().and_then(|place| values.get(place));
        filled.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

impl Texts {
    /// The name of a method, as the radio button has it.
    pub(crate) const fn method_name(&self, method: Method) -> &'static str {
        match method {
            Method::Card => self.card,
            Method::Upi => self.upi,
            Method::Netbanking => self.netbanking,
            Method::Wallet => self.wallet,
            Method::Points => self.points,
            Method::CreditEmi => self.credit_emi,
            Method::DebitEmi => self.debit_emi,
            Method::CardlessEmi => self.cardless_emi,
            Method::Bnpl => self.pay_later,
        }
    }

    /// What stands beside the name of a method.
    pub(crate) const fn method_hint(&self, method: Method) -> &'static str {
        match method {
            Method::Card => self.card_hint,
            Method::Upi => self.upi_hint,
            Method::Netbanking => self.netbanking_hint,
            Method::Wallet => self.wallet_hint_short,
            Method::Points => self.points_hint,
            Method::CreditEmi => self.credit_emi_hint,
            Method::DebitEmi => self.debit_emi_hint,
            Method::CardlessEmi => self.cardless_emi_hint,
            Method::Bnpl => self.pay_later_hint,
        }
    }

    /// Why a payment failed, in words for the payer, with what to do about it.
    pub(crate) const fn failure(&self, method: Method, reason: DeclineReason) -> &'static str {
        match (method, reason) {
            (Method::Bnpl | Method::CardlessEmi, DeclineReason::PaymentDeclined) => {
                return self.failed_lender;
            }
            (Method::Wallet, DeclineReason::PaymentDeclined) => return self.failed_wallet,
            (Method::Points, DeclineReason::InsufficientFunds) => return self.failed_points,
            _ => {}
        }
        match reason {
            DeclineReason::PaymentDeclined => self.failed_declined,
            DeclineReason::InsufficientFunds => self.failed_funds,
            DeclineReason::CardExpired => self.failed_expired,
            DeclineReason::CardVerificationFailed => self.failed_verification,
            DeclineReason::CardNotAllowed => self.failed_not_allowed,
            DeclineReason::CardStolen | DeclineReason::CardLost => self.failed_blocked,
            DeclineReason::CardNotEnrolled => self.failed_not_enrolled,
            DeclineReason::RiskCheckFailed => self.failed_risk,
            DeclineReason::AmountLimitExceeded => self.failed_limit,
            DeclineReason::IssuerNotSupported => self.failed_issuer,
            DeclineReason::InvalidInstrument => self.failed_instrument,
            DeclineReason::UserAuthenticationRequired => self.failed_not_confirmed,
            DeclineReason::UserAuthenticationFailed => self.failed_password,
            DeclineReason::PaymentExpired => self.failed_time,
            DeclineReason::PaymentNotAuthorized => self.failed_not_authorised,
            DeclineReason::InvalidRequest => self.failed_account,
            DeclineReason::PaymentCancelled => self.failed_cancelled,
        }
    }

    /// An instant on India's clocks, in words of the language.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        if self.code == HINDI.code { hindi::time(at) } else { at.display_ist() }
    }

    /// A day, in words of the language.
    pub(crate) fn day(&self, day: Day) -> String {
        if self.code == HINDI.code { hindi::day(day) } else { day.display() }
    }
}
