//! The values of which answers are made.

use std::borrow::Cow;
use std::fmt::Display;

use deodar_domain::method::MethodSet;
use deodar_domain::money::Money;
use deodar_domain::time::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schema::{money, texts};

/// `{"value": 50000, "currency": "INR"}`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount(pub(crate) Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut amount = serializer.serialize_struct("Amount", 2)?;
        amount.serialize_field("value", &self.0.minor())?;
        amount.serialize_field("currency", self.0.currency().code())?;
        amount.end()
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        money::amount("An amount of money", 0, None)
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Money".into()
    }
}

/// RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        texts::time().into()
    }
}

impl ToSchema for Time {}

/// The names of payment methods, in capitals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodNames(pub(crate) MethodSet);

impl Serialize for MethodNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(deodar_domain::method::Method::name))
    }
}

/// Anything that has a text of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
