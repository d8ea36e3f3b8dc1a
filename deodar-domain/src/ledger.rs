//! The books: money that moved is written twice, in balanced sets of entries.

use thiserror::Error;

use crate::id::{MerchantId, OperationId};
use crate::money::{Currency, Money};
use crate::time::Timestamp;

/// An account of the books.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Account {
    /// What the acquirers owe us: an asset, debited by captures.
    AcquirerReceivable,
    /// What we owe a merchant: a liability, credited by captures.
    MerchantPayable(MerchantId),
}

/// One side of a movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// The currency.
    pub currency: Currency,
    /// Minor units: a debit is positive, a credit negative.
    pub amount: i64,
}

/// Why entries are not a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unbalanced {
    /// The entries of this currency do not sum to nothing.
    #[error("the entries in {0} do not balance")]
    Currency(Currency),
    /// An amount does not fit an entry.
    #[error("an amount does not fit the ledger")]
    OutOfRange,
    /// There is no entry.
    #[error("there is no entry")]
    Empty,
}

/// The entries of one movement; they sum to nothing in each currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntrySet {
    cause: OperationId,
    at: Timestamp,
    entries: Vec<Entry>,
}

impl EntrySet {
    /// Takes the entries of the movement that the operation `cause` made, if they balance.
    pub fn new(cause: OperationId, at: Timestamp, entries: Vec<Entry>) -> Result<Self, Unbalanced> {
        if entries.is_empty() {
            return Err(Unbalanced::Empty);
        }
        for entry in &entries {
            let sum = entries
                .iter()
                .filter(|other| other.currency == entry.currency)
                .try_fold(0_i64, |sum, other| sum.checked_add(other.amount))
                .ok_or(Unbalanced::OutOfRange)?;
            if sum != 0 {
                return Err(Unbalanced::Currency(entry.currency));
            }
        }
        Ok(Self { cause, at, entries })
    }

    /// Money was taken for a merchant: the acquirer owes it to us, and we to the merchant.
    pub fn capture(
        cause: OperationId,
        at: Timestamp,
        merchant: MerchantId,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        let minor = i64::try_from(amount.minor()).map_err(|_| Unbalanced::OutOfRange)?;
        let entry = |account, amount_minor| Entry {
            account,
            currency: amount.currency(),
            amount: amount_minor,
        };
        let entries = vec![
            entry(Account::AcquirerReceivable, minor),
            entry(Account::MerchantPayable(merchant), -minor),
        ];
        Self::new(cause, at, entries)
    }

    /// Money went back: the reverse of [`EntrySet::capture`].
    pub fn refund(
        cause: OperationId,
        at: Timestamp,
        merchant: MerchantId,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        let mut set = Self::capture(cause, at, merchant, amount)?;
        for entry in &mut set.entries {
            entry.amount = -entry.amount;
        }
        Ok(set)
    }

    /// The operation that moved the money.
    pub const fn cause(&self) -> OperationId {
        self.cause
    }

    /// When it moved.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
