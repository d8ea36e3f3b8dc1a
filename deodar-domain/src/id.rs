//! Public and internal identifiers, each a type of its own.

use std::fmt;

use crate::key::{OrderKey, Scramble};
use crate::method::Method;

/// The smallest merchant id: six digits.
pub const MERCHANT_ID_MIN: u32 = 100_000;
/// The largest merchant id: six digits.
pub const MERCHANT_ID_MAX: u32 = 999_999;

/// A merchant's number of six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MerchantId(u32);

impl MerchantId {
    /// The id of this number, if it has six digits.
    pub fn new(number: u32) -> Option<Self> {
        (MERCHANT_ID_MIN..=MERCHANT_ID_MAX).contains(&number).then_some(Self(number))
    }

    /// Reads the six digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Self::new(text.parse().ok()?) } else { None }
    }

    /// The number.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MerchantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Writes an order's or a refund's public id: `v1-<yyMMddHHmmss>-aa-<6>`.
pub fn order_id(key: OrderKey) -> String {
    key.encode("v1-", Scramble::Order)
}

/// Reads an order's or a refund's public id; `None` where it cannot be one of ours.
pub fn parse_order_id(text: &str) -> Option<OrderKey> {
    OrderKey::decode(text.strip_prefix("v1-")?, Scramble::Order)
}

/// Writes a link's public id, `pl-v1-<yyMMddHHmmss>-aa-<6>`. It carries the key of the link's order.
pub fn link_id(key: OrderKey) -> String {
    key.encode("pl-v1-", Scramble::Link)
}

/// Reads a link's public id; `None` where it cannot be one of ours.
pub fn parse_link_id(text: &str) -> Option<OrderKey> {
    OrderKey::decode(text.strip_prefix("pl-v1-")?, Scramble::Link)
}

/// A payment: its order, its method and its place among the order's payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentId {
    /// The order that is paid.
    pub order: OrderKey,
    /// How it is paid.
    pub method: Method,
    /// The place among the order's payments, from 0.
    pub index: u16,
}

impl PaymentId {
    /// Reads `<order id>-<mm>-<c>`; `None` where it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, letters) = text.rsplit_once('-')?;
        let (order, method) = rest.rsplit_once('-')?;
        Some(Self {
            order: parse_order_id(order)?,
            method: Method::from_letters(method)?,
            index: index_of(letters)?,
        })
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", order_id(self.order), self.method.letters(), letters_of(self.index))
    }
}

/// a, b, …, z, aa, ab, … as a spreadsheet names its columns.
pub fn letters_of(index: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(index) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'a' + u8::try_from(rest % 26).unwrap_or(0));
        rest /= 26;
    }
    letters.reverse();
    String::from_utf8_lossy(&letters).into_owned()
}

/// Reads what [`letters_of`] wrote.
pub fn index_of(letters: &str) -> Option<u16> {
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut value = 0_u32;
    for byte in letters.bytes() {
        if !byte.is_ascii_lowercase() {
            return None;
        }
        value = value * 26 + u32::from(byte - b'a') + 1;
    }
    u16::try_from(value - 1).ok()
}

/// A link's own number, dense from 1. It is the legacy `PAYMENT_LINK_ID`, and encrypted it is the
/// slug of the link's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkNumber(pub u64);

/// A payment's own number, dense from 1: the legacy `PINE_PG_TRANSACTION_ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionNumber(pub u64);

/// Declares an identifier of 128 random bits, written as 32 hexadecimal digits.
macro_rules! random_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u128);

        impl $name {
            /// Reads the 32 hexadecimal digits.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                if digits { u128::from_str_radix(text, 16).ok().map(Self) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:032x})", stringify!($name), self.0)
            }
        }
    };
}

random_id!(
    /// One thing asked of an acquirer: an authorisation, capture, void, refund or reversal. It is
    /// the idempotency key there and what `status` asks for.
    OperationId
);
random_id!(
    /// An event that is told to a merchant; `msg_…` in the header `webhook-id`.
    EventId
);
random_id!(
    /// A merchant's webhook endpoint.
    EndpointId
);
random_id!(
    /// A UUID: a merchant's client id or access code.
    UuidBits
);

impl UuidBits {
    /// A random (version 4) UUID by RFC 9562 of 128 random bits.
    pub const fn version_4(random: u128) -> Self {
        let version = (random & !(0xf << 76)) | (4 << 76);
        Self((version & !(0b11 << 62)) | (0b10 << 62))
    }

    /// The hyphenated text, in lower case.
    pub fn hyphenated(self) -> String {
        let bits = self.0;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xffff,
            (bits >> 48) & 0xffff,
            bits & 0xffff_ffff_ffff
        )
    }

    /// Reads the hyphenated text, in either case.
    pub fn parse_hyphenated(text: &str) -> Option<Self> {
        let shape = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        if !shape {
            return None;
        }
        Self::parse(&text.replace('-', ""))
    }
}
