//! The description of the API, and that what it tells holds for every call that it tells of.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use deodar_api::BODY_SIZE_MAX;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, SANDBOX, Setup, link, order};

const COMMITTED: &str = include_str!("../../../docs/reference/openapi.json");

/// An operation of the description.
struct Operation {
    method: String,
    path: String,
    told: Value,
}

/// What stands in for the variable parts of a path and of a body.
struct Ids {
    link: String,
    order: String,
    payment: String,
    reference: String,
}

impl Ids {
    /// Ids of the right form, and a reference, of nothing.
    fn unknown() -> Self {
        Self {
            link: "pl-v1-200101000000-aa-AAAAAA".into(),
            order: "v1-200101000000-aa-AAAAAA".into(),
            payment: "v1-200101000000-aa-AAAAAA-cc-a".into(),
            reference: "nothing-has-this".into(),
        }
    }

    /// Ids of what the gateway's merchant has; the link and the order have one reference.
    async fn known(gateway: &Gateway) -> Self {
        let reference = "of-one-merchant";
        let made = gateway.post(LINKS, link(reference)).await.json();
        let order = gateway.make_order(order(reference)).await;
        let payment = gateway.begin_card(&order, "4012001037141112").await;
        let link = made["payment_link_id"].as_str().unwrap().to_owned();
        Self { link, order, payment, reference: reference.into() }
    }
}

impl Operation {
    fn all() -> Vec<Self> {
        let description: Value = serde_json::from_str(COMMITTED).unwrap();
        let paths = description["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(|(method, told)| Self {
                method: method.to_uppercase(),
                path: path.clone(),
                told: told.clone(),
            })
        });
        operations.collect()
    }

    fn needs_token(&self) -> bool {
        self.told["security"].as_array().is_some_and(|security| !security.is_empty())
    }

    fn path_with(&self, ids: &Ids) -> String {
        self.path
            .replace("{payment_link_id}", &ids.link)
            .replace("{order_id}", &ids.order)
            .replace("{reference}", &ids.reference)
    }

    /// The body of the description, about these ids.
    fn sample(&self, ids: &Ids) -> Option<Value> {
        let mut body = self.told.pointer("/requestBody/content/application~1json/example")?.clone();
        if let Some(payment) = body.get_mut("payment_id") {
            *payment = json!(ids.payment);
        }
        Some(body)
    }

    fn request(&self, ids: &Ids, token: Option<&str>) -> Request<Body> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.path_with(ids));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        match self.sample(ids) {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
                .unwrap(),
            None => request.body(Body::empty()).unwrap(),
        }
    }

    /// Whether an id or a reference says what it is about.
    fn is_about_something(&self) -> bool {
        self.path.contains('{')
            || self.sample(&Ids::unknown()).is_some_and(|body| body.get("payment_id").is_some())
    }

    fn tells(&self, status: u16) -> bool {
        self.told["responses"].get(status.to_string()).is_some()
    }

    #[track_caller]
    fn assert_answer(&self, answer: &Answer, status: u16, code: &str) {
        let call = format!("{} {}", self.method, self.path);
        assert_eq!(answer.error(), (status, code.to_owned()), "{call}");
        assert!(self.tells(status), "{call} does not tell of {status}");
    }
}

#[tokio::test]
async fn the_description_is_served_to_anyone_and_is_the_committed_one() {
    let description = deodar_api::description().unwrap();
    assert!(description == COMMITTED, "docs/reference/openapi.json is old: run cargo xtask docs");
    let gateway = Gateway::sandbox().await;
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let served = gateway.send(request).await;
    assert_eq!(served.status, 200);
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert_eq!(String::from_utf8(served.bytes).unwrap(), description);
}

#[tokio::test]
async fn outside_a_sandbox_its_calls_are_not_told() {
    let gateway = Gateway::with(Setup { sandbox: false, ..SANDBOX }).await;
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let served = gateway.send(request).await.json();
    assert!(served["paths"].get("/sandbox/clock").is_none());
    assert!(served["paths"].get("/api/pay/v1/orders").is_some());
}

#[test]
fn every_operation_says_what_it_is() {
    let description: Value = serde_json::from_str(COMMITTED).unwrap();
    let tags: BTreeSet<_> = description["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].clone().to_string())
        .collect();
    let (mut ids, mut used) = (BTreeSet::new(), BTreeSet::new());
    for operation in Operation::all() {
        let call = format!("{} {}", operation.method, operation.path);
        let told = &operation.told;
        assert!(told["summary"].as_str().is_some_and(|text| !text.is_empty()), "{call}");
        assert!(ids.insert(told["operationId"].to_string()), "{call} has another's id");
        used.insert(told["tags"][0].to_string());
        let responses = told["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{call} goes never well");
        let body = told.pointer("/requestBody/content/application~1json");
        assert!(body.is_none_or(|body| body["example"].is_object()), "{call} has no sample");
        for parameter in told["parameters"].as_array().unwrap() {
            assert_ne!(parameter["description"], "What is asked for", "{call}: see `in_path`");
        }
        let about_id = operation.path.contains('{');
        assert!(!about_id || operation.tells(404), "{call} does not tell of 404");
    }
    for event in description["webhooks"].as_object().unwrap().values() {
        assert!(ids.insert(event["post"]["operationId"].to_string()));
        used.insert(event["post"]["tags"][0].to_string());
    }
    assert_eq!(used, tags);
}

#[test]
fn every_reference_leads_to_something_and_nothing_is_null() {
    fn check(description: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                    let found = description.pointer(target.trim_start_matches('#'));
                    assert!(found.is_some(), "{target}");
                }
                assert_ne!(fields.get("type"), Some(&json!("null")));
                fields.values().for_each(|field| check(description, field));
            }
            Value::Array(elements) => elements.iter().for_each(|one| check(description, one)),
            Value::String(text) => assert_ne!(text, "null"),
            Value::Null => panic!("a null"),
            Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let description: Value = serde_json::from_str(COMMITTED).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    check(&description, &description);
}

#[tokio::test]
async fn no_operation_is_done_without_a_token() {
    let gateway = Gateway::sandbox().await;
    let ids = Ids::known(&gateway).await;
    let operations = Operation::all();
    for operation in operations.iter().filter(|operation| operation.needs_token()) {
        for token in [None, Some("forged")] {
            let answer = gateway.send(operation.request(&ids, token)).await;
            operation.assert_answer(&answer, 401, "UNAUTHORIZED");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let open: Vec<_> = operations
        .iter()
        .filter(|operation| !operation.needs_token())
        .map(|operation| operation.path.as_str())
        .collect();
    assert_eq!(open, ["/api/auth/v1/token", "/health"]);
}

#[tokio::test]
async fn what_is_another_merchants_is_answered_like_what_is_unknown() {
    let gateway = Gateway::sandbox().await;
    let (known, unknown) = (Ids::known(&gateway).await, Ids::unknown());
    let another = gateway.another_token().await;
    let operations = Operation::all();
    let about: Vec<_> = operations.iter().filter(|one| one.is_about_something()).collect();
    assert!(about.len() >= 12, "{}", about.len());
    for operation in &about {
        let call = format!("{} {}", operation.method, operation.path);
        let foreign = gateway.send(operation.request(&known, Some(&another))).await;
        let none = gateway.send(operation.request(&unknown, Some(&another))).await;
        assert_eq!(foreign.status, 404, "{call}");
        assert_eq!((foreign.status, &foreign.bytes), (none.status, &none.bytes), "{call}");
        assert!(operation.tells(404), "{call}");
    }
    // The owner is answered, or the ids would prove nothing.
    for operation in &about {
        let own = gateway.send(operation.request(&known, Some(&gateway.token))).await;
        let call = format!("{} {}", operation.method, operation.path);
        assert_ne!(own.status, 404, "{call}");
        assert!(operation.tells(own.status.as_u16()), "{call} does not tell of {}", own.status);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_by_every_operation() {
    let gateway = Gateway::sandbox().await;
    let ids = Ids::known(&gateway).await;
    let large = vec![b' '; BODY_SIZE_MAX + 1];
    for operation in Operation::all() {
        let request = || {
            Request::builder()
                .method(operation.method.as_str())
                .uri(operation.path_with(&ids))
                .header("authorization", format!("Bearer {}", gateway.token))
                .header("content-type", "application/json")
        };
        let declared = request().header("content-length", large.len());
        let declared = declared.body(Body::from(large.clone())).unwrap();
        operation.assert_answer(&gateway.send(declared).await, 413, "INVALID_REQUEST");
        if operation.sample(&ids).is_some() {
            let pieces = large.chunks(1_024).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
            let pieces: Vec<_> = pieces.collect();
            let streamed = Body::from_stream(futures::stream::iter(pieces));
            let streamed = gateway.send(request().body(streamed).unwrap()).await;
            operation.assert_answer(&streamed, 413, "INVALID_REQUEST");
        }
    }
}

#[tokio::test]
async fn a_method_that_is_not_told_is_not_allowed() {
    let gateway = Gateway::sandbox().await;
    let ids = Ids::known(&gateway).await;
    let mut methods = BTreeMap::<String, BTreeSet<String>>::new();
    for operation in Operation::all() {
        let told = methods.entry(operation.path_with(&ids)).or_default();
        if operation.method == "GET" {
            told.insert("HEAD".into());
        }
        told.insert(operation.method);
    }
    for (path, told) in methods {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            if told.contains(method) {
                continue;
            }
            let answer = gateway.call(method, &path).await;
            let expected = (405, "METHOD_NOT_ALLOWED".to_owned());
            assert_eq!(answer.error(), expected, "{method} {path}");
            let allow = answer.header("allow").unwrap().split(',');
            let allowed: BTreeSet<_> = allow.map(|method| method.trim().to_owned()).collect();
            assert_eq!(allowed, told, "{path}");
        }
    }
}

/// What a sample is about, as it must be for the call to go well.
async fn ids_for(gateway: &Gateway, operation: &str) -> Ids {
    let mut body = order(operation);
    let mut ids = Ids::unknown();
    match operation {
        "createPayment" => ids.order = gateway.make_order(body).await,
        "captureOrder" | "createRefund" => {
            body["pre_auth"] = json!(operation == "captureOrder");
            ids.order = gateway.make_order(body).await;
            gateway.pay_by_card(&ids.order, "4012001037141112").await;
        }
        "submitOtp" | "resendOtp" | "generateOtp" => {
            ids.order = gateway.make_order(body).await;
            ids.payment = gateway.begin_card(&ids.order, "4012001037141112").await;
        }
        _ => {}
    }
    ids
}

#[tokio::test]
async fn the_samples_of_the_description_work() {
    let gateway = Gateway::sandbox().await;
    let mut sent = 0;
    for operation in Operation::all() {
        let id = operation.told["operationId"].as_str().unwrap();
        // The sample of credentials is nobody's.
        if operation.sample(&Ids::unknown()).is_none() || id == "createToken" {
            continue;
        }
        let ids = ids_for(&gateway, id).await;
        let answer = gateway.send(operation.request(&ids, Some(&gateway.token))).await;
        assert!(answer.status.is_success(), "{id}: {}", String::from_utf8_lossy(&answer.bytes));
        sent += 1;
    }
    assert!(sent >= 11, "{sent}");
}

/// The values of an attribute on the page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let parts = page.split(start.as_str()).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn the_page_tells_of_every_operation_and_asks_nothing_of_anyone() {
    let gateway = Gateway::sandbox().await;
    let get =
        async |path: &str| gateway.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let page = get("/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(get("/docs/").await.bytes, page.bytes);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    let page = String::from_utf8(page.bytes).unwrap();
    let ids = attributes(&page, "id");
    let distinct: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "an id stands there twice");
    for operation in Operation::all() {
        let id = operation.told["operationId"].as_str().unwrap();
        assert!(distinct.contains(id), "{id} is not told");
    }
    for address in attributes(&page, "href") {
        match address.strip_prefix('#') {
            Some(id) => assert!(distinct.contains(id), "{address} leads nowhere"),
            None if address == "data:," => {}
            None => assert_eq!(get(address).await.status, 200, "{address}"),
        }
    }
    assert!(!page.contains("<script") && !page.contains(" src="));
}
