//! Names of a description, and what stands behind them.

use std::collections::BTreeSet;

use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{ArrayItems, Components, SchemaType, Type};
use utoipa::openapi::{Array, OpenApi, Ref, RefOr, Response, Schema};

use crate::describe::operation::JSON;

/// What a value is, in words; a part that is an object of the page is a link to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind(pub(super) Vec<Word>);

/// A part of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_link: bool,
}

impl Kind {
    fn word(text: impl Into<String>) -> Self {
        Self(vec![Word { text: text.into(), is_link: false }])
    }

    fn link(name: &str) -> Self {
        Self(vec![Word { text: name.into(), is_link: true }])
    }

    /// Whether it is the envelope of errors, which needs no mention among errors.
    pub(super) fn is_error(&self) -> bool {
        *self == Self::link("Error")
    }

    /// Whether it is an amount of money.
    pub(super) fn is_amount(&self) -> bool {
        *self == Self::word("amount")
    }

    fn with(mut self, before: &str) -> Self {
        self.0.insert(0, Word { text: before.into(), is_link: false });
        self
    }

    fn or(mut self, other: Self) -> Self {
        if !self.0.is_empty() {
            self.0.push(Word { text: " or ".into(), is_link: false });
        }
        self.0.extend(other.0);
        self
    }
}

/// The names of a description.
pub(super) struct Names<'a> {
    components: Option<&'a Components>,
    answered: BTreeSet<&'a str>,
}

/// The name that a reference ends with.
fn name(reference: &Ref) -> &str {
    reference.ref_location.rsplit('/').next().unwrap_or_default()
}

/// What is told of a schema in words.
pub(super) fn text(schema: &RefOr<Schema>) -> &str {
    match schema {
        RefOr::Ref(reference) => &reference.description,
        RefOr::T(Schema::Object(object)) => object.description.as_deref().unwrap_or_default(),
        RefOr::T(Schema::Array(array)) => array.description.as_deref().unwrap_or_default(),
        RefOr::T(Schema::AllOf(all_of)) => all_of.description.as_deref().unwrap_or_default(),
        RefOr::T(Schema::OneOf(one_of)) => one_of.description.as_deref().unwrap_or_default(),
        RefOr::T(_) => "",
    }
}

/// The elements of a list.
pub(super) fn element(array: &Array) -> Option<&RefOr<Schema>> {
    match &array.items {
        ArrayItems::RefOrSchema(items) => Some(items),
        ArrayItems::False => None,
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(openapi: &'a OpenApi) -> Self {
        let mut names = Self { components: openapi.components.as_ref(), answered: BTreeSet::new() };
        let operations =
            openapi.paths.paths.values().flat_map(super::methods).map(|(_, operation)| operation);
        for operation in operations {
            for response in operation.responses.responses.values() {
                let content = match response {
                    RefOr::T(response) => response.content.get(JSON),
                    RefOr::Ref(_) => None,
                };
                if let Some(RefOr::T(content)) = content {
                    content.schema.iter().for_each(|schema| names.note(schema));
                }
            }
        }
        names
    }

    /// Notes the objects that are answered: what an envelope holds, not the envelope.
    fn note(&mut self, schema: &'a RefOr<Schema>) {
        match schema {
            RefOr::Ref(reference) => match self.schema(schema) {
                Some(choice @ RefOr::T(Schema::OneOf(_))) => self.note(choice),
                Some(RefOr::T(Schema::Object(object)))
                    if object.properties.contains_key("data") =>
                {
                    object.properties.get("data").into_iter().for_each(|data| self.note(data));
                }
                _ => {
                    self.answered.insert(name(reference));
                }
            },
            RefOr::T(Schema::OneOf(one_of)) => {
                one_of.items.iter().for_each(|item| self.note(item));
            }
            RefOr::T(Schema::AnyOf(any_of)) => {
                any_of.items.iter().for_each(|item| self.note(item));
            }
            RefOr::T(Schema::AllOf(all_of)) => {
                all_of.items.iter().for_each(|item| self.note(item));
            }
            RefOr::T(Schema::Array(array)) => {
                if let Some(items) = element(array) {
                    self.note(items);
                }
            }
            RefOr::T(_) => {}
        }
    }

    /// The objects that are answered, each with its schema.
    pub(super) fn answered(&self) -> impl Iterator<Item = (&'a str, &'a RefOr<Schema>)> {
        let schemas = self.components.map(|components| &components.schemas);
        self.answered.iter().filter_map(move |name| Some((*name, schemas?.get(*name)?)))
    }

    /// Whether an object has a place of its own on the page.
    pub(super) fn is_answered(&self, schema: &RefOr<Schema>) -> bool {
        matches!(schema, RefOr::Ref(reference) if self.answered.contains(name(reference)))
    }

    /// What stands behind a schema's name, or the schema itself.
    pub(super) fn schema<'s>(&self, schema: &'s RefOr<Schema>) -> Option<&'s RefOr<Schema>>
    where
        'a: 's,
    {
        match schema {
            RefOr::Ref(reference) => self.components?.schemas.get(name(reference)),
            found @ RefOr::T(_) => Some(found),
        }
    }

    /// What stands behind a response's name, or the response itself.
    pub(super) fn response<'s>(&self, response: &'s RefOr<Response>) -> Option<&'s Response>
    where
        'a: 's,
    {
        match response {
            RefOr::T(response) => Some(response),
            RefOr::Ref(reference) => match self.components?.responses.get(name(reference))? {
                RefOr::T(response) => Some(response),
                RefOr::Ref(_) => None,
            },
        }
    }

    /// What stands behind a parameter's name, or the parameter itself.
    pub(super) fn parameter<'s>(&self, parameter: &'s RefOr<Parameter>) -> Option<&'s Parameter>
    where
        'a: 's,
    {
        match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(reference) => match self.components?.parameters.get(name(reference))? {
                RefOr::T(parameter) => Some(parameter),
                RefOr::Ref(_) => None,
            },
        }
    }

    /// What a value is.
    pub(super) fn kind(&self, schema: &RefOr<Schema>) -> Kind {
        if let RefOr::Ref(reference) = schema
            && self.is_answered(schema)
        {
            return Kind::link(name(reference));
        }
        match self.schema(schema) {
            Some(RefOr::T(Schema::Object(object))) => {
                if object.properties.len() == 2 && object.properties.contains_key("currency") {
                    return Kind::word("amount");
                }
                match object.properties.get("data") {
                    Some(data) => self.kind(data).with("data: "),
                    None => Kind::word(words(&object.schema_type)),
                }
            }
            Some(RefOr::T(Schema::Array(array))) => {
                element(array).map(|items| self.kind(items)).unwrap_or_default().with("list of ")
            }
            Some(RefOr::T(Schema::OneOf(one_of))) => self.choice(&one_of.items),
            Some(RefOr::T(Schema::AnyOf(any_of))) => self.choice(&any_of.items),
            Some(RefOr::T(Schema::AllOf(all_of))) => {
                all_of.items.first().map(|first| self.kind(first)).unwrap_or_default()
            }
            _ => Kind::default(),
        }
    }

    fn choice(&self, items: &[RefOr<Schema>]) -> Kind {
        items.iter().fold(Kind::default(), |kind, item| kind.or(self.kind(item)))
    }
}

fn words(schema_type: &SchemaType) -> String {
    const fn word(one: &Type) -> &'static str {
        match one {
            Type::Boolean => "true or false",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Array => "list",
            Type::Object => "object",
            _ => "text",
        }
    }
    match schema_type {
        SchemaType::Type(one) => word(one).to_owned(),
        SchemaType::Array(types) => types.iter().map(word).collect::<Vec<_>>().join(" or "),
        SchemaType::AnyValue => "anything".to_owned(),
    }
}
