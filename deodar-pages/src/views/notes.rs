//! What the link page says about the try before, and how the query carries it.

use deodar_domain::method::Method;

use crate::texts::Texts;

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The choice of the method.
    Method,
    /// The card's number.
    CardNumber,
    /// The card's expiry.
    Expiry,
    /// The card's verification value.
    Cvv,
    /// The name on the card.
    CardName,
    /// The payer's UPI address.
    UpiId,
    /// The payer's bank.
    Bank,
    /// The part to be paid.
    Amount,
}

impl Field {
    /// Every field, in the order of the page.
    pub(crate) const ALL: [Self; 8] = [
        Self::Amount,
        Self::Method,
        Self::CardNumber,
        Self::Expiry,
        Self::Cvv,
        Self::CardName,
        Self::UpiId,
        Self::Bank,
    ];

    /// The name of the field in the form, and of its fault in the query.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::CardNumber => "card_number",
            Self::Expiry => "expiry",
            Self::Cvv => "cvv",
            Self::CardName => "card_name",
            Self::UpiId => "upi_id",
            Self::Bank => "bank",
            Self::Amount => "amount",
        }
    }

    /// What is wrong with it, and what to do.
    pub(super) const fn message(self, t: &Texts) -> &'static str {
        match self {
            Self::Method => t.wrong_method,
            Self::CardNumber => t.wrong_card_number,
            Self::Expiry => t.wrong_expiry,
            Self::Cvv => t.wrong_cvv,
            Self::CardName => t.wrong_card_name,
            Self::UpiId => t.wrong_upi_id,
            Self::Bank => t.wrong_bank,
            Self::Amount => t.wrong_amount,
        }
    }
}

/// What the query says of the try before: which method, which fields were wrong, what else
/// happened. It carries no value that the payer typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// The method that was chosen.
    pub(crate) method: Option<Method>,
    /// The fields that were wrong.
    pub(crate) wrong: Vec<Field>,
    /// Whether the payment was not started, through no fault of a field.
    pub(crate) again: bool,
    /// Whether there were too many attempts.
    pub(crate) busy: bool,
}

impl Notes {
    /// Reads a query; what is not ours is ignored.
    pub(crate) fn parse(query: &str) -> Self {
        let mut notes = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "method" => notes.method = Method::from_name(&value),
                "wrong" => {
                    let named = |field: &Field| value.split(',').any(|name| name == field.name());
                    notes.wrong = Field::ALL.into_iter().filter(named).collect();
                }
                "notice" => {
                    notes.again = value == "again";
                    notes.busy = value == "busy";
                }
                _ => {}
            }
        }
        notes
    }

    /// Writes the query, with its `?`; nothing where there is nothing to say.
    pub(crate) fn query(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        if let Some(method) = self.method {
            pairs.append_pair("method", method.name());
        }
        if !self.wrong.is_empty() {
            let names: Vec<&str> = self.wrong.iter().map(|field| field.name()).collect();
            pairs.append_pair("wrong", &names.join(","));
        }
        if self.again {
            pairs.append_pair("notice", "again");
        } else if self.busy {
            pairs.append_pair("notice", "busy");
        }
        let query = pairs.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrong_survives_the_query() {
        let notes = Notes {
            method: Some(Method::Card),
            wrong: vec![Field::CardNumber, Field::Cvv],
            again: false,
            busy: false,
        };
        assert_eq!(notes.query(), "?method=CARD&wrong=card_number%2Ccvv");
        assert_eq!(Notes::parse(notes.query().trim_start_matches('?')), notes);
    }

    #[test]
    fn a_strangers_query_says_nothing() {
        for query in ["", "wrong=<script>", "method=CASH&x=y", "notice=%00"] {
            assert_eq!(Notes::parse(query), Notes::default(), "{query}");
        }
    }
}
