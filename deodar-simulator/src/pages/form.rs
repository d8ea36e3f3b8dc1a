//! A posted form.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use http::StatusCode;

use super::answer;

/// The fields of a posted form, as the browser sent them.
pub(super) struct PostedForm(Bytes);

impl PostedForm {
    /// The first value of a field.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.0)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(answer::notice(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "",
                    "Too much",
                    "The form is larger than this page takes.",
                ))
            }
            Err(_) => Err(answer::notice(
                StatusCode::BAD_REQUEST,
                "",
                "Not understood",
                "The form did not arrive in one piece. Go back and try again.",
            )),
        }
    }
}
