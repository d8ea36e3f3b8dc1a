//! One-time passwords that the payer gives on the merchant's own page.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;

/// A one-time password was sent to the payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtpSent {
    /// When the payer may ask for another one, where the gateway says.
    pub resend_after: Option<Duration>,
}

#[derive(Serialize)]
struct Ask<'a> {
    payment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    meta_data: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    /// In seconds, as text.
    resend_after: Option<String>,
}

impl Client {
    /// Gives the bank the payer's one-time password (`POST /api/pay/v1/otp/submit`). Where it is
    /// wrong the error is
    /// [`Code::UserAuthenticationFailed`](crate::Code::UserAuthenticationFailed).
    pub async fn submit_otp(&self, payment_id: &str, otp: &SecretString) -> Result<(), Error> {
        let ask = Ask { payment_id, otp: Some(otp.expose_secret()) };
        self.post::<Told>("/api/pay/v1/otp/submit", &ask).await.map(drop)
    }

    /// Has a one-time password sent (`POST /api/pay/v1/otp/generate`).
    pub async fn generate_otp(&self, payment_id: &str) -> Result<OtpSent, Error> {
        self.send_otp("/api/pay/v1/otp/generate", payment_id).await
    }

    /// Has a one-time password sent again (`POST /api/pay/v1/otp/resend`), at most three times.
    pub async fn resend_otp(&self, payment_id: &str) -> Result<OtpSent, Error> {
        self.send_otp("/api/pay/v1/otp/resend", payment_id).await
    }

    async fn send_otp(&self, path: &str, payment_id: &str) -> Result<OtpSent, Error> {
        let told: Told = self.post(path, &Ask { payment_id, otp: None }).await?;
        let seconds = told.meta_data.resend_after.and_then(|text| text.parse().ok());
        Ok(OtpSent { resend_after: seconds.map(Duration::from_secs) })
    }
}
