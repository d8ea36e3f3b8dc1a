//! Amounts and percentages.

use std::borrow::Cow;

use deodar_domain::money::{AMOUNT_MAX_PAISE, AMOUNT_MIN_PAISE};
use deodar_domain::purchase::ITEM_QUANTITY_MAX;
use utoipa::openapi::schema::{KnownFormat, Object, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{integer, string};

/// `{"value": 50000, "currency": "INR"}`, with a value from `min` to `max`.
pub(crate) fn amount(description: &str, min: u64, max: Option<u64>) -> RefOr<Schema> {
    let value = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(min))
        .maximum(max)
        .description(Some("In the smallest unit of the currency: paise"))
        .examples([50_000]);
    let currency = string("ISO 4217, in capitals").pattern(Some("^[A-Z]{3}$")).examples(["INR"]);
    ObjectBuilder::new()
        .description(Some(description))
        .property("value", value)
        .property("currency", currency)
        .required("value")
        .required("currency")
        .into()
}

/// Declares an amount of requests.
macro_rules! amounts {
    ($($(#[$meta:meta])* $name:ident, $min:expr, $description:literal;)*) => {$(
        $(#[$meta])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                amount($description, $min, Some(AMOUNT_MAX_PAISE))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

amounts! {
    /// What is to be paid or captured.
    Amount, AMOUNT_MIN_PAISE, "An amount of money, from ₹1 to ₹10 lakh";
    /// A part of that, down to the smallest unit.
    PartAmount, 1, "A part of an amount";
    /// What is taken off a price.
    Discount, 0, "What is taken off; it is shown, and never subtracted from the amount";
}

const TEXT: &str = "A percentage of the amount, from 0 to 100, with at most two decimals";
const SHAPE: &str = r"^(100(\.0{0,2})?|[0-9]{1,2}(\.[0-9]{0,2})?)$";

/// A percentage that is answered.
pub fn percentage() -> Object {
    string(TEXT).pattern(Some(SHAPE)).examples(["12.50"]).build()
}

/// A percentage that is given.
pub fn percentage_given() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Number]))
        .minimum(Some(0))
        .maximum(Some(100))
        .pattern(Some(SHAPE))
        .description(Some(TEXT))
        .examples(["12.50"])
        .build()
}

/// ISO 4217.
pub fn currency() -> Object {
    string("The currency of the amount: ISO 4217, in capitals")
        .pattern(Some("^[A-Z]{3}$"))
        .examples(["INR"])
        .build()
}

/// The price of an item of the cart.
pub fn item_price() -> Object {
    integer("The price of one, in the smallest unit of the currency", 0, AMOUNT_MAX_PAISE)
}

/// How many of an item of the cart there are.
pub fn item_quantity() -> Object {
    integer("How many there are", 1, ITEM_QUANTITY_MAX.into())
}
