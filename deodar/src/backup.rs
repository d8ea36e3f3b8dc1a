//! `deodar backup`: a copy of the database beside a running server.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deodar_store_postgres::DatabaseAddress;
use deodar_store_sqlite::{Backup, BackupError, Progress, back_up};
use serde_json::json;

use crate::failure::Failure;
use crate::gateway::open_failure;
use crate::serve::stop_signal;
use crate::settings::{RawSettings, Settings};
use crate::{logging, terminal};

/// Copies the database to a new file.
pub async fn run(settings: RawSettings, target: PathBuf, json: bool) -> Result<(), Failure> {
    let settings = settings.with_file()?;
    if settings.database.as_deref().is_some_and(DatabaseAddress::is_meant) {
        return Err(Failure::setup(
            "the database is PostgreSQL, which has backups of its own: use pg_dump, or pgBackRest \
             for every moment",
        ));
    }
    let settings = Settings::check(settings)?;
    logging::start(settings.log.as_deref(), logging::COMMAND, settings.log_format)?;
    let source = settings.database;
    if !source.exists() {
        return Err(Failure::setup(format!(
            "there is no database {}: name the right one by --database",
            source.display()
        )));
    }
    see_that_it_fits(&source, &target)?;
    let stop = stop_flag()?;
    let (file, with_progress) = (target.clone(), !json && std::io::stderr().is_terminal());
    let outcome = tokio::task::spawn_blocking(move || {
        let mut shown = String::new();
        let mut tell = |progress| {
            if with_progress {
                show(progress, &mut shown);
            }
        };
        let outcome = back_up(&source, &target, &stop, &mut tell);
        if with_progress {
            terminal::rewrite_line("");
        }
        outcome
    });
    let outcome = outcome.await.map_err(|error| Failure::Other(error.into()))?;
    tell_outcome(&file, &outcome.map_err(failure)?, json)
}

/// Refuses a copy that cannot fit, before anything is read.
fn see_that_it_fits(source: &Path, target: &Path) -> Result<(), Failure> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let free = fs4::available_space(folder).map_err(|error| {
        let folder = folder.display();
        Failure::setup(format!("{folder} cannot be read ({error}): name another folder by --to"))
    })?;
    // What is only in the write-ahead log yet may come to it; a disk that fills is told of later.
    let size = std::fs::metadata(source).map_or(0, |file| file.len());
    if free < size {
        let (free, size) = (free >> 20, size >> 20);
        return Err(Failure::setup(format!(
            "the database has {size} MiB, and only {free} MiB are free in {}: make room, or name \
             another folder by --to",
            folder.display()
        )));
    }
    Ok(())
}

/// Becomes true when the program is told to stop, so that it ends without leaving anything behind.
fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let mut signal = stop_signal()?;
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    tokio::spawn(async move {
        if signal.wait_for(|stop| *stop).await.is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    });
    Ok(flag)
}

fn show(progress: Progress, shown: &mut String) {
    let line = match progress {
        Progress::Copying { bytes, bytes_total } => {
            let percent = bytes.saturating_mul(100).checked_div(bytes_total).unwrap_or(100);
            format!("copying: {percent} % of {}", size(bytes_total))
        }
        Progress::Syncing => String::from("writing to the disk"),
        Progress::Checking => String::from("checking the copy"),
    };
    if line != *shown {
        terminal::rewrite_line(&line);
        *shown = line;
    }
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0..10 => format!("{} KiB", bytes >> 10),
        mib => format!("{mib} MiB"),
    }
}

fn failure(error: BackupError) -> Failure {
    let advice = match &error {
        BackupError::Source(error) => return open_failure(error),
        BackupError::Exists { .. } | BackupError::BelongsToDatabase { .. } => {
            "name another file by --to"
        }
        BackupError::DiskFull { .. } => "make room, or name another folder by --to",
        BackupError::CannotWrite { .. } => "see that its folder exists and is writable",
        BackupError::Unsound { .. } => "keep the last good backup, and run deodar doctor",
        BackupError::Stopped => return Failure::Other(error.into()),
    };
    Failure::setup(format!("{error}: {advice}"))
}

fn tell_outcome(file: &Path, backup: &Backup, json: bool) -> Result<(), Failure> {
    let Backup { bytes, schema, copied_in, checked_in } = *backup;
    if json {
        let told = json!({
            "file": file.display().to_string(),
            "bytes": bytes,
            "schema": schema,
            "copy_ms": copied_in.as_millis(),
            "check_ms": checked_in.as_millis(),
        });
        return terminal::answer(&told).map_err(|error| Failure::Other(error.into()));
    }
    terminal::tell(&format!(
        "{} is made and checked: {}, copied in {:.1} s, checked in {:.1} s. The master key is not \
         in it: keep a copy of that in another place.",
        file.display(),
        size(bytes),
        copied_in.as_secs_f64(),
        checked_in.as_secs_f64()
    ));
    Ok(())
}
