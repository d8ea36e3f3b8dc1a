//! The transport of SMS: one HTTP request, as the operator's provider wants it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use deodar_domain::message::MessageKind;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};

use crate::messenger::{Content, Message, Messenger, NotSent};
use crate::send::{AttemptError, GuardedClient, explain, guarded_client, target};
use crate::template::{Escape, Field, Template};

/// How long a provider may take in all.
const SMS_TIME_MAX: Duration = Duration::from_secs(20);
/// The most of a provider's answer that is looked at, in bytes.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// The calling code of India with its plus, and the digits of a number there.
const INDIA: &str = "+91";
const INDIAN_DIGITS: usize = 10;

/// What an SMS of one kind says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SmsText {
    /// The id under which the text is registered (DLT); may be empty.
    pub template: String,
    /// The text, with `{{merchant}}`, `{{amount}}`, `{{amount_plain}}` and `{{link}}`; the gateway's
    /// own where it is absent.
    pub text: Option<String>,
}

/// The request that sends an SMS.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsConfig {
    /// Where it goes; may have places.
    pub url: String,
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// Its headers, by name; may have the operator's own places.
    pub headers: Vec<(String, String)>,
    /// Its body: JSON or a form, as the header `content-type` says; may have places.
    pub body: Option<String>,
    /// What stands for `{{sender}}`.
    pub sender: String,
    /// What stands for `{{secret}}`, and in Base64 for `{{basic}}`.
    pub secret: Option<String>,
    /// What the answer to a message that was taken holds, for providers that refuse with a 200.
    pub accepted: Option<String>,
    /// Whether it may go to a private address, and without TLS.
    pub allow_private: bool,
    /// What each kind says, where it is not the gateway's own text.
    pub texts: BTreeMap<MessageKind, SmsText>,
}

impl fmt::Debug for SmsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmsConfig(…)")
    }
}

/// What is wrong with the request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsConfigError {
    /// The key of the table.
    pub key: &'static str,
    /// What is wrong; it follows the key.
    pub reason: String,
}

impl SmsConfigError {
    fn new(key: &'static str, reason: impl Into<String>) -> Self {
        Self { key, reason: reason.into() }
    }
}

impl SmsConfig {
    /// The same, where an SMS can be sent with it.
    pub fn checked(self) -> Result<Self, SmsConfigError> {
        Sms::new(&self).map(|_| self)
    }
}

/// The transport.
pub struct Sms {
    client: GuardedClient,
    url: Template,
    method: Method,
    headers: Vec<(HeaderName, Template)>,
    body: Option<(Template, Escape)>,
    sender: String,
    secret: String,
    accepted: Option<String>,
    allow_private: bool,
    texts: BTreeMap<MessageKind, (String, Option<Template>)>,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sms(…)")
    }
}

/// What is put into the places of a request.
struct Values<'a> {
    id: String,
    to: &'a str,
    text: &'a str,
    template: &'a str,
    sender: &'a str,
    secret: &'a str,
    merchant: &'a str,
    amount: &'a str,
    link: &'a str,
}

impl<'a> Values<'a> {
    fn of(&self, field: Field) -> Cow<'a, str> {
        let digits = self.to.strip_prefix('+').unwrap_or(self.to);
        match field {
            Field::To => self.to.into(),
            Field::ToDigits => digits.into(),
            Field::ToLocal => {
                let local = self.to.strip_prefix(INDIA);
                local.filter(|local| local.len() == INDIAN_DIGITS).unwrap_or(digits).into()
            }
            Field::Text => self.text.into(),
            Field::Sender => self.sender.into(),
            Field::Template => self.template.into(),
            Field::Id => self.id.clone().into(),
            Field::Secret => self.secret.into(),
            Field::Basic => BASE64.encode(self.secret).into(),
            Field::Merchant => self.merchant.into(),
            Field::Amount => self.amount.into(),
            Field::AmountPlain => self.amount.replace('₹', "Rs ").into(),
            Field::Link => self.link.into(),
        }
    }

    /// Values with every character that could break out of where it is put.
    const SAMPLE: Values<'static> = Values {
        id: String::new(),
        to: "+919876543210",
        text: "a\"\\&=#/?\nb",
        template: "1\"",
        sender: "\"S",
        secret: "s\"\\",
        merchant: "A & \"B\"",
        amount: "₹1.00\"",
        link: "https://pay.example.in/\"",
    };
}

impl Sms {
    /// The transport with these settings.
    pub fn new(config: &SmsConfig) -> Result<Self, SmsConfigError> {
        let url = place("url", &config.url)?;
        let method = match config.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            _ => return Err(SmsConfigError::new("method", "is none of GET, POST and PUT")),
        };
        let headers: Vec<_> = config.headers.iter().map(header).collect::<Result<_, _>>()?;
        let body = config.body.as_deref().map(|text| body(text, &headers)).transpose()?;
        let texts = config.texts.iter().map(|(kind, text)| registered(*kind, text));
        let texts = texts.collect::<Result<_, _>>()?;
        let client = guarded_client(config.allow_private)
            .map_err(|error| SmsConfigError::new("url", error.to_string()))?;
        let sms = Self {
            client,
            url,
            method,
            headers,
            body,
            sender: config.sender.clone(),
            secret: config.secret.clone().unwrap_or_default(),
            accepted: config.accepted.clone().filter(|text| !text.is_empty()),
            allow_private: config.allow_private,
            texts,
        };
        sms.check(config.secret.is_some())?;
        Ok(sms)
    }

    /// Sees that a request can be made with every value.
    fn check(&self, has_secret: bool) -> Result<(), SmsConfigError> {
        // No place may be in the name of the host, where a value would choose who is asked.
        let rest = self.url.beginning().split_once("://").map(|(_, rest)| rest);
        if !rest.is_some_and(|rest| rest.contains(['/', '?'])) {
            let reason = "is no https URL with its host written out, as in https://host/path";
            return Err(SmsConfigError::new("url", reason));
        }
        let url = self.url.fill(Escape::Percent, |field| Values::SAMPLE.of(field));
        target(&url, self.allow_private, self.allow_private).map_err(|error| {
            let hint = if self.allow_private { "" } else { ", unless allow_private is true" };
            SmsConfigError::new("url", format!("cannot be asked: {error}{hint}"))
        })?;
        let places = self.headers.iter().flat_map(|(_, value)| value.fields());
        let places = places.chain(self.url.fields());
        let mut places = places.chain(self.body.iter().flat_map(|(body, _)| body.fields()));
        if !has_secret && places.any(|field| matches!(field, Field::Secret | Field::Basic)) {
            let reason = "needs the secret: give it by sms_secret_file or DEODAR_SMS_SECRET";
            return Err(SmsConfigError::new("headers", reason));
        }
        if let Some((body, Escape::Json)) = &self.body {
            let json = body.fill(Escape::Json, |field| Values::SAMPLE.of(field));
            serde_json::from_str::<serde_json::Value>(&json).map_err(|_| {
                SmsConfigError::new("body", "is no JSON: every place goes between quotes")
            })?;
        }
        Ok(())
    }

    /// The host that is asked and its port, for whoever checks that it answers.
    pub fn address(&self) -> Option<String> {
        let url = self.url.fill(Escape::Percent, |field| Values::SAMPLE.of(field));
        let url = url::Url::parse(&url).ok()?;
        Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
    }

    fn request(&self, message: &Message) -> Result<Request<Full<Bytes>>, NotSent> {
        let Content::Sms { text, amount, link } = &message.content else {
            return Err(NotSent::Never("not an SMS"));
        };
        let mut values = Values {
            id: message.id.0.to_string(),
            to: &message.recipient,
            text,
            template: "",
            sender: &self.sender,
            secret: &self.secret,
            merchant: &message.merchant_name,
            amount,
            link,
        };
        let registered = self.texts.get(&message.kind);
        let own = registered.and_then(|(_, text)| text.as_ref());
        let own = own.map(|text| text.fill(Escape::None, |field| values.of(field)));
        if let Some(own) = &own {
            values.text = own;
        }
        if let Some((template, _)) = registered {
            values.template = template;
        }
        let url = self.url.fill(Escape::Percent, |field| values.of(field));
        let url = target(&url, self.allow_private, self.allow_private);
        let url = url.map_err(|error| NotSent::Later(words(&error)))?;
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(url)
            .header(USER_AGENT, concat!("Deodar/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &self.headers {
            let value = value.fill(Escape::None, |field| values.of(field));
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| NotSent::Later("a header cannot be sent"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let body = self.body.as_ref();
        let body = body.map(|(body, escape)| body.fill(*escape, |field| values.of(field)));
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        request.body(body).map_err(|_| NotSent::Later("the request cannot be made"))
    }

    /// Asks, and tells whether the provider took the message. What it says is for no one to read: it
    /// often repeats the number.
    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<(), NotSent> {
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| NotSent::Later(words(&explain(&error))))?;
        let status = answer.status();
        if !status.is_success() {
            // A fault of the settings looks like a fault of the message: neither is for good.
            return Err(NotSent::Later(match status.as_u16() {
                401 | 403 => "the provider refuses the secret",
                429 => "the provider is busy",
                400..500 => "the provider refuses the request",
                _ => "the provider failed",
            }));
        }
        let Some(accepted) = &self.accepted else { return Ok(()) };
        let body = Limited::new(answer.into_body(), ANSWER_MAX_BYTES).collect().await;
        let body = body.map_err(|_| NotSent::Later("the provider's answer broke off"))?.to_bytes();
        let found = body.windows(accepted.len()).any(|window| window == accepted.as_bytes());
        if found { Ok(()) } else { Err(NotSent::Later("the provider refuses the message")) }
    }
}

fn place(key: &'static str, text: &str) -> Result<Template, SmsConfigError> {
    Template::parse(text).map_err(|reason| SmsConfigError::new(key, reason))
}

fn header((name, value): &(String, String)) -> Result<(HeaderName, Template), SmsConfigError> {
    let wrong = |reason: &str| SmsConfigError::new("headers", format!("has {name}, {reason}"));
    let parsed =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("which is no header's name"))?;
    let template = place("headers", value)?;
    if !template.fields().all(Field::is_of_operator) {
        let reason = "which may have sender, template, id, secret and basic alone";
        return Err(wrong(reason));
    }
    let visible = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if visible { Ok((parsed, template)) } else { Err(wrong("which must be visible ASCII")) }
}

/// The body, with the escape of its type.
fn body(
    text: &str,
    headers: &[(HeaderName, Template)],
) -> Result<(Template, Escape), SmsConfigError> {
    let content_type = headers.iter().find(|(name, _)| name == CONTENT_TYPE);
    let content_type = content_type.map(|(_, value)| value.beginning().to_ascii_lowercase());
    let escape = match content_type.as_deref().and_then(|value| value.split(';').next()) {
        Some("application/json") => Escape::Json,
        Some("application/x-www-form-urlencoded") => Escape::Percent,
        _ => {
            let reason = "needs the header content-type: application/json or \
                          application/x-www-form-urlencoded";
            return Err(SmsConfigError::new("body", reason));
        }
    };
    Ok((place("body", text)?, escape))
}

type Registered = (MessageKind, (String, Option<Template>));

fn registered(kind: MessageKind, text: &SmsText) -> Result<Registered, SmsConfigError> {
    let key = match kind {
        MessageKind::LinkCreated => "link_created",
        MessageKind::LinkSentAgain => "link_sent_again",
        MessageKind::LinkReminder => "link_reminder",
        MessageKind::PaymentReceipt => "payment_receipt",
    };
    let own = text.text.as_deref().map(|text| place(key, text)).transpose()?;
    if own.as_ref().is_some_and(|own| !own.fields().all(Field::is_of_text)) {
        let reason = "may have merchant, amount, amount_plain and link in its text alone";
        return Err(SmsConfigError::new(key, reason));
    }
    Ok((kind, (text.template.clone(), own)))
}

const fn words(error: &AttemptError) -> &'static str {
    match error {
        AttemptError::Url => "the URL cannot be asked",
        AttemptError::PlainHttp => "https is required",
        AttemptError::Address(_) => "address not allowed",
        AttemptError::Host => "the provider's host could not be found",
        AttemptError::TimedOut => "timed out",
        AttemptError::Status(_) => "the provider failed",
        AttemptError::Connection(_) => "the provider cannot be reached",
    }
}

#[async_trait]
impl Messenger for Sms {
    async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let request = self.request(message)?;
        let answered = tokio::time::timeout(SMS_TIME_MAX, self.ask(request)).await;
        answered.unwrap_or(Err(NotSent::Later("timed out")))
    }
}
