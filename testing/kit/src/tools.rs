//! Small things that the rest of the kit stands on.

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
/// connection is given it meanwhile, as the system takes those ports from elsewhere, and no other
/// call in this process answers it.
pub fn free_port() -> Result<u16> {
    /// Linux gives connections ports from 32,768 on (`ip_local_port_range`).
    const PORTS: Range<u16> = 12_000..32_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes begin far from each other, as their ids are often neighbours.
    let begin = std::process::id().wrapping_mul(1_009);
    for _ in PORTS {
        let number = begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let offset = number % u32::try_from(PORTS.len())?;
        let port = PORTS.start + u16::try_from(offset)?;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
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
