//! The fields of a form, each with its label, its hint and its fault.

use askama::Template;

use super::notes::{Field, Notes};
use crate::texts::Texts;

/// A text field.
#[derive(Template)]
#[template(path = "input.html")]
pub(crate) struct Input {
    pub(super) class: &'static str,
    pub(super) schemes: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) error: &'static str,
    pub(super) wrong: bool,
    pub(super) focus: bool,
    pub(super) kind: &'static str,
    pub(super) required: bool,
    pub(super) autocomplete: &'static str,
    pub(super) mode: &'static str,
    pub(super) length: u16,
    pub(super) example: &'static str,
    pub(super) hint: Option<String>,
    pub(super) value: String,
}

/// One of a list.
pub(crate) struct Entry {
    pub(super) value: &'static str,
    pub(super) name: &'static str,
    pub(super) chosen: bool,
}

/// A list to choose from.
#[derive(Template)]
#[template(path = "select.html")]
pub(crate) struct Select {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// What stands there until something is chosen.
    pub(super) empty: &'static str,
    pub(super) entries: Vec<Entry>,
    pub(super) hint: &'static str,
    pub(super) error: &'static str,
    pub(super) wrong: bool,
    pub(super) focus: bool,
}

/// Makes fields that know what was wrong with them.
pub(super) struct Inputs<'a> {
    pub(super) t: &'static Texts,
    pub(super) notes: &'a Notes,
}

impl Inputs<'_> {
    pub(super) fn is_first_wrong(&self, field: Field) -> bool {
        self.notes.wrong.first() == Some(&field)
    }

    pub(super) fn is_wrong(&self, field: Field) -> bool {
        self.notes.wrong.contains(&field)
    }

    pub(super) fn make(
        &self,
        field: Field,
        label: &'static str,
        autocomplete: &'static str,
    ) -> Input {
        Input {
            class: "",
            schemes: "",
            name: field.name(),
            label,
            error: field.message(self.t),
            wrong: self.is_wrong(field),
            focus: self.is_first_wrong(field),
            kind: "text",
            required: false,
            autocomplete,
            mode: "text",
            length: 100,
            example: "",
            hint: None,
            value: String::new(),
        }
    }

    pub(super) fn select(
        &self,
        field: Field,
        label: &'static str,
        class: &'static str,
        entries: Vec<Entry>,
    ) -> Select {
        Select {
            class,
            name: field.name(),
            label,
            empty: "",
            entries,
            hint: "",
            error: field.message(self.t),
            wrong: self.is_wrong(field),
            focus: self.is_first_wrong(field),
        }
    }
}
