//! `deodar merchant rotate`: new secrets for a merchant, beside a running server.

use clap::Args;
use deodar_domain::id::MerchantId;
use deodar_domain::merchant::Merchant;
use deodar_engine::{
    CutOver, NotRotated, Rotated, Rotation, SystemRandom, rotate as rotate_secret,
};
use serde_json::json;

use super::merchant_id;
use crate::database::open_existing;
use crate::demo::{keys_path, read_keys, write_keys};
use crate::failure::Failure;
use crate::gateway::{check_master_key, engine_failure};
use crate::settings::Settings;
use crate::{master_key, terminal};

/// A merchant's secret to be rotated.
#[derive(Debug, Args)]
pub struct RotateSecret {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// What is to be rotated.
    #[command(flatten)]
    pub choice: Choice,
}

/// Which secret, and when webhooks are signed by what was rotated.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Choice {
    /// A new client secret; the tokens of the old one end within a second.
    #[arg(long, conflicts_with_all = ["signing_key", "webhook_secret"])]
    pub client_secret: bool,
    /// A new key of the return URL's signature; it signs from now on.
    #[arg(long, conflicts_with_all = ["webhook_secret", "cut_over"])]
    pub signing_key: bool,
    /// A webhook secret of the merchant's own.
    #[arg(long)]
    pub webhook_secret: bool,
    /// Sign webhooks by what was rotated, from now on. Until then they are signed as before.
    #[arg(long)]
    pub cut_over: bool,
}

impl Choice {
    const fn rotation(self) -> Rotation {
        let cut_over = if self.cut_over { CutOver::Now } else { CutOver::Later };
        if self.client_secret {
            Rotation::ClientSecret(cut_over)
        } else if self.signing_key {
            Rotation::SigningKey
        } else if self.webhook_secret {
            Rotation::WebhookSecret(cut_over)
        } else {
            Rotation::CutOver
        }
    }
}

/// The name of the secret that a rotation makes, in JSON and in words.
const fn made(rotation: Rotation) -> Option<(&'static str, &'static str)> {
    match rotation {
        Rotation::ClientSecret(_) => Some(("client_secret", "client secret")),
        Rotation::SigningKey => Some(("signing_key", "signing key")),
        Rotation::WebhookSecret(_) => Some(("webhook_secret", "webhook secret")),
        Rotation::CutOver => None,
    }
}

/// Rotates a secret of a merchant, and prints the new one.
pub async fn rotate(settings: &Settings, what: &RotateSecret, json: bool) -> Result<(), Failure> {
    let id = merchant_id(&what.merchant_id)?;
    let rotation = what.choice.rotation();
    let store = open_existing(settings).await?;
    let master_key = master_key::read_or_make(&settings.master_key, false, &SystemRandom)?;
    check_master_key(&*store, &master_key).await?;
    let rotated = rotate_secret(&*store, &master_key, &SystemRandom, id, rotation).await;
    let rotated = rotated.map_err(|error| match error {
        NotRotated::Unknown(_) => Failure::setup(format!("{error}: see deodar merchant list")),
        NotRotated::NothingToCutOver(_) | NotRotated::TooManyRotations(_) => {
            Failure::setup(error.to_string())
        }
        NotRotated::Engine(error) => engine_failure(error),
    })?;
    tell(id, rotation, &rotated, json)?;
    keep_for_demo(settings, id, rotation, &rotated)
}

fn tell(id: MerchantId, rotation: Rotation, rotated: &Rotated, json: bool) -> Result<(), Failure> {
    let waits = rotated.merchant.next_webhook_secret.is_some();
    let new = made(rotation).zip(rotated.made.as_deref());
    if json {
        let mut object = json!({ "merchant_id": id.to_string(), "cut_over_waits": waits });
        if let (Some(fields), Some(((name, _), secret))) = (object.as_object_mut(), new) {
            fields.insert(name.to_owned(), secret.as_str().into());
        }
        return terminal::answer(&object).map_err(|error| {
            Failure::setup(format!(
                "merchant {id} is changed, but what was made could not be written ({error}) and \
                 is lost: rotate it again"
            ))
        });
    }
    let first = match new {
        Some(((_, words), secret)) => {
            format!("Merchant {id} has a new {words}, which is shown this once:\n\n  {secret}\n")
        }
        None => format!("Merchant {id} is cut over.\n"),
    };
    terminal::tell(&format!("{first}{}", holds_from(id, rotation, &rotated.merchant)));
    Ok(())
}

/// What holds from when on, in words: a line each.
fn holds_from(id: MerchantId, rotation: Rotation, merchant: &Merchant) -> String {
    let tokens = match rotation {
        Rotation::ClientSecret(_) => "\nThe tokens of the old one end within a second.",
        Rotation::SigningKey => return "\nIt signs what payers bring back from now on.".to_owned(),
        Rotation::WebhookSecret(_) | Rotation::CutOver => "",
    };
    if merchant.next_webhook_secret.is_some() {
        let command = format!("deodar merchant rotate {id} --cut-over");
        return format!("{tokens}\nWebhooks are signed as before until {command}");
    }
    let by = if merchant.webhook_secret.is_some() { "webhook" } else { "client" };
    format!("{tokens}\nWebhooks are signed by the merchant's {by} secret.")
}

/// A sandbox tells its demo merchant's keys on every start: those of now.
fn keep_for_demo(
    settings: &Settings,
    id: MerchantId,
    rotation: Rotation,
    rotated: &Rotated,
) -> Result<(), Failure> {
    let path = keys_path(&settings.database);
    let Some(mut keys) = read_keys(&path).filter(|keys| keys.merchant_id == id.to_string()) else {
        return Ok(());
    };
    match (rotation, &rotated.made) {
        (Rotation::ClientSecret(_), Some(secret)) => keys.client_secret = secret.to_string(),
        (Rotation::SigningKey, Some(secret)) => keys.signing_key = secret.to_string(),
        _ => {}
    }
    keys.webhook_secret = rotated.webhook_secret.to_string();
    write_keys(&path, &keys).map_err(|error| {
        Failure::setup(format!(
            "merchant {id} is changed, but {} could not be written: {error}; its keys there are \
             the old ones",
            path.display()
        ))
    })
}
