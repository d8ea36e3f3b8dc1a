//! Small things that the rest of the kit stands on.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How often something that is waited for is looked at.
const POLL_PERIOD: Duration = Duration::from_millis(25);
/// What to do when a tool is missing.
pub(crate) const ADVICE: &str = "run `cargo xtask test`, which installs what the tests need";

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// A port that nothing listens on. Its server may be away for a while and come back to it: no
/// connection is given it meanwhile, as Linux takes those ports from 32,768 on
/// (`ip_local_port_range`), and no other call in this process answers it.
pub fn free_port() -> Result<u16> {
    /// As many as a prime number, so that every step comes by all of them.
    const PORTS: Range<u16> = 12_000..29_989;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Each process has a step of its own: two that meet soon part again.
    let process = std::process::id() % 9_973;
    let count = u32::try_from(PORTS.len())?;
    for _ in PORTS {
        let taken = TAKEN.fetch_add(1, Ordering::Relaxed) % count;
        let port = PORTS.start + u16::try_from((process + 1) * (taken + 1) % count)?;
        match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).context("a port"),
        }
    }
    bail!("no port of {PORTS:?} is free")
}

/// Asks until the answer is there. `what` says in the error what was waited for.
pub async fn wait_until<T>(
    what: &str,
    at_most: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let asked = async {
        let mut period = tokio::time::interval(POLL_PERIOD);
        loop {
            period.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    match tokio::time::timeout(at_most, asked).await {
        Ok(answer) => Ok(answer),
        Err(_) => bail!("waited {at_most:?} in vain for {what}"),
    }
}

/// Compiles a C file of `testing/` to a library that can be preloaded.
pub fn compile_library(source: &str, folder: &Path) -> Result<PathBuf> {
    let source = repository().join("testing").join(source);
    let stem = source.file_stem().context("a C file")?.to_string_lossy().into_owned();
    let library = folder.join(format!("lib{stem}.so"));
    let output = Command::new("gcc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(&source)
        .args(["-ldl", "-lpthread"])
        .output()
        .with_context(|| format!("gcc is missing: {ADVICE}"))?;
    if !output.status.success() {
        bail!("{}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(library)
}
