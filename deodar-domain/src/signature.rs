//! The signatures of the return URL and of webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The field of a legacy link's return that has the signature.
pub const LEGACY_SIGNATURE: &str = "DIA_SECRET";
/// The field beside it that names the signature's hash.
pub const LEGACY_SIGNATURE_TYPE: &str = "DIA_SECRET_TYPE";

/// Makes the text that is signed for a return: every field that is not empty as `key=value`, keys
/// in byte order, joined by `&`, values as they are.
pub fn return_text(fields: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> =
        fields.iter().filter(|(key, value)| !value.is_empty() && *key != "signature").collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    let parts: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    parts.join("&")
}

/// Signs a return: upper-case hex of HMAC-SHA256 over [`return_text`] with the signing key's bytes.
pub fn sign_return(key: &[u8], fields: &[(&str, &str)]) -> String {
    hex::encode_upper(hmac_sha256(key, &[return_text(fields).as_bytes()]))
}

/// Whether `signature`, in either case, is that of `fields`. Takes the same time wherever it is wrong.
pub fn verify_return(key: &[u8], fields: &[(&str, &str)], signature: &str) -> bool {
    let Ok(given) = hex::decode(signature) else { return false };
    let expected = hmac_sha256(key, &[return_text(fields).as_bytes()]);
    expected.as_slice().ct_eq(&given).into()
}

/// Makes the text that is signed for the return of a legacy link: every field but the signature and
/// its type as `key=value`, keys in byte order, joined by `&`, values as they are, empty ones
/// included.
pub fn legacy_return_text(fields: &[(&str, &str)]) -> String {
    let is_signed = |key: &str| key != LEGACY_SIGNATURE && key != LEGACY_SIGNATURE_TYPE;
    let mut pairs: Vec<_> = fields.iter().filter(|(key, _)| is_signed(key)).collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    let parts: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    parts.join("&")
}

/// Signs the return of a legacy link: upper-case hex of HMAC-SHA256 over [`legacy_return_text`] with
/// the signing key's bytes.
pub fn sign_legacy_return(key: &[u8], fields: &[(&str, &str)]) -> String {
    hex::encode_upper(hmac_sha256(key, &[legacy_return_text(fields).as_bytes()]))
}

/// Whether `signature`, in either case, is that of the return of a legacy link with these `fields`.
/// Takes the same time wherever it is wrong.
pub fn verify_legacy_return(key: &[u8], fields: &[(&str, &str)], signature: &str) -> bool {
    let Ok(given) = hex::decode(signature) else { return false };
    let expected = hmac_sha256(key, &[legacy_return_text(fields).as_bytes()]);
    expected.as_slice().ct_eq(&given).into()
}

/// The bytes of a webhook's signature by Standard Webhooks: HMAC-SHA256 over
/// `id.timestamp.body`. The header carries `v1,` and their base64.
pub fn webhook_mac(key: &[u8], id: &str, timestamp_seconds: i64, body: &[u8]) -> [u8; 32] {
    let head = format!("{id}.{timestamp_seconds}.");
    hmac_sha256(key, &[head.as_bytes(), body])
}

/// HMAC-SHA256 (RFC 2104) over the parts one after the other.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length; the error cannot come.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
