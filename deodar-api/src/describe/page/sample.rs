//! Samples: JSON in the order of its schema.

use serde_json::Value;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::resolve::{Names, element};

/// How deep a sample goes.
const DEPTH_MAX: usize = 8;

/// A JSON value whose objects keep the order of their fields.
enum Json {
    Leaf(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// A sample of an answer: the fields that are always there.
pub(super) fn of(names: &Names<'_>, schema: &RefOr<Schema>) -> String {
    written(&made(names, schema, 0))
}

/// A sample of a body, in the order of its schema.
pub(super) fn pretty(names: &Names<'_>, schema: Option<&RefOr<Schema>>, sample: &Value) -> String {
    written(&ordered(names, schema, sample))
}

fn made(names: &Names<'_>, schema: &RefOr<Schema>, depth: usize) -> Json {
    if depth > DEPTH_MAX {
        return Json::Leaf(Value::Null);
    }
    match names.schema(schema) {
        Some(RefOr::T(Schema::Object(object))) if !object.properties.is_empty() => {
            Json::Object(fields(names, object, depth))
        }
        Some(RefOr::T(Schema::Object(object))) => Json::Leaf(leaf(object)),
        Some(RefOr::T(Schema::Array(array))) => {
            let elements = element(array).map(|items| made(names, items, depth + 1));
            Json::List(elements.into_iter().collect())
        }
        Some(RefOr::T(Schema::AllOf(all_of))) => {
            let parts = all_of.items.iter().map(|item| made(names, item, depth + 1));
            Json::Object(parts.flat_map(Json::into_fields).collect())
        }
        _ => Json::Leaf(Value::Null),
    }
}

/// What an object always has; where that is nothing, the first thing that it may have.
fn fields(names: &Names<'_>, object: &Object, depth: usize) -> Vec<(String, Json)> {
    let properties = || object.properties.iter();
    let required = properties().filter(|(name, _)| object.required.contains(name));
    let first = properties().take(usize::from(object.required.is_empty()));
    required
        .chain(first)
        .map(|(name, property)| (name.clone(), made(names, property, depth + 1)))
        .collect()
}

fn leaf(object: &Object) -> Value {
    let told = object.examples.first().or(object.enum_values.iter().flatten().next());
    if let Some(told) = told {
        return told.clone();
    }
    match &object.schema_type {
        SchemaType::Type(Type::Boolean) => Value::Bool(false),
        SchemaType::Type(Type::Integer | Type::Number) => Value::from(1),
        _ => Value::from("…"),
    }
}

fn ordered(names: &Names<'_>, schema: Option<&RefOr<Schema>>, sample: &Value) -> Json {
    let schema = schema.and_then(|schema| names.schema(schema));
    match (sample, schema) {
        (Value::Object(fields), _) => {
            let mut order = Vec::new();
            if let Some(schema) = schema {
                properties(names, schema, &mut order);
            }
            let known = order.iter().filter_map(|(name, property)| {
                let value = fields.get(*name)?;
                Some(((*name).to_owned(), ordered(names, Some(property), value)))
            });
            let mut json: Vec<_> = known.collect();
            let others =
                fields.iter().filter(|(name, _)| !order.iter().any(|(known, _)| known == name));
            json.extend(others.map(|(name, value)| (name.clone(), ordered(names, None, value))));
            Json::Object(json)
        }
        (Value::Array(elements), Some(RefOr::T(Schema::Array(array)))) => {
            let items = element(array);
            Json::List(elements.iter().map(|one| ordered(names, items, one)).collect())
        }
        (other, _) => Json::Leaf(other.clone()),
    }
}

/// The properties of an object, in order.
fn properties<'s>(
    names: &Names<'s>,
    schema: &'s RefOr<Schema>,
    order: &mut Vec<(&'s str, &'s RefOr<Schema>)>,
) {
    match names.schema(schema) {
        Some(RefOr::T(Schema::Object(object))) => {
            order
                .extend(object.properties.iter().map(|(name, property)| (name.as_str(), property)));
        }
        Some(RefOr::T(Schema::AllOf(all_of))) => {
            all_of.items.iter().for_each(|item| properties(names, item, order));
        }
        _ => {}
    }
}

impl Json {
    fn into_fields(self) -> Vec<(String, Self)> {
        match self {
            Self::Object(fields) => fields,
            Self::Leaf(_) | Self::List(_) => Vec::new(),
        }
    }

    fn is_small(&self) -> bool {
        match self {
            Self::Leaf(_) => true,
            Self::List(elements) => {
                elements.len() <= 4 && elements.iter().all(|one| matches!(one, Self::Leaf(_)))
            }
            Self::Object(fields) => {
                fields.len() <= 2 && fields.iter().all(|(_, one)| matches!(one, Self::Leaf(_)))
            }
        }
    }
}

fn written(json: &Json) -> String {
    let mut text = String::new();
    write(json, 0, &mut text);
    text
}

fn write(json: &Json, depth: usize, text: &mut String) {
    let (open, close, parts): (_, _, Vec<(Option<&str>, &Json)>) = match json {
        Json::Leaf(value) => {
            text.push_str(&value.to_string());
            return;
        }
        Json::List(elements) => ("[", "]", elements.iter().map(|one| (None, one)).collect()),
        Json::Object(fields) => {
            ("{", "}", fields.iter().map(|(name, one)| (Some(name.as_str()), one)).collect())
        }
    };
    let is_small = json.is_small();
    text.push_str(open);
    for (index, (name, part)) in parts.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        if is_small {
            text.push_str(if index > 0 || open == "{" { " " } else { "" });
        } else {
            text.push('\n');
            text.push_str(&"  ".repeat(depth + 1));
        }
        if let Some(name) = name {
            for part in ["\"", name, "\": "] {
                text.push_str(part);
            }
        }
        write(part, depth + 1, text);
    }
    if !is_small {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    } else if open == "{" && !parts.is_empty() {
        text.push(' ');
    }
    text.push_str(close);
}
