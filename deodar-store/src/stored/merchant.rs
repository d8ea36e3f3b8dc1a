//! The stored form of merchants. Their secrets are sealed before they come here.

use std::borrow::Cow;

use deodar_domain::id::{EndpointId, MerchantId, UuidBits};
use deodar_domain::merchant::{
    Appearance, Colour, Endpoint, Logo, LogoDigest, Merchant, NextWebhookSecret, PassedOnFee,
    SealedSecret, Switches,
};
use deodar_domain::text::{MerchantName, ProductCode};
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::value::{
    Hex, StoredCurrency, StoredEventType, StoredMethods, StoredProviders, Text, damaged, is_false,
    read_optional,
};
use crate::store::StoreError;

/// The stored form of a [`Merchant`]. Its id is the record's.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredMerchant<'a> {
    name: Text<'a>,
    access_code: Hex,
    client_id: Hex,
    client_secret: Sealed<'a>,
    signing_key: Sealed<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<Sealed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_webhook_secret: Option<StoredNextSecret<'a>>,
    secret_version: u32,
    switches: StoredSwitches,
    methods: StoredMethods,
    /// Those that it takes; all of them where nothing is said.
    #[serde(default, skip_serializing_if = "StoredProviders::is_all")]
    pay_later: StoredProviders,
    currencies: Vec<StoredCurrency>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    brand_products: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo: Option<StoredLogo>,
    /// In basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_on_fee: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<Text<'a>>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<StoredEndpoint<'a>>,
    at: i64,
}

impl<'a> StoredMerchant<'a> {
    pub(super) fn of(merchant: &'a Merchant) -> Self {
        Self {
            name: Text::of(merchant.name.as_str()),
            access_code: Hex(merchant.access_code.0),
            client_id: Hex(merchant.client_id.0),
            client_secret: Sealed::of(&merchant.client_secret),
            signing_key: Sealed::of(&merchant.signing_key),
            webhook_secret: merchant.webhook_secret.as_ref().map(Sealed::of),
            next_webhook_secret: (merchant.next_webhook_secret.as_ref()).map(StoredNextSecret::of),
            secret_version: merchant.secret_version,
            switches: StoredSwitches::of(merchant.switches),
            methods: StoredMethods(merchant.methods),
            pay_later: StoredProviders(merchant.pay_later),
            currencies: merchant.currencies.iter().copied().map(StoredCurrency).collect(),
            brand_products: (merchant.brand_products.iter())
                .map(|code| Text::of(code.as_str()))
                .collect(),
            colour: merchant.appearance.colour.map(|colour| Text::owned(colour.hex())),
            logo: merchant.appearance.logo.map(StoredLogo::of),
            passed_on_fee: merchant.passed_on_fee.map(PassedOnFee::basis_points),
            return_url: merchant.return_url.as_ref().map(|url| Text::of(url.as_str())),
            endpoints: merchant.endpoints.iter().map(StoredEndpoint::of).collect(),
            at: merchant.created_at.micros(),
        }
    }

    pub(super) fn restore(self, id: MerchantId) -> Result<Merchant, StoreError> {
        let endpoints: Result<_, _> = self.endpoints.iter().map(StoredEndpoint::restore).collect();
        let product = |code: &Text<'_>| code.read("brand_products", ProductCode::parse);
        let brand_products: Result<_, _> = self.brand_products.iter().map(product).collect();
        let fee = self.passed_on_fee.map(PassedOnFee::new).transpose();
        Ok(Merchant {
            id,
            name: self.name.read("name", MerchantName::parse)?,
            access_code: UuidBits(self.access_code.0),
            client_id: UuidBits(self.client_id.0),
            client_secret: self.client_secret.restore(),
            signing_key: self.signing_key.restore(),
            webhook_secret: self.webhook_secret.map(Sealed::restore),
            next_webhook_secret: self.next_webhook_secret.map(StoredNextSecret::restore),
            secret_version: self.secret_version,
            switches: self.switches.restore(),
            methods: self.methods.0,
            pay_later: self.pay_later.0,
            currencies: self.currencies.into_iter().map(|currency| currency.0).collect(),
            brand_products: brand_products?,
            appearance: Appearance {
                colour: read_optional(self.colour.as_ref(), "colour", Colour::from_hex)?,
                logo: self.logo.map(StoredLogo::restore),
            },
            passed_on_fee: fee.map_err(|_| damaged("passed_on_fee"))?,
            return_url: read_optional(self.return_url.as_ref(), "return_url", MerchantUrl::parse)?,
            endpoints: endpoints?,
            created_at: Timestamp::from_micros(self.at),
        })
    }
}

/// A sealed secret, in hexadecimal digits.
struct Sealed<'a>(Cow<'a, [u8]>);

impl<'a> Sealed<'a> {
    fn of(secret: &'a SealedSecret) -> Self {
        Self(Cow::Borrowed(&secret.0))
    }

    fn restore(self) -> SealedSecret {
        SealedSecret(self.0.into_owned().into())
    }
}

impl Serialize for Sealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Sealed<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let bytes = hex::decode(text.as_str());
        bytes
            .map(|bytes| Self(Cow::Owned(bytes)))
            .map_err(|_| serde::de::Error::custom("a sealed secret"))
    }
}

/// The stored form of a [`NextWebhookSecret`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredNextSecret<'a> {
    ClientSecret,
    Own(Sealed<'a>),
}

impl<'a> StoredNextSecret<'a> {
    fn of(next: &'a NextWebhookSecret) -> Self {
        match next {
            NextWebhookSecret::ClientSecret => Self::ClientSecret,
            NextWebhookSecret::Own(secret) => Self::Own(Sealed::of(secret)),
        }
    }

    fn restore(self) -> NextWebhookSecret {
        match self {
            Self::ClientSecret => NextWebhookSecret::ClientSecret,
            Self::Own(secret) => NextWebhookSecret::Own(secret.restore()),
        }
    }
}

/// The stored form of a [`Logo`]: without its picture.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct StoredLogo {
    digest: Hex,
    width: u16,
    height: u16,
}

impl StoredLogo {
    const fn of(logo: Logo) -> Self {
        Self { digest: Hex(logo.digest.0), width: logo.width, height: logo.height }
    }

    const fn restore(self) -> Logo {
        Logo { digest: LogoDigest(self.digest.0), width: self.width, height: self.height }
    }
}

/// The stored form of [`Switches`]: those that are on.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct StoredSwitches {
    #[serde(default, skip_serializing_if = "is_false")]
    pay_by_link: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pre_auth: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    splits: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    brand_emi: bool,
    /// The one that is on where nothing is said.
    #[serde(default, skip_serializing_if = "is_false")]
    no_messages: bool,
}

impl StoredSwitches {
    const fn of(switches: Switches) -> Self {
        let Switches { pay_by_link, pre_auth, splits, brand_emi, messages } = switches;
        Self { pay_by_link, pre_auth, splits, brand_emi, no_messages: !messages }
    }

    const fn restore(self) -> Switches {
        let Self { pay_by_link, pre_auth, splits, brand_emi, no_messages } = self;
        Switches { pay_by_link, pre_auth, splits, brand_emi, messages: !no_messages }
    }
}

/// The stored form of an [`Endpoint`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredEndpoint<'a> {
    id: Hex,
    url: Text<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    link_events: Vec<StoredEventType>,
}

impl<'a> StoredEndpoint<'a> {
    fn of(endpoint: &'a Endpoint) -> Self {
        Self {
            id: Hex(endpoint.id.0),
            url: Text::of(endpoint.url.as_str()),
            link_events: endpoint.link_events.iter().copied().map(StoredEventType).collect(),
        }
    }

    fn restore(&self) -> Result<Endpoint, StoreError> {
        Ok(Endpoint {
            id: EndpointId(self.id.0),
            url: self.url.read("endpoint.url", MerchantUrl::parse)?,
            link_events: self.link_events.iter().map(|event_type| event_type.0).collect(),
        })
    }
}
