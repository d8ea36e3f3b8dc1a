//! Keys and accounts as compact texts, for the columns of stores.

use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::ledger::Account;

use crate::record::{AnswerKey, DeliveryKey, OutboxSlot, RecordKey, SettingKey};

const CLOCK_OFFSET: &str = "clock_offset";
const LOGO: &str = "logo";
const ACQUIRER_RECEIVABLE: &str = "acquirer_receivable";
const MERCHANT_PAYABLE: &str = "merchant_payable";

/// Writes a record's key: `m:100001`, `o:123`, `r:123`, `d:123`, `a:123`,
/// `s:clock_offset`, `s:logo:100001`, `x:123`.
pub fn subject_text(key: RecordKey) -> String {
    match key {
        RecordKey::Merchant(id) => format!("m:{id}"),
        RecordKey::Order(key) => format!("o:{}", key.as_i64()),
        RecordKey::Refund(key) => format!("r:{}", key.as_i64()),
        RecordKey::Delivery(key) => format!("d:{}", key.0),
        RecordKey::Answer(key) => format!("a:{}", key.0),
        RecordKey::Setting(SettingKey::ClockOffset) => format!("s:{CLOCK_OFFSET}"),
        RecordKey::Setting(SettingKey::Logo(id)) => format!("s:{LOGO}:{id}"),
        RecordKey::Outbox(slot) => format!("x:{}", slot.index()),
    }
}

/// Reads what [`subject_text`] wrote, and nothing else: each key has one text.
pub fn parse_subject(text: &str) -> Option<RecordKey> {
    let (kind, rest) = text.split_once(':')?;
    let key = match kind {
        "m" => RecordKey::Merchant(MerchantId::parse(rest)?),
        "o" => RecordKey::Order(OrderKey::from_i64(rest.parse().ok()?)?),
        "r" => RecordKey::Refund(OrderKey::from_i64(rest.parse().ok()?)?),
        "d" => RecordKey::Delivery(DeliveryKey(rest.parse().ok()?)),
        "a" => RecordKey::Answer(AnswerKey(rest.parse().ok()?)),
        "x" => RecordKey::Outbox(OutboxSlot::new(rest.parse().ok()?)?),
        "s" if rest == CLOCK_OFFSET => RecordKey::Setting(SettingKey::ClockOffset),
        "s" => {
            let id = rest.strip_prefix(LOGO)?.strip_prefix(':')?;
            RecordKey::Setting(SettingKey::Logo(MerchantId::parse(id)?))
        }
        _ => return None,
    };
    (subject_text(key) == text).then_some(key)
}

/// Writes an account: `acquirer_receivable`, `merchant_payable:100001`.
pub fn account_text(account: Account) -> String {
    match account {
        Account::AcquirerReceivable => ACQUIRER_RECEIVABLE.to_owned(),
        Account::MerchantPayable(id) => format!("{MERCHANT_PAYABLE}:{id}"),
    }
}

/// Reads what [`account_text`] wrote, and nothing else.
pub fn parse_account(text: &str) -> Option<Account> {
    if text == ACQUIRER_RECEIVABLE {
        return Some(Account::AcquirerReceivable);
    }
    let id = text.strip_prefix(MERCHANT_PAYABLE)?.strip_prefix(':')?;
    MerchantId::parse(id).map(Account::MerchantPayable)
}
