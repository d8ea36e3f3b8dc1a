//! What is told of one call: its own description, and what it shares with others.

use std::collections::BTreeMap;

use deodar_wire::ErrorBody;
use http::StatusCode;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, Type};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, RefOr, Required, Response, Schema};

use super::Call;
use super::endpoint::{Body, Form, Refusal, Told};
use super::shared::{self, Common};

pub(super) const JSON: &str = "application/json";

/// More codes than this are told by the schema alone.
const CODES_IN_TEXT_MAX: usize = 6;

/// A key that came with another body.
fn key_used_before() -> Refusal {
    Refusal {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        codes: vec!["DUPLICATE_REQUEST"],
        text: "The `Idempotency-Key` came with another body",
    }
}

/// What is told of a call.
pub(super) fn operation(call: &Call) -> Operation {
    let Call { method, path, needs_token, endpoint } = call;
    let changes = matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch);
    let once = *needs_token && changes;
    let mut operation = OperationBuilder::new()
        .operation_id(Some(endpoint.id))
        .tag(endpoint.tag.name())
        .summary(Some(endpoint.summary))
        .description((!endpoint.text.is_empty()).then_some(endpoint.text))
        .request_body(endpoint.body.as_ref().map(request_body))
        .securities(Some(shared::security(*needs_token)));
    for parameter in shared::path_parameters(path) {
        operation = operation.parameter(parameter);
    }
    for parameter in &endpoint.query {
        operation = operation.parameter(shared::query_parameter(parameter));
    }
    for parameter in shared::header_parameters(once) {
        operation = operation.parameter_ref(parameter);
    }
    let has_body = endpoint.body.is_some();
    let takes_input = has_body || once || !endpoint.query.is_empty();
    let shared: Vec<_> = Common::of(*needs_token, has_body, takes_input).collect();
    for common in &shared {
        operation = operation.response(common.status().as_str(), common.reference());
    }
    for (status, told) in own_statuses(endpoint, once, &shared) {
        operation = operation.response(status.as_str(), response(status, told));
    }
    operation.build()
}

fn request_body(body: &Body) -> RequestBody {
    let content = ContentBuilder::new()
        .schema(Some(body.form.reference()))
        .example(serde_json::from_str(body.sample).ok());
    RequestBodyBuilder::new().content(JSON, content.build()).required(Some(Required::True)).build()
}

/// What is told of a status: texts, and the forms of its bodies.
#[derive(Default)]
struct Status {
    texts: Vec<String>,
    forms: Vec<RefOr<Schema>>,
}

/// The statuses that are the call's own, and those that it shares with others and has more to say
/// about.
fn own_statuses(endpoint: &Told, once: bool, shared: &[Common]) -> BTreeMap<StatusCode, Status> {
    let is_own = |status| endpoint.refusals.iter().any(|refusal| refusal.status == status);
    let shared = shared.iter().filter(|common| is_own(common.status()));
    let shared: Vec<_> = shared.map(|common| common.refusal()).collect();
    let mut statuses = BTreeMap::<StatusCode, Status>::new();
    for answer in &endpoint.answers {
        let status = statuses.entry(answer.status).or_default();
        status.texts.push(answer.text.to_owned());
        status.forms.push(answer.form.reference());
    }
    let mut codes = BTreeMap::<StatusCode, Vec<&'static str>>::new();
    let key_used_before = once.then(key_used_before);
    for refusal in endpoint.refusals.iter().chain(&key_used_before).chain(&shared) {
        statuses.entry(refusal.status).or_default().texts.push(text(refusal));
        codes.entry(refusal.status).or_default().extend(&refusal.codes);
    }
    for (status, mut codes) in codes {
        codes.sort_unstable();
        codes.dedup();
        statuses.entry(status).or_default().forms.push(error_with(codes));
    }
    statuses
}

fn text(refusal: &Refusal) -> String {
    if refusal.codes.len() > CODES_IN_TEXT_MAX {
        return refusal.text.to_owned();
    }
    let codes: Vec<_> = refusal.codes.iter().map(|code| format!("`{code}`")).collect();
    format!("{}: {}", codes.join(", "), refusal.text)
}

/// The envelope of errors with one of these codes.
pub(super) fn error_with(codes: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    AllOfBuilder::new()
        .item(Form::of::<ErrorBody<'_>>().reference())
        .item(ObjectBuilder::new().property("code", code))
        .into()
}

fn response(status: StatusCode, told: Status) -> Response {
    let Status { texts, mut forms } = told;
    let form = if forms.len() > 1 {
        let any_of = forms.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        Some(any_of.into())
    } else {
        forms.pop()
    };
    let content = ContentBuilder::new().schema(form).build();
    let response = ResponseBuilder::new().description(texts.join("\n\n")).content(JSON, content);
    shared::headers_of(status)
        .fold(response, |response, (name, header)| response.header_ref(name, header))
        .build()
}
