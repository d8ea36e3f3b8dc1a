//! `offer_data`: the EMI plan that the payer chose. Of all that the API's offers tell, the tenure
//! alone is read: the plan itself is the acquirer's.

use deodar_domain::emi::{TENURE_MAX_MONTHS, Tenure};
use serde::Deserialize;
use utoipa::ToSchema;

use super::invalid::{At, InvalidRequest};
use super::value::{Object, Text, TextOrNumber};
use crate::schema::methods;

/// `offer_data` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(
    as = OfferRequest,
    description = "The EMI plan that the payer chose; of it the tenure alone is read"
)]
#[serde(default)]
pub(super) struct RawOffer<'a> {
    #[serde(borrow)]
    #[schema(value_type = RawDetails<'a>, required)]
    offer_details: Object<RawDetails<'a>>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = OfferDetailsRequest, description = "The plan")]
#[serde(default)]
struct RawDetails<'a> {
    #[serde(borrow)]
    #[schema(value_type = RawTenure<'a>, required)]
    tenure: Object<RawTenure<'a>>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = TenureRequest, description = "Over how long it is paid back")]
#[serde(default)]
struct RawTenure<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::tenure_type)]
    tenure_type: Text<'a>,
    #[schema(schema_with = methods::tenure_value_given, required)]
    tenure_value: TextOrNumber<'a>,
}

/// Reads the tenure of the payment at `payment`.
pub(super) fn tenure(
    payment: &At<'_>,
    raw: &Object<RawOffer<'_>>,
) -> Result<Tenure, InvalidRequest> {
    let offer = payment.key("offer_data");
    let details = offer.key("offer_details");
    let at = details.key("tenure");
    let details = raw.0.as_ref().and_then(|offer| offer.offer_details.0.as_ref());
    let tenure = details.and_then(|details| details.tenure.0.as_ref());
    let tenure = tenure.ok_or_else(|| at.refuse("must not be empty for an EMI"))?;
    if tenure.tenure_type.given().is_some_and(|kind| !kind.eq_ignore_ascii_case("MONTH")) {
        return Err(at.key("tenure_type").refuse("must be MONTH"));
    }
    let at = at.key("tenure_value");
    let months = tenure.tenure_value.0.given().ok_or_else(|| at.refuse("must not be empty"))?;
    // A sign, which numbers may have elsewhere, is none of it.
    let digits = months.bytes().all(|byte| byte.is_ascii_digit());
    let tenure = months.parse().ok().filter(|_| digits).and_then(Tenure::of_months);
    tenure.ok_or_else(|| {
        at.refuse(format_args!("must be a number of months from 1 to {TENURE_MAX_MONTHS}"))
    })
}
