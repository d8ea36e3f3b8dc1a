//! The answers of the calls about one-time passwords, which are bare objects.

use serde::Serialize;

use super::error::ErrorBody;

/// In how many seconds the payer may ask for the password again, as the API's samples have it.
const RESEND_AFTER_SECONDS: &str = "180";

/// `meta_data`
#[derive(Debug, Serialize)]
struct Meta {
    resend_after: &'static str,
}

/// What the payer can do next.
#[derive(Debug, Serialize)]
struct Next {
    next: [&'static str; 2],
    meta_data: Meta,
}

const NEXT: Next = Next {
    next: ["SUBMIT_OTP", "RESEND_OTP"],
    meta_data: Meta { resend_after: RESEND_AFTER_SECONDS },
};

/// `{"status": "SUCCESS"}`, and where a password was sent what the payer can do next.
#[derive(Debug, Serialize)]
pub struct OtpAnswerJson {
    status: &'static str,
    #[serde(flatten)]
    next: Option<Next>,
}

impl OtpAnswerJson {
    /// A password was right.
    pub const ACCEPTED: Self = Self { status: "SUCCESS", next: None };
    /// A password was sent.
    pub const SENT: Self = Self { status: "SUCCESS", next: Some(NEXT) };
}

/// The error of a wrong password, after which another may be tried.
#[derive(Debug, Serialize)]
pub struct WrongOtpJson {
    #[serde(flatten)]
    error: ErrorBody<'static>,
    #[serde(flatten)]
    next: Next,
}

impl WrongOtpJson {
    /// The error.
    pub fn new() -> Self {
        const MESSAGE: &str = "The one-time password is wrong";
        Self { error: ErrorBody::new("USER_AUTHENTICATION_FAILED", MESSAGE, None), next: NEXT }
    }
}

impl Default for WrongOtpJson {
    fn default() -> Self {
        Self::new()
    }
}
