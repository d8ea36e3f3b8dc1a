//! The gateway, put together: the store, the master key, the bank and the engine.

use std::sync::{Arc, OnceLock, Weak};

use deodar_acquirer::Acquirer;
use deodar_courier::Messengers;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_domain::text::{Description, MerchantName};
use deodar_domain::time::Timestamp;
use deodar_engine::keys::SecretKind;
use deodar_engine::{
    Clock, Engine, EngineConfig, EngineError, EngineParts, Made, MasterKey, NewLink, NewMerchant,
    SystemClock, SystemRandom, create_merchant,
};
use deodar_simulator::{
    Books, RemoteConfig, RemoteSimulator, Simulator, SimulatorConfig, SimulatorError,
};
use deodar_store::{Store, StoreError};
use deodar_store_sqlite::{OpenError, OpenMode};

use crate::database::open_store;
use crate::demo::{MerchantKeys, keys_path, read_keys, write_keys};
use crate::failure::Failure;
use crate::settings::{RemoteSimulatorSettings, Settings};
use crate::{master_key, messages};

/// How long a simulator of its own may take to answer.
const SIMULATOR_ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// The path of the simulator's pages.
pub const SIMULATOR_PATH: &str = "/simulator";

/// The gateway, put together.
pub struct Gateway {
    /// The engine.
    pub engine: Arc<Engine>,
    /// What takes messages to payers.
    pub messengers: Messengers,
    /// The built-in simulator; `None` where another one is used.
    pub simulator: Option<Arc<Simulator>>,
    /// The demo merchant's keys, where there is one and they are known.
    pub demo: Option<MerchantKeys>,
    /// The page of the demo merchant's first link, on the start that makes them.
    pub first_page: Option<String>,
}

/// A demo merchant: its keys, and the merchant itself where it was just made.
struct Demo {
    keys: Option<MerchantKeys>,
    made: Option<Merchant>,
}

/// What a file of a database that cannot be opened means for whoever started the command.
pub fn open_failure(error: &OpenError) -> Failure {
    let advice = match error {
        OpenError::AlreadyServed { .. } => "stop the other server, or name another --database",
        OpenError::NewerSchema { .. } => "use the release that wrote it, or a later one",
        OpenError::DiskFull { .. } => "make room",
        OpenError::ReadOnly { .. } => "make the file and its folder writable",
        OpenError::CannotOpen { .. } => "see that its folder exists and is writable",
        OpenError::NotADatabase { .. } | OpenError::OtherDatabase { .. } => {
            "name another --database"
        }
        OpenError::Damaged { .. } => "restore a copy of it, and keep this one",
        OpenError::Migration { .. } => "keep a copy of the file and ask for help",
    };
    Failure::setup(format!("{error}: {advice}"))
}

/// Sees that the master key is the one that the merchants' secrets were sealed with.
pub async fn check_master_key(store: &dyn Store, key: &MasterKey) -> Result<(), Failure> {
    let keys = key.keys();
    for stored in store.merchants().await.map_err(|error| store_failure(&error))? {
        let merchant = stored.record;
        if keys.open(merchant.id, SecretKind::Client, &merchant.client_secret).is_err() {
            return Err(wrong_master_key());
        }
    }
    Ok(())
}

/// Puts the gateway together.
pub async fn open(settings: &Settings, url: &str) -> Result<Gateway, Failure> {
    let store = open_store(settings, OpenMode::Server).await?;
    let is_new = store.merchants().await.map_err(|error| store_failure(&error))?.is_empty();
    let may_make = settings.sandbox && is_new;
    let master_key = master_key::read_or_make(&settings.master_key, may_make, &SystemRandom)?;
    check_master_key(&*store, &master_key).await?;
    let demo = if settings.sandbox {
        demo_merchant(settings, &*store, &master_key, is_new).await?
    } else {
        Demo { keys: None, made: None }
    };
    let bank_clock = BankClock::default();
    let (acquirer, simulator) = acquirer(settings, url, &bank_clock)?;
    let transports = messages::transports(settings)?;
    let parts = EngineParts {
        store,
        acquirer,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        master_key,
        config: EngineConfig { public_url: url.to_owned(), sandbox: settings.sandbox },
    };
    let (engine, messengers) = messages::open(parts, transports).await?;
    bank_clock.follow(&engine);
    let first_page = match &demo.made {
        Some(merchant) => Some(first_page(&engine, merchant).await?),
        None => None,
    };
    Ok(Gateway { engine, messengers, simulator, demo: demo.keys, first_page })
}

/// The demo merchant: made in a new database, else remembered.
async fn demo_merchant(
    settings: &Settings,
    store: &dyn Store,
    master_key: &MasterKey,
    is_new: bool,
) -> Result<Demo, Failure> {
    let path = keys_path(&settings.database);
    if !is_new {
        return Ok(Demo { keys: read_keys(&path), made: None });
    }
    let name =
        MerchantName::parse("Demo Merchant").map_err(|error| Failure::Other(error.into()))?;
    let new = NewMerchant { name, webhook_url: None, return_url: None };
    let created = create_merchant(store, master_key, &SystemClock, &SystemRandom, new)
        .await
        .map_err(engine_failure)?;
    let keys = MerchantKeys::from(&created);
    write_keys(&path, &keys).map_err(|error| {
        Failure::setup(format!(
            "the demo merchant's keys cannot be written to {}: {error}",
            path.display()
        ))
    })?;
    Ok(Demo { keys: Some(keys), made: Some(created.merchant) })
}

/// Makes the demo merchant's first link, so that there is a page to look at before the first call,
/// and gives the page's address.
async fn first_page(engine: &Engine, merchant: &Merchant) -> Result<String, Failure> {
    let wrong = |error| Failure::Other(anyhow::Error::new(error));
    let reference = MerchantReference::parse("welcome").map_err(wrong)?;
    let terms = Terms {
        description: Description::parse("A first look at the page").ok(),
        ..Terms::plain(reference, Money::paise(50_000))
    };
    let made = engine.create_link(merchant, NewLink { terms, expire_by: None }).await;
    let (Made::New(order) | Made::Existing(order)) = made.map_err(engine_failure)?;
    match &order.link {
        Some(link) => Ok(engine.link_url(link.number)),
        None => Err(Failure::Other(anyhow::anyhow!("a link without a page"))),
    }
}

type Bank = (Arc<dyn Acquirer>, Option<Arc<Simulator>>);

fn acquirer(settings: &Settings, url: &str, clock: &BankClock) -> Result<Bank, Failure> {
    if let Some(RemoteSimulatorSettings { url, secret }) = &settings.simulator {
        let config = RemoteConfig {
            url: format!("{url}{SIMULATOR_PATH}"),
            secret: secret.clone(),
            answer_timeout: SIMULATOR_ANSWER_TIMEOUT,
        };
        let remote = RemoteSimulator::new(&config).map_err(|error| simulator_failure(&error))?;
        return Ok((Arc::new(remote), None));
    }
    if settings.postgres.is_some() {
        tracing::warn!(
            "this node has a bank of its own, which other nodes do not know: where there are \
             several, run deodar simulator and name it to each by --simulator"
        );
    }
    let simulator = Simulator::open(SimulatorConfig {
        books: Books::File(settings.simulator_books.clone()),
        public_url: format!("{url}{SIMULATOR_PATH}"),
        clock: clock.clock(),
    })
    .map_err(|error| simulator_failure(&error))?;
    Ok((Arc::<Simulator>::clone(&simulator), Some(simulator)))
}

/// The built-in bank's time: business time, so that the sandbox clock moves the bank too. Until the
/// engine is there, real time.
#[derive(Clone, Default)]
struct BankClock(Arc<OnceLock<Weak<Engine>>>);

impl BankClock {
    fn clock(&self) -> deodar_simulator::Clock {
        let engine = Arc::clone(&self.0);
        Arc::new(move || -> Timestamp {
            let engine = engine.get().and_then(Weak::upgrade);
            engine.map_or_else(|| SystemClock.now(), |engine| engine.now())
        })
    }

    fn follow(&self, engine: &Arc<Engine>) {
        // It is called once.
        let _ = self.0.set(Arc::downgrade(engine));
    }
}

fn wrong_master_key() -> Failure {
    Failure::setup(
        "the master key is not the one of this database: give the right one by --master-key-file \
         or DEODAR_MASTER_KEY",
    )
}

/// What a failure of the store means for whoever started the command.
pub fn store_failure(error: &StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) | StoreError::NewerFormat { .. } => {
            Failure::setup(format!("{error}"))
        }
        StoreError::Damaged(_) => Failure::Other(anyhow::anyhow!("{error}")),
    }
}

/// What a failure of the simulator means for whoever started the command.
pub fn simulator_failure(error: &SimulatorError) -> Failure {
    let advice = match error {
        SimulatorError::BooksInUse { .. } => "stop the other one, or name others by --books",
        SimulatorError::BooksNotOpened { .. } => "see that its folder exists and is writable",
        SimulatorError::BooksNotUsable { .. } => "name others by --books",
        SimulatorError::Address { .. } => "set --simulator or --public-url",
        SimulatorError::Secret { .. } => "set DEODAR_SIMULATOR_SECRET",
    };
    Failure::setup(format!("{error}: {advice}"))
}

/// What a failure of the engine means for whoever started the command.
pub fn engine_failure(error: EngineError) -> Failure {
    match error {
        EngineError::WrongMasterKey => wrong_master_key(),
        EngineError::Unavailable(_) => Failure::setup(error.to_string()),
        other => Failure::Other(other.into()),
    }
}
