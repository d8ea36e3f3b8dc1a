//! Writing the books.

use deodar_domain::id::OperationId;
use deodar_domain::instrument::{CardSummary, CardType, IssuerText, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::{Authorization, Decision, FollowOn, Receipt, State};
use crate::error::BankError;
use crate::rules::Verdict;

/// Writes a new authorisation.
pub(crate) fn insert_authorization(
    connection: &Connection,
    new: &Authorization,
    now: Timestamp,
) -> Result<(), BankError> {
    let verdict = match new.verdict {
        Verdict::Approve => None,
        Verdict::Decline(reason) => Some(reason.code()),
    };
    let parts = StateParts::of(&new.state, now);
    connection
        .prepare_cached(
            "INSERT INTO authorization (operation, token, merchant, merchant_name, amount, \
             currency, hold, flow, card, tenure, monthly, wallet, lender, mobile, account_end, \
             verdict, moves_money, return_url, expires_at, answer_lost, state, reason, \
             approval_code, acquirer_reference, rrn, made_at, decided_at) VALUES (:operation, \
             :token, :merchant, :merchant_name, :amount, :currency, :hold, :flow, :card, :tenure, \
             :monthly, :wallet, :lender, :mobile, :account_end, :verdict, :moves_money, \
             :return_url, :expires_at, :answer_lost, :state, :reason, :approval_code, \
             :acquirer_reference, :rrn, :made_at, :decided_at)",
        )?
        .execute(named_params! {
            ":operation": new.operation.0.to_be_bytes(),
            ":token": new.token,
            ":merchant": new.merchant.as_u32(),
            ":merchant_name": new.merchant_name,
            ":amount": signed(new.amount)?,
            ":currency": new.amount.currency().code(),
            ":hold": new.hold,
            ":flow": new.flow.name(),
            ":card": new.flow.card().map(write_card),
            ":tenure": new.flow.repayment().map(|repayment| repayment.tenure.months()),
            ":monthly": new.flow.repayment().map(|repayment| signed(repayment.monthly)).transpose()?,
            ":wallet": new.flow.wallet().map(WalletCode::as_str),
            ":lender": new.flow.borrower().map(|borrower| borrower.provider.name()),
            ":mobile": new.flow.borrower().map(|borrower| borrower.mobile.as_str()),
            ":account_end": new.account_end,
            ":verdict": verdict,
            ":moves_money": new.moves_money,
            ":return_url": new.return_url,
            ":expires_at": new.expires_at.micros(),
            ":answer_lost": new.answer_lost,
            ":state": new.state.name(),
            ":reason": parts.reason,
            ":approval_code": parts.approval_code(),
            ":acquirer_reference": new.reference.as_str(),
            ":rrn": parts.rrn(),
            ":made_at": now.micros(),
            ":decided_at": parts.decided_at,
        })?;
    Ok(())
}

/// Writes what became of an authorisation, unless it was decided before.
pub(crate) fn update_state(
    connection: &Connection,
    changed: &Authorization,
    now: Timestamp,
) -> Result<(), BankError> {
    let parts = StateParts::of(&changed.state, now);
    let rows = connection
        .prepare_cached(
            "UPDATE authorization SET state = :state, reason = :reason, \
             approval_code = :approval_code, rrn = :rrn, decided_at = :decided_at, \
             otp_tries_wrong = :otp_tries_wrong \
             WHERE operation = :operation AND state IN ('waiting', 'pending')",
        )?
        .execute(named_params! {
            ":operation": changed.operation.0.to_be_bytes(),
            ":state": changed.state.name(),
            ":reason": parts.reason,
            ":approval_code": parts.approval_code(),
            ":rrn": parts.rrn(),
            ":decided_at": parts.decided_at,
            ":otp_tries_wrong": changed.otp_tries_wrong,
        })?;
    if rows == 1 { Ok(()) } else { Err(BankError::Corrupt("a decision was to be changed")) }
}

/// Writes a follow-on with its decision.
pub(crate) fn insert_follow_on(
    connection: &Connection,
    new: &FollowOn,
    now: Timestamp,
) -> Result<(), BankError> {
    let (state, reason, done, moved) = match &new.decision {
        Decision::Done { receipt, reference, moved } => {
            ("approved", None, Some((receipt, reference)), signed(*moved)?)
        }
        Decision::Refused(reason) => ("declined", Some(reason.code()), None, 0),
    };
    connection
        .prepare_cached(
            "INSERT INTO follow_on (operation, authorization_id, kind, amount, currency, moved, \
             state, reason, approval_code, acquirer_reference, rrn, decided_at) VALUES \
             (:operation, :authorization_id, :kind, :amount, :currency, :moved, :state, :reason, \
             :approval_code, :acquirer_reference, :rrn, :decided_at)",
        )?
        .execute(named_params! {
            ":operation": new.operation.0.to_be_bytes(),
            ":authorization_id": new.authorization.0.to_be_bytes(),
            ":kind": new.kind.name(),
            ":amount": signed(new.amount)?,
            ":currency": new.amount.currency().code(),
            ":moved": moved,
            ":state": state,
            ":reason": reason,
            ":approval_code": done.map(|(receipt, _)| receipt.approval_code.as_str()),
            ":acquirer_reference": done.map(|(_, reference)| reference.as_str()),
            ":rrn": done.map(|(receipt, _)| receipt.rrn.as_str()),
            ":decided_at": now.micros(),
        })?;
    Ok(())
}

/// Notes that nothing is owed of a Pay Later payment any more.
pub(crate) fn note_repaid(connection: &Connection, loan: OperationId) -> Result<(), BankError> {
    connection
        .prepare_cached("UPDATE authorization SET repaid = 1 WHERE operation = ?1")?
        .execute([loan.0.to_be_bytes()])?;
    Ok(())
}

/// Notes that an operation was asked about before it was asked for. Doing it twice is harmless.
pub(crate) fn refuse_from_now_on(
    connection: &Connection,
    operation: OperationId,
    now: Timestamp,
) -> Result<(), BankError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO refused_operation VALUES (?1, ?2)")?
        .execute((operation.0.to_be_bytes(), now.micros()))?;
    Ok(())
}

/// The columns in which a state is kept.
struct StateParts<'a> {
    reason: Option<&'static str>,
    receipt: Option<&'a Receipt>,
    decided_at: Option<i64>,
}

impl<'a> StateParts<'a> {
    fn of(state: &'a State, now: Timestamp) -> Self {
        let (reason, receipt) = match state {
            State::Approved(receipt) => (None, Some(receipt)),
            State::Declined(reason) => (Some(reason.code()), None),
            State::Waiting | State::Pending | State::Abandoned => (None, None),
        };
        Self { reason, receipt, decided_at: state.is_decided().then_some(now.micros()) }
    }

    fn approval_code(&self) -> Option<&str> {
        self.receipt.map(|receipt| receipt.approval_code.as_str())
    }

    fn rrn(&self) -> Option<&str> {
        self.receipt.map(|receipt| receipt.rrn.as_str())
    }
}

fn signed(amount: Money) -> Result<i64, BankError> {
    i64::try_from(amount.minor()).map_err(|_| BankError::Unsupported("so large an amount"))
}

/// Six fields with a vertical bar between them; none of the simulator's own names has one.
fn write_card(card: &CardSummary) -> String {
    let text =
        |field: &Option<IssuerText>| field.as_ref().map_or("", IssuerText::as_str).to_owned();
    [
        card.brand.name().to_owned(),
        card.last4.as_str().to_owned(),
        card.card_type.map_or("", CardType::name).to_owned(),
        text(&card.issuer),
        text(&card.category),
        text(&card.country_code),
    ]
    .join("|")
}
