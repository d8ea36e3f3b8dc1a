//! A field of a request: where it stands, what it may be and what it may not be.

use serde_json::{Value, json};

use crate::common::Answer;

/// What a field is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text that is answered as it was sent.
    Text,
    /// Text that is answered in another form, or not at all.
    Word,
    /// Text that may arrive as a whole number.
    TextOrNumber,
    /// `true` or `false`.
    Flag,
    /// `true` or `false`, which may arrive as text.
    TextFlag,
    /// A number of minor units.
    Minor,
    /// A percentage, as a number or as text.
    Percent,
    Object,
    List,
    /// An object of texts.
    Pairs,
    /// Anything: it is not read.
    Ignored,
}

/// A field of a request.
pub(crate) struct Field {
    /// Where it stands: `customer.billing_address.city`, `product_details[0].product_code`.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    /// Which field is named where this one is absent; `None` where it may be.
    pub(crate) absent_names: Option<String>,
    pub(crate) good: Vec<Value>,
    pub(crate) bad: Vec<Value>,
}

/// What no text of the API may hold.
const CONTROL: [&str; 6] = ["a\u{0}b", "a\nb", "a\tb", "a\u{1b}[31mb", "a\u{7f}b", "a\u{85}b"];
/// What any text of a person may hold.
const WRITTEN: [&str; 6] =
    ["\u{1f375}", "चाय", "قهوة", "e\u{301}", "\u{202b}שלום\u{202c}", "<b>&amp;'\"\\/</b>"];

pub(crate) fn long(length: usize) -> Value {
    json!("x".repeat(length))
}

pub(crate) fn digits(length: usize) -> Value {
    json!("7".repeat(length))
}

impl Field {
    pub(crate) fn new<const G: usize, const B: usize>(
        path: &str,
        kind: Kind,
        good: [Value; G],
        bad: [Value; B],
    ) -> Self {
        Self { path: path.into(), kind, absent_names: None, good: good.into(), bad: bad.into() }
    }

    /// The same field, which may be absent.
    pub(crate) fn optional(self) -> Self {
        Self { absent_names: None, ..self }
    }

    /// The same field, which must be there.
    pub(crate) fn required(self) -> Self {
        Self { absent_names: Some(self.path.clone()), ..self }
    }

    /// The same field, which must be there; where it is not, `path` is named.
    pub(crate) fn required_at(self, path: &str) -> Self {
        Self { absent_names: Some(path.to_owned()), ..self }
    }

    /// Any text of up to `max` characters without control characters.
    pub(crate) fn text(path: &str, max: usize) -> Self {
        let mut good = vec![long(1), long(max), json!("\u{1f375}".repeat(max))];
        let written = WRITTEN.iter().filter(|text| text.chars().count() <= max);
        good.extend(written.map(|text| json!(text)));
        let mut bad = vec![long(max + 1), json!("\u{1f375}".repeat(max + 1))];
        bad.extend(CONTROL.map(|text| json!(text)));
        Self { path: path.into(), kind: Kind::Text, absent_names: None, good, bad }
    }

    /// A text of `min` to `max` digits.
    pub(crate) fn digits(path: &str, min: usize, max: usize) -> Self {
        let bad = [
            digits(min - 1),
            digits(max + 1),
            json!("७".repeat(min)),
            json!(format!("+{}", "7".repeat(min))),
            json!(format!("7 {}", "7".repeat(min - 1))),
            json!(format!("{}a", "7".repeat(min))),
        ];
        Self::new(path, Kind::Text, [digits(min), digits(max)], bad)
    }

    /// A merchant's reference: 1 to 50 of `A-Z a-z 0-9 - _`, or a whole number.
    pub(crate) fn reference(path: &str) -> Self {
        let good = [
            long(1),
            long(50),
            json!("aZ0-_"),
            json!("-"),
            json!(0),
            json!(9_007_199_254_740_993_u64),
            json!(u64::MAX),
        ];
        let bad = [
            long(51),
            json!("a b"),
            json!("a/b"),
            json!("a\u{0}"),
            json!("é"),
            json!("\u{1f375}"),
            json!("a.b"),
            json!(-1),
            json!(1.5),
            json!(1e30),
        ];
        Self::new(path, Kind::TextOrNumber, good, bad).required()
    }

    /// An amount of `min` to 100000000 minor units.
    pub(crate) fn minor(path: &str, min: u64) -> Self {
        let bad = [
            json!(i64::try_from(min).unwrap() - 1),
            json!(100_000_001),
            json!(9_007_199_254_740_993_u64),
            json!(u64::MAX),
            json!(1e30),
            json!(-1),
            json!(i64::MIN),
            json!(-0.0),
            json!(500.0),
            json!(500.5),
            json!("500"),
        ];
        Self::new(path, Kind::Minor, [json!(min), json!(100_000_000)], bad).required()
    }

    /// The currency of an amount.
    pub(crate) fn currency(path: &str) -> Self {
        let bad = ["inr", "IN", "INRR", "ZZZ", "₹", "I\u{0}R"].map(|code| json!(code));
        Self::new(path, Kind::Text, [json!("INR")], bad).required()
    }

    /// A callback.
    pub(crate) fn url(path: &str) -> Self {
        let of_length = |length: usize| {
            let start = "https://example.in/";
            json!(format!("{start}{}", "x".repeat(length - start.len())))
        };
        let good = [
            of_length(2_048),
            json!("https://example-shop-callback"),
            json!("HTTPS://example.in:8443/a?b=c&d=%20#e"),
            json!("http://[::1]:8080/"),
            json!("http://192.0.2.1/a;b,c'd"),
        ];
        let bad = [
            of_length(2_049),
            json!("/relative"),
            json!("//example.in/"),
            json!("example.in"),
            json!("javascript:alert(1)"),
            json!("javascript://example.in/%0aalert(1)"),
            json!("data:text/html,x"),
            json!("ftp://example.in/"),
            json!("https://"),
            json!("https://:443/"),
            json!("https://user@example.in/"),
            json!("https://user:word@example.in/"),
            json!("https://example.in:0x1/"),
            json!("https://example.in:65536/"),
            json!("https://exam ple.in/"),
            json!("https://example.in/a b"),
            json!("https://example.in/\r\nSet-Cookie: a=b"),
            json!("https://example.in/\u{0}"),
            json!("https://example.in/<script>"),
            json!("https://example.in;script-src/"),
        ];
        Self::new(path, Kind::Text, good, bad)
    }

    pub(crate) fn object(path: &str) -> Self {
        Self::new(path, Kind::Object, [], [])
    }

    pub(crate) fn ignored(path: &str) -> Self {
        Self::new(path, Kind::Ignored, [], [])
    }

    pub(crate) fn flag(path: &str) -> Self {
        Self::new(path, Kind::Flag, [json!(true), json!(false)], [json!("true")])
    }

    pub(crate) fn text_flag(path: &str) -> Self {
        let good = [json!(true), json!(false), json!("true"), json!("false"), json!("False")];
        Self::new(path, Kind::TextFlag, good, [json!("yes"), json!(" true"), json!("1")])
    }

    /// Values of every JSON type that the field is not of.
    pub(crate) fn of_wrong_types(&self) -> Vec<Value> {
        let types = [
            (json!(true), &[Kind::Flag, Kind::TextFlag][..]),
            (json!(7), &[Kind::TextOrNumber, Kind::Minor, Kind::Percent]),
            (json!(7.5), &[Kind::Percent]),
            (json!("x"), &[Kind::Text, Kind::Word, Kind::TextOrNumber]),
            (json!([]), &[Kind::List]),
            (json!([[]]), &[Kind::List]),
            (json!({}), &[Kind::Object, Kind::Pairs]),
            (json!({"a": {"b": null}}), &[Kind::Object, Kind::Pairs]),
        ];
        let wrong = types.into_iter().filter(|(_, right)| !right.contains(&self.kind));
        wrong.map(|(value, _)| value).collect()
    }
}

/// Every field of a request.
pub(crate) struct Table {
    /// A request with every field.
    pub(crate) body: Value,
    /// The path of the reference, which is another one in each request.
    pub(crate) reference: &'static str,
    pub(crate) fields: Vec<Field>,
}

/// The reference of a request of a table.
fn reference(count: u64) -> Value {
    json!(format!("fresh-{count}"))
}

impl Table {
    /// Sends a request for each value of each field. `answered` finds in an answer what stands
    /// there as it was sent.
    pub(crate) async fn check(
        &self,
        call: impl AsyncFn(Value) -> Answer,
        answered: impl Fn(&Answer) -> Value,
    ) {
        self.check_with(reference, call, answered).await;
    }

    /// The same, where `reference` makes what is another one in each request.
    pub(crate) async fn check_with(
        &self,
        reference: impl Fn(u64) -> Value,
        call: impl AsyncFn(Value) -> Answer,
        answered: impl Fn(&Answer) -> Value,
    ) {
        self.has_every_field();
        let mut count = 0;
        let mut fresh = |field: &Field, value: Value| {
            count += 1;
            let body = with(&self.body, self.reference, reference(count));
            with(&body, &field.path, value)
        };
        for field in &self.fields {
            let (mut taken, mut refused) = (field.good.clone(), field.bad.clone());
            let wrong = field.of_wrong_types();
            if field.kind == Kind::Ignored { &mut taken } else { &mut refused }.extend(wrong);
            let mut refused: Vec<_> = refused.into_iter().map(|it| (it, &*field.path)).collect();
            let absent = [Value::Null, json!("")];
            match &field.absent_names {
                Some(path) => refused.extend(absent.map(|value| (value, &**path))),
                None => taken.extend(absent),
            }
            for value in taken {
                let answer = call(fresh(field, value.clone())).await;
                field.assert_taken(&value, &answer, &answered);
            }
            for (value, named) in refused {
                let answer = call(fresh(field, value.clone())).await;
                field.assert_refused(&value, &answer, named);
            }
        }
    }

    /// Fails where the request has a field that the table has not, or the other way round.
    #[track_caller]
    fn has_every_field(&self) {
        let known: Vec<&str> = self.fields.iter().map(|field| &*field.path).collect();
        for path in paths(&self.body) {
            assert!(known.contains(&path.as_str()), "{path} has no row");
        }
        for path in known {
            assert!(self.body.pointer(&pointer(path)).is_some(), "{path} is not in the request");
        }
    }
}

impl Field {
    #[track_caller]
    fn assert_taken(&self, value: &Value, answer: &Answer, answered: impl Fn(&Answer) -> Value) {
        let Self { path, kind, .. } = self;
        let body = String::from_utf8_lossy(&answer.bytes);
        assert!(answer.status.is_success(), "{path} refuses {value}: {body}");
        let absent = value.is_null() || *value == "";
        if *kind == Kind::Text && !absent {
            let told = answered(answer).pointer(&pointer(path)).cloned();
            assert_eq!(told.as_ref(), Some(value), "{path}");
        }
    }

    #[track_caller]
    fn assert_refused(&self, value: &Value, answer: &Answer, named: &str) {
        let path = &*self.path;
        assert!(!answer.status.is_success(), "{path} takes {value}");
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{path}: {value}");
        assert_eq!(answer.field().as_deref(), Some(named), "{value}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.len() < 200, "{message}");
        if let Some(sent) = value.as_str().filter(|text| text.len() > 12) {
            assert!(!message.contains(sent), "{message}");
        }
    }
}

/// The JSON pointer of a path.
pub(crate) fn pointer(path: &str) -> String {
    format!("/{}", path.replace(['.', '['], "/").replace(']', ""))
}

/// `body` with the value at `path` replaced, or added to an object or a list that is there.
pub(crate) fn with(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    let pointer = pointer(path);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(name.to_owned(), value);
        }
        Some(Value::Array(elements)) => elements[name.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other:?}"),
    }
    body
}

/// The path of every value of a body, but of the elements of lists of plain values.
pub(crate) fn paths(body: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let dot = if path.is_empty() { "" } else { "." };
                    let inside = format!("{path}{dot}{name}");
                    found.push(inside.clone());
                    walk(&inside, value, found);
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    walk(&format!("{path}[{index}]"), value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk("", body, &mut found);
    found
}
