//! `deodar merchant`: making, listing and changing merchants, beside a running server.

mod rotate;

pub use rotate::{RotateSecret, rotate};

use std::fs::File;
use std::io::Read;
use std::path::Path;

use deodar_domain::id::MerchantId;
use deodar_domain::legacy;
use deodar_domain::merchant::{Colour, LOGO_LENGTH_MAX, Merchant, PassedOnFee, ProviderSet};
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::Currency;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::text::{MerchantName, ProductCode};
use deodar_domain::url::MerchantUrl;
use deodar_engine::{
    Destination, LogoPicture, MerchantChange, NewMerchant, NotChanged, SystemClock, SystemRandom,
    Value, change_merchant, create_merchant, logo_path,
};
use deodar_store_sqlite::OpenMode;
use serde_json::json;

use crate::cli::{CreateMerchant, MerchantSettings, SetMerchant, Switch};
use crate::database::{open_existing, open_store};
use crate::demo::MerchantKeys;
use crate::failure::Failure;
use crate::gateway::{check_master_key, engine_failure, store_failure};
use crate::settings::Settings;
use crate::{master_key, terminal};

/// What stands for everything in a list.
const ALL: &str = "all";
/// What stands for nothing in a list, and for no address.
const NONE: &str = "none";
/// The flag that tells where webhooks go.
const WEBHOOK_URL: &str = "--webhook-url";

/// Makes a merchant and prints its keys.
pub async fn create(settings: &Settings, new: &CreateMerchant, json: bool) -> Result<(), Failure> {
    let name = MerchantName::parse(&new.name)
        .map_err(|error| Failure::setup(format!("--name {error}")))?;
    let webhook_url = webhook_url(settings, WEBHOOK_URL, new.webhook_url.as_deref())?;
    let return_url = url(settings, "--return-url", new.return_url.as_deref())?;

    let store = open_store(settings, OpenMode::Beside).await?;
    let merchants = store.merchants().await.map_err(|error| store_failure(&error))?;
    let may_make = settings.sandbox && merchants.is_empty();
    let master_key = master_key::read_or_make(&settings.master_key, may_make, &SystemRandom)?;
    check_master_key(&*store, &master_key).await?;
    let new = NewMerchant { name, webhook_url, return_url };
    let created = create_merchant(&*store, &master_key, &SystemClock, &SystemRandom, new)
        .await
        .map_err(engine_failure)?;

    let keys = MerchantKeys::from(&created);
    if json {
        let object = serde_json::to_value(&keys).map_err(|error| Failure::Other(error.into()))?;
        terminal::answer(&object).map_err(|error| {
            Failure::setup(format!(
                "merchant {} is made, but its keys could not be written ({error}) and are lost: \
                 make another",
                keys.merchant_id
            ))
        })?;
    } else {
        terminal::tell(&format!(
            "Merchant {} is made. Its secrets are shown this once:\n\
             \n  client id       {}\n  client secret   {}\n  signing key     {}\
             \n  webhook secret  {}\n  access code     {}",
            keys.merchant_id,
            keys.client_id,
            keys.client_secret,
            keys.signing_key,
            keys.webhook_secret,
            keys.access_code
        ));
    }
    Ok(())
}

/// Changes a merchant, and tells what it may do now.
pub async fn set(settings: &Settings, set: &SetMerchant, json: bool) -> Result<(), Failure> {
    let id = merchant_id(&set.merchant_id)?;
    let change = change(settings, &set.settings)?;
    let store = open_existing(settings).await?;
    let changed = change_merchant(&*store, &SystemRandom, id, &change).await;
    let merchant = changed.map_err(|error| match error {
        NotChanged::Unknown(_) => Failure::setup(format!("{error}: see deodar merchant list")),
        NotChanged::SeveralEndpoints(_) => {
            Failure::setup(format!("{error}: use deodar endpoint set"))
        }
        NotChanged::Empty(_) | NotChanged::TooManyProducts => Failure::setup(error.to_string()),
        NotChanged::Engine(error) => engine_failure(error),
    })?;
    let told = public(&merchant);
    if json {
        return terminal::answer(&told).map_err(|error| Failure::Other(error.into()));
    }
    let rows = told.as_object().into_iter().flatten().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("\n  {name:<18}  {value}")
    });
    terminal::tell(&format!("Merchant {id} is now:{}", rows.collect::<String>()));
    Ok(())
}

/// Reads a merchant's number.
pub(crate) fn merchant_id(text: &str) -> Result<MerchantId, Failure> {
    MerchantId::parse(text).ok_or_else(|| {
        Failure::setup(format!("{text} is no merchant id: see deodar merchant list"))
    })
}

/// Reads what is to change.
fn change(settings: &Settings, given: &MerchantSettings) -> Result<MerchantChange, Failure> {
    let is_on = |switch: Option<Switch>| switch.map(|switch| switch == Switch::On);
    let name = given.name.as_deref().map(|name| {
        MerchantName::parse(name).map_err(|error| Failure::setup(format!("--name {error}")))
    });
    let destination = |url: Option<MerchantUrl>| url.map_or(Destination::Nowhere, Destination::At);
    let some = |text: &&str| *text != NONE;
    let return_url = given
        .return_url
        .as_deref()
        .map(|text| url(settings, "--return-url", Some(text).filter(some)).map(destination));
    let webhook_url = given
        .webhook_url
        .as_deref()
        .map(|text| webhook_url(settings, WEBHOOK_URL, Some(text).filter(some)).map(destination));
    Ok(MerchantChange {
        name: name.transpose()?,
        return_url: return_url.transpose()?,
        webhook_url: webhook_url.transpose()?,
        pay_by_link: is_on(given.pay_by_link),
        pre_auth: is_on(given.pre_auth),
        splits: is_on(given.splits),
        brand_emi: is_on(given.brand_emi),
        messages: is_on(given.messages),
        methods: given.methods.as_deref().map(methods).transpose()?,
        pay_later: given.pay_later.as_deref().map(lenders).transpose()?,
        currencies: given.currencies.as_deref().map(currencies).transpose()?,
        brand_products: given.brand_products.as_deref().map(brand_products).transpose()?,
        ..shown(given)?
    })
}

/// Reads what is to change of what payers see.
fn shown(given: &MerchantSettings) -> Result<MerchantChange, Failure> {
    let colour = match given.colour.as_deref().map(Colour::parse).transpose() {
        Ok(colour) => colour.map(Value::Is).or(given.no_colour.then_some(Value::Absent)),
        Err(error) => return Err(Failure::setup(format!("--colour {error}"))),
    };
    let passed_on_fee = match given.passed_on_fee.as_deref() {
        None => None,
        Some(NONE) => Some(Value::Absent),
        Some(percent) => Some(Value::Is(
            PassedOnFee::parse(percent)
                .map_err(|error| Failure::setup(format!("--passed-on-fee {error}")))?,
        )),
    };
    let picture = given.logo.as_deref().map(logo).transpose()?;
    let logo = picture.map(Value::Is).or(given.no_logo.then_some(Value::Absent));
    Ok(MerchantChange { colour, logo, passed_on_fee, ..MerchantChange::default() })
}

/// Reads the file of a logo, and no more of it than a logo may have.
fn logo(path: &Path) -> Result<LogoPicture, Failure> {
    let wrong =
        |why: &dyn std::fmt::Display| Failure::setup(format!("--logo: {} {why}", path.display()));
    let file = File::open(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(LOGO_LENGTH_MAX).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    LogoPicture::read(&bytes).map_err(|error| wrong(&error))
}

/// Reads a list: its parts, of which none is empty.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

fn methods(list: &str) -> Result<MethodSet, Failure> {
    if list == ALL {
        return Ok(MethodSet::all());
    }
    let known = || Method::ALL.map(Method::name).join(", ");
    let read = |name: &str| {
        Method::from_name(name)
            .ok_or_else(|| Failure::setup(format!("--methods: {name:?} is none of {}", known())))
    };
    parts(list).map(read).collect()
}

fn lenders(list: &str) -> Result<ProviderSet, Failure> {
    match list {
        ALL => return Ok(ProviderSet::all()),
        NONE => return Ok(ProviderSet::EMPTY),
        _ => {}
    }
    let known = || PayLaterProvider::ALL.map(PayLaterProvider::name).join(", ");
    let read = |name: &str| {
        PayLaterProvider::from_name(name)
            .ok_or_else(|| Failure::setup(format!("--pay-later: {name:?} is none of {}", known())))
    };
    parts(list).map(read).collect()
}

fn currencies(list: &str) -> Result<Vec<Currency>, Failure> {
    let mut currencies = Vec::new();
    for code in parts(list) {
        let currency = Currency::from_code(&code.to_ascii_uppercase()).ok_or_else(|| {
            Failure::setup(format!("--currencies: {code:?} is no currency of this gateway"))
        })?;
        if !currencies.contains(&currency) {
            currencies.push(currency);
        }
    }
    Ok(currencies)
}

fn brand_products(list: &str) -> Result<Vec<ProductCode>, Failure> {
    let mut codes = Vec::new();
    if list == NONE {
        return Ok(codes);
    }
    for text in parts(list) {
        // A longer code could not be named by the call that asks for it.
        let fits = text.chars().count() <= legacy::PRODUCT_CODE_LENGTH_MAX;
        let code = ProductCode::parse(text).ok().filter(|_| fits).ok_or_else(|| {
            Failure::setup(format!("--brand-products: {text:?} is no product code"))
        })?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Lists the merchants, without their secrets.
pub async fn list(settings: &Settings, json: bool) -> Result<(), Failure> {
    let store = open_existing(settings).await?;
    for stored in store.merchants().await.map_err(|error| store_failure(&error))? {
        let merchant = stored.record;
        if json {
            terminal::answer(&public(&merchant)).map_err(|error| Failure::Other(error.into()))?;
        } else {
            let Merchant { id, name, created_at, .. } = merchant;
            terminal::tell(&format!("{id}  {created_at}  {name}"));
        }
    }
    Ok(())
}

/// What everyone on the machine may know of a merchant.
fn public(merchant: &Merchant) -> serde_json::Value {
    let webhook_urls: Vec<_> =
        merchant.endpoints.iter().map(|endpoint| endpoint.url.as_str()).collect();
    let switches = merchant.switches;
    json!({
        "merchant_id": merchant.id.to_string(),
        "name": merchant.name.as_str(),
        "access_code": merchant.access_code.hyphenated(),
        "client_id": merchant.client_id.hyphenated(),
        "return_url": merchant.return_url.as_ref().map(MerchantUrl::as_str),
        "webhook_urls": webhook_urls,
        "pay_by_link": switches.pay_by_link,
        "pre_auth": switches.pre_auth,
        "splits": switches.splits,
        "brand_emi": switches.brand_emi,
        "messages": switches.messages,
        "cut_over_waits": merchant.next_webhook_secret.is_some(),
        "methods": merchant.methods.iter().map(Method::name).collect::<Vec<_>>(),
        "pay_later": merchant.pay_later.iter().map(PayLaterProvider::name).collect::<Vec<_>>(),
        "brand_products":
            merchant.brand_products.iter().map(ProductCode::as_str).collect::<Vec<_>>(),
        "colour": merchant.appearance.colour.map(|colour| colour.to_string()),
        "logo": merchant.appearance.logo.map(logo_path),
        "passed_on_fee": merchant.passed_on_fee.map(|fee| fee.to_string()),
        "currencies": merchant.currencies.iter().map(Currency::code).collect::<Vec<_>>(),
        "created_at": merchant.created_at.rfc3339_millis(),
    })
}

/// Checks a URL of the merchant; plain http leaves this machine only in a sandbox.
fn url(
    settings: &Settings,
    flag: &str,
    text: Option<&str>,
) -> Result<Option<MerchantUrl>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let url =
        MerchantUrl::parse(text).map_err(|error| Failure::setup(format!("{flag} {error}")))?;
    if !settings.sandbox && !url.is_https() && !url.is_loopback() {
        return Err(Failure::setup(format!("{flag} must be https outside a sandbox")));
    }
    Ok(Some(url))
}

/// Checks where webhooks are to go: outside a sandbox, those of plain http are never sent.
pub(crate) fn webhook_url(
    settings: &Settings,
    flag: &str,
    text: Option<&str>,
) -> Result<Option<MerchantUrl>, Failure> {
    let url = url(settings, flag, text)?;
    match url {
        Some(url) if !settings.sandbox && !url.is_https() => {
            Err(Failure::setup(format!("{flag} must be https outside a sandbox")))
        }
        url => Ok(url),
    }
}
