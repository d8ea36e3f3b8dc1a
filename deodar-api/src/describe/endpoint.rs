//! An endpoint: its handler, and what is told of it.

use std::borrow::Cow;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use deodar_domain::decline::DeclineReason;
use http::StatusCode;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;
use utoipa::openapi::{Ref, RefOr, Schema};

use super::{Named, Tag};
use crate::Api;

/// An endpoint: its handler, and what is told of it. What every call shares is not told here.
pub(crate) struct Endpoint {
    /// Puts the handler at a method.
    pub(super) route: Box<dyn FnOnce(MethodFilter) -> MethodRouter<Api>>,
    pub(super) told: Told,
}

/// What is told of an endpoint.
pub(super) struct Told {
    pub(super) id: &'static str,
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    pub(super) text: &'static str,
    pub(super) body: Option<Body>,
    pub(super) query: Vec<Parameter>,
    pub(super) answers: Vec<Answer>,
    pub(super) refusals: Vec<Refusal>,
}

/// The form of a body. Its schema is made when the description is asked for.
#[derive(Clone, Copy)]
pub(super) struct Form {
    name: fn() -> Cow<'static, str>,
    tell: fn(&mut Named),
}

impl Form {
    /// The form of a type.
    pub(super) fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            tell: |schemas| {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            },
        }
    }

    /// A reference to it.
    pub(super) fn reference(self) -> RefOr<Schema> {
        Ref::from_schema_name((self.name)()).into()
    }

    /// Tells it, and all that it is made of.
    pub(super) fn tell(self, schemas: &mut Named) {
        (self.tell)(schemas);
    }
}

/// A body that is sent.
pub(super) struct Body {
    pub(super) form: Form,
    /// A body that works, as JSON.
    pub(super) sample: &'static str,
}

/// A parameter of the query.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) schema: Object,
}

/// What is answered when all goes well, or in a form of its own when it does not.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
    pub(super) form: Form,
}

/// Errors that the endpoint answers beside those that every call can.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) codes: Vec<&'static str>,
    pub(super) text: &'static str,
}

impl Endpoint {
    /// An endpoint. The `id` names it to generators of clients; the summary is a line.
    pub(crate) fn new<H, T>(handler: H, id: &'static str, tag: Tag, summary: &'static str) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        let told = Told {
            id,
            tag,
            summary,
            text: "",
            body: None,
            query: Vec::new(),
            answers: Vec::new(),
            refusals: Vec::new(),
        };
        Self { route: Box::new(move |method| on(method, handler)), told }
    }

    /// What it does, in Markdown: plain paragraphs, `code` and **weight**.
    pub(crate) fn text(mut self, text: &'static str) -> Self {
        self.told.text = text;
        self
    }

    /// It takes a body, of which `sample` is one that works; a test sends it.
    pub(crate) fn body<T: ToSchema>(mut self, sample: &'static str) -> Self {
        self.told.body = Some(Body { form: Form::of::<T>(), sample });
        self
    }

    /// It takes a parameter in the query.
    pub(crate) fn query(mut self, name: &'static str, is_required: bool, schema: Object) -> Self {
        self.told.query.push(Parameter { name, is_required, schema });
        self
    }

    /// It answers a `T` with this status.
    pub(crate) fn answers<T: ToSchema>(mut self, status: StatusCode, text: &'static str) -> Self {
        self.told.answers.push(Answer { status, text, form: Form::of::<T>() });
        self
    }

    /// It answers 200 with a `T`.
    pub(crate) fn ok<T: ToSchema>(self, text: &'static str) -> Self {
        self.answers::<T>(StatusCode::OK, text)
    }

    /// It answers errors with this status and one of these codes.
    pub(crate) fn refuses(
        mut self,
        status: StatusCode,
        codes: &'static [&'static str],
        text: &'static str,
    ) -> Self {
        self.told.refusals.push(Refusal { status, codes: codes.to_vec(), text });
        self
    }

    /// It answers 404 with this code where the id or reference is not known.
    pub(crate) fn not_found(self, codes: &'static [&'static str]) -> Self {
        self.refuses(StatusCode::NOT_FOUND, codes, "Not known, or another merchant's")
    }

    /// It answers 422 with one of these codes.
    pub(crate) fn unprocessable(self, codes: &'static [&'static str], text: &'static str) -> Self {
        self.refuses(StatusCode::UNPROCESSABLE_ENTITY, codes, text)
    }

    /// It answers 422 with any code with which an acquirer refuses.
    pub(crate) fn declined(mut self, text: &'static str) -> Self {
        let codes = DeclineReason::ALL.map(DeclineReason::code).to_vec();
        self.told.refusals.push(Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, codes, text });
        self
    }
}

impl Told {
    /// The form of every body.
    pub(super) fn forms(&self) -> impl Iterator<Item = Form> {
        let answers = self.answers.iter().map(|answer| answer.form);
        self.body.iter().map(|body| body.form).chain(answers)
    }
}
