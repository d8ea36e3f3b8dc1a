//! The customer of an order or link: contact details and addresses, as the merchant gave them.

use std::fmt;

use crate::text::{DIGITS, InvalidText, NO_CONTROL, check, digit, printable, text_type};

text_type!(
    /// A first or last name.
    PersonName, 1, 50, printable, NO_CONTROL
);
text_type!(
    /// The merchant's or the network's id of a customer.
    CustomerId, 1, 19, printable, NO_CONTROL
);
text_type!(
    /// The merchant's own reference of a customer.
    CustomerReference, 1, 50, printable, NO_CONTROL
);
text_type!(
    /// One line of an address.
    AddressLine, 0, 100, printable, NO_CONTROL
);
text_type!(
    /// A city, state or country.
    PlaceName, 0, 50, printable, NO_CONTROL
);
text_type!(
    /// A postal code.
    Pincode, 6, 10, digit, DIGITS
);

/// An e-mail address: one `@` with text on both sides and no space. It does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(Box<str>);

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl Email {
    /// The most characters of an address.
    pub const LENGTH_MAX: usize = 50;

    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const MESSAGE: &str = "must be an e-mail address";
        check(text, 1, Self::LENGTH_MAX, |c| !c.is_control() && !c.is_whitespace(), MESSAGE)?;
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains('@') => {
                Ok(Self(text.into()))
            }
            _ => Err(InvalidText::Alphabet(MESSAGE)),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with all but its first letter and its host hidden: `k•••@example.com`.
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let first: String = name.chars().take(1).collect();
        format!("{first}•••@{host}")
    }
}

/// A mobile number: digits only. It does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MobileNumber(Box<str>);

impl fmt::Debug for MobileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MobileNumber(…)")
    }
}

impl MobileNumber {
    /// The most digits.
    pub const LENGTH_MAX: usize = 20;
    /// The fewest digits of the customer of a link.
    pub const LENGTH_MIN_LINK: usize = 10;
    /// The fewest digits of the customer of an order.
    pub const LENGTH_MIN_ORDER: usize = 9;

    /// Reads a number of at least `length_min` digits.
    pub fn parse(text: &str, length_min: usize) -> Result<Self, InvalidText> {
        check(text, length_min, Self::LENGTH_MAX, digit, DIGITS)?;
        Ok(Self(text.into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with all but its last two digits hidden: `••••••••10`.
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(2);
        let last = self.0.get(shown..).unwrap_or_default();
        format!("{}{last}", "•".repeat(shown))
    }
}

/// A country's calling code, as it was sent: up to five characters, with or without `+`.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct CountryCode(Box<str>);

impl CountryCode {
    /// The digits of [`CountryCode::india`].
    pub const INDIA: &'static str = "91";

    /// Reads a code.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const MESSAGE: &str = "must be digits, with or without a leading +";
        check(text, 1, 5, |c| c.is_ascii_digit() || c == '+', MESSAGE)?;
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.is_empty() || digits.contains('+') {
            return Err(InvalidText::Alphabet(MESSAGE));
        }
        Ok(Self(text.into()))
    }

    /// The code of India, which stands where none was given.
    pub fn india() -> Self {
        Self(Self::INDIA.into())
    }

    /// The code as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An Indian tax number, checked by its shape: two digits, a PAN, an entity, `Z` and a check character.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Gstin(Box<str>);

impl Gstin {
    /// Reads fifteen characters of the right shape. The check digit is not computed: the
    /// documents' own sample has a wrong one.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const SHAPE: &[u8; 15] = b"00AAAAA0000A*Z*";
        const MESSAGE: &str = "must be a GSTIN of 15 characters, like 27AAEPM1234C1Z5";
        let matches = text.len() == SHAPE.len()
            && text.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_uppercase(),
                b'*' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
                other => byte == *other,
            });
        if matches { Ok(Self(text.into())) } else { Err(InvalidText::Alphabet(MESSAGE)) }
    }

    /// The fifteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A postal address. Every part is optional.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Address {
    /// The first line.
    pub address1: Option<AddressLine>,
    /// The second line.
    pub address2: Option<AddressLine>,
    /// The third line.
    pub address3: Option<AddressLine>,
    /// The postal code.
    pub pincode: Option<Pincode>,
    /// The city.
    pub city: Option<PlaceName>,
    /// The state.
    pub state: Option<PlaceName>,
    /// The country.
    pub country: Option<PlaceName>,
}

/// Who pays. Every part is optional.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Customer {
    /// The e-mail address.
    pub email: Option<Email>,
    /// The first name.
    pub first_name: Option<PersonName>,
    /// The last name.
    pub last_name: Option<PersonName>,
    /// The customer's id in the network's records.
    pub customer_id: Option<CustomerId>,
    /// The mobile number.
    pub mobile: Option<MobileNumber>,
    /// The calling code of the mobile number.
    pub country_code: Option<CountryCode>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// Where the goods go.
    pub shipping_address: Option<Address>,
    /// The merchant's own reference of the customer.
    pub reference: Option<CustomerReference>,
    /// The customer's tax number.
    pub gstin: Option<Gstin>,
    /// Whether the payer may change the contact details on the page.
    pub editable: bool,
}

/// The contact details that a payer gave on the page. What was left out is as the merchant said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contact {
    /// The first name.
    pub first_name: Option<PersonName>,
    /// The last name.
    pub last_name: Option<PersonName>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The mobile number. Its calling code is as the merchant said, else that of India.
    pub mobile: Option<MobileNumber>,
}

impl Contact {
    /// These details, and those of `before` where there are none here.
    #[must_use]
    pub fn over(self, before: Self) -> Self {
        Self {
            first_name: self.first_name.or(before.first_name),
            last_name: self.last_name.or(before.last_name),
            email: self.email.or(before.email),
            mobile: self.mobile.or(before.mobile),
        }
    }
}

impl Customer {
    /// Whether a message can reach the customer.
    pub const fn is_reachable(&self) -> bool {
        self.email.is_some() || self.mobile.is_some()
    }

    /// The mobile number as networks dial it, `+919876543210`: the calling code, India's where none
    /// was given, and the number. Zeros before the number are dropped, and a number that carries
    /// its calling code already keeps it.
    pub fn dialled_mobile(&self) -> Option<String> {
        /// The digits of a mobile number in India.
        const INDIAN_DIGITS: usize = 10;
        let mobile = self.mobile.as_ref()?.as_str();
        let india = CountryCode::india();
        let code = self.country_code.as_ref().unwrap_or(&india).as_str();
        let code = code.strip_prefix('+').unwrap_or(code);
        let number = mobile.trim_start_matches('0');
        let is_whole = number.strip_prefix(code).is_some_and(|rest| rest.len() == INDIAN_DIGITS);
        Some(if is_whole { format!("+{number}") } else { format!("+{code}{number}") })
    }
}
