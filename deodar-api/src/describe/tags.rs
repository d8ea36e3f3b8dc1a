//! What the calls are about.

use utoipa::openapi::tag::{Tag as OpenApiTag, TagBuilder};

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Access tokens.
    Authentication,
    /// Payment links.
    Links,
    /// The hosted page.
    Checkout,
    /// Orders.
    Orders,
    /// Payments by API.
    Payments,
    /// One-time passwords.
    Otp,
    /// Refunds.
    Refunds,
    /// Lists.
    Lists,
    /// What the gateway sends.
    Webhooks,
    /// The sandbox.
    Sandbox,
    /// Whoever runs the gateway.
    Operation,
}

impl Tag {
    const ALL: [Self; 11] = [
        Self::Authentication,
        Self::Links,
        Self::Checkout,
        Self::Orders,
        Self::Payments,
        Self::Otp,
        Self::Refunds,
        Self::Lists,
        Self::Webhooks,
        Self::Sandbox,
        Self::Operation,
    ];

    /// Its name, and a sentence.
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Authentication => {
                ("Authentication", "An access token for client credentials, good for an hour.")
            }
            Self::Links => {
                ("Payment links", "A page that a payer is sent to, and the order behind it.")
            }
            Self::Checkout => ("Hosted checkout", "An order whose payer pays on a page of ours."),
            Self::Orders => ("Orders", "What is to be paid, and what became of it."),
            Self::Payments => ("Payments", "Paying an order from the merchant's own page."),
            Self::Otp => {
                ("One-time passwords", "Passwords that the payer gives to the merchant's own page.")
            }
            Self::Refunds => ("Refunds", "Giving back what was taken."),
            Self::Lists => (
                "Lists",
                "What was made in a period of at most 60 days, newest first. Not part of the \
                 public API.",
            ),
            Self::Webhooks => (
                "Webhooks",
                "What the gateway sends to the merchant's endpoints, signed by Standard Webhooks. \
                 Their order is not guaranteed.",
            ),
            Self::Sandbox => ("Sandbox", "For tests, where no money is real."),
            Self::Operation => ("Operation", "For whoever runs the gateway."),
        }
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        self.told().0
    }

    /// Every tag, in the order in which they are told.
    pub(super) fn all() -> impl Iterator<Item = OpenApiTag> {
        Self::ALL.into_iter().map(|tag| {
            let (name, text) = tag.told();
            TagBuilder::new().name(name).description(Some(text)).build()
        })
    }
}
