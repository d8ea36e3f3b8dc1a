//! The demo merchant of a sandbox: made on the first start, its keys kept in a file of their own so
//! that a developer who starts again is not stuck.

use std::io;
use std::path::{Path, PathBuf};

use deodar_engine::CreatedMerchant;
use serde::{Deserialize, Serialize};

use crate::master_key::write_private;
use crate::settings::beside;

/// A merchant's keys, as `deodar merchant create --json` prints them.
#[derive(Clone, Serialize, Deserialize)]
pub struct MerchantKeys {
    /// The number of six digits.
    pub merchant_id: String,
    /// The access code of the legacy API.
    pub access_code: String,
    /// The client id of the token call.
    pub client_id: String,
    /// The client secret of the token call.
    pub client_secret: String,
    /// The key of the return URL's signature, in hex.
    pub signing_key: String,
    /// What webhooks are verified by.
    pub webhook_secret: String,
}

impl From<&CreatedMerchant> for MerchantKeys {
    fn from(created: &CreatedMerchant) -> Self {
        Self {
            merchant_id: created.merchant.id.to_string(),
            access_code: created.merchant.access_code.hyphenated(),
            client_id: created.merchant.client_id.hyphenated(),
            client_secret: created.client_secret.to_string(),
            signing_key: created.signing_key.to_string(),
            webhook_secret: created.webhook_secret.to_string(),
        }
    }
}

/// Where the demo merchant's keys are kept.
pub fn keys_path(database: &Path) -> PathBuf {
    beside(database, "demo-merchant.json")
}

/// Reads the demo merchant's keys; `None` where the file is absent or holds something else.
pub fn read_keys(path: &Path) -> Option<MerchantKeys> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Keeps the demo merchant's keys in a file that only its owner can read.
pub fn write_keys(path: &Path, keys: &MerchantKeys) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(keys)?;
    text.push(b'\n');
    write_private(path, &text)
}
