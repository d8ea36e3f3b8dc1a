//! Reading the books.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::decline::DeclineReason;
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{CardSummary, CardType, IssuerText};
use deodar_domain::money::{Currency, Money};
use deodar_domain::payment::AcquirerText;
use deodar_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Authorization, Decision, Flow, FollowOn, FollowOnKind, Movements, Receipt, State};
use crate::error::BankError;
use crate::rules::Verdict;

const AUTHORIZATION: &str = "SELECT * FROM authorization WHERE ";

/// The authorisation of an operation.
pub(crate) fn authorization(
    connection: &Connection,
    operation: OperationId,
) -> Result<Option<Authorization>, BankError> {
    connection
        .prepare_cached(&format!("{AUTHORIZATION} operation = ?1"))?
        .query_row([operation.0.to_be_bytes()], |row| Ok(read_authorization(row)))
        .optional()?
        .transpose()
}

/// The authorisation whose pages' addresses carry `token`.
pub(crate) fn authorization_by_token(
    connection: &Connection,
    token: &str,
) -> Result<Option<Authorization>, BankError> {
    connection
        .prepare_cached(&format!("{AUTHORIZATION} token = ?1"))?
        .query_row([token], |row| Ok(read_authorization(row)))
        .optional()?
        .transpose()
}

/// The follow-on of an operation.
pub(crate) fn follow_on(
    connection: &Connection,
    operation: OperationId,
) -> Result<Option<FollowOn>, BankError> {
    connection
        .prepare_cached("SELECT * FROM follow_on WHERE operation = ?1")?
        .query_row([operation.0.to_be_bytes()], |row| Ok(read_follow_on(row)))
        .optional()?
        .transpose()
}

/// Whether an operation was asked about before it was asked for.
pub(crate) fn is_refused(
    connection: &Connection,
    operation: OperationId,
) -> Result<bool, BankError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM refused_operation WHERE operation = ?1")?
        .exists([operation.0.to_be_bytes()])?)
}

/// What has happened to an approved authorisation.
pub(crate) fn movements(
    connection: &Connection,
    authorization: &Authorization,
) -> Result<Movements, BankError> {
    let currency = authorization.amount.currency();
    let mut statement = connection.prepare_cached(
        "SELECT kind, moved FROM follow_on WHERE authorization_id = ?1 AND state = 'approved'",
    )?;
    let mut rows = statement.query([authorization.operation.0.to_be_bytes()])?;
    let sold = matches!(authorization.state, State::Approved(_)) && !authorization.hold;
    let mut sums = Movements {
        captured: if sold { authorization.amount } else { Money::zero(currency) },
        returned: Money::zero(currency),
        released: sold,
    };
    let add = |sum: Money, moved: Money| {
        sum.plus(moved).map_err(|_| BankError::Corrupt("a sum of movements"))
    };
    while let Some(row) = rows.next()? {
        let moved = Money::new(unsigned(row.get("moved")?, "a movement")?, currency);
        match kind(row)? {
            FollowOnKind::Capture => {
                sums.captured = add(sums.captured, moved)?;
                sums.released = true;
            }
            FollowOnKind::Void => sums.released = true,
            FollowOnKind::Refund => sums.returned = add(sums.returned, moved)?,
            FollowOnKind::Reversal => {
                sums.returned = add(sums.returned, moved)?;
                sums.released = true;
            }
        }
    }
    Ok(sums)
}

pub(super) fn read_authorization(row: &Row<'_>) -> Result<Authorization, BankError> {
    let card: Option<String> = row.get("card")?;
    let merchant: u32 = row.get("merchant")?;
    Ok(Authorization {
        operation: operation(row, "operation")?,
        token: row.get("token")?,
        merchant: MerchantId::new(merchant).ok_or(BankError::Corrupt("a merchant"))?,
        merchant_name: row.get("merchant_name")?,
        amount: amount(row, "amount")?,
        hold: row.get("hold")?,
        flow: Flow::from_name(row.get_ref("flow")?.as_str().map_err(rusqlite::Error::from)?)
            .ok_or(BankError::Corrupt("a flow"))?,
        card: card.as_deref().map(read_card).transpose()?,
        verdict: reason(row, "verdict")?.map_or(Verdict::Approve, Verdict::Decline),
        moves_money: row.get("moves_money")?,
        return_url: row.get("return_url")?,
        expires_at: Timestamp::from_micros(row.get("expires_at")?),
        otp_tries_wrong: row.get("otp_tries_wrong")?,
        answer_lost: row.get("answer_lost")?,
        state: read_state(row)?,
    })
}

fn read_state(row: &Row<'_>) -> Result<State, BankError> {
    let state: String = row.get("state")?;
    Ok(match state.as_str() {
        "waiting" => State::Waiting,
        "pending" => State::Pending,
        "approved" => State::Approved(read_receipt(row)?),
        "declined" => {
            State::Declined(reason(row, "reason")?.ok_or(BankError::Corrupt("a reason"))?)
        }
        "abandoned" => State::Abandoned,
        _ => return Err(BankError::Corrupt("a state")),
    })
}

pub(super) fn read_follow_on(row: &Row<'_>) -> Result<FollowOn, BankError> {
    let amount = amount(row, "amount")?;
    let decision = match reason(row, "reason")? {
        Some(reason) => Decision::Refused(reason),
        None => Decision::Done {
            receipt: read_receipt(row)?,
            moved: Money::new(unsigned(row.get("moved")?, "a movement")?, amount.currency()),
        },
    };
    Ok(FollowOn {
        operation: operation(row, "operation")?,
        authorization: operation(row, "authorization_id")?,
        kind: kind(row)?,
        amount,
        decision,
    })
}

fn read_receipt(row: &Row<'_>) -> Result<Receipt, BankError> {
    let text = |column: &str| -> Result<AcquirerText, BankError> {
        let text: String = row.get(column)?;
        AcquirerText::parse(&text).map_err(|_| BankError::Corrupt("a receipt"))
    };
    Ok(Receipt {
        approval_code: text("approval_code")?,
        acquirer_reference: text("acquirer_reference")?,
        rrn: text("rrn")?,
    })
}

fn operation(row: &Row<'_>, column: &str) -> Result<OperationId, BankError> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(OperationId(u128::from_be_bytes(bytes)))
}

fn kind(row: &Row<'_>) -> Result<FollowOnKind, BankError> {
    let name: String = row.get("kind")?;
    FollowOnKind::from_name(&name).ok_or(BankError::Corrupt("a kind of operation"))
}

fn reason(row: &Row<'_>, column: &str) -> Result<Option<DeclineReason>, BankError> {
    let code: Option<String> = row.get(column)?;
    let known =
        |code: String| DeclineReason::from_code(&code).ok_or(BankError::Corrupt("a reason"));
    code.map(known).transpose()
}

fn amount(row: &Row<'_>, column: &str) -> Result<Money, BankError> {
    let code: String = row.get("currency")?;
    let currency = Currency::from_code(&code).ok_or(BankError::Corrupt("a currency"))?;
    Ok(Money::new(unsigned(row.get(column)?, "an amount")?, currency))
}

fn unsigned(number: i64, what: &'static str) -> Result<u64, BankError> {
    u64::try_from(number).map_err(|_| BankError::Corrupt(what))
}

/// Reads what `write_card` wrote: six fields with a vertical bar between them.
fn read_card(text: &str) -> Result<CardSummary, BankError> {
    let damaged = || BankError::Corrupt("a card");
    let mut fields = text.split('|');
    let mut next = || fields.next().ok_or_else(damaged);
    let brand = CardBrand::from_name(next()?).ok_or_else(damaged)?;
    let last4 = Last4::parse(next()?).ok_or_else(damaged)?;
    let card_type = [CardType::Credit, CardType::Debit, CardType::Prepaid];
    let name = next()?;
    let card_type = card_type.into_iter().find(|known| known.name() == name);
    let mut text = || -> Result<_, BankError> { Ok(IssuerText::parse(next()?).ok()) };
    Ok(CardSummary {
        brand,
        last4,
        card_type,
        issuer: text()?,
        category: text()?,
        country_code: text()?,
    })
}
