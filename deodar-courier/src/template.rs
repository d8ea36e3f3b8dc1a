//! Texts with places in them: `{{to}}`, `{{text}}`. What is put into a place is escaped for where the
//! text goes, so that no payer and no merchant can write more than a value.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What can be put into a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    /// `+919876543210`
    To,
    /// `919876543210`
    ToDigits,
    /// `9876543210`; a number of another country keeps its calling code.
    ToLocal,
    /// What the SMS says.
    Text,
    /// The sender, as it is registered.
    Sender,
    /// The id under which the text is registered.
    Template,
    /// The message's id: the same when it is sent again.
    Id,
    /// What the provider knows the gateway by.
    Secret,
    /// The same in Base64, as the header `Authorization: Basic` has it.
    Basic,
    /// The merchant's name.
    Merchant,
    /// The amount, `₹1,00,000.00`.
    Amount,
    /// The amount in the letters of a plain SMS, `Rs 1,00,000.00`.
    AmountPlain,
    /// The address of the page.
    Link,
}

impl Field {
    const ALL: [(&str, Self); 13] = [
        ("to", Self::To),
        ("to_digits", Self::ToDigits),
        ("to_local", Self::ToLocal),
        ("text", Self::Text),
        ("sender", Self::Sender),
        ("template", Self::Template),
        ("id", Self::Id),
        ("secret", Self::Secret),
        ("basic", Self::Basic),
        ("merchant", Self::Merchant),
        ("amount", Self::Amount),
        ("amount_plain", Self::AmountPlain),
        ("link", Self::Link),
    ];

    /// Whether it is the operator's own, and so may be put into a header.
    pub(crate) const fn is_of_operator(self) -> bool {
        matches!(self, Self::Sender | Self::Template | Self::Id | Self::Secret | Self::Basic)
    }

    /// Whether an SMS may say it.
    pub(crate) const fn is_of_text(self) -> bool {
        matches!(self, Self::Merchant | Self::Amount | Self::AmountPlain | Self::Link)
    }
}

/// How values are written where a text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Escape {
    /// As they are.
    None,
    /// Inside the quotes of a JSON string.
    Json,
    /// In a URL, or in a form: all but ASCII letters and digits in percent.
    Percent,
}

impl Escape {
    fn write(self, value: &str, out: &mut String) {
        match self {
            Self::None => out.push_str(value),
            Self::Percent => out.extend(utf8_percent_encode(value, NON_ALPHANUMERIC)),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                out.push_str(inside.unwrap_or_default());
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(Box<str>),
    Field(Field),
}

/// A text with places in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Template(Vec<Part>);

impl Template {
    /// Reads a text. The error says what is wrong, after the name of the setting.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("{{") {
            let (name, after) =
                from.split_once("}}").ok_or_else(|| String::from("has a {{ that no }} ends"))?;
            let field = Field::ALL.into_iter().find(|(known, _)| *known == name.trim());
            let Some((_, field)) = field else {
                let known: Vec<_> = Field::ALL.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "has a place {{{{{}}}}} that is none of: {}",
                    name.chars().take(40).collect::<String>(),
                    known.join(", ")
                ));
            };
            parts.push(Part::Text(before.into()));
            parts.push(Part::Field(field));
            rest = after;
        }
        parts.push(Part::Text(rest.into()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self(parts))
    }

    /// The places, in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(field) => Some(*field),
            Part::Text(_) => None,
        })
    }

    /// What is before the first place.
    pub(crate) fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// The text with values in its places.
    pub(crate) fn fill<'a>(
        &self,
        escape: Escape,
        value: impl Fn(Field) -> std::borrow::Cow<'a, str>,
    ) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(field) => escape.write(&value(*field), &mut out),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, escape: Escape, value: &str) -> String {
        Template::parse(text).unwrap().fill(escape, |_| value.into())
    }

    #[test]
    fn values_stay_values_wherever_they_are_put() {
        let hostile = "a\"b\\c&d=e\n{{secret}}/é₹";
        let json = filled(r#"{"a":{"b":"{{text}}"}}"#, Escape::Json, hostile);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["a"]["b"], hostile);
        let form = filled("x=1&to={{ to }}&y=2", Escape::Percent, hostile);
        let read: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let expected = [("x", "1"), ("to", hostile), ("y", "2")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let url = filled("https://sms.example.com/{{to}}?t={{text}}", Escape::Percent, hostile);
        let url = url::Url::parse(&url).unwrap();
        assert_eq!(url.host_str(), Some("sms.example.com"));
        assert_eq!(url.query_pairs().count(), 1);
        assert_eq!(url.path_segments().unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_is_not_known_is_refused() {
        for text in ["{{number}}", "{{", "{{to", "{{ to }"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
        for text in ["", "{to}", "}}", r#"{"a":{"b":1}}"#] {
            assert_eq!(Template::parse(text).unwrap().fields().count(), 0, "{text}");
        }
    }
}
