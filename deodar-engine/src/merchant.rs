//! Making merchants. It needs no acquirer, so that the command line can do it beside a server.

use deodar_domain::id::{EndpointId, MERCHANT_ID_MAX, MERCHANT_ID_MIN, MerchantId, UuidBits};
use deodar_domain::merchant::{Endpoint, Merchant, Switches};
use deodar_domain::method::MethodSet;
use deodar_domain::money::Currency;
use deodar_domain::text::MerchantName;
use deodar_domain::url::MerchantUrl;
use deodar_store::{
    ChangeSet, ChangeSetId, CommitError, Conflict, Record, RecordKey, ReferenceKey, Store, Version,
};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::EngineError;
use crate::keys::{MasterKey, SecretKind};
use crate::random::Random;

/// How many bytes a client secret and a signing key have.
const SECRET_LENGTH: usize = 32;
/// How many numbers of six digits are tried before giving up.
const MERCHANT_ID_TRIES: u32 = 64;

/// A merchant to be made.
#[derive(Clone, Debug)]
pub struct NewMerchant {
    /// The name that payers read.
    pub name: MerchantName,
    /// Where its events go.
    pub webhook_url: Option<MerchantUrl>,
    /// Where payers go back to when an order does not say.
    pub return_url: Option<MerchantUrl>,
}

/// A merchant that was made, with its secrets, which are told this once.
pub struct CreatedMerchant {
    /// The merchant.
    pub merchant: Merchant,
    /// The client secret, text.
    pub client_secret: Zeroizing<String>,
    /// The signing key, hex.
    pub signing_key: Zeroizing<String>,
    /// What verifies webhooks, text: the client secret, where the merchant has none of its own.
    pub webhook_secret: Zeroizing<String>,
}

/// Makes a merchant with every switch on but brand EMI, every method, and rupees.
pub async fn create_merchant(
    store: &dyn Store,
    master_key: &MasterKey,
    clock: &dyn Clock,
    random: &dyn Random,
    new: NewMerchant,
) -> Result<CreatedMerchant, EngineError> {
    let keys = master_key.keys();
    let mut signing_key = Zeroizing::new([0; SECRET_LENGTH]);
    random.fill(signing_key.as_mut_slice())?;
    let mut secret_bytes = Zeroizing::new([0; SECRET_LENGTH]);
    random.fill(secret_bytes.as_mut_slice())?;
    let client_secret = Zeroizing::new(hex::encode(secret_bytes.as_slice()));
    for _ in 0..MERCHANT_ID_TRIES {
        let id = random_merchant_id(random)?;
        let seal = |kind, secret: &[u8]| keys.seal(random, id, kind, secret);
        let merchant = Merchant {
            id,
            name: new.name.clone(),
            access_code: UuidBits::version_4(random.u128()?),
            client_id: UuidBits::version_4(random.u128()?),
            client_secret: seal(SecretKind::Client, client_secret.as_bytes())?,
            signing_key: seal(SecretKind::Signing, signing_key.as_slice())?,
            webhook_secret: None,
            secret_version: 1,
            switches: Switches::SANDBOX,
            methods: MethodSet::all(),
            currencies: vec![Currency::INR],
            return_url: new.return_url.clone(),
            endpoints: endpoints(random, new.webhook_url.as_ref())?,
            created_at: clock.now(),
        };
        let change_set = ChangeSet::new(ChangeSetId(random.u128()?))
            .put(Record::Merchant(Box::new(merchant.clone())), Version::ABSENT)
            .claim(ReferenceKey::Client(merchant.client_id), RecordKey::Merchant(id));
        match store.commit(change_set).await {
            Ok(()) => {
                return Ok(CreatedMerchant {
                    merchant,
                    webhook_secret: client_secret.clone(),
                    client_secret,
                    signing_key: Zeroizing::new(hex::encode(signing_key.as_slice())),
                });
            }
            // The number is taken: another is drawn.
            Err(CommitError::Conflict(Conflict::Version(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(EngineError::Internal("no merchant number is free".into()))
}

fn random_merchant_id(random: &dyn Random) -> Result<MerchantId, EngineError> {
    let count = u128::from(MERCHANT_ID_MAX - MERCHANT_ID_MIN + 1);
    let drawn = u32::try_from(random.u128()? % count).unwrap_or(0);
    MerchantId::new(MERCHANT_ID_MIN + drawn)
        .ok_or_else(|| EngineError::Internal("a merchant number out of range".into()))
}

fn endpoints(random: &dyn Random, url: Option<&MerchantUrl>) -> Result<Vec<Endpoint>, EngineError> {
    let Some(url) = url else { return Ok(Vec::new()) };
    let id = EndpointId(random.u128()?);
    Ok(vec![Endpoint { id, url: url.clone(), link_events: Vec::new() }])
}
