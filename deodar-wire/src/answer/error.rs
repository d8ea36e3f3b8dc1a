//! The envelope of every error.

use crate::schema::choices;
use serde::Serialize;
use utoipa::ToSchema;

/// `{"code": "…", "message": "…", "additional_error_details": {…}}`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error, description = "Every error")]
pub struct ErrorBody<'a> {
    /// The API's code.
    #[schema(schema_with = choices::error_code)]
    pub code: &'a str,
    /// A sentence for the caller.
    pub message: &'a str,
    /// What else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_error_details: Option<ErrorDetails<'a>>,
}

/// `additional_error_details`
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ErrorDetails, description = "What else is known of an error")]
pub struct ErrorDetails<'a> {
    /// Who is to blame: `BUSINESS`, `INTERNAL`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
    /// At which step it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'a str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// The offending field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ErrorMetadata<'a>>,
}

/// `metadata`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorMetadata, description = "The offending field")]
pub struct ErrorMetadata<'a> {
    /// The offending field as a JSON path.
    pub field: &'a str,
}

impl<'a> ErrorBody<'a> {
    /// An error; `field` is the offending field, if one is to blame.
    pub fn new(code: &'a str, message: &'a str, field: Option<&'a str>) -> Self {
        let details = field.map(|field| ErrorDetails {
            metadata: Some(ErrorMetadata { field }),
            ..ErrorDetails::default()
        });
        Self { code, message, additional_error_details: details }
    }
}
