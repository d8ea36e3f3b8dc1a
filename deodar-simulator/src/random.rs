//! The bank's random numbers: the tokens of its pages and the numbers on its receipts.

use deodar_domain::payment::AcquirerText;

use crate::books::Receipt;
use crate::error::BankError;

/// How many digits an approval code has (ISO 8583 field 38).
const APPROVAL_CODE_DIGITS: usize = 6;
/// How many digits a retrieval reference number has (ISO 8583 field 37).
const RRN_DIGITS: usize = 12;
/// How many digits the bank's own reference has after its letters.
const REFERENCE_DIGITS: usize = 12;

#[expect(clippy::disallowed_methods, reason = "the one place where the bank draws random numbers")]
fn random_bits() -> Result<u128, BankError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| BankError::Randomness)?;
    Ok(u128::from_le_bytes(bytes))
}

/// A token for a page's address: 128 random bits as 32 hexadecimal digits.
pub(crate) fn page_token() -> Result<String, BankError> {
    Ok(format!("{:032x}", random_bits()?))
}

/// The numbers of a new approval.
pub(crate) fn receipt() -> Result<Receipt, BankError> {
    Ok(Receipt {
        approval_code: text(&digits(APPROVAL_CODE_DIGITS)?)?,
        rrn: text(&digits(RRN_DIGITS)?)?,
    })
}

/// The bank's reference of a new operation: `TXN` and twelve digits.
pub(crate) fn reference() -> Result<AcquirerText, BankError> {
    text(&format!("TXN{}", digits(REFERENCE_DIGITS)?))
}

fn text(text: &str) -> Result<AcquirerText, BankError> {
    AcquirerText::parse(text).map_err(|_| BankError::Corrupt("a number of the bank's"))
}

/// So many random decimal digits, the first of them not a zero, as a spreadsheet drops one.
fn digits(count: usize) -> Result<String, BankError> {
    let mut rest = random_bits()?;
    let mut out = String::with_capacity(count);
    for place in 0..count {
        let (base, lowest) = if place == 0 { (9, 1) } else { (10, 0) };
        let digit = u32::try_from(rest % base).unwrap_or(0) + lowest;
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
        rest /= base;
    }
    Ok(out)
}
