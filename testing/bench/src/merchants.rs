//! The merchants of a store under measurement, and their tokens.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use deodar_domain::id::MerchantId;
use deodar_domain::message::Channels;
use deodar_domain::text::MerchantName;
use deodar_domain::url::MerchantUrl;
use deodar_engine::{
    Engine, EngineConfig, EngineParts, MASTER_KEY_LENGTH, MasterKey, MerchantChange, NewMerchant,
    SystemClock, SystemRandom, change_merchant, create_merchant,
};
use deodar_simulator::{Books, Simulator, SimulatorConfig, real_time};
use deodar_store::Store;

/// How many merchants there are.
pub(crate) const MERCHANTS: usize = 1_000;
/// The master key of every store under measurement: it guards nothing.
const MASTER_KEY: [u8; MASTER_KEY_LENGTH] = [0x5a; MASTER_KEY_LENGTH];
/// The names of the files in a store's folder.
const CREDENTIALS: &str = "credentials.txt";
const TOKENS: &str = "tokens.txt";

/// What a merchant gets tokens by.
pub(crate) struct Credentials {
    pub(crate) merchant: MerchantId,
    client_id: String,
    client_secret: String,
}

/// The master key as the gateway is given it.
pub(crate) fn master_key_hex() -> String {
    hex::encode(MASTER_KEY)
}

/// The master key of every store under measurement.
pub(crate) fn master_key() -> MasterKey {
    MasterKey::new(MASTER_KEY)
}

/// Opens an engine over `store`. No payment is made through it.
pub(crate) async fn engine(store: Arc<dyn Store>, public_url: &str) -> Result<Arc<Engine>> {
    let simulator = Simulator::open(SimulatorConfig {
        books: Books::Memory,
        public_url: format!("{public_url}/simulator"),
        clock: real_time(),
    })?;
    let parts = EngineParts {
        store,
        acquirer: simulator,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        master_key: master_key(),
        config: EngineConfig { public_url: public_url.to_owned(), sandbox: true },
    };
    Ok(Engine::open_with_channels(parts, Channels::NONE).await?)
}

/// The merchants whose credentials are in `folder`, or as many as there are to be, made now. They
/// send no messages to payers; with `webhooks` each has an endpoint of its own there.
pub(crate) async fn merchants(
    store: &dyn Store,
    folder: &Path,
    webhooks: Option<&str>,
) -> Result<Vec<Credentials>> {
    let path = folder.join(CREDENTIALS);
    if let Ok(text) = fs::read_to_string(&path) {
        return text.lines().map(|line| read(line).context("credentials")).collect();
    }
    let mut made = Vec::with_capacity(MERCHANTS);
    let mut text = String::new();
    for index in 0..MERCHANTS {
        let webhook_url = webhooks.map(|base| MerchantUrl::parse(&format!("{base}/{index}")));
        let new = NewMerchant {
            name: MerchantName::parse("Cedar Books")?,
            webhook_url: webhook_url.transpose()?,
            return_url: None,
        };
        let created =
            create_merchant(store, &master_key(), &SystemClock, &SystemRandom, new).await?;
        let merchant = created.merchant.id;
        let silent = MerchantChange { messages: Some(false), ..MerchantChange::default() };
        change_merchant(store, &SystemRandom, merchant, &silent).await?;
        let client_id = created.merchant.client_id.hyphenated();
        let client_secret = created.client_secret.to_string();
        writeln!(text, "{merchant} {client_id} {client_secret}")?;
        made.push(Credentials { merchant, client_id, client_secret });
    }
    fs::write(&path, text)?;
    Ok(made)
}

fn read(line: &str) -> Option<Credentials> {
    let mut words = line.split(' ');
    Some(Credentials {
        merchant: MerchantId::parse(words.next()?)?,
        client_id: words.next()?.to_owned(),
        client_secret: words.next()?.to_owned(),
    })
}

/// Gets a token for each merchant, which holds for an hour, and writes them into `folder`, one a
/// line.
pub(crate) async fn write_tokens(
    engine: &Engine,
    merchants: &[Credentials],
    folder: &Path,
) -> Result<()> {
    let mut text = String::new();
    for merchant in merchants {
        let issued = engine.issue_token(&merchant.client_id, &merchant.client_secret).await?;
        writeln!(text, "{}", issued.access_token)?;
    }
    Ok(fs::write(folder.join(TOKENS), text)?)
}

/// Where the tokens of the merchants of `folder` are.
pub(crate) fn tokens_path(folder: &Path) -> std::path::PathBuf {
    folder.join(TOKENS)
}
