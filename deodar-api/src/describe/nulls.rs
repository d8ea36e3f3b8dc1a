//! A field that may be absent is left out and is never `null`: the derive, which tells an `Option`
//! as nullable, is put right here.

use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// Removes every `null` from the named schemas.
pub(super) fn remove(openapi: &mut OpenApi) {
    let components = openapi.components.iter_mut();
    for schema in components.flat_map(|components| components.schemas.values_mut()) {
        put_right(schema);
    }
}

fn put_right(schema: &mut RefOr<Schema>) {
    if let Some(only) = without_null(schema) {
        *schema = only;
    }
    let RefOr::T(schema) = schema else {
        if let RefOr::Ref(reference) = schema {
            reference.default = None;
        }
        return;
    };
    match schema {
        Schema::Object(object) => {
            object.default = object.default.take().filter(|value| !value.is_null());
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|one| *one != Type::Null);
                if let [one] = types.as_slice() {
                    object.schema_type = SchemaType::Type(one.clone());
                }
            }
            object.properties.values_mut().for_each(put_right);
            if let Some(AdditionalProperties::RefOr(more)) =
                object.additional_properties.as_deref_mut()
            {
                put_right(more);
            }
        }
        Schema::Array(array) => {
            array.default = array.default.take().filter(|value| !value.is_null());
            if let SchemaType::Array(_) = array.schema_type {
                array.schema_type = SchemaType::Type(Type::Array);
            }
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                put_right(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(put_right),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(put_right),
        Schema::AnyOf(any_of) => any_of.items.iter_mut().for_each(put_right),
        _ => {}
    }
}

/// What is left of a choice between `null` and one thing: that thing.
fn without_null(schema: &mut RefOr<Schema>) -> Option<RefOr<Schema>> {
    let RefOr::T(Schema::OneOf(one_of)) = schema else { return None };
    let is_null = |item: &RefOr<Schema>| {
        matches!(
            item,
            RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null)
        )
    };
    one_of.items.retain(|item| !is_null(item));
    if one_of.items.len() != 1 {
        return None;
    }
    let mut only = one_of.items.pop()?;
    if let (RefOr::Ref(reference), Some(text)) = (&mut only, one_of.description.take()) {
        reference.description = text;
    }
    Some(only)
}
