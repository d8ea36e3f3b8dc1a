//! The payer's device, and the Pay Later lenders that must be told of it.

use deodar_domain::pay_later::{Device, DeviceText, PayLaterProvider};
use serde::Deserialize;
use utoipa::ToSchema;

use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::value::{Object, Text, TextOrNumber};
use crate::schema::methods;

/// `device_info` as it is sent: free text.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(
    as = Device,
    description = "The payer's device; lenders must be told of it for SIMPL and SIMPL3"
)]
#[serde(default)]
pub(super) struct RawDevice<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::device_text)]
    operating_system: TextOrNumber<'a>,
    #[schema(schema_with = methods::device_text)]
    source_ip_address: TextOrNumber<'a>,
    #[schema(schema_with = methods::device_text)]
    browser_ip_address: TextOrNumber<'a>,
    #[schema(schema_with = methods::device_text)]
    browser_user_agent: TextOrNumber<'a>,
    #[schema(schema_with = methods::device_text)]
    device_model: TextOrNumber<'a>,
    #[schema(schema_with = methods::device_text)]
    device_manufacturer: TextOrNumber<'a>,
}

/// Reads the `device_info` of `parent`. It must be there where the lender needs it; which of its
/// fields are there is not looked at.
pub(super) fn device(
    parent: &At<'_>,
    raw: &Object<RawDevice<'_>>,
    provider: PayLaterProvider,
) -> Result<Option<Device>, InvalidRequest> {
    let at = parent.key("device_info");
    let Some(raw) = &raw.0 else {
        return if provider.needs_device() {
            let name = provider.name();
            Err(at.refuse(format_args!("must not be empty where the pay code is {name}")))
        } else {
            Ok(None)
        };
    };
    let read = |name, raw: &TextOrNumber<'_>| text(&at.key(name), &raw.0, DeviceText::parse);
    Ok(Some(Device {
        operating_system: read("operating_system", &raw.operating_system)?,
        source_ip_address: read("source_ip_address", &raw.source_ip_address)?,
        browser_ip_address: read("browser_ip_address", &raw.browser_ip_address)?,
        browser_user_agent: read("browser_user_agent", &raw.browser_user_agent)?,
        device_model: read("device_model", &raw.device_model)?,
        device_manufacturer: read("device_manufacturer", &raw.device_manufacturer)?,
    }))
}

/// Reads the pay code of a lender.
pub(super) fn provider(at: &At<'_>, raw: &Text<'_>) -> Result<PayLaterProvider, InvalidRequest> {
    let code = raw.given().ok_or_else(|| at.refuse("must not be empty"))?;
    PayLaterProvider::from_name(code).ok_or_else(|| at.refuse("must be LAZYPAY, SIMPL or SIMPL3"))
}
