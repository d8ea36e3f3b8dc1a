//! `POST /api/pay/v1/otp/submit`, `…/otp/resend` and `…/otp/generate`

use deodar_domain::id::PaymentId;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::Text;
use crate::schema::{self, texts};

/// The fewest digits of a one-time password.
const OTP_LENGTH_MIN: usize = 4;
/// The most digits of a one-time password.
const OTP_LENGTH_MAX: usize = 8;
/// The longest id of a payment, in characters.
const PAYMENT_ID_LENGTH_MAX: usize = 50;

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = SendOtp, description = "A payment whose one-time password is to be sent")]
#[serde(default)]
struct RawSendOtp<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::payment_id_given, required)]
    payment_id: Text<'a>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = SubmitOtp, description = "The payer's one-time password")]
#[serde(default)]
struct RawSubmitOtp<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::payment_id_given, required)]
    payment_id: Text<'a>,
    #[schema(schema_with = texts::one_time_password, required)]
    otp: Text<'a>,
}

/// A payment whose one-time password is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOtp {
    /// The payment; `None` where the text cannot be the id of one.
    pub payment: Option<PaymentId>,
}

/// The payer's one-time password.
pub struct SubmitOtp {
    /// The payment; `None` where the text cannot be the id of one.
    pub payment: Option<PaymentId>,
    /// The password. It is wiped when it is dropped.
    pub otp: Zeroizing<String>,
}

schema::described_by!(SendOtp, RawSendOtp<'static>);
schema::described_by!(SubmitOtp, RawSubmitOtp<'static>);

impl SendOtp {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw = read_object::<RawSendOtp<'_>>(body)?;
        Ok(Self { payment: payment(&raw.payment_id)? })
    }
}

impl SubmitOtp {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw = read_object::<RawSubmitOtp<'_>>(body)?;
        let payment = payment(&raw.payment_id)?;
        let at = At::ROOT;
        let at = at.key("otp");
        let otp = text(&at, &raw.otp, |digits| {
            let shape = (OTP_LENGTH_MIN..=OTP_LENGTH_MAX).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            shape.then(|| Zeroizing::new(digits.to_owned())).ok_or("must be 4 to 8 digits")
        })?;
        let otp = otp.ok_or_else(|| at.refuse("must not be empty"))?;
        Ok(Self { payment, otp })
    }
}

fn payment(id: &Text<'_>) -> Result<Option<PaymentId>, InvalidRequest> {
    let at = At::ROOT;
    let at = at.key("payment_id");
    match id.given() {
        None => Err(at.refuse("must not be empty")),
        Some(id) if id.chars().count() > PAYMENT_ID_LENGTH_MAX => {
            Err(at.refuse("must be less than or equal to 50 characters"))
        }
        Some(id) => Ok(PaymentId::parse(id)),
    }
}
