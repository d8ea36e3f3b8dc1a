//! `GET /docs`: the description, to be read by people. It needs no token, no script and no network.

mod fields;
mod markdown;
mod resolve;
mod sample;

use askama::Template;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Response};

use fields::Field;
use resolve::{Kind, Names};

use super::operation::JSON;

/// The page.
#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    title: String,
    version: String,
    introduction: String,
    sections: Vec<Section>,
    objects: Vec<Object>,
}

/// The calls about one thing.
struct Section {
    name: String,
    anchor: String,
    text: String,
    calls: Vec<Call>,
}

/// A call.
struct Call {
    id: String,
    method: &'static str,
    /// The path, in parts that are not broken.
    path: Vec<String>,
    summary: String,
    text: String,
    needs_token: bool,
    parameters: Vec<Field>,
    body: Vec<Field>,
    /// A line for a shell; an event is no call, and has none.
    curl: Option<String>,
    answers: Vec<Answer>,
    refusals: Vec<Answer>,
}

/// An answer: its status, what it means, and what it holds.
struct Answer {
    status: String,
    text: String,
    holds: Kind,
}

/// What calls answer.
struct Object {
    name: String,
    text: String,
    fields: Vec<Field>,
    sample: String,
}

/// The page of a description; `None` where it cannot be written.
pub(super) fn render(openapi: &OpenApi) -> Option<String> {
    let names = Names::new(openapi);
    let sections = openapi.tags.iter().flatten().map(|tag| Section {
        anchor: anchor(&tag.name),
        text: markdown::html(tag.description.as_deref().unwrap_or_default()),
        calls: calls(openapi, &names, &tag.name),
        name: tag.name.clone(),
    });
    let objects = names.answered().map(|(name, schema)| Object {
        name: name.to_owned(),
        text: markdown::html(resolve::text(schema)),
        fields: fields::of(&names, schema),
        sample: sample::of(&names, schema),
    });
    let page = Page {
        title: openapi.info.title.clone(),
        version: openapi.info.version.clone(),
        introduction: markdown::html(openapi.info.description.as_deref().unwrap_or_default()),
        sections: sections.filter(|section| !section.calls.is_empty()).collect(),
        objects: objects.collect(),
    };
    page.render().ok()
}

/// A name as a fragment of the page's address.
fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn methods(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let methods =
        [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch)];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn calls(openapi: &OpenApi, names: &Names<'_>, tag: &str) -> Vec<Call> {
    let webhooks = openapi.webhooks.iter().flat_map(|webhooks| webhooks.paths.iter());
    let all = openapi.paths.paths.iter().chain(webhooks).flat_map(|(path, item)| {
        methods(item).map(move |(method, operation)| (path, method, operation))
    });
    let of_tag = all.filter(|(.., operation)| {
        operation.tags.iter().flatten().any(|of_operation| of_operation == tag)
    });
    of_tag.map(|(path, method, operation)| call(names, path, method, operation)).collect()
}

fn call(names: &Names<'_>, path: &str, method: &'static str, operation: &Operation) -> Call {
    let needs_token = operation.security.iter().flatten().next().is_some();
    let body = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.get(JSON),
        _ => None,
    };
    let body = match body {
        Some(RefOr::T(content)) => Some(content),
        _ => None,
    };
    let sample = body.and_then(|content| content.example.as_ref());
    let schema = body.and_then(|content| content.schema.as_ref());
    let answers = operation.responses.responses.iter().filter_map(|(status, response)| {
        let response = names.response(response)?;
        Some(answer(names, status, response))
    });
    let (answers, refusals) = answers.partition(|answer: &Answer| answer.status.starts_with('2'));
    Call {
        id: operation.operation_id.clone().unwrap_or_default(),
        method,
        path: path.split_inclusive('/').map(str::to_owned).collect(),
        summary: operation.summary.clone().unwrap_or_default(),
        text: markdown::html(operation.description.as_deref().unwrap_or_default()),
        needs_token,
        parameters: fields::parameters(names, operation.parameters.as_deref().unwrap_or_default()),
        body: schema.map(|schema| fields::of(names, schema)).unwrap_or_default(),
        curl: path.starts_with('/').then(|| {
            let sample = sample.map(|value| sample::pretty(names, schema, value));
            curl(path, method, needs_token, sample)
        }),
        answers,
        refusals,
    }
}

fn answer(names: &Names<'_>, status: &str, response: &Response) -> Answer {
    let schema = match response.content.get(JSON) {
        Some(RefOr::T(content)) => content.schema.as_ref(),
        _ => None,
    };
    Answer {
        status: status.to_owned(),
        text: markdown::html(&response.description),
        holds: schema.map(|schema| names.kind(schema)).unwrap_or_default(),
    }
}

/// A path whose variable parts are variables of a shell.
fn with_variables(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) => format!("${}", name.trim_end_matches('}').to_uppercase()),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A line for a shell, in which `$BASE` is the gateway's address and `$TOKEN` an access token.
fn curl(path: &str, method: &str, needs_token: bool, body: Option<String>) -> String {
    let mut line = String::from("curl -s");
    if method != "GET" && !(method == "POST" && body.is_some()) {
        line.push_str(" -X ");
        line.push_str(method);
    }
    line.push_str(" \"$BASE");
    line.push_str(&with_variables(path));
    if path.ends_with("/details") {
        line.push_str("?start_date=2026-11-01&end_date=2026-11-30");
    }
    line.push('"');
    if needs_token {
        line.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    if let Some(body) = body {
        line.push_str(" \\\n  -H 'Content-Type: application/json' -d '");
        line.push_str(&body);
        line.push('\'');
    }
    line
}
