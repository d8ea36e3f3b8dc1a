//! The bank's random numbers: the tokens of its pages and the numbers on its receipts.

use deodar_domain::payment::AcquirerText;

use crate::books::Receipt;
use crate::error::BankError;

/// How many digits an approval code has (ISO 8583 field 38).
const APPROVAL_CODE_DIGITS: usize = 6;
/// How many digits a retrieval reference number has (ISO 8583 field 37).
const RRN_DIGITS: usize = 12;

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
    let text = |digits: String| {
        AcquirerText::parse(&digits).map_err(|_| BankError::Corrupt("a receipt number"))
    };
    Ok(Receipt {
        approval_code: text(digits(APPROVAL_CODE_DIGITS)?)?,
        acquirer_reference: text(format!("SIM{:020}", random_bits()? >> 64))?,
        rrn: text(digits(RRN_DIGITS)?)?,
    })
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
