//! Reading the books.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::MobileNumber;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::Tenure;
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{CardSummary, CardType, EmiCard, IssuerText, WalletCode};
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::AcquirerText;
use deodar_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    Authorization, Borrower, Debts, Decision, Flow, FollowOn, FollowOnKind, Movements, Receipt,
    Repayment, State,
};
use crate::error::BankError;
use crate::rules::Verdict;
use crate::rules::pay_later::CREDIT_LIMIT;

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

/// The authorisations of a Pay Later account that are owed or wait for the payer.
pub(crate) fn borrowed(
    connection: &Connection,
    borrower: &Borrower,
) -> Result<Vec<Authorization>, BankError> {
    let mut statement = connection.prepare_cached(&format!(
        "{AUTHORIZATION} lender = ?1 AND mobile = ?2 AND state IN ('waiting', 'approved') \
         AND repaid = 0"
    ))?;
    let mut rows = statement.query([borrower.provider.name(), borrower.mobile.as_str()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_authorization(row)?);
    }
    Ok(found)
}

/// What is owed of the authorisations of a Pay Later account, and what waits for the payer's yes.
pub(crate) fn debts(connection: &Connection, loans: &[Authorization]) -> Result<Debts, BankError> {
    let overflow = |_| BankError::Corrupt("a sum of debts");
    let nothing = Money::zero(CREDIT_LIMIT.currency());
    let mut debts = Debts { owed: nothing, waiting: nothing };
    for loan in loans {
        match loan.state {
            State::Approved(_) => {
                let owed = movements(connection, loan)?.owed(loan.amount).map_err(overflow)?;
                debts.owed = debts.owed.plus(owed).map_err(overflow)?;
            }
            State::Waiting => {
                debts.waiting = debts.waiting.plus(loan.amount).map_err(overflow)?;
            }
            State::Pending | State::Declined(_) | State::Abandoned => {}
        }
    }
    Ok(debts)
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
    let merchant: u32 = row.get("merchant")?;
    Ok(Authorization {
        operation: operation(row, "operation")?,
        token: row.get("token")?,
        merchant: MerchantId::new(merchant).ok_or(BankError::Corrupt("a merchant"))?,
        merchant_name: row.get("merchant_name")?,
        amount: amount(row, "amount")?,
        hold: row.get("hold")?,
        flow: read_flow(row)?,
        account_end: row.get("account_end")?,
        reference: text(row, "acquirer_reference")?,
        verdict: reason(row, "verdict")?.map_or(Verdict::Approve, Verdict::Decline),
        moves_money: row.get("moves_money")?,
        return_url: row.get("return_url")?,
        expires_at: Timestamp::from_micros(row.get("expires_at")?),
        otp_tries_wrong: row.get("otp_tries_wrong")?,
        answer_lost: row.get("answer_lost")?,
        state: read_state(row)?,
    })
}

fn read_flow(row: &Row<'_>) -> Result<Flow, BankError> {
    let card = || read_card(&row.get::<_, String>("card")?);
    let on_card = |on| Ok(Flow::CardEmi { on, card: card()?, repayment: read_repayment(row)? });
    let name: String = row.get("flow")?;
    Ok(match name.as_str() {
        "card" => Flow::Card(card()?),
        "points" => Flow::Points(card()?),
        "credit_emi" => return on_card(EmiCard::Credit),
        "debit_emi" => return on_card(EmiCard::Debit),
        "collect" => Flow::Collect,
        "intent" => Flow::Intent,
        "netbanking" => Flow::Netbanking,
        "wallet" => {
            let code: String = row.get("wallet")?;
            Flow::Wallet(WalletCode::parse(&code).map_err(|_| BankError::Corrupt("a wallet"))?)
        }
        "cardless_emi" => Flow::CardlessEmi(read_repayment(row)?),
        "pay_later" => Flow::PayLater(read_borrower(row)?),
        _ => return Err(BankError::Corrupt("a flow")),
    })
}

fn read_repayment(row: &Row<'_>) -> Result<Repayment, BankError> {
    Ok(Repayment {
        tenure: Tenure::of_months(row.get("tenure")?).ok_or(BankError::Corrupt("a tenure"))?,
        monthly: amount(row, "monthly")?,
    })
}

pub(super) fn read_borrower(row: &Row<'_>) -> Result<Borrower, BankError> {
    let (lender, mobile): (String, String) = (row.get("lender")?, row.get("mobile")?);
    Ok(Borrower {
        provider: PayLaterProvider::from_name(&lender).ok_or(BankError::Corrupt("a lender"))?,
        mobile: MobileNumber::parse(&mobile, 1)
            .map_err(|_| BankError::Corrupt("a mobile number"))?,
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
            reference: text(row, "acquirer_reference")?,
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
    Ok(Receipt { approval_code: text(row, "approval_code")?, rrn: text(row, "rrn")? })
}

fn text(row: &Row<'_>, column: &str) -> Result<AcquirerText, BankError> {
    let text: String = row.get(column)?;
    AcquirerText::parse(&text).map_err(|_| BankError::Corrupt("a number of the bank's"))
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
