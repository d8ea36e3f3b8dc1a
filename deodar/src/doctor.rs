//! `deodar doctor`: what is wrong with this installation, and what to do about it.

mod postgres;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use deodar_domain::time::Timestamp;
use deodar_engine::{Clock, SystemClock};
use deodar_store::{Store, StoreError};
use deodar_store_postgres::PostgresStore;
use serde_json::json;
use tokio::net::TcpStream;

use crate::database::{open_existing, postgres_failure};
use crate::failure::Failure;
use crate::gateway::check_master_key;
use crate::settings::{RawSettings, Settings};
use crate::{master_key, messages, terminal};

/// The least space that the disk of the database must have, in bytes.
const DISK_FREE_MIN: u64 = 256 << 20;
/// A clock before this is not set: 1 January 2026, in seconds of the Unix epoch.
const CLOCK_SECONDS_MIN: i64 = 1_767_225_600;
/// How far the clock may be behind what was written last.
const CLOCK_BEHIND_MAX: Duration = Duration::from_mins(5);
/// How long another machine may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What one check found.
type Finding = Result<String, String>;

/// Runs every check and tells what it found; fails when one found a fault.
pub async fn examine(settings: RawSettings, json: bool) -> Result<(), Failure> {
    let mut report = Report { json, faults: 0 };
    match settings.with_file().and_then(Settings::check) {
        Err(failure) => report.tell("settings", Err(failure.line())),
        Ok(settings) => {
            report.tell("settings", Ok(String::from("every setting is understood")));
            examine_machine(&settings, &mut report).await;
        }
    }
    match report.faults {
        0 => Ok(()),
        1 => Err(Failure::setup("one fault was found")),
        faults => Err(Failure::setup(format!("{faults} faults were found"))),
    }
}

struct Report {
    json: bool,
    faults: u32,
}

impl Report {
    fn tell(&mut self, check: &str, finding: Finding) {
        let ok = finding.is_ok();
        let detail = finding.unwrap_or_else(|fault| {
            self.faults += 1;
            fault
        });
        if self.json {
            // The exit code tells as much, should nobody read on.
            let _ = terminal::answer(&json!({ "check": check, "ok": ok, "detail": detail }));
        } else {
            terminal::tell(&format!(
                "{}  {check:<10}  {detail}",
                if ok { "ok   " } else { "FAULT" }
            ));
        }
    }
}

async fn examine_machine(settings: &Settings, report: &mut Report) {
    report.tell("disk", disk(&settings.database));
    let key = master_key::read(&settings.master_key).map_err(|failure| failure.line());
    report.tell(
        "master key",
        match &key {
            Ok(Some(_)) => Ok(String::from("it is there, and nobody else can read it")),
            Ok(None) if settings.sandbox => Ok(String::from("the first start will make it")),
            Ok(None) => Err(String::from("it is missing: give it by --master-key-file")),
            Err(fault) => Err(fault.clone()),
        },
    );
    if let Some(simulator) = &settings.simulator {
        report.tell("simulator", connects(&simulator.url).await);
    }
    for (channel, finding) in messages::findings(settings).await {
        report.tell(channel, finding);
    }
    let is_there = if let Some(address) = &settings.postgres {
        report.tell("clock", clock(None));
        if !postgres::examine(address, report).await {
            return;
        }
        PostgresStore::is_in_use(address).await.map_err(|error| postgres_failure(&error))
    } else {
        report.tell("clock", clock(newest_write(&settings.database)));
        Ok(settings.database.exists())
    };
    match is_there {
        Ok(true) => {}
        Ok(false) => {
            let made = String::from("the first start will make it");
            return report.tell("database", Ok(made));
        }
        Err(failure) => return report.tell("database", Err(failure.line())),
    }
    let store = match open_existing(settings).await {
        Ok(store) => store,
        Err(failure) => return report.tell("database", Err(failure.line())),
    };
    report.tell("database", Ok(String::from("it opens, and its schema is this release's")));
    match key {
        Ok(Some(key)) => {
            let fits = check_master_key(&*store, &key).await;
            let fits = fits.map(|()| String::from("the merchants' secrets open"));
            report.tell("secrets", fits.map_err(|failure| failure.line()));
        }
        Ok(None) if has_merchants(&*store).await => {
            let fault = "there are merchants, but the key of their secrets is gone: restore it";
            report.tell("secrets", Err(String::from(fault)));
        }
        _ => {}
    }
    report.tell("books", books(&*store).await);
}

async fn has_merchants(store: &dyn Store) -> bool {
    store.merchants().await.is_ok_and(|merchants| !merchants.is_empty())
}

fn disk(database: &Path) -> Finding {
    let folder = match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let free = fs4::available_space(folder).map_err(|error| {
        let folder = folder.display();
        format!("{folder} cannot be read ({error}): make the folder, or name another --database")
    })?;
    let free_mib = free >> 20;
    if free < DISK_FREE_MIN {
        return Err(format!("only {free_mib} MiB are free in {}: make room", folder.display()));
    }
    Ok(format!("{free_mib} MiB are free"))
}

/// When the database was written to last, by the clock of that moment.
fn newest_write(database: &Path) -> Option<Timestamp> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let written = |path: &Path| {
        let modified = std::fs::metadata(path).ok()?.modified().ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::EPOCH.plus(since))
    };
    written(database).max(written(Path::new(&log)))
}

fn clock(newest_write: Option<Timestamp>) -> Finding {
    let now = SystemClock.now();
    if now.seconds() < CLOCK_SECONDS_MIN {
        return Err(format!("the clock says {now}: set it, and keep it right by NTP"));
    }
    if let Some(written) = newest_write.filter(|written| now.plus(CLOCK_BEHIND_MAX) < *written) {
        return Err(format!(
            "the clock says {now}, but the database was written at {written}: set the clock"
        ));
    }
    Ok(format!("it is {now}"))
}

async fn connects(url: &str) -> Finding {
    let parsed = url::Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
    let host = parsed.host_str().unwrap_or_default().to_owned();
    let port = parsed.port_or_known_default().unwrap_or(80);
    match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Ok(format!("{url} answers")),
        Ok(Err(error)) => Err(format!("{url} does not answer ({error}): start deodar simulator")),
        Err(_) => Err(format!("{url} does not answer in time: see the network between")),
    }
}

/// Sees that debits and credits are equal in every currency.
async fn books(store: &dyn Store) -> Finding {
    let damaged = |error: StoreError| format!("they cannot be read: {error}");
    let mut sums = BTreeMap::new();
    let balances = store.balances().await.map_err(damaged)?;
    for balance in &balances {
        *sums.entry(balance.currency.to_string()).or_insert(0_i128) += balance.sum;
    }
    match sums.iter().find(|(_, sum)| **sum != 0) {
        None => Ok(format!("they balance, over {} accounts", balances.len())),
        Some((currency, sum)) => Err(format!(
            "debits and credits in {currency} differ by {sum}: stop the server, keep a copy of the \
             database and ask for help"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_what_was_written_is_a_fault() {
        let now = SystemClock.now();
        assert!(clock(Some(now.plus(Duration::from_hours(1)))).is_err());
        assert!(clock(Some(now.plus(Duration::from_mins(1)))).is_ok());
        assert!(clock(None).is_ok());
    }
}
