//! The pages' templates, compiled in.

use askama::Template;

use crate::bank::Standing;

/// The 3-D Secure page.
#[derive(Template)]
#[template(path = "otp.html")]
pub(super) struct OtpPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) token: &'a str,
    pub(super) merchant: &'a str,
    pub(super) amount: &'a str,
    pub(super) last4: &'a str,
    pub(super) wrong: bool,
    pub(super) tries: u8,
}

/// The bank's login page.
#[derive(Template)]
#[template(path = "netbanking.html")]
pub(super) struct LoginPage<'a> {
    pub(super) base: &'a str,
    pub(super) version: u64,
    pub(super) token: &'a str,
    pub(super) merchant: &'a str,
    pub(super) amount: &'a str,
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
