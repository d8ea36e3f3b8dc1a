//! Rotating a merchant's secrets, beside a running server.

use deodar_domain::id::MerchantId;
use deodar_domain::merchant::{Merchant, NothingToCutOver, TooManyRotations};
use deodar_store::Store;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::error::EngineError;
use crate::keys::{Keys, MasterKey, SecretKind, WrongKey};
use crate::merchant::{SECRET_LENGTH, update_merchant};
use crate::random::Random;

/// When a new secret signs webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutOver {
    /// From now on.
    Now,
    /// When the merchant's server knows it, and [`Rotation::CutOver`] says so.
    Later,
}

/// What is to be rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The client secret. Its tokens end within a second.
    ClientSecret(CutOver),
    /// The key that signs what payers bring back. It signs from now on.
    SigningKey,
    /// A webhook secret of the merchant's own.
    WebhookSecret(CutOver),
    /// Nothing: what was rotated signs webhooks from now on.
    CutOver,
}

impl Rotation {
    const fn cuts_over(self) -> bool {
        matches!(
            self,
            Self::CutOver | Self::ClientSecret(CutOver::Now) | Self::WebhookSecret(CutOver::Now)
        )
    }
}

/// What came of a rotation. The secrets are told this once.
pub struct Rotated {
    /// The merchant, as it is now.
    pub merchant: Merchant,
    /// The secret that was made: text, the signing key in hex.
    pub made: Option<Zeroizing<String>>,
    /// What signs webhooks now, text.
    pub webhook_secret: Zeroizing<String>,
}

/// Why nothing was rotated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotRotated {
    /// There is no such merchant.
    #[error("there is no merchant {0}")]
    Unknown(MerchantId),
    /// What signs webhooks is what will.
    #[error(transparent)]
    NothingToCutOver(#[from] NothingToCutOver),
    /// No version is left.
    #[error(transparent)]
    TooManyRotations(#[from] TooManyRotations),
    /// The store did not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<WrongKey> for NotRotated {
    fn from(_: WrongKey) -> Self {
        Self::Engine(EngineError::WrongMasterKey)
    }
}

/// Rotates a secret of a merchant in one commit. Every process that serves the merchant learns of
/// that within a second.
pub async fn rotate(
    store: &dyn Store,
    master_key: &MasterKey,
    random: &dyn Random,
    id: MerchantId,
    rotation: Rotation,
) -> Result<Rotated, NotRotated> {
    let keys = master_key.keys();
    let new = NewSecret::draw(random)?;
    let apply = |merchant: &mut Merchant| {
        // A wrong master key would seal what nobody else can open.
        let old = keys.open(id, SecretKind::Client, &merchant.client_secret)?;
        let seal = |kind, secret: &[u8]| {
            keys.seal(random, id, kind, secret).map_err(|error| NotRotated::Engine(error.into()))
        };
        let made = match rotation {
            Rotation::ClientSecret(_) => {
                let sealed = seal(SecretKind::Client, new.text.as_bytes())?;
                merchant.rotate_client_secret(sealed, seal(SecretKind::Webhook, &old)?)?;
                Some(new.text.clone())
            }
            Rotation::SigningKey => {
                merchant.signing_key = seal(SecretKind::Signing, new.bytes.as_slice())?;
                Some(new.text.clone())
            }
            Rotation::WebhookSecret(_) => {
                merchant.rotate_webhook_secret(seal(SecretKind::Webhook, new.text.as_bytes())?);
                Some(new.text.clone())
            }
            Rotation::CutOver => None,
        };
        if rotation.cuts_over() && (made.is_none() || merchant.next_webhook_secret.is_some()) {
            merchant.cut_over()?;
        }
        let webhook_secret = webhook_secret(&keys, merchant)?;
        Ok(Rotated { merchant: merchant.clone(), made, webhook_secret })
    };
    update_merchant(store, random, id, NotRotated::Unknown, apply).await
}

/// A secret that was drawn: its bytes, and the same in hexadecimal digits.
struct NewSecret {
    bytes: Zeroizing<[u8; SECRET_LENGTH]>,
    text: Zeroizing<String>,
}

impl NewSecret {
    fn draw(random: &dyn Random) -> Result<Self, EngineError> {
        let mut bytes = Zeroizing::new([0; SECRET_LENGTH]);
        random.fill(bytes.as_mut_slice())?;
        let text = Zeroizing::new(hex::encode(bytes.as_slice()));
        Ok(Self { bytes, text })
    }
}

/// What signs a merchant's webhooks.
fn webhook_secret(keys: &Keys, merchant: &Merchant) -> Result<Zeroizing<String>, WrongKey> {
    let opened = match &merchant.webhook_secret {
        Some(secret) => keys.open(merchant.id, SecretKind::Webhook, secret)?,
        None => keys.open(merchant.id, SecretKind::Client, &merchant.client_secret)?,
    };
    std::str::from_utf8(&opened).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| WrongKey)
}
