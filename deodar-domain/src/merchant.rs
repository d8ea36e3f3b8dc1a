//! A merchant: its credentials, its switches and where its events go.

mod appearance;
mod colour;
mod fee;
mod rotation;

pub use appearance::{Appearance, LOGO_LENGTH_MAX, LOGO_SIDE_MAX, Logo, LogoDigest};
pub use colour::{Colour, EDGE_CONTRAST_MIN, InvalidColour, TEXT_CONTRAST_MIN};
pub use fee::{
    InvalidFee, PASSED_ON_FEE_MAX_BASIS_POINTS, PASSED_ON_FEE_MIN_BASIS_POINTS, PassedOnFee,
};
pub use rotation::{NextWebhookSecret, NothingToCutOver, TooManyRotations};

use subtle::ConstantTimeEq;

use crate::event::EventType;
use crate::id::{EndpointId, MerchantId, UuidBits};
use crate::method::MethodSet;
use crate::money::Currency;
use crate::pay_later::PayLaterProvider;
use crate::text::{MerchantName, ProductCode};
use crate::time::Timestamp;
use crate::url::MerchantUrl;

/// A secret, encrypted under the master key. What is inside is known to the engine alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(pub Box<[u8]>);

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

/// What a merchant may do, each all or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each switch is independent of the others")]
pub struct Switches {
    /// Payment links.
    pub pay_by_link: bool,
    /// Authorise now, capture later.
    pub pre_auth: bool,
    /// Split settlements.
    pub splits: bool,
    /// Instalments that a brand pays for.
    pub brand_emi: bool,
    /// E-mail and SMS to payers.
    pub messages: bool,
}

impl Switches {
    /// All on but brand EMI, as a sandbox's merchant has them.
    pub const SANDBOX: Self =
        Self { pay_by_link: true, pre_auth: true, splits: true, brand_emi: false, messages: true };
}

/// A set of Pay Later lenders.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ProviderSet(u8);

impl ProviderSet {
    /// No lender.
    pub const EMPTY: Self = Self(0);

    /// Every lender.
    pub fn all() -> Self {
        PayLaterProvider::ALL.into_iter().collect()
    }

    const fn bit(provider: PayLaterProvider) -> u8 {
        1 << (provider as u8)
    }

    /// Whether `provider` is in the set.
    pub const fn contains(self, provider: PayLaterProvider) -> bool {
        self.0 & Self::bit(provider) != 0
    }

    /// The lenders, in the order in which they are offered.
    pub fn iter(self) -> impl Iterator<Item = PayLaterProvider> {
        PayLaterProvider::ALL.into_iter().filter(move |provider| self.contains(*provider))
    }
}

impl FromIterator<PayLaterProvider> for ProviderSet {
    fn from_iter<I: IntoIterator<Item = PayLaterProvider>>(providers: I) -> Self {
        Self(providers.into_iter().fold(0, |bits, provider| bits | Self::bit(provider)))
    }
}

impl std::fmt::Debug for ProviderSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// How many products of brands a merchant can have.
pub const BRAND_PRODUCTS_MAX: usize = 1_000;

/// How many places a merchant's events can go to.
pub const ENDPOINTS_MAX: usize = 16;

/// Where a merchant's events go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where.
    pub url: MerchantUrl,
    /// Which link events it asked for; the API's own events go to every endpoint.
    pub link_events: Vec<EventType>,
}

impl Endpoint {
    /// Whether it is told of `event_type`.
    pub fn wants(&self, event_type: EventType) -> bool {
        !event_type.is_of_link() || self.link_events.contains(&event_type)
    }
}

/// A merchant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merchant {
    /// The number of six digits.
    pub id: MerchantId,
    /// The name that payers read.
    pub name: MerchantName,
    /// The access code of the legacy API.
    pub access_code: UuidBits,
    /// The client id of the token call.
    pub client_id: UuidBits,
    /// The client secret.
    pub client_secret: SealedSecret,
    /// The key of the return URL's signature: 32 bytes, told in hex.
    pub signing_key: SealedSecret,
    /// The key of the webhooks' signature; the client secret where it is absent.
    pub webhook_secret: Option<SealedSecret>,
    /// What takes its place when a rotation is cut over; absent where none waits for that.
    pub next_webhook_secret: Option<NextWebhookSecret>,
    /// Grows when the client secret changes, which ends the tokens made before.
    pub secret_version: u32,
    /// What it may do.
    pub switches: Switches,
    /// The methods that it takes.
    pub methods: MethodSet,
    /// The Pay Later lenders that it takes, where it takes that method.
    pub pay_later: ProviderSet,
    /// The currencies that it takes.
    pub currencies: Vec<Currency>,
    /// The codes of the products for which a brand pays instalments, where that switch is on.
    pub brand_products: Vec<ProductCode>,
    /// How its pages and e-mails look.
    pub appearance: Appearance,
    /// The convenience fee that its amounts contain, where it passes one on.
    pub passed_on_fee: Option<PassedOnFee>,
    /// Where payers go back to when an order does not say.
    pub return_url: Option<MerchantUrl>,
    /// Where its events go.
    pub endpoints: Vec<Endpoint>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Merchant {
    /// Whether `code` is its access code. It takes the same time wherever it is wrong.
    pub fn has_access_code(&self, code: UuidBits) -> bool {
        self.access_code.0.to_be_bytes().ct_eq(&code.0.to_be_bytes()).into()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A merchant whose client secret is 1.
    pub(crate) fn merchant() -> Merchant {
        Merchant {
            id: MerchantId::new(100_001).unwrap(),
            name: MerchantName::parse("Chai & Co").unwrap(),
            access_code: UuidBits(1),
            client_id: UuidBits(2),
            client_secret: SealedSecret([1].into()),
            signing_key: SealedSecret([7].into()),
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
            return_url: None,
            endpoints: Vec::new(),
            created_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn only_its_own_access_code_is_a_merchant_s() {
        let merchant = merchant();
        assert!(merchant.has_access_code(UuidBits(1)));
        assert!(!merchant.has_access_code(merchant.client_id));
    }
}
