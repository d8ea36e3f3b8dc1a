//! The pages' templates, compiled in.

use askama::Template;

use crate::bank::Standing;

/// What a one-time password pays with.
pub(super) enum Means {
    /// A card's money.
    Card,
    /// A card's points.
    Points {
        /// How many, as they are written.
        cost: u64,
    },
    /// Instalments on a card.
    Emi {
        /// How many.
        months: u16,
        /// How much each, but for the last.
        monthly: String,
    },
}

/// The page of the one-time password.
#[derive(Template)]
#[template(path = "otp.html")]
pub(super) struct OtpPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) token: &'a str,
    pub(super) merchant: &'a str,
    pub(super) amount: &'a str,
    pub(super) kind: &'a str,
    pub(super) means: Means,
    pub(super) last4: &'a str,
    pub(super) wrong: bool,
    pub(super) tries: u8,
}

/// The login page of the bank or of a wallet.
#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    /// The part of the page's address that tells what it is of.
    pub(super) place: &'a str,
    pub(super) token: &'a str,
    pub(super) kind: &'a str,
    pub(super) merchant: &'a str,
    pub(super) amount: &'a str,
    pub(super) wallet: Option<&'a str>,
    pub(super) account_end: Option<&'a str>,
}

/// A payment in the UPI app.
#[derive(Template)]
#[template(path = "upi.html")]
pub(super) struct UpiPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) token: &'a str,
    pub(super) merchant: &'a str,
    pub(super) amount: &'a str,
    pub(super) account_end: Option<&'a str>,
    pub(super) return_url: &'a str,
    pub(super) standing: Standing,
}

/// The UPI app before a payment is opened.
#[derive(Template)]
#[template(path = "upi_app.html")]
pub(super) struct AppPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) wrong: bool,
}

/// A page with one thing to say.
#[derive(Template)]
#[template(path = "notice.html")]
pub(super) struct NoticePage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) heading: &'a str,
    pub(super) text: &'a str,
}
