//! Making and changing merchants. It needs no acquirer, so that the command line can do it beside a server.

use deodar_domain::id::{EndpointId, MERCHANT_ID_MAX, MERCHANT_ID_MIN, MerchantId, UuidBits};
use deodar_domain::merchant::{
    Appearance, BRAND_PRODUCTS_MAX, Colour, Endpoint, Merchant, PassedOnFee, ProviderSet, Switches,
};
use deodar_domain::method::MethodSet;
use deodar_domain::money::Currency;
use deodar_domain::text::{MerchantName, ProductCode};
use deodar_domain::url::MerchantUrl;
use deodar_store::{
    ChangeSet, ChangeSetId, CommitError, Conflict, Record, RecordKey, ReferenceKey, Setting, Store,
    Version, Versioned,
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::EngineError;
use crate::keys::{MasterKey, SecretKind};
use crate::logo::LogoPicture;
use crate::random::Random;

/// How many bytes a client secret and a signing key have.
pub(crate) const SECRET_LENGTH: usize = 32;
/// How many numbers of six digits are tried before giving up.
const MERCHANT_ID_TRIES: u32 = 64;
/// How often a change is made again because another came first.
const CHANGE_TRIES: u32 = 32;

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
            next_webhook_secret: None,
            secret_version: 1,
            switches: Switches::SANDBOX,
            methods: MethodSet::all(),
            pay_later: ProviderSet::all(),
            currencies: vec![Currency::INR],
            brand_products: Vec::new(),
            appearance: Appearance::default(),
            passed_on_fee: None,
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

/// Where something is to go from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// There.
    At(MerchantUrl),
    /// Nowhere.
    Nowhere,
}

impl Destination {
    const fn url(&self) -> Option<&MerchantUrl> {
        match self {
            Self::At(url) => Some(url),
            Self::Nowhere => None,
        }
    }
}

/// What something is to be from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<T> {
    /// This.
    Is(T),
    /// Nothing.
    Absent,
}

impl<T> Value<T> {
    const fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent => None,
        }
    }
}

/// What is to change of a merchant; what is `None` stays. Its secrets, its endpoints' link events
/// and its id are changed elsewhere or never.
#[derive(Clone, Debug, Default)]
pub struct MerchantChange {
    /// The name that payers read.
    pub name: Option<MerchantName>,
    /// Where payers go back to when an order does not say.
    pub return_url: Option<Destination>,
    /// Where its events go. A merchant has at most one such place here: of several, nobody knows
    /// which is meant.
    pub webhook_url: Option<Destination>,
    /// Payment links.
    pub pay_by_link: Option<bool>,
    /// Authorise now, capture later.
    pub pre_auth: Option<bool>,
    /// Split settlements.
    pub splits: Option<bool>,
    /// Instalments that a brand pays for.
    pub brand_emi: Option<bool>,
    /// E-mail and SMS to payers.
    pub messages: Option<bool>,
    /// The methods that it takes.
    pub methods: Option<MethodSet>,
    /// The Pay Later lenders that it takes; there may be none.
    pub pay_later: Option<ProviderSet>,
    /// The currencies that it takes.
    pub currencies: Option<Vec<Currency>>,
    /// The codes of the products for which a brand pays instalments; there may be none.
    pub brand_products: Option<Vec<ProductCode>>,
    /// The colour of its pages and e-mails.
    pub colour: Option<Value<Colour>>,
    /// Its logo.
    pub logo: Option<Value<LogoPicture>>,
    /// The convenience fee that its amounts contain.
    pub passed_on_fee: Option<Value<PassedOnFee>>,
}

/// Why a merchant was not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotChanged {
    /// There is no such merchant.
    #[error("there is no merchant {0}")]
    Unknown(MerchantId),
    /// It has several endpoints, and the change names one place for its events.
    #[error("the merchant has {0} webhook endpoints: which one is to change is not known")]
    SeveralEndpoints(usize),
    /// It would have too many products of brands.
    #[error("a merchant has at most {BRAND_PRODUCTS_MAX} products of brands")]
    TooManyProducts,
    /// A merchant without a method or a currency can be paid nothing.
    #[error("a merchant needs at least one {0}")]
    Empty(&'static str),
    /// The store did not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl MerchantChange {
    fn apply(&self, random: &dyn Random, merchant: &mut Merchant) -> Result<(), NotChanged> {
        if self.methods.is_some_and(MethodSet::is_empty) {
            return Err(NotChanged::Empty("payment method"));
        }
        if self.currencies.as_ref().is_some_and(Vec::is_empty) {
            return Err(NotChanged::Empty("currency"));
        }
        if self.brand_products.as_ref().is_some_and(|codes| codes.len() > BRAND_PRODUCTS_MAX) {
            return Err(NotChanged::TooManyProducts);
        }
        set(&mut merchant.name, self.name.as_ref());
        let return_url = self.return_url.as_ref().map(|to| to.url().cloned());
        set(&mut merchant.return_url, return_url.as_ref());
        set(&mut merchant.switches.pay_by_link, self.pay_by_link.as_ref());
        set(&mut merchant.switches.pre_auth, self.pre_auth.as_ref());
        set(&mut merchant.switches.splits, self.splits.as_ref());
        set(&mut merchant.switches.brand_emi, self.brand_emi.as_ref());
        set(&mut merchant.switches.messages, self.messages.as_ref());
        set(&mut merchant.methods, self.methods.as_ref());
        set(&mut merchant.pay_later, self.pay_later.as_ref());
        set(&mut merchant.currencies, self.currencies.as_ref());
        set(&mut merchant.brand_products, self.brand_products.as_ref());
        let colour = self.colour.as_ref().map(|colour| colour.get().copied());
        set(&mut merchant.appearance.colour, colour.as_ref());
        let logo = self.logo.as_ref().map(|logo| logo.get().map(LogoPicture::logo));
        set(&mut merchant.appearance.logo, logo.as_ref());
        let fee = self.passed_on_fee.as_ref().map(|fee| fee.get().copied());
        set(&mut merchant.passed_on_fee, fee.as_ref());
        let Some(to) = &self.webhook_url else { return Ok(()) };
        match (merchant.endpoints.as_mut_slice(), to.url()) {
            ([], url) => merchant.endpoints = endpoints(random, url)?,
            ([_], None) => merchant.endpoints.clear(),
            // The endpoint stays the one that it was, with the events that it asked for.
            ([endpoint], Some(url)) => endpoint.url = url.clone(),
            (several, _) => return Err(NotChanged::SeveralEndpoints(several.len())),
        }
        Ok(())
    }
}

fn set<T: Clone>(value: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        value.clone_from(new);
    }
}

/// Changes a merchant, and gives it as it is now. Every process that serves it learns of that within
/// a second.
pub async fn change_merchant(
    store: &dyn Store,
    random: &dyn Random,
    id: MerchantId,
    change: &MerchantChange,
) -> Result<Merchant, NotChanged> {
    let apply = |merchant: &mut Merchant| {
        change.apply(random, merchant)?;
        Ok(merchant.clone())
    };
    // A picture that goes away is replaced by none, so that it is not kept.
    let picture = change.logo.as_ref().map(|logo| Setting::Logo {
        merchant: id,
        png: logo.get().map(LogoPicture::png).unwrap_or_default().into(),
    });
    update_merchant_with(store, random, id, picture, NotChanged::Unknown, apply).await
}

/// Changes a merchant by `apply`, again where another change came first, and gives what `apply`
/// gave. Where there is no such merchant, the error is `unknown`.
pub(crate) async fn update_merchant<T, E: From<EngineError>>(
    store: &dyn Store,
    random: &dyn Random,
    id: MerchantId,
    unknown: impl Fn(MerchantId) -> E,
    apply: impl Fn(&mut Merchant) -> Result<T, E>,
) -> Result<T, E> {
    update_merchant_with(store, random, id, None, unknown, apply).await
}

/// The same, with a setting that is written in the same commit.
async fn update_merchant_with<T, E: From<EngineError>>(
    store: &dyn Store,
    random: &dyn Random,
    id: MerchantId,
    setting: Option<Setting>,
    unknown: impl Fn(MerchantId) -> E,
    apply: impl Fn(&mut Merchant) -> Result<T, E>,
) -> Result<T, E> {
    for _ in 0..CHANGE_TRIES {
        let read = store.get(RecordKey::Merchant(id)).await.map_err(EngineError::from)?;
        let Some(Versioned { record: Record::Merchant(mut merchant), version }) = read else {
            return Err(unknown(id));
        };
        let applied = apply(&mut merchant)?;
        let bits = random.u128().map_err(EngineError::from)?;
        let mut change_set =
            ChangeSet::new(ChangeSetId(bits)).put(Record::Merchant(merchant), version);
        if let Some(setting) = &setting {
            let key = RecordKey::Setting(setting.key());
            let read = store.get(key).await.map_err(EngineError::from)?;
            let version = read.map_or(Version::ABSENT, |read| read.version);
            change_set = change_set.put(Record::Setting(setting.clone()), version);
        }
        match store.commit(change_set).await {
            Ok(()) => return Ok(applied),
            // Another change came first: this one is made of what that one left.
            Err(CommitError::Conflict(Conflict::Version(_))) => {}
            Err(error) => return Err(EngineError::from(error).into()),
        }
    }
    Err(EngineError::Unavailable("too many changes at once of one merchant".into()).into())
}

fn endpoints(random: &dyn Random, url: Option<&MerchantUrl>) -> Result<Vec<Endpoint>, EngineError> {
    let Some(url) = url else { return Ok(Vec::new()) };
    let id = EndpointId(random.u128()?);
    Ok(vec![Endpoint { id, url: url.clone(), link_events: Vec::new() }])
}
