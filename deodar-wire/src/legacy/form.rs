//! A form as it is sent: `application/x-www-form-urlencoded`, read strictly.

use deodar_domain::id::{LinkNumber, MerchantId, UuidBits};
use deodar_domain::reference::MerchantReference;

use super::LegacyRefusal;

/// What a form holds. Fields that the API does not know are never looked at.
pub struct LegacyForm<'a>(Vec<(String, &'a [u8])>);

/// What a form says of one field.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// It is not there, or it is empty.
    Absent,
    /// A text that is not empty.
    Given(String),
    /// It is there twice, or it is not the encoding of a text: what was meant is not known.
    Unreadable,
}

impl<'a> LegacyForm<'a> {
    /// Takes a body apart. Whatever it holds is a form.
    pub fn parse(body: &'a [u8]) -> Self {
        let pairs = body.split(|byte| *byte == b'&').filter_map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, rest) = pair.split_at(end);
            Some((decode(name)?, rest.get(1..).unwrap_or_default()))
        });
        Self(pairs.collect())
    }

    /// What is said of a field.
    pub(super) fn field(&self, name: &str) -> Field {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Field::Absent,
            (Some(value), None) => match decode(value) {
                Some(text) if text.is_empty() => Field::Absent,
                Some(text) => Field::Given(text),
                None => Field::Unreadable,
            },
            (Some(_), Some(_)) => Field::Unreadable,
        }
    }

    /// A field that must be there.
    pub(super) fn required<T>(
        &self,
        name: &str,
        refusal: LegacyRefusal,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, LegacyRefusal> {
        self.optional(name, refusal, read)?.ok_or(refusal)
    }

    /// A field that may be missing.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        refusal: LegacyRefusal,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, LegacyRefusal> {
        match self.field(name) {
            Field::Absent => Ok(None),
            Field::Given(text) => read(&text).map(Some).ok_or(refusal),
            Field::Unreadable => Err(refusal),
        }
    }

    /// The merchant's number.
    pub fn merchant_id(&self) -> Result<MerchantId, LegacyRefusal> {
        self.required("MERCHANT_ID", LegacyRefusal::MerchantId, MerchantId::parse)
    }

    /// The access code, which may be anybody's.
    pub fn access_code(&self) -> Result<UuidBits, LegacyRefusal> {
        const NAME: &str = "MERCHANT_ACCESS_CODE";
        self.required(NAME, LegacyRefusal::AccessCode, UuidBits::parse_hyphenated)
    }

    /// The reference of a link.
    pub fn reference(&self) -> Result<MerchantReference, LegacyRefusal> {
        let read = |text: &str| MerchantReference::parse_legacy(text).ok();
        self.required("REFERENCE_NO", LegacyRefusal::Failure, read)
    }

    /// The number of a link.
    pub fn link_number(&self) -> Result<LinkNumber, LegacyRefusal> {
        let read = |text: &str| whole_number(text).map(LinkNumber);
        self.required("PAYMENT_LINK_ID", LegacyRefusal::Failure, read)
    }
}

/// The longest whole number that stores and JSON keep exactly.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Reads decimal digits, without a sign or a space.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= NUMBER_MAX)
}

/// Decodes a name or a value; `None` where a `%` is not followed by two hexadecimal digits, or
/// where the bytes are no UTF-8.
fn decode(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (digit(*rest.next()?)? << 4) | digit(*rest.next()?)?,
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_strictly() {
        let cases = [
            ("A=1", Some("1")),
            ("B=2&A=1&C", Some("1")),
            ("%41=1", Some("1")),
            ("A=a+b%20c%2Bd", Some("a b c+d")),
            ("A=x=y", Some("x=y")),
            ("A=%E0%A4%85", Some("अ")),
            ("&&A=1&", Some("1")),
            ("%zz=2&%=3&A=1", Some("1")),
            ("a=1", Some("")),
            ("A=", Some("")),
            ("A", Some("")),
            ("", Some("")),
            ("A=1&A=1", None),
            ("A=&A=1", None),
            ("A=%", None),
            ("A=%4", None),
            ("A=%zz", None),
            ("A=%+1", None),
            ("A=%ff", None),
        ];
        for (body, expected) in cases {
            let form = LegacyForm::parse(body.as_bytes());
            let expected = match expected {
                Some("") => Field::Absent,
                Some(text) => Field::Given(text.to_owned()),
                None => Field::Unreadable,
            };
            assert!(form.field("A") == expected, "{body}");
        }
    }

    #[test]
    fn a_number_is_its_digits() {
        let cases = [
            ("1", Some(1)),
            ("0042", Some(42)),
            ("9007199254740991", Some(NUMBER_MAX)),
            ("9007199254740992", None),
            ("99999999999999999999999", None),
            ("", None),
            ("+1", None),
            ("-1", None),
            (" 1", None),
            ("1.0", None),
            ("1e3", None),
            ("१", None),
        ];
        for (text, number) in cases {
            assert_eq!(whole_number(text), number, "{text:?}");
        }
    }
}
