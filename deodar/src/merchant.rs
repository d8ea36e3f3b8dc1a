//! `deodar merchant`: making and listing merchants, beside a running server.

use deodar_domain::merchant::Merchant;
use deodar_domain::text::MerchantName;
use deodar_domain::url::MerchantUrl;
use deodar_engine::{NewMerchant, SystemClock, SystemRandom, create_merchant};
use deodar_store_sqlite::OpenMode;
use serde_json::json;

use crate::cli::CreateMerchant;
use crate::demo::MerchantKeys;
use crate::failure::Failure;
use crate::gateway::{check_master_key, engine_failure, open_store, store_failure};
use crate::settings::Settings;
use crate::{master_key, terminal};

/// Makes a merchant and prints its keys.
pub async fn create(settings: &Settings, new: &CreateMerchant, json: bool) -> Result<(), Failure> {
    let name = MerchantName::parse(&new.name)
        .map_err(|error| Failure::setup(format!("--name {error}")))?;
    let webhook_url = webhook_url(settings, new.webhook_url.as_deref())?;
    let return_url = url(settings, "--return-url", new.return_url.as_deref())?;

    let store = open_store(&settings.database, OpenMode::Beside)?;
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

/// Lists the merchants, without their secrets.
pub async fn list(settings: &Settings, json: bool) -> Result<(), Failure> {
    if !settings.database.exists() {
        return Err(Failure::setup(format!(
            "there is no database {}: name the right one by --database, or start deodar serve",
            settings.database.display()
        )));
    }
    let store = open_store(&settings.database, OpenMode::Beside)?;
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
    json!({
        "merchant_id": merchant.id.to_string(),
        "name": merchant.name.as_str(),
        "access_code": merchant.access_code.hyphenated(),
        "client_id": merchant.client_id.hyphenated(),
        "return_url": merchant.return_url.as_ref().map(MerchantUrl::as_str),
        "webhook_urls": webhook_urls,
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
fn webhook_url(settings: &Settings, text: Option<&str>) -> Result<Option<MerchantUrl>, Failure> {
    let url = url(settings, "--webhook-url", text)?;
    match url {
        Some(url) if !settings.sandbox && !url.is_https() => {
            Err(Failure::setup("--webhook-url must be https outside a sandbox"))
        }
        url => Ok(url),
    }
}
