//! The two signatures, computed as a merchant's developer would from the documents: nothing of the
//! gateway's own code is used.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature of the form that the payer's browser posts to the merchant: every field but
/// `signature`, in byte order of the keys, empty ones left out.
pub fn return_signature(signing_key_hex: &str, fields: &[(String, String)]) -> Result<String> {
    let mut signed: Vec<_> = fields
        .iter()
        .filter(|(key, value)| key != "signature" && !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    signed.sort();
    let key = hex::decode(signing_key_hex).context("the signing key is hex")?;
    Ok(hex::encode_upper(hmac(&key, signed.join("&").as_bytes())?))
}

/// The signature of a webhook, by Standard Webhooks; the key is the secret's own bytes.
pub fn webhook_signature(secret: &str, id: &str, timestamp: &str, body: &str) -> Result<String> {
    let signed = format!("{id}.{timestamp}.{body}");
    Ok(format!("v1,{}", STANDARD.encode(hmac(secret.as_bytes(), signed.as_bytes())?)))
}

fn hmac(key: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).context("a key")?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_vectors_are_met() {
        let key = "00112233445566778899AABBCCDDEEFF";
        let field = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let signature = return_signature(
            key,
            &[
                field("status", "AUTHORIZED"),
                field("order_id", "v1-4405071524-aa-qlAtAf"),
                field("error_code", ""),
            ],
        );
        let expected = "37A14923923BA67E2106626F21F19BF21FDD489CD6D7CCDE3C1D897D286B54FB";
        assert_eq!(signature.unwrap(), expected);
        let body = r#"{"payload":"payload"}"#;
        let id = "msg_2nEfCaUDn9fynC9Kz2upo1QSydl";
        let signature = webhook_signature("abc1234", id, "1728543028", body);
        assert_eq!(signature.unwrap(), "v1,Ns46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=");
    }
}
