//! What the gateway sends to merchants.

use deodar_wire::answer::{LinkJson, OrderJson, RefundJson};
use deodar_wire::webhook::{Body, EventData};
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ContentBuilder, ObjectBuilder, PathsBuilder, Required};

use super::endpoint::Form;
use super::operation::JSON;
use super::{Named, Tag};

/// The events, and the schemas of their bodies.
pub(super) fn paths(schemas: &mut Named) -> Paths {
    let mut paths = PathsBuilder::new();
    for (name, summary, form, text) in [
        ("orderEvent", "An order or payment has changed", form::<OrderJson<'_>>(), ORDER),
        ("refundEvent", "A refund has ended", form::<RefundJson<'_>>(), REFUND),
        ("paymentLinkEvent", "A payment link has changed", form::<LinkJson<'_>>(), LINK),
    ] {
        form.tell(schemas);
        let content = ContentBuilder::new().schema(Some(form.reference())).build();
        let body = RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True));
        let done = "Any 2xx within five seconds; else it is sent again, eight times in all";
        let operation = OperationBuilder::new()
            .operation_id(Some(name))
            .tag(Tag::Webhooks.name())
            .summary(Some(summary))
            .description(Some(text))
            .parameters(Some(headers()))
            .request_body(Some(body.build()))
            .response("2XX", ResponseBuilder::new().description(done).build())
            .securities(Some([]));
        paths = paths.path(name, PathItem::new(HttpMethod::Post, operation));
    }
    paths.build()
}

const ORDER: &str = "`data` is the order, as reading it would have answered at that moment.";
const REFUND: &str = "`data` is the refund, as reading it would have answered at that moment.";
const LINK: &str = "`data` is the link. The public API has no such events: they are sent only to \
                    endpoints that ask for them.";

fn form<T: EventData>() -> Form {
    Form::of::<Body<T>>()
}

fn headers() -> [Parameter; 3] {
    [
        ("webhook-id", "Names the event: the same on every attempt", "msg_…"),
        ("webhook-timestamp", "When this attempt was made, in seconds since 1970", "1798137000"),
        ("webhook-signature", "`v1,` and the signature by Standard Webhooks", "v1,…"),
    ]
    .map(|(name, text, example)| {
        let schema = ObjectBuilder::new().schema_type(Type::String).examples([example]);
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(text))
            .schema(Some(schema))
            .build()
    })
}
