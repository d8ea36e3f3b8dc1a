//! Settings as they are given: by flags, by the environment, by `deodar.toml`.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use serde::Deserialize;

use super::messages::RawSms;
use crate::failure::Failure;

/// The file that is read when it is there and `--config` names no other.
pub const DEFAULT_FILE: &str = "deodar.toml";
/// The largest settings file that is read, in bytes.
const FILE_SIZE_MAX: u64 = 1 << 20;

/// Settings as they are given, none of them checked. One struct is the command line, the
/// environment and the file, so that every flag is a variable and a key.
#[derive(Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Settings (flag, then environment, then deodar.toml)")]
pub struct RawSettings {
    /// Read settings from this file [default: deodar.toml, if it is there]
    #[arg(long, global = true, env = "DEODAR_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Listen here [default: 127.0.0.1:8080; the simulator: 127.0.0.1:8090]
    #[arg(long, global = true, env = "DEODAR_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Keep everything here: sqlite:FILE, or `postgres://USER:PASSWORD@HOST/NAME?sslmode=…`, of which
    /// a flag is seen by everyone on the machine [default: sqlite:deodar.db]
    #[arg(
        long,
        global = true,
        env = "DEODAR_DATABASE",
        value_name = "DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// What payers and merchants reach the gateway by [default: where it listens]
    #[arg(long, global = true, env = "DEODAR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The key of all keys, 32 bytes in hex; or the key itself in the variable `DEODAR_MASTER_KEY`
    /// [default: the database's name with .key]
    #[arg(long, global = true, env = "DEODAR_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<String>,
    /// The key itself. A flag is seen by everyone on the machine, so it is offered by its
    /// environment variable alone, and a settings file does not take it.
    #[arg(long, global = true, env = "DEODAR_MASTER_KEY", hide = true, hide_env_values = true)]
    #[serde(skip)]
    pub master_key: Option<String>,
    /// What is logged, as in `info,deodar_courier=debug` [default: info for servers, else warn]
    #[arg(long, global = true, env = "DEODAR_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How it is logged: text or json [default: text]
    #[arg(long, global = true, env = "DEODAR_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Serve /metrics here and nowhere else [default: beside the API]
    #[arg(long, global = true, env = "DEODAR_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<String>,
    /// Let webhooks go to private addresses [default: as --sandbox]
    #[arg(
        long, global = true, env = "DEODAR_WEBHOOK_ALLOW_PRIVATE", value_name = "true|false",
        num_args = 0..=1, default_missing_value = "true"
    )]
    pub webhook_allow_private: Option<bool>,
    /// Be a sandbox: a demo merchant, the simulator's pages, plain http [default: true]
    #[arg(
        long, global = true, env = "DEODAR_SANDBOX", value_name = "true|false",
        num_args = 0..=1, default_missing_value = "true"
    )]
    pub sandbox: Option<bool>,
    /// Use the simulator that runs here, instead of the built-in one
    #[arg(long, global = true, env = "DEODAR_SIMULATOR", value_name = "URL")]
    pub simulator: Option<String>,
    /// What a gateway and a simulator of its own prove themselves by; at least 22 characters
    #[arg(
        long,
        global = true,
        env = "DEODAR_SIMULATOR_SECRET",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub simulator_secret: Option<String>,
    /// Keep the simulator's books here [default: the database's name with .simulator]
    #[arg(
        long,
        global = true,
        env = "DEODAR_SIMULATOR_BOOKS",
        value_name = "FILE",
        visible_alias = "books"
    )]
    pub simulator_books: Option<String>,
    /// Send e-mail by this server: `smtps://USER@HOST:465`, `smtp://USER@HOST:587` (STARTTLS) or
    /// `smtp+plain://127.0.0.1:25`
    #[arg(long, global = true, env = "DEODAR_SMTP_URL", value_name = "URL")]
    pub smtp_url: Option<String>,
    /// The password of the mail server's user
    #[arg(
        long,
        global = true,
        env = "DEODAR_SMTP_PASSWORD",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub smtp_password: Option<String>,
    /// The password of the mail server's user, in a file
    #[arg(long, global = true, env = "DEODAR_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub smtp_password_file: Option<String>,
    /// Believe the certificates in this file too, of a mail server of your own
    #[arg(long, global = true, env = "DEODAR_SMTP_CA_FILE", value_name = "FILE")]
    pub smtp_ca_file: Option<String>,
    /// Whom e-mail is from: an address, or a name and an address in angle brackets
    #[arg(long, global = true, env = "DEODAR_EMAIL_FROM", value_name = "ADDRESS")]
    pub email_from: Option<String>,
    /// Whom answers to e-mail go to [default: as --email-from]
    #[arg(long, global = true, env = "DEODAR_EMAIL_REPLY_TO", value_name = "ADDRESS")]
    pub email_reply_to: Option<String>,
    /// What the SMS provider knows the gateway by, for {{secret}} and {{basic}} of the table `sms`
    #[arg(
        long,
        global = true,
        env = "DEODAR_SMS_SECRET",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub sms_secret: Option<String>,
    /// The same, in a file
    #[arg(long, global = true, env = "DEODAR_SMS_SECRET_FILE", value_name = "FILE")]
    pub sms_secret_file: Option<String>,
    /// The request that sends an SMS: a table of the settings file.
    #[arg(skip)]
    pub sms: Option<RawSms>,
}

impl std::fmt::Debug for RawSettings {
    /// Says nothing, because some of the settings are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawSettings(…)")
    }
}

impl RawSettings {
    /// Fills what neither a flag nor the environment gave from the settings file.
    pub fn with_file(self) -> Result<Self, Failure> {
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        check_variables(variables)?;
        let file = match &self.config {
            Some(path) => read(path)?.ok_or_else(|| {
                Failure::setup(format!(
                    "the settings file {} does not exist: name one that does by --config",
                    path.display()
                ))
            })?,
            None => read(Path::new(DEFAULT_FILE))?.unwrap_or_default(),
        };
        Ok(self.or(file))
    }

    fn or(self, file: Self) -> Self {
        Self {
            config: self.config,
            listen: self.listen.or(file.listen),
            database: self.database.or(file.database),
            public_url: self.public_url.or(file.public_url),
            master_key_file: self.master_key_file.or(file.master_key_file),
            master_key: self.master_key,
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            metrics_listen: self.metrics_listen.or(file.metrics_listen),
            webhook_allow_private: self.webhook_allow_private.or(file.webhook_allow_private),
            sandbox: self.sandbox.or(file.sandbox),
            simulator: self.simulator.or(file.simulator),
            simulator_secret: self.simulator_secret.or(file.simulator_secret),
            simulator_books: self.simulator_books.or(file.simulator_books),
            smtp_url: self.smtp_url.or(file.smtp_url),
            smtp_password: self.smtp_password.or(file.smtp_password),
            smtp_password_file: self.smtp_password_file.or(file.smtp_password_file),
            smtp_ca_file: self.smtp_ca_file.or(file.smtp_ca_file),
            email_from: self.email_from.or(file.email_from),
            email_reply_to: self.email_reply_to.or(file.email_reply_to),
            sms_secret: self.sms_secret.or(file.sms_secret),
            sms_secret_file: self.sms_secret_file.or(file.sms_secret_file),
            sms: self.sms.or(file.sms),
        }
    }
}

/// Refuses a variable of ours that is no setting: with `DEODAR_SANDBX=false` a sandbox would serve.
/// Those that Kubernetes sets for a service of the name `deodar` are none of ours.
fn check_variables(names: impl Iterator<Item = String>) -> Result<(), Failure> {
    let settings = RawSettings::augment_args(Command::new("deodar"));
    let known =
        |name: &str| settings.get_arguments().any(|known| known.get_env() == Some(name.as_ref()));
    let foreign = |name: &str| name.contains("_SERVICE_") || name.contains("_PORT");
    let mut unknown =
        names.filter(|name| name.starts_with("DEODAR_") && !foreign(name) && !known(name));
    match unknown.next() {
        None => Ok(()),
        Some(name) => Err(Failure::setup(format!(
            "the variable {name} is no setting: see --help for those that are, or unset it"
        ))),
    }
}

/// Reads a settings file; `None` where there is none.
fn read(path: &Path) -> Result<Option<RawSettings>, Failure> {
    let shown = path.display();
    let too_large = std::fs::metadata(path).is_ok_and(|file| file.len() > FILE_SIZE_MAX);
    if too_large {
        return Err(Failure::setup(format!("the settings file {shown} is larger than 1 MiB")));
    }
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text)
            .map(Some)
            .map_err(|reason| Failure::setup(format!("the settings file {shown}{reason}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Failure::setup(format!("the settings file {shown} cannot be read: {error}")))
        }
    }
}

/// Parses a settings file; the error says on which line, and what.
fn parse(text: &str) -> Result<RawSettings, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| {
            before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1)
        });
        format!(", line {line}: {}", error.message())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let refused = parse("listen = \"127.0.0.1:1\"\nlisen = \"x\"\n").err().unwrap();
        assert!(refused.starts_with(", line 2: unknown field `lisen`"), "{refused}");
    }

    #[test]
    fn the_master_key_is_no_key_of_the_file() {
        assert!(parse("master_key = \"00\"").is_err());
    }

    #[test]
    fn a_misspelt_variable_is_refused_by_name() {
        let check = |name: &str| check_variables([name.to_owned()].into_iter());
        for taken in ["DEODAR_SANDBOX", "DEODAR_MASTER_KEY", "DEODARS", "PATH", "deodar_sandbx"] {
            assert!(check(taken).is_ok(), "{taken}");
        }
        for foreign in ["DEODAR_SERVICE_HOST", "DEODAR_PORT", "DEODAR_PORT_8080_TCP_ADDR"] {
            assert!(check(foreign).is_ok(), "{foreign}");
        }
        let refused = check("DEODAR_SANDBX").unwrap_err().line();
        assert!(refused.starts_with("the variable DEODAR_SANDBX is no setting"), "{refused}");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let flags = RawSettings { listen: Some("a".into()), ..RawSettings::default() };
        let file = parse("listen = \"b\"\ndatabase = \"c\"\nsandbox = false").unwrap();
        let both = flags.or(file);
        assert_eq!(both.listen.as_deref(), Some("a"));
        assert_eq!(both.database.as_deref(), Some("c"));
        assert_eq!(both.sandbox, Some(false));
    }

    #[test]
    fn every_flag_is_a_variable_and_but_for_two_a_key() {
        for argument in RawSettings::augment_args(Command::new("deodar")).get_arguments() {
            let name = argument.get_id().as_str();
            let variable = argument.get_env().and_then(std::ffi::OsStr::to_str);
            assert_eq!(variable, Some(format!("DEODAR_{}", name.to_uppercase()).as_str()));
            let flag = argument.get_long().unwrap();
            assert_eq!(flag, name.replace('_', "-"));
            let known = |value: &str| parse(&format!("{name} = {value}")).is_ok();
            let expected = !matches!(name, "config" | "master_key");
            assert_eq!(known("\"x\"") || known("true"), expected, "{name}");
        }
    }
}
