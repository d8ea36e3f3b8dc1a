//! Fields, each on a line of its own: its path, as errors name it, what it is and its limits.

use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, Object};
use utoipa::openapi::{Array, RefOr, Required, Schema};

use super::markdown;
use super::resolve::{Kind, Names, element, text};

/// How deep objects are told.
const DEPTH_MAX: usize = 8;
/// A pattern that is told in words.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// A field of a body, or a parameter.
pub(super) struct Field {
    /// The objects that hold it, each followed by a dot.
    pub(super) parents: Vec<String>,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    /// What it means, as HTML.
    pub(super) text: String,
    /// Its limits, as HTML.
    pub(super) limits: Vec<String>,
}

/// Every field of an object, with those of the objects that it holds.
pub(super) fn of(names: &Names<'_>, schema: &RefOr<Schema>) -> Vec<Field> {
    let mut fields = Vec::new();
    add(names, schema, "", 0, &mut fields);
    fields
}

/// Parameters of the path, the query and the headers.
pub(super) fn parameters(names: &Names<'_>, parameters: &[RefOr<Parameter>]) -> Vec<Field> {
    let known = parameters.iter().filter_map(|parameter| names.parameter(parameter));
    let fields = known.map(|parameter| {
        let place = match parameter.parameter_in {
            ParameterIn::Path => "in the path",
            ParameterIn::Query => "in the query",
            _ => "header",
        };
        let schema = parameter.schema.as_ref();
        let mut limits = vec![place.to_owned()];
        limits.extend(schema.into_iter().flat_map(|schema| limits_of(names, schema)));
        Field {
            parents: Vec::new(),
            name: parameter.name.clone(),
            kind: schema.map(|schema| names.kind(schema)).unwrap_or_default(),
            is_required: parameter.required == Required::True,
            text: markdown::line(parameter.description.as_deref().unwrap_or_default()),
            limits,
        }
    });
    fields.collect()
}

fn add(
    names: &Names<'_>,
    schema: &RefOr<Schema>,
    prefix: &str,
    depth: usize,
    fields: &mut Vec<Field>,
) {
    if depth > DEPTH_MAX {
        return;
    }
    match names.schema(schema) {
        Some(RefOr::T(Schema::Object(object))) => {
            for (name, property) in &object.properties {
                let is_required = object.required.contains(name);
                add_field(names, property, &format!("{prefix}{name}"), is_required, depth, fields);
            }
        }
        Some(RefOr::T(Schema::AllOf(all_of))) => {
            for item in &all_of.items {
                add(names, item, prefix, depth + 1, fields);
            }
        }
        _ => {}
    }
}

fn add_field(
    names: &Names<'_>,
    schema: &RefOr<Schema>,
    path: &str,
    is_required: bool,
    depth: usize,
    fields: &mut Vec<Field>,
) {
    let found = names.schema(schema);
    let said = match text(schema) {
        "" => found.map(text).unwrap_or_default(),
        said => said,
    };
    let kind = names.kind(schema);
    let is_leaf = names.is_answered(schema) || kind.is_amount();
    let mut parents: Vec<_> = path.split_inclusive('.').map(str::to_owned).collect();
    let name = parents.pop().unwrap_or_default();
    fields.push(Field {
        parents,
        name,
        kind,
        is_required,
        text: markdown::line(said),
        limits: limits_of(names, schema),
    });
    if is_leaf {
        return;
    }
    match found {
        Some(RefOr::T(Schema::Array(array))) => {
            let Some(items) = element(array) else { return };
            if !names.is_answered(items) {
                add(names, items, &format!("{path}[]."), depth + 1, fields);
            }
        }
        Some(found) => add(names, found, &format!("{path}."), depth + 1, fields),
        None => {}
    }
}

fn limits_of(names: &Names<'_>, schema: &RefOr<Schema>) -> Vec<String> {
    match names.schema(schema) {
        Some(RefOr::T(Schema::Object(object))) => match object.properties.get("value") {
            Some(RefOr::T(Schema::Object(value))) => of_object(value),
            _ => of_object(object),
        },
        Some(RefOr::T(Schema::Array(array))) => of_list(names, array),
        _ => Vec::new(),
    }
}

fn of_list(names: &Names<'_>, array: &Array) -> Vec<String> {
    let mut limits = Vec::new();
    limits.extend(range(array.min_items, array.max_items, "elements"));
    let items = element(array).filter(|items| !names.is_answered(items));
    if let Some(RefOr::T(Schema::Object(_))) = items {
        limits.extend(items.into_iter().flat_map(|items| limits_of(names, items)));
    }
    limits
}

fn of_object(object: &Object) -> Vec<String> {
    let number = |number: &utoipa::Number| {
        serde_json::to_value(number).map(|number| number.to_string()).ok()
    };
    let mut limits = Vec::new();
    limits.extend(range(object.min_length, object.max_length, "characters"));
    limits.extend(range(object.min_properties, object.max_properties, "pairs"));
    let least = object.minimum.as_ref().and_then(number);
    let most = object.maximum.as_ref().and_then(number);
    let is_any_number = most.is_none() && object.minimum == Some(0.into());
    limits.extend(if is_any_number { None } else { range(least, most, "") });
    if let Some(values) = &object.enum_values {
        let values =
            values.iter().map(|value| format!("`{}`", value.to_string().trim_matches('"')));
        limits.push(markdown::line(&values.collect::<Vec<_>>().join(" ")));
    }
    if let Some(pattern) = &object.pattern {
        limits.push(match pattern.as_str() {
            PRINTABLE => "no control characters".to_owned(),
            pattern => markdown::line(&format!("`{pattern}`")),
        });
    }
    if let Some(AdditionalProperties::RefOr(RefOr::T(Schema::Object(value)))) =
        object.additional_properties.as_deref()
    {
        limits.extend(of_object(value).into_iter().map(|limit| format!("values: {limit}")));
    }
    limits
}

/// `1–50 characters`, `at most 100 elements`.
fn range<T: ToString>(least: Option<T>, most: Option<T>, unit: &str) -> Option<String> {
    let (least, most) = (least.map(|n| n.to_string()), most.map(|n| n.to_string()));
    let range = match (least, most) {
        (None, None) => return None,
        (Some(least), Some(most)) if least == most => least,
        (Some(least), Some(most)) => format!("{least}–{most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
    };
    Some(format!("{range} {unit}").trim_end().to_owned())
}
