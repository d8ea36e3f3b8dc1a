//! Why a request was refused, and which of its fields is to blame.

use std::fmt::{self, Display, Write as _};

use thiserror::Error;

/// Why a request was refused. Both texts are for the caller; neither repeats what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct InvalidRequest {
    /// The offending field as a JSON path, `product_details[0].product_amount.value`; absent where
    /// the body as a whole is to blame.
    pub field: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

impl InvalidRequest {
    /// The body as a whole is to blame.
    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }

    /// The field at a path is to blame: its name in words, then `problem`.
    pub(crate) fn at_path(path: String, problem: &str) -> Self {
        let message = format!("{} {problem}", in_words(last_name(&path)));
        Self { field: Some(path), message }
    }
}

/// The name that a path ends with, without the index of a list.
fn last_name(path: &str) -> &str {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.split('[').next().unwrap_or(name)
}

/// A field's name in words: `merchant_order_reference` is `Merchant Order Reference`.
fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for word in name.split('_') {
        if !words.is_empty() {
            words.push(' ');
        }
        let mut letters = word.chars();
        words.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        words.push_str(letters.as_str());
    }
    words
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

/// Where in the body a value stands. The path is only written out when it is refused.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
}

impl<'a> At<'a> {
    /// The body itself.
    pub(crate) const ROOT: Self = Self { parent: None, step: Step::Root };

    /// The field `name` of this object.
    pub(crate) const fn key(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(name) }
    }

    /// The element `index` of this list.
    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// Refuses the value: the field's name in words, then `problem`.
    pub(crate) fn refuse(&self, problem: impl Display) -> InvalidRequest {
        InvalidRequest::at_path(self.to_string(), &problem.to_string())
    }

    /// Refuses the value with a whole sentence.
    pub(crate) fn refuse_with(&self, message: impl Into<String>) -> InvalidRequest {
        InvalidRequest { field: Some(self.to_string()), message: message.into() }
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(name) => {
                if self.parent.is_some_and(|parent| !matches!(parent.step, Step::Root)) {
                    f.write_char('.')?;
                }
                f.write_str(name)
            }
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_like_json_and_the_name_in_words() {
        let products = At::ROOT.key("product_details");
        let product = products.index(2);
        let amount = product.key("product_amount");
        let refusal = amount.refuse("is wrong");
        assert_eq!(refusal.field.as_deref(), Some("product_details[2].product_amount"));
        assert_eq!(refusal.message, "Product Amount is wrong");
        assert_eq!(product.refuse("is wrong").message, "Product Details is wrong");
    }
}
