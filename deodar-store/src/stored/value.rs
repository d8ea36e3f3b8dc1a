//! The stored form of the small values that every record is made of.

use std::borrow::Cow;
use std::fmt;

use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::event::EventType;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::ProviderSet;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::PayLaterProvider;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::StoreError;

/// The error of a field that does not hold what it must. It names the field and not the value,
/// which may be personal.
pub(super) fn damaged(field: &str) -> StoreError {
    StoreError::Damaged(field.to_owned())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(super) const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(super) const fn is_zero(value: &u8) -> bool {
    *value == 0
}

/// A text that is borrowed from the record when it is written and, where nothing in it is
/// escaped, from the document when it is read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    pub(super) fn owned(shown: impl fmt::Display) -> Self {
        Self(Cow::Owned(shown.to_string()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the text says, read by the domain's own function.
    pub(super) fn read<T, E>(
        &self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        parse(&self.0).map_err(|_| damaged(field))
    }
}

/// What a text says, where there is one.
pub(super) fn read_optional<T, E>(
    text: Option<&Text<'_>>,
    field: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| text.read(field, parse)).transpose()
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}

/// Reads a value from its text.
struct Reader<T> {
    name: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::custom(self.name))
    }
}

/// Declares the stored form of a value that has a text of its own.
macro_rules! by_text {
    ($(#[$meta:meta])* $stored:ident($inner:ty), $name:literal, $write:expr, $read:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(super) struct $stored(pub(super) $inner);

        impl Serialize for $stored {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$inner, &mut fmt::Formatter<'_>) -> fmt::Result = $write;
                serializer.collect_str(&Written { value: &self.0, write })
            }
        }

        impl<'de> Deserialize<'de> for $stored {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reader { name: $name, read: $read }).map(Self)
            }
        }
    };
}

/// A value and how it is written, without a string in between.
struct Written<'a, T> {
    value: &'a T,
    write: fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
}

impl<T> fmt::Display for Written<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.write)(self.value, f)
    }
}

by_text!(
    /// 128 bits as 32 hexadecimal digits in lower case.
    Hex(u128), "32 hexadecimal digits",
    |bits, f| write!(f, "{bits:032x}"),
    |text| {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let shape = text.len() == 32 && text.bytes().all(digit);
        if shape { u128::from_str_radix(text, 16).ok() } else { None }
    }
);

by_text!(
    /// A currency by its code.
    StoredCurrency(Currency), "a currency",
    |currency, f| f.write_str(currency.code()),
    Currency::from_code
);

by_text!(
    /// A method by its two letters.
    StoredMethod(Method), "a method",
    |method, f| f.write_str(method.letters()),
    Method::from_letters
);

by_text!(
    /// A set of methods: their letters with spaces between them.
    StoredMethods(MethodSet), "methods",
    |methods, f| {
        for (place, method) in methods.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " " })?;
            f.write_str(method.letters())?;
        }
        Ok(())
    },
    |text| text.split(' ').filter(|letters| !letters.is_empty()).map(Method::from_letters).collect()
);

by_text!(
    /// A set of Pay Later lenders: their pay codes with spaces between them.
    StoredProviders(ProviderSet), "Pay Later lenders",
    |providers, f| {
        for (place, provider) in providers.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " " })?;
            f.write_str(provider.name())?;
        }
        Ok(())
    },
    |text| {
        let names = text.split(' ').filter(|name| !name.is_empty());
        names.map(PayLaterProvider::from_name).collect()
    }
);

impl StoredProviders {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub(super) fn is_all(&self) -> bool {
        self.0 == ProviderSet::all()
    }
}

impl Default for StoredProviders {
    fn default() -> Self {
        Self(ProviderSet::all())
    }
}

by_text!(
    /// A reason by its code.
    StoredReason(DeclineReason), "a reason",
    |reason, f| f.write_str(reason.code()),
    DeclineReason::from_code
);

by_text!(
    /// The type of an event by its name.
    StoredEventType(EventType), "the type of an event",
    |event_type, f| f.write_str(event_type.name()),
    EventType::from_name
);

by_text!(
    /// What a message is about, by its name.
    StoredMessageKind(MessageKind), "what a message is about",
    |kind, f| f.write_str(kind.name()),
    MessageKind::from_name
);

by_text!(
    /// Which way a message goes, by its name.
    StoredChannel(Channel), "a channel",
    |channel, f| f.write_str(channel.name()),
    Channel::from_name
);

/// An amount: its minor units and its currency.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredMoney(u64, StoredCurrency);

impl StoredMoney {
    pub(super) const fn of(money: Money) -> Self {
        Self(money.minor(), StoredCurrency(money.currency()))
    }

    pub(super) const fn restore(self) -> Money {
        Money::new(self.0, self.1.0)
    }
}

/// A failure.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredFailure<'a> {
    reason: StoredReason,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

impl<'a> StoredFailure<'a> {
    pub(super) fn of(failure: &'a Failure) -> Self {
        Self {
            reason: StoredReason(failure.reason),
            message: failure.message.as_ref().map(|message| Text::of(message.as_str())),
        }
    }

    pub(super) fn restore(&self) -> Result<Failure, StoreError> {
        let message = read_optional(self.message.as_ref(), "message", FailureMessage::parse)?;
        Ok(Failure { reason: self.reason.0, message })
    }
}

/// The key of an order or refund.
pub(super) fn order_key(value: i64, field: &str) -> Result<OrderKey, StoreError> {
    OrderKey::from_i64(value).ok_or_else(|| damaged(field))
}
