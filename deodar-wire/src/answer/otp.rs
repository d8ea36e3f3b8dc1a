//! The answers of the calls about one-time passwords, which are bare objects.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::error::ErrorBody;
use crate::schema::{choices, told_as};

/// In how many seconds the payer may ask for the password again, as the API's samples have it.
const RESEND_AFTER_SECONDS: &str = "180";

/// `meta_data`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OtpMeta, description = "More about a one-time password")]
struct Meta {
    /// In how many seconds another password may be sent.
    #[schema(value_type = String)]
    resend_after: &'static str,
}

/// What the payer can do next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OtpNext, description = "What the payer can do next")]
struct Next {
    #[schema(schema_with = choices::next_steps, required)]
    next: [&'static str; 2],
    #[schema(value_type = Meta)]
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

impl PartialSchema for OtpAnswerJson {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some(
                "The call went well; where a password was sent, what can be done next",
            ))
            .property("status", choices::success())
            .property("next", choices::next_steps())
            .property("meta_data", told_as(&Meta::name()))
            .required("status")
            .into()
    }
}

impl ToSchema for OtpAnswerJson {
    fn name() -> Cow<'static, str> {
        "OtpAnswer".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Meta::name().into(), Meta::schema()));
    }
}

impl OtpAnswerJson {
    /// A password was right.
    pub const ACCEPTED: Self = Self { status: "SUCCESS", next: None };
    /// A password was sent.
    pub const SENT: Self = Self { status: "SUCCESS", next: Some(NEXT) };
}

/// The error of a wrong password, after which another may be tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = WrongOtp,
    description = "The error of a wrong one-time password, after which another may be tried"
)]
pub struct WrongOtpJson {
    #[serde(flatten)]
    #[schema(value_type = ErrorBody<'static>)]
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
