//! The payer's device, which Simpl asks for.

use std::fmt;

use serde::Serialize;

/// What the merchant knows of the payer's device: free text, all of it optional. Simpl must be
/// given one. It does not print what it holds.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operating_system: Option<String>,
    /// The address that the payer's request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
    /// The address of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_ip_address: Option<String>,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_user_agent: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_model: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_manufacturer: Option<String>,
}

impl fmt::Debug for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceInfo(…)")
    }
}
