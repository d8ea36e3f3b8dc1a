//! The description of the API, OpenAPI 3.1, made of the route table: `GET /openapi.json`.
//!
//! An endpoint is its handler and what is told of it ([`Endpoint`]), and the route table takes
//! nothing else, so that a route without a description does not compile. What all calls share (the
//! token, the headers, the errors that every call can answer) is told once, in `shared`.

mod endpoint;
mod nulls;
mod operation;
mod page;
mod serve;
mod shared;
mod table;
mod tags;
mod webhooks;

pub(crate) use endpoint::Endpoint;
pub(crate) use serve::{routes, written};
pub(crate) use table::Table;
pub(crate) use tags::Tag;

use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::schema::Components;
use utoipa::openapi::{
    Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, RefOr, Schema,
};

const TITLE: &str = "Deodar";
const INTRODUCTION: &str = include_str!("describe/introduction.md");

/// Schemas by their names, as types tell them.
type Named = Vec<(String, RefOr<Schema>)>;

/// A call of the route table.
pub(crate) struct Call {
    method: HttpMethod,
    path: &'static str,
    needs_token: bool,
    endpoint: endpoint::Told,
}

/// The description of these calls.
pub(crate) fn openapi(calls: &[Call]) -> OpenApi {
    let mut schemas = Named::new();
    let mut paths = PathsBuilder::new();
    for call in calls {
        let item = PathItem::new(call.method.clone(), operation::operation(call));
        paths = paths.path(call.path, item);
        call.endpoint.forms().for_each(|form| form.tell(&mut schemas));
    }
    let webhooks = webhooks::paths(&mut schemas);
    let mut components = Components::new();
    components.schemas.extend(schemas);
    shared::tell(&mut components);
    let mut openapi = OpenApiBuilder::new()
        .info(info())
        .paths(paths)
        .components(Some(components))
        .tags(Some(Tag::all()))
        .build();
    openapi.webhooks = Some(webhooks);
    nulls::remove(&mut openapi);
    openapi
}

fn info() -> Info {
    let license = LicenseBuilder::new()
        .name("Apache-2.0 OR MIT")
        .identifier(Some("Apache-2.0 OR MIT"))
        .build();
    InfoBuilder::new()
        .title(TITLE)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(INTRODUCTION))
        .license(Some(license))
        .build()
}
