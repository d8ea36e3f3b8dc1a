//! Installing the peers, by the ordinary clients of their registries, into `target/peers`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use deodar_kit::repository;

use super::Peer;

impl Peer {
    const fn folder(self) -> &'static str {
        match self {
            Self::Localstripe => "localstripe",
            Self::Lnbits => "lnbits",
            Self::Prism => "prism",
        }
    }

    /// Its program, in its folder.
    const fn program(self) -> &'static str {
        match self {
            Self::Localstripe => "bin/localstripe",
            Self::Lnbits => "bin/lnbits",
            Self::Prism => "node_modules/.bin/prism",
        }
    }

    /// The packages, in the versions that were compared.
    const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Localstripe => &["localstripe==1.15.10"],
            // A newer bitstring has lost what its own dependency asks for.
            Self::Lnbits => &["lnbits==1.6.2", "bitstring<5"],
            // Later ones want a newer Node than Debian's.
            Self::Prism => &["@stoplight/prism-cli@5.14.2"],
        }
    }
}

/// Installs a peer where it is not there yet, and gives its program.
pub(super) fn install(peer: Peer) -> Result<PathBuf> {
    let folder = repository().join("target/peers").join(peer.folder());
    let program = folder.join(peer.program());
    if program.exists() {
        return Ok(program);
    }
    std::fs::create_dir_all(&folder)?;
    match peer {
        Peer::Prism => run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .args(peer.packages()))?,
        Peer::Localstripe | Peer::Lnbits => {
            run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            run(Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"])
                .arg("install")
                .args(peer.packages()))?;
        }
    }
    ensure!(program.exists(), "its packages have no program");
    Ok(program)
}

/// Where Python keeps a peer's packages.
pub(super) fn packages(peer: Peer) -> Result<PathBuf> {
    let libraries = repository().join("target/peers").join(peer.folder()).join("lib");
    let versions = std::fs::read_dir(&libraries)?;
    let found = versions.filter_map(|version| Some(version.ok()?.path().join("site-packages")));
    found.filter(|path| Path::exists(path)).max().context("its packages are not there")
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().context("its installer does not run")?;
    let told = String::from_utf8_lossy(&output.stderr);
    let last = told.lines().last().unwrap_or_default();
    ensure!(output.status.success(), "it cannot be installed: {last}");
    Ok(())
}
