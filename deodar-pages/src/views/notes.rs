//! What the link page says about the try before, and how the query carries it.

use deodar_domain::emi::Tenure;
use deodar_domain::method::Method;
use deodar_domain::pay_later::PayLaterProvider;

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
    /// The payer's wallet.
    Wallet,
    /// The Pay Later lender.
    Provider,
    /// The mobile number by which a bank or lender knows the payer.
    Mobile,
    /// Over how many months an EMI is paid back.
    Tenure,
    /// The part to be paid.
    Amount,
    /// The payer's first name.
    FirstName,
    /// The payer's last name.
    LastName,
    /// The payer's e-mail address.
    Email,
    /// The payer's mobile number, as a contact detail.
    ContactMobile,
}

impl Field {
    /// Every field, in the order of the page.
    pub(crate) const ALL: [Self; 16] = [
        Self::Amount,
        Self::Method,
        Self::CardNumber,
        Self::Expiry,
        Self::Cvv,
        Self::CardName,
        Self::UpiId,
        Self::Bank,
        Self::Wallet,
        Self::Provider,
        Self::Mobile,
        Self::Tenure,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::ContactMobile,
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
            Self::Wallet => "wallet",
            Self::Provider => "provider",
            Self::Mobile => "mobile",
            Self::Tenure => "tenure",
            Self::Amount => "amount",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::ContactMobile => "contact_mobile",
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
            Self::Wallet => t.wrong_wallet,
            Self::Provider => t.wrong_provider,
            Self::Mobile => t.wrong_mobile,
            Self::Tenure => t.wrong_tenure,
            Self::Amount => t.wrong_amount,
            Self::FirstName | Self::LastName => t.wrong_name,
            Self::Email => t.wrong_email,
            Self::ContactMobile => t.wrong_mobile_number,
        }
    }
}

/// What a lender said, as the query carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfferNote {
    /// It would pay.
    Yes,
    /// It lends to the payer, but not so much now.
    Short,
    /// It would not pay.
    No,
    /// It was asked too often.
    TooMany,
    /// It did not answer.
    Silent,
}

impl OfferNote {
    const ALL: [Self; 5] = [Self::Yes, Self::Short, Self::No, Self::TooMany, Self::Silent];

    const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Short => "short",
            Self::No => "no",
            Self::TooMany => "limit",
            Self::Silent => "silent",
        }
    }
}

/// What the query says of the try before: which method, which fields were wrong, what else
/// happened, and what was chosen from a list. It carries no value that the payer typed, but for the
/// part to be paid, and a mobile number that only the gateway can read.
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
    /// The part to be paid, in minor units.
    pub(crate) part: Option<u64>,
    /// The Pay Later lender.
    pub(crate) provider: Option<PayLaterProvider>,
    /// What it said.
    pub(crate) offer: Option<OfferNote>,
    /// The mobile number that was typed, sealed.
    pub(crate) mobile: Option<String>,
    /// Over how many months an EMI is paid back.
    pub(crate) tenure: Option<Tenure>,
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
                "part" => notes.part = value.parse().ok(),
                "provider" => notes.provider = PayLaterProvider::from_name(&value),
                "offer" => {
                    notes.offer = OfferNote::ALL.into_iter().find(|offer| offer.name() == value);
                }
                "kept" => notes.mobile = Some(value.into_owned()),
                "months" => notes.tenure = value.parse().ok().and_then(Tenure::of_months),
                _ => {}
            }
        }
        notes
    }

    /// Writes the query, with its `?`; nothing where there is nothing to say.
    pub(crate) fn query(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let mut say = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                pairs.append_pair(name, value);
            }
        };
        let wrong: Vec<&str> = self.wrong.iter().map(|field| field.name()).collect();
        say("method", self.method.map(Method::name));
        say("wrong", Some(wrong.join(",").as_str()).filter(|wrong| !wrong.is_empty()));
        say("notice", self.again.then_some("again").or_else(|| self.busy.then_some("busy")));
        say("part", self.part.map(|part| part.to_string()).as_deref());
        say("provider", self.provider.map(PayLaterProvider::name));
        say("offer", self.offer.map(OfferNote::name));
        say("kept", self.mobile.as_deref());
        say("months", self.tenure.map(|tenure| tenure.months().to_string()).as_deref());
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
            part: Some(1_250),
            ..Notes::default()
        };
        assert_eq!(notes.query(), "?method=CARD&wrong=card_number%2Ccvv&part=1250");
        assert_eq!(Notes::parse(notes.query().trim_start_matches('?')), notes);
    }

    #[test]
    fn what_a_lender_said_survives_the_query() {
        for offer in OfferNote::ALL {
            let notes = Notes {
                provider: Some(PayLaterProvider::SimplInThree),
                offer: Some(offer),
                mobile: Some("5ea1ed".to_owned()),
                tenure: Tenure::of_months(6),
                ..Notes::default()
            };
            assert_eq!(Notes::parse(notes.query().trim_start_matches('?')), notes);
        }
    }

    #[test]
    fn a_strangers_query_says_nothing() {
        for query in [
            "",
            "wrong=<script>",
            "method=CASH&x=y",
            "notice=%00",
            "part=-1",
            "months=61",
            "offer=all",
        ] {
            assert_eq!(Notes::parse(query), Notes::default(), "{query}");
        }
    }
}
