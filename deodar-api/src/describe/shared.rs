//! What calls share: the token, parameters, headers, and the errors that every call can answer.

use deodar_wire::ErrorBody;
use deodar_wire::schema::{integer, texts};
use http::StatusCode;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Components, Object, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Response};

use super::Named;
use super::endpoint::{self, Form, Refusal};
use super::operation::{JSON, error_with};

/// The name of the one way to tell who calls.
const BEARER: &str = "bearer";

const REQUEST_ID: &str = "RequestId";
const REQUEST_TIMESTAMP: &str = "RequestTimestamp";
const IDEMPOTENCY_KEY: &str = "IdempotencyKey";

/// An error that calls share.
#[derive(Clone, Copy)]
pub(super) enum Common {
    Invalid,
    Unauthorized,
    Late,
    TooLarge,
    NotJson,
    TooMany,
    Internal,
    Unavailable,
}

impl Common {
    const ALL: [Self; 8] = [
        Self::Invalid,
        Self::Unauthorized,
        Self::Late,
        Self::TooLarge,
        Self::NotJson,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Those of a call that needs a token, has a body, takes any input that can be wrong.
    pub(super) fn of(
        needs_token: bool,
        has_body: bool,
        takes_input: bool,
    ) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |common| match common {
            Self::Invalid => takes_input,
            Self::Unauthorized => needs_token,
            Self::Late | Self::NotJson => has_body,
            Self::TooMany => needs_token || has_body,
            Self::TooLarge | Self::Internal | Self::Unavailable => true,
        })
    }

    const fn told(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Invalid => (
                400,
                "Invalid",
                "INVALID_REQUEST",
                "The body is no JSON object, or something is missing, of a wrong type or out of \
                 its limits; `metadata.field` names it",
            ),
            Self::Unauthorized => (
                401,
                "Unauthorized",
                "UNAUTHORIZED",
                "The access token is missing, malformed, expired or forged",
            ),
            Self::Late => {
                (408, "Late", "INVALID_REQUEST", "The body did not arrive within ten seconds")
            }
            Self::TooLarge => {
                (413, "TooLarge", "INVALID_REQUEST", "The body is larger than 64 KiB")
            }
            Self::NotJson => {
                (415, "NotJson", "INVALID_REQUEST", "The `Content-Type` is not application/json")
            }
            Self::TooMany => (
                429,
                "TooMany",
                "API_RATE_LIMIT",
                "Too many calls: try again after `Retry-After`. Never in a sandbox, unless it is \
                 set",
            ),
            Self::Internal => (500, "Internal", "INTERNAL_ERROR", "The gateway's own fault"),
            Self::Unavailable => (
                503,
                "Unavailable",
                "INTERNAL_ERROR",
                "The database is away, or the call took too long. What was asked is not known to \
                 be done: repeat it with the same reference",
            ),
        }
    }

    /// Its status.
    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.told().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Where it is told.
    pub(super) fn reference(self) -> RefOr<Response> {
        Ref::from_response_name(self.told().1).into()
    }

    /// It, as a refusal.
    pub(super) fn refusal(self) -> Refusal {
        let (_, _, code, text) = self.told();
        Refusal { status: self.status(), codes: vec![code], text }
    }

    fn response(self) -> Response {
        let (_, _, code, text) = self.told();
        let content = ContentBuilder::new().schema(Some(error_with([code]))).build();
        let response =
            ResponseBuilder::new().description(format!("`{code}`: {text}")).content(JSON, content);
        headers_of(self.status())
            .fold(response, |response, (name, header)| response.header_ref(name, header))
            .build()
    }
}

/// Tells what is shared.
pub(super) fn tell(components: &mut Components) {
    let mut schemas = Named::new();
    Form::of::<ErrorBody<'_>>().tell(&mut schemas);
    components.schemas.extend(schemas);
    for common in Common::ALL {
        components.responses.insert(common.told().1.into(), common.response().into());
    }
    let parameters = [
        (REQUEST_ID, header_parameter("Request-ID", request_id())),
        (REQUEST_TIMESTAMP, header_parameter("Request-Timestamp", request_timestamp())),
        (IDEMPOTENCY_KEY, header_parameter("Idempotency-Key", idempotency_key())),
    ];
    for (name, parameter) in parameters {
        components.parameters.insert(name.into(), parameter.into());
    }
    for (name, header) in headers() {
        components.headers.insert(name.into(), header.into());
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The `access_token` of `POST /api/auth/v1/token`"));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
}

/// Who may call: whoever has a token, or anyone.
pub(super) fn security(needs_token: bool) -> Vec<SecurityRequirement> {
    let bearer = || SecurityRequirement::new(BEARER, Vec::<String>::new());
    needs_token.then(bearer).into_iter().collect()
}

fn printable(text: &str, max: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(max))
        .pattern(Some("^[ -~]+$"))
        .description(Some(text))
        .build()
}

fn request_id() -> Object {
    const TEXT: &str = "Names the request: it is answered, and stands in the logs. One is made up \
                        where there is none";
    printable(TEXT, 50)
}

fn request_timestamp() -> Object {
    const TEXT: &str = "When the call was made. It is not looked at";
    ObjectBuilder::new().schema_type(Type::String).description(Some(TEXT)).build()
}

fn idempotency_key() -> Object {
    const TEXT: &str = "Does the call once: for 24 hours the same key answers the first answer \
                        again; with another body it answers 422 `DUPLICATE_REQUEST`";
    printable(TEXT, 255)
}

fn header_parameter(name: &str, schema: Object) -> Parameter {
    parameter(name, ParameterIn::Header, false, schema)
}

fn parameter(name: &str, place: ParameterIn, is_required: bool, mut schema: Object) -> Parameter {
    let text = schema.description.take();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if is_required { Required::True } else { Required::False })
        .description(text)
        .schema(Some(schema))
        .build()
}

/// The headers of a call; `once` where it can be done once.
pub(super) fn header_parameters(once: bool) -> impl Iterator<Item = Ref> {
    let names = [Some(REQUEST_ID), Some(REQUEST_TIMESTAMP), once.then_some(IDEMPOTENCY_KEY)];
    names.into_iter().flatten().map(|name| Ref::new(format!("#/components/parameters/{name}")))
}

/// The parameter of a query.
pub(super) fn query_parameter(told: &endpoint::Parameter) -> Parameter {
    parameter(told.name, ParameterIn::Query, told.is_required, told.schema.clone())
}

/// The variable parts of a path.
pub(super) fn path_parameters(path: &'static str) -> impl Iterator<Item = Parameter> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| parameter(name, ParameterIn::Path, true, in_path(name)))
}

fn in_path(name: &str) -> Object {
    let (text, example) = match name {
        "payment_link_id" => ("The id of the link", "pl-v1-261224183000-aa-Xb3kQ9"),
        "order_id" => ("The id of the order", "v1-261224183000-aa-Xb3kQ9"),
        "reference" => ("The merchant's own reference", "order-1"),
        _ => ("What is asked for", "1"),
    };
    texts::in_path(text, example)
}

fn header_reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// The headers of an answer: how each is called, and where it is told.
pub(super) fn headers_of(status: StatusCode) -> impl Iterator<Item = (&'static str, Ref)> {
    const NAMES: [(&str, &str); 4] = [
        ("Request-ID", "RequestId"),
        ("RateLimit-Limit", "RateLimit"),
        ("RateLimit-Remaining", "RateLimitRemaining"),
        ("RateLimit-Reset", "RateLimitReset"),
    ];
    let more = match status.as_u16() {
        401 => Some(("WWW-Authenticate", "Scheme")),
        429 | 503 => Some(("Retry-After", "RetryAfter")),
        _ => None,
    };
    let names = NAMES.into_iter().chain(more);
    names.map(|(name, told_as)| (name, header_reference(told_as)))
}

fn headers() -> [(&'static str, Header); 6] {
    let number = |text| integer(text, 0, u64::from(u32::MAX));
    let scheme = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("How a caller tells who it is"))
        .enum_values(Some(["Bearer"]));
    [
        ("RequestId", request_id()),
        (
            "RateLimit",
            number("How many calls a second are answered; absent where there is no limit"),
        ),
        ("RateLimitRemaining", number("How many of them are left")),
        ("RateLimitReset", number("After how many seconds they are all there again")),
        ("RetryAfter", integer("When to try again, in seconds", 1, u64::from(u32::MAX))),
        ("Scheme", scheme.build()),
    ]
    .map(|(name, mut schema)| {
        let text = schema.description.take();
        (name, HeaderBuilder::new().schema(Some(schema)).description(text).build())
    })
}
