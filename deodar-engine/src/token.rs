//! Access tokens: signed, an hour long, ended at once when the client secret changes.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::id::{MerchantId, UuidBits};
use deodar_domain::merchant::Merchant;
use deodar_domain::signature::hmac_sha256;
use deodar_domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::engine::Engine;
use crate::error::EngineError;

/// How long a token lives, in seconds.
pub const TOKEN_LIFETIME_SECONDS: u32 = 3_600;
/// The longest token that is looked at, in bytes.
const TOKEN_LENGTH_MAX: usize = 8_192;
/// How many checked tokens are remembered.
pub(crate) const TOKEN_CACHE_ENTRIES: usize = 10_000;

/// A new access token.
pub struct IssuedToken {
    /// The token.
    pub access_token: String,
    /// When it ends, in real time.
    pub expires_at: Timestamp,
    /// In how many seconds it ends.
    pub expires_in: u32,
}

/// What a token says (RFC 7519).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    /// Whose it is.
    sub: String,
    /// The version of the client secret that it was given for.
    ver: u32,
    /// When it was given, in seconds since the epoch.
    iat: i64,
    /// When it ends, in seconds since the epoch.
    exp: i64,
}

/// A token that was checked before. Its end and the secret's version are looked at every time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedToken {
    merchant: MerchantId,
    secret_version: u32,
    expires_at_seconds: i64,
}

impl Engine {
    /// Gives a token for client credentials. Wrong ones take the same time wherever they are wrong.
    pub async fn issue_token(
        &self,
        client_id: &str,
        client_secret: &str,
    ) -> Result<IssuedToken, EngineError> {
        let tenant = match UuidBits::parse_hyphenated(client_id) {
            Some(id) => self.tenant_by_client(id).await?,
            None => None,
        };
        // Both sides are hashed under a key of ours, so that lengths tell nothing; an unknown
        // client is compared with a secret that nobody has.
        let key = self.keys.token();
        let known: &[u8] = tenant.as_ref().map_or(&[], |tenant| tenant.client_secret.as_slice());
        let matches = bool::from(
            hmac_sha256(key, &[known]).ct_eq(&hmac_sha256(key, &[client_secret.as_bytes()])),
        );
        let Some(tenant) = tenant.filter(|_| matches && !client_secret.is_empty()) else {
            return Err(EngineError::Unauthorized);
        };
        let now = self.real_now();
        let expires_at = Timestamp::from_seconds(now.seconds())
            .plus(Duration::from_secs(u64::from(TOKEN_LIFETIME_SECONDS)));
        let claims = Claims {
            sub: tenant.merchant.id.to_string(),
            ver: tenant.merchant.secret_version,
            iat: now.seconds(),
            exp: expires_at.seconds(),
        };
        let key = EncodingKey::from_secret(self.keys.token());
        let access_token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|error| EngineError::Internal(error.to_string()))?;
        Ok(IssuedToken { access_token, expires_at, expires_in: TOKEN_LIFETIME_SECONDS })
    }

    /// Tells whose a token is. `bearer` is what follows `Bearer ` in the header.
    pub async fn authenticate(&self, bearer: &str) -> Result<Arc<Merchant>, EngineError> {
        if bearer.len() > TOKEN_LENGTH_MAX {
            return Err(EngineError::Unauthorized);
        }
        let checked = match self.tokens.get(bearer) {
            Some(checked) => checked,
            None => self.check_token(bearer)?,
        };
        if self.real_now().seconds() >= checked.expires_at_seconds {
            self.tokens.remove(bearer);
            return Err(EngineError::Unauthorized);
        }
        let mut tenant = self.tenant(checked.merchant).await?.ok_or(EngineError::Unauthorized)?;
        if tenant.merchant.secret_version < checked.secret_version {
            // Another process gave the token, and knows of a new secret before this one.
            let newer = self.read_tenant(checked.merchant).await?;
            tenant = newer.ok_or(EngineError::Unauthorized)?;
        }
        if tenant.merchant.secret_version != checked.secret_version {
            self.tokens.remove(bearer);
            return Err(EngineError::Unauthorized);
        }
        Ok(Arc::clone(&tenant.merchant))
    }

    fn check_token(&self, bearer: &str) -> Result<CheckedToken, EngineError> {
        let mut validation = Validation::new(Algorithm::HS256);
        // The end is checked against the engine's clock, by the caller.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let key = DecodingKey::from_secret(self.keys.token());
        let claims = jsonwebtoken::decode::<Claims>(bearer, &key, &validation)
            .map_err(|_| EngineError::Unauthorized)?
            .claims;
        let checked = CheckedToken {
            merchant: MerchantId::parse(&claims.sub).ok_or(EngineError::Unauthorized)?,
            secret_version: claims.ver,
            expires_at_seconds: claims.exp,
        };
        self.tokens.insert(bearer.into(), checked);
        Ok(checked)
    }
}
