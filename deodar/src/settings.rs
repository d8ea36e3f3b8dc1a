//! Settings, checked: past this module nothing is parsed again.

mod messages;
mod raw;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use deodar_courier::{SmsConfig, SmtpConfig};
use deodar_domain::url::MerchantUrl;
use deodar_simulator::RpcSecret;
use deodar_store_postgres::{DatabaseAddress, OpenError};
use zeroize::Zeroizing;

pub use messages::RawSms;
pub use raw::{DEFAULT_FILE, RawSettings};

use crate::database::postgres_failure;
use crate::failure::Failure;

/// Where the gateway listens when nothing says otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Where a simulator of its own listens when nothing says otherwise.
pub const DEFAULT_SIMULATOR_LISTEN: &str = "127.0.0.1:8090";
/// The database when nothing says otherwise.
pub const DEFAULT_DATABASE: &str = "sqlite:deodar.db";
/// What the names of the files beside a gateway on PostgreSQL begin with.
pub const POSTGRES_FILES: &str = "deodar";

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the master key is.
#[derive(Clone)]
pub enum MasterKeySource {
    /// In the environment, in hex.
    Given(Zeroizing<String>),
    /// In a file, in hex.
    File(PathBuf),
}

/// A simulator that runs by itself.
#[derive(Clone)]
pub struct RemoteSimulatorSettings {
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// What the gateway proves itself by.
    pub secret: RpcSecret,
}

/// The settings of a gateway and of the commands beside it.
#[derive(Clone)]
pub struct Settings {
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// The SQLite file; with PostgreSQL, what the names of the files beside the gateway begin with.
    pub database: PathBuf,
    /// The PostgreSQL database, where it is one.
    pub postgres: Option<DatabaseAddress>,
    /// What the gateway is reached by, without a slash at the end; `None` means where it listens.
    pub public_url: Option<String>,
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// What is logged; what suits the command where it is absent.
    pub log: Option<String>,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Where `/metrics` is; beside the API where it is absent.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether webhooks may go to private addresses.
    pub webhook_allow_private: bool,
    /// Whether this is a sandbox.
    pub sandbox: bool,
    /// The simulator that runs by itself; the built-in one where it is absent.
    pub simulator: Option<RemoteSimulatorSettings>,
    /// The file of the built-in simulator's books.
    pub simulator_books: PathBuf,
    /// How e-mail goes out, where it does.
    pub smtp: Option<SmtpConfig>,
    /// How SMS goes out, where it does.
    pub sms: Option<SmsConfig>,
}

/// The settings of a simulator that runs by itself.
#[derive(Clone)]
pub struct SimulatorSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What payers reach it by; `None` means where it listens.
    pub public_url: Option<String>,
    /// The file of its books.
    pub books: PathBuf,
    /// What gateways prove themselves by.
    pub secret: RpcSecret,
    /// What is logged; what suits the command where it is absent.
    pub log: Option<String>,
    /// How it is logged.
    pub log_format: LogFormat,
}

impl fmt::Debug for Settings {
    /// Says nothing, because the master key may be among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings(…)")
    }
}

impl Settings {
    /// Checks what was given and fills in the defaults.
    pub fn check(raw: RawSettings) -> Result<Self, Failure> {
        let (database, postgres) = database(raw.database.as_deref().unwrap_or(DEFAULT_DATABASE))?;
        let sandbox = raw.sandbox.unwrap_or(true);
        let smtp = messages::smtp(&raw)?;
        let sms = messages::sms(&raw)?;
        let simulator = remote_simulator(raw.simulator, raw.simulator_secret)?;
        if !sandbox && simulator.is_none() {
            return Err(bad(
                "sandbox",
                "is false, and no acquirer is named: set simulator, or leave sandbox on",
            ));
        }
        let listen = address("listen", raw.listen.as_deref().unwrap_or(DEFAULT_LISTEN))?;
        let public_url = raw.public_url.as_deref().map(public_url).transpose()?;
        if !sandbox {
            safe_for_cards(public_url.as_deref(), listen)?;
        }
        let master_key = match raw.master_key {
            Some(hex) => MasterKeySource::Given(Zeroizing::new(hex)),
            None => MasterKeySource::File(
                raw.master_key_file.map_or_else(|| beside(&database, "key"), PathBuf::from),
            ),
        };
        Ok(Self {
            listen,
            public_url,
            master_key,
            log: raw.log,
            log_format: log_format(raw.log_format.as_deref())?,
            metrics_listen: raw
                .metrics_listen
                .as_deref()
                .map(|text| address("metrics_listen", text))
                .transpose()?,
            webhook_allow_private: raw.webhook_allow_private.unwrap_or(sandbox),
            sandbox,
            simulator,
            simulator_books: raw
                .simulator_books
                .map_or_else(|| beside(&database, "simulator"), PathBuf::from),
            smtp,
            sms,
            database,
            postgres,
        })
    }
}

impl SimulatorSettings {
    /// Checks what was given and fills in the defaults.
    pub fn check(raw: RawSettings) -> Result<Self, Failure> {
        let secret = raw.simulator_secret.ok_or_else(|| {
            bad("simulator_secret", "is missing: give the same text to the gateway and to this")
        })?;
        Ok(Self {
            listen: address("listen", raw.listen.as_deref().unwrap_or(DEFAULT_SIMULATOR_LISTEN))?,
            public_url: raw.public_url.as_deref().map(public_url).transpose()?,
            books: raw.simulator_books.map_or_else(|| PathBuf::from("simulator.db"), PathBuf::from),
            secret: secret_text(secret)?,
            log: raw.log,
            log_format: log_format(raw.log_format.as_deref())?,
        })
    }
}

/// A file beside the database: `deodar.db` and `key` make `deodar.db.key`.
pub fn beside(database: &Path, extension: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// A setting is wrong.
fn bad(setting: &str, what: &str) -> Failure {
    Failure::setup(format!("the setting {setting} {what}"))
}

fn address(setting: &str, text: &str) -> Result<SocketAddr, Failure> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        bad(setting, &format!("is not an address and a port, as in {DEFAULT_LISTEN}: {text}"))
    })
}

/// Parses `sqlite:PATH` or `postgres://…`. The second may hold a password, so that nothing of it is
/// repeated.
fn database(text: &str) -> Result<(PathBuf, Option<DatabaseAddress>), Failure> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path {
            "" => Err(bad("database", "names no file, as in sqlite:deodar.db")),
            ":memory:" => Err(bad("database", "must be a file: what is acknowledged is kept")),
            path => Ok((PathBuf::from(path), None)),
        };
    }
    if DatabaseAddress::is_meant(text) {
        return match DatabaseAddress::parse(text) {
            Ok(address) => Ok((PathBuf::from(POSTGRES_FILES), Some(address))),
            Err(OpenError::Address(what)) => Err(bad("database", what)),
            Err(error) => Err(postgres_failure(&error)),
        };
    }
    Err(bad("database", "is neither sqlite:FILE nor postgres://USER@HOST/NAME"))
}

/// Parses a URL that other addresses are made of, and takes the slash off its end.
fn base_url(setting: &str, text: &str) -> Result<String, Failure> {
    let wrong = || bad(setting, "is not an absolute http or https URL, as https://pay.example.in");
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain || !nobody {
        return Err(wrong());
    }
    Ok(String::from(url.as_str().trim_end_matches('/')))
}

/// Parses what payers reach a server by. The addresses on its pages begin at the root of the host.
fn public_url(text: &str) -> Result<String, Failure> {
    let url = base_url("public_url", text)?;
    match url.split_once("://") {
        Some((_, host)) if !host.contains('/') => Ok(url),
        _ => Err(bad("public_url", "must have no path: give the gateway a host of its own")),
    }
}

/// Sees that outside a sandbox no card number travels in clear: what payers reach the gateway by is
/// https, or does not leave this machine.
fn safe_for_cards(public_url: Option<&str>, listen: SocketAddr) -> Result<(), Failure> {
    let Some(text) = public_url else {
        return if listen.ip().is_loopback() {
            Ok(())
        } else {
            Err(bad("public_url", "is missing: outside a sandbox, say which https URL payers use"))
        };
    };
    let safe = MerchantUrl::parse(text).is_ok_and(|url| url.is_https() || url.is_loopback());
    if safe { Ok(()) } else { Err(bad("public_url", "must be https outside a sandbox")) }
}

fn log_format(text: Option<&str>) -> Result<LogFormat, Failure> {
    match text {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(bad("log_format", &format!("is neither text nor json: {other}"))),
    }
}

fn remote_simulator(
    url: Option<String>,
    secret: Option<String>,
) -> Result<Option<RemoteSimulatorSettings>, Failure> {
    let Some(url) = url else { return Ok(None) };
    let secret = secret.ok_or_else(|| {
        bad("simulator", "needs simulator_secret, the same text that the simulator was given")
    })?;
    let url = base_url("simulator", &url)?;
    Ok(Some(RemoteSimulatorSettings { url, secret: secret_text(secret)? }))
}

fn secret_text(text: String) -> Result<RpcSecret, Failure> {
    RpcSecret::parse(&Zeroizing::new(text)).map_err(|_| {
        let (min, max) = (RpcSecret::LENGTH_MIN, RpcSecret::LENGTH_MAX);
        bad("simulator_secret", &format!("must be {min} to {max} visible ASCII characters"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(change: impl FnOnce(&mut RawSettings)) -> String {
        let mut raw = RawSettings::default();
        change(&mut raw);
        Settings::check(raw).err().map_or_else(String::new, |failure| failure.line())
    }

    #[test]
    fn no_configuration_at_all_is_a_sandbox_beside_its_database() {
        let settings = Settings::check(RawSettings::default()).unwrap();
        assert!(settings.sandbox && settings.webhook_allow_private);
        assert_eq!(settings.listen.to_string(), DEFAULT_LISTEN);
        assert_eq!(settings.database, Path::new("deodar.db"));
        assert_eq!(settings.simulator_books, Path::new("deodar.db.simulator"));
        let MasterKeySource::File(key) = settings.master_key else { panic!("a file") };
        assert_eq!(key, Path::new("deodar.db.key"));
    }

    #[test]
    fn a_bad_setting_is_named() {
        type Change = fn(&mut RawSettings);
        let cases: [(&str, Change); 11] = [
            ("listen", |raw| raw.listen = Some("8080".into())),
            ("metrics_listen", |raw| raw.metrics_listen = Some("here".into())),
            ("database", |raw| raw.database = Some("deodar.db".into())),
            ("database", |raw| raw.database = Some("postgres://u:secret@example.com:x/d".into())),
            ("database", |raw| raw.database = Some("sqlite::memory:".into())),
            ("public_url", |raw| raw.public_url = Some("pay.example.in".into())),
            ("public_url", |raw| raw.public_url = Some("https://a:b@example.in".into())),
            ("public_url", |raw| raw.public_url = Some("https://example.in/pay/".into())),
            ("log_format", |raw| raw.log_format = Some("xml".into())),
            ("sandbox", |raw| raw.sandbox = Some(false)),
            ("simulator", |raw| raw.simulator = Some("http://127.0.0.1:1".into())),
        ];
        for (setting, change) in cases {
            let line = line(change);
            assert!(line.starts_with(&format!("the setting {setting} ")), "{setting}: {line}");
            assert!(!line.contains("secret@"), "{line}");
        }
    }

    #[test]
    fn a_short_secret_of_the_simulator_is_refused() {
        let line = line(|raw| {
            raw.simulator = Some("http://127.0.0.1:1".into());
            raw.simulator_secret = Some("too short".into());
        });
        assert!(line.starts_with("the setting simulator_secret must be"), "{line}");
        assert!(!line.contains("too short"));
    }

    #[test]
    fn no_card_travels_in_clear_outside_a_sandbox() {
        let cases = [
            (None, "127.0.0.1:8080", true),
            (None, "0.0.0.0:8080", false),
            (Some("https://pay.example.in"), "0.0.0.0:8080", true),
            (Some("http://localhost:8080"), "0.0.0.0:8080", true),
            (Some("http://pay.example.in"), "127.0.0.1:8080", false),
            (Some("http://localhost.example.in"), "127.0.0.1:8080", false),
        ];
        for (public_url, listen, taken) in cases {
            let mut raw = RawSettings {
                sandbox: Some(false),
                simulator: Some("http://127.0.0.1:1".into()),
                simulator_secret: Some("x".repeat(32)),
                public_url: public_url.map(String::from),
                listen: Some(listen.into()),
                ..RawSettings::default()
            };
            assert_eq!(Settings::check(raw.clone()).is_ok(), taken, "{public_url:?} {listen}");
            raw.sandbox = Some(true);
            assert!(Settings::check(raw).is_ok(), "{public_url:?} {listen} in a sandbox");
        }
    }

    #[test]
    fn a_public_url_loses_its_last_slash() {
        let raw = RawSettings {
            public_url: Some("https://pay.example.in/".into()),
            ..RawSettings::default()
        };
        let url = Settings::check(raw).unwrap().public_url;
        assert_eq!(url.as_deref(), Some("https://pay.example.in"));
    }
}
