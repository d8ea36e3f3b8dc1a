//! What the payer does: the one-time password, yes and no.

use deodar_acquirer::ChallengeAnswer;
use deodar_domain::decline::DeclineReason;
use deodar_domain::id::OperationId;
use deodar_domain::money::Money;
use deodar_domain::time::Timestamp;
use rusqlite::Connection;

use super::{Bank, expire, find};
use crate::books::{self, Asking, Authorization, Flow, State};
use crate::error::BankError;
use crate::random;
use crate::rules::{OTP, OTP_TRIES_MAX, Verdict};

/// What a page shows of an authorisation.
#[derive(Clone, Debug)]
pub(crate) struct PayerView {
    pub(crate) flow: Flow,
    pub(crate) merchant_name: String,
    pub(crate) amount: Money,
    /// The end of the number of the bank account that alone may pay.
    pub(crate) account_end: Option<String>,
    pub(crate) tries_remaining: u8,
    pub(crate) return_url: String,
    pub(crate) standing: Standing,
}

/// Where an authorisation stands, as its payer sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// The payer is asked.
    Waiting,
    /// Nobody is asked; it runs out by itself.
    Pending,
    /// It was approved.
    Approved,
    /// It is over without an approval.
    Ended,
}

/// What the payer chose on a page with `Approve` and `Decline`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PayerDecision {
    /// Yes; where one bank account alone may pay, from that one.
    Approve,
    /// Yes, from another bank account than the one that alone may pay.
    ApproveFromOtherAccount,
    /// No.
    Decline,
}

/// What came of a one-time password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum OtpResult {
    /// The authorisation is decided, by this answer or before it.
    Decided,
    /// It was wrong; more may be tried.
    Wrong,
}

impl PayerView {
    fn of(authorization: Authorization) -> Self {
        Self {
            flow: authorization.flow,
            merchant_name: authorization.merchant_name,
            amount: authorization.amount,
            account_end: authorization.account_end,
            tries_remaining: OTP_TRIES_MAX.saturating_sub(authorization.otp_tries_wrong),
            return_url: authorization.return_url,
            standing: match authorization.state {
                State::Waiting => Standing::Waiting,
                State::Pending => Standing::Pending,
                State::Approved(_) => Standing::Approved,
                State::Declined(_) | State::Abandoned => Standing::Ended,
            },
        }
    }
}

impl Bank {
    /// What the page with `token` shows; `None` where there is no such page.
    pub(crate) fn view(&self, token: &str) -> Result<Option<PayerView>, BankError> {
        self.with_token(token, |_, _, _| Ok(()))
    }

    /// Takes the payer's yes or no of a page with `Approve` and `Decline`. On what is decided it
    /// changes nothing.
    pub(crate) fn decide(
        &self,
        token: &str,
        decision: PayerDecision,
    ) -> Result<Option<PayerView>, BankError> {
        self.with_token(token, |books, known, now| match (&known.state, known.flow.asking()) {
            (State::Waiting, Asking::YesOrNo) => {
                let verdict = match decision {
                    PayerDecision::ApproveFromOtherAccount if known.account_end.is_some() => {
                        Verdict::Decline(DeclineReason::InvalidRequest)
                    }
                    PayerDecision::Approve | PayerDecision::ApproveFromOtherAccount => {
                        known.verdict
                    }
                    PayerDecision::Decline => Verdict::Decline(DeclineReason::PaymentDeclined),
                };
                settle(books, known, verdict, now)
            }
            _ => Ok(()),
        })
    }

    /// Takes the one-time password of the bank's page.
    pub(crate) fn give_otp(&self, token: &str, otp: &str) -> Result<Option<PayerView>, BankError> {
        self.with_token(token, |books, known, now| match (&known.state, known.flow.asking()) {
            (State::Waiting, Asking::OtpAtTheBank) => try_otp(books, known, otp, now).map(|_| ()),
            _ => Ok(()),
        })
    }

    /// The payer gives up on the page of the one-time password.
    pub(crate) fn cancel(&self, token: &str) -> Result<Option<PayerView>, BankError> {
        self.with_token(token, |books, known, now| match (&known.state, known.flow.asking()) {
            (State::Waiting, Asking::OtpAtTheBank) => {
                settle(books, known, Verdict::Decline(DeclineReason::PaymentCancelled), now)
            }
            _ => Ok(()),
        })
    }

    /// The token of the UPI payment of an operation: what a scanned `upi://pay` link leads to.
    pub(crate) fn upi_token(&self, operation: OperationId) -> Result<Option<String>, BankError> {
        let known = self.work(|books, now| find(books, operation, now))?;
        Ok(known.filter(|known| known.flow == Flow::Intent).map(|known| known.token))
    }

    /// Takes a one-time password that the payer gave to the gateway.
    pub(crate) fn answer_challenge(
        &self,
        operation: OperationId,
        otp: &str,
    ) -> Result<ChallengeAnswer, BankError> {
        let (known, result) = self.work(|books, now| {
            let mut known = find(books, operation, now)?.ok_or(NO_OTP)?;
            let result = match (&known.state, known.flow.asking()) {
                (_, Asking::YesOrNo) => return Err(NO_OTP),
                (State::Waiting, _) => try_otp(books, &mut known, otp, now)?,
                _ => OtpResult::Decided,
            };
            Ok((known, result))
        })?;
        Ok(match result {
            OtpResult::Decided => ChallengeAnswer::Decided(self.outcome(&known)?),
            OtpResult::Wrong => ChallengeAnswer::Wrong {
                tries_remaining: OTP_TRIES_MAX.saturating_sub(known.otp_tries_wrong),
            },
        })
    }

    /// Sends the one-time password again: it is always the same, and nothing is sent anywhere.
    pub(crate) fn resend_challenge(&self, operation: OperationId) -> Result<(), BankError> {
        let known = self.work(|books, now| find(books, operation, now))?.ok_or(NO_OTP)?;
        if known.flow.asking() == Asking::YesOrNo { Err(NO_OTP) } else { Ok(()) }
    }

    /// Does something with the authorisation whose page has `token`, and tells what the page shows
    /// then.
    fn with_token(
        &self,
        token: &str,
        act: impl FnOnce(&Connection, &mut Authorization, Timestamp) -> Result<(), BankError>,
    ) -> Result<Option<PayerView>, BankError> {
        self.work(|books, now| {
            let Some(mut known) = books::authorization_by_token(books, token)? else {
                return Ok(None);
            };
            expire(books, &mut known, now)?;
            act(books, &mut known, now)?;
            Ok(Some(PayerView::of(known)))
        })
    }
}

const NO_OTP: BankError =
    BankError::Unsupported("no one-time password is asked for by this operation");

fn try_otp(
    books: &Connection,
    known: &mut Authorization,
    otp: &str,
    now: Timestamp,
) -> Result<OtpResult, BankError> {
    if otp.trim() == OTP {
        settle(books, known, known.verdict, now)?;
        return Ok(OtpResult::Decided);
    }
    known.otp_tries_wrong = known.otp_tries_wrong.saturating_add(1);
    if known.otp_tries_wrong >= OTP_TRIES_MAX {
        let failed = Verdict::Decline(DeclineReason::UserAuthenticationFailed);
        settle(books, known, failed, now)?;
        return Ok(OtpResult::Decided);
    }
    books::update_state(books, known, now)?;
    Ok(OtpResult::Wrong)
}

fn settle(
    books: &Connection,
    known: &mut Authorization,
    verdict: Verdict,
    now: Timestamp,
) -> Result<(), BankError> {
    known.state = match verdict {
        Verdict::Approve => State::Approved(random::receipt()?),
        Verdict::Decline(reason) => State::Declined(reason),
    };
    books::update_state(books, known, now)
}
