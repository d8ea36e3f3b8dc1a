//! What the API accepts and answers, as JSON Schema, for the description that `deodar-api` serves.
//!
//! The schemas of objects are derived from the types that read and write them. What stands here is
//! what a derive cannot know: the limits of a text, and where more than one JSON type is accepted.
//! The limits are the domain's own constants. In requests `null` and empty text are absent in every
//! field that may be absent; that is said once, in the description's introduction, and not here.

pub mod choices;
pub mod methods;
pub mod money;
pub mod texts;

use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};

/// Gives a parsed type the schema of the raw type that reads it.
macro_rules! described_by {
    ($parsed:ty, $raw:ty) => {
        impl utoipa::PartialSchema for $parsed {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                <$raw as utoipa::PartialSchema>::schema()
            }
        }

        impl utoipa::ToSchema for $parsed {
            fn name() -> std::borrow::Cow<'static, str> {
                <$raw as utoipa::ToSchema>::name()
            }

            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
            ) {
                <$raw as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}
pub(crate) use described_by;

/// A text.
fn string(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// A text that may arrive as a whole number.
fn string_or_integer(description: &str) -> ObjectBuilder {
    let types = SchemaType::Array(vec![Type::String, Type::Integer]);
    ObjectBuilder::new().schema_type(types).minimum(Some(0)).description(Some(description))
}

/// One of these texts.
fn one_of<'a>(description: &str, choices: impl IntoIterator<Item = &'a str>) -> Object {
    string(description).enum_values(Some(choices)).build()
}

/// An integer from `min` to `max`.
pub fn integer(description: &str, min: u64, max: u64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(Some(max))
        .description(Some(description))
        .build()
}

/// What is told elsewhere, under a name.
pub fn told_as(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}
