//! The values of a body. Each reads exactly the JSON types that the API accepts for it; `null` and
//! empty text are absent in all of them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use deodar_domain::text::MetadataKey;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

/// Reads a value by a visitor, whatever its JSON type is.
macro_rules! read_by {
    ($visitor:expr) => {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any($visitor)
        }
    };
}

/// `null` is absent.
macro_rules! null_is {
    ($absent:expr) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($absent)
        }
    };
}

/// Empty text is absent; any other is of the wrong type.
macro_rules! empty_text_is {
    ($absent:expr) => {
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.is_empty() {
                Ok($absent)
            } else {
                Err(E::invalid_type(Unexpected::Str(text), &self))
            }
        }
    };
}

/// What a field is where it is absent, for the derive of schemas, which writes it as the field's
/// default: nothing.
macro_rules! absent_is_nothing {
    ($(($($generics:tt)*) $type:ty;)*) => {$(
        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_none()
            }
        }
    )*};
}

absent_is_nothing! {
    (T) Object<T>;
    (T, const MAX: usize) List<T, MAX>;
    () Flag;
}

/// A JSON object. Serde's derived structs would take a list, too.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    read_by!(ObjectVisitor(PhantomData));
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    null_is!(Object(None));
    empty_text_is!(Object(None));

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
    }
}

/// A JSON list of at most `MAX` elements.
#[derive(Debug)]
pub(crate) struct List<T, const MAX: usize>(pub(crate) Option<Vec<T>>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    read_by!(ListVisitor::<T, MAX>(PhantomData));
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    null_is!(List(None));
    empty_text_is!(List(None));

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if elements.len() == MAX {
                return Err(A::Error::custom(format_args!("must have at most {MAX} elements")));
            }
            elements.push(element);
        }
        Ok(List(Some(elements)))
    }
}

/// A text. One that is empty is absent.
#[derive(Debug, Default)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text, if it was given.
    pub(crate) fn given(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    read_by!(TextVisitor { numbers: false });
}

/// A text that may arrive as a whole number.
#[derive(Debug, Default)]
pub(crate) struct TextOrNumber<'a>(pub(crate) Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for TextOrNumber<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor { numbers: true }).map(Self)
    }
}

struct TextVisitor {
    numbers: bool,
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.numbers { "a string or a whole number" } else { "a string" })
    }

    null_is!(Text(None));

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        if self.numbers {
            Ok(Text(Some(Cow::Owned(number.to_string()))))
        } else {
            Err(E::invalid_type(Unexpected::Unsigned(number), &self))
        }
    }
}

/// `true` or `false`.
#[derive(Debug, Default)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor { texts: false }).map(Self)
    }
}

/// `true` or `false`, or the texts `"true"` or `"false"` in any case.
#[derive(Debug, Default)]
pub(crate) struct TextFlag(pub(crate) Option<bool>);

impl<'de> Deserialize<'de> for TextFlag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor { texts: true }).map(Self)
    }
}

struct FlagVisitor {
    texts: bool,
}

impl Visitor<'_> for FlagVisitor {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    null_is!(None);

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "" => Ok(None),
            _ if self.texts && text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            _ if self.texts && text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }
}

/// A number of minor units. Reading it never fails, so that whatever stands there is refused with
/// the message that the API has for amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Minor {
    /// There is none.
    #[default]
    Absent,
    /// A whole number that is not negative.
    Whole(u64),
    /// A number beyond every limit, or a fraction so large.
    Huge,
    /// A negative number, a fraction, or no number at all.
    Other,
}

/// From here on a fraction is told to be too large.
const HUGE: f64 = 1e8;

impl<'de> Deserialize<'de> for Minor {
    read_by!(MinorVisitor);
}

struct MinorVisitor;

impl<'de> Visitor<'de> for MinorVisitor {
    type Value = Minor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    null_is!(Minor::Absent);

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Minor::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(number).map_or(Minor::Other, Minor::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(if number > HUGE { Minor::Huge } else { Minor::Other })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(if text.is_empty() { Minor::Absent } else { Minor::Other })
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Minor::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Minor::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Minor::Other)
    }
}

/// A percentage as its decimal text; it may arrive as a number.
#[derive(Debug, Default)]
pub(crate) struct Percent(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Percent {
    read_by!(PercentVisitor);
}

struct PercentVisitor;

impl Visitor<'_> for PercentVisitor {
    type Value = Percent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a percentage")
    }

    null_is!(Percent(None));

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Percent((!text.is_empty()).then(|| text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Percent(Some(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Percent(Some(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // The shortest decimal that reads back as the same number is what was sent.
        Ok(Percent(Some(number.to_string())))
    }
}

/// An object of at most `MAX` pairs of text, in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Pairs<'a, const MAX: usize>(pub(crate) Option<Vec<(String, Text<'a>)>>);

impl<const MAX: usize> Default for Pairs<'_, MAX> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de: 'a, 'a, const MAX: usize> Deserialize<'de> for Pairs<'a, MAX> {
    read_by!(PairsVisitor::<MAX>);
}

/// What is wrong with a key that is too long or has control characters.
const WRONG_KEY: &str = "must have keys of at most 256 characters without control characters";

struct PairsVisitor<const MAX: usize>;

impl<'de, const MAX: usize> Visitor<'de> for PairsVisitor<MAX> {
    type Value = Pairs<'de, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    null_is!(Pairs(None));
    empty_text_is!(Pairs(None));

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs: Vec<(String, Text<'de>)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            // Looked at before its value, whose refusal would name it. An absent pair may have any.
            if !key.is_empty() && MetadataKey::parse(&key).is_err() {
                return Err(A::Error::custom(WRONG_KEY));
            }
            if pairs.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom("must not have a key twice"));
            }
            if pairs.len() == MAX {
                return Err(A::Error::custom(format_args!("must have at most {MAX} pairs")));
            }
            pairs.push((key, map.next_value()?));
        }
        Ok(Pairs(Some(pairs)))
    }
}

impl Text<'_> {
    /// The text, if it was given, even where it is empty.
    pub(crate) fn given_or_empty(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
