//! What the tests need beside Rust: a browser and its driver, `curl` and `openssl`, a C
//! compiler, a font of Hindi, PostgreSQL, and a Python environment with the official SDK, the webhook verifier
//! and the accessibility checks of axe-core.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{root, run, say, works};

/// A program that must run, how it is tried, and the Debian packages that have it.
struct Tool {
    program: &'static str,
    arguments: &'static [&'static str],
    packages: &'static [&'static str],
}

const TOOLS: [Tool; 8] = [
    Tool { program: "chromium", arguments: &["--version"], packages: &["chromium"] },
    Tool { program: "chromedriver", arguments: &["--version"], packages: &["chromium-driver"] },
    // The pages in Hindi are looked at, too.
    Tool {
        program: "sh",
        arguments: &["-c", "fc-list :lang=hi family | grep -q ."],
        packages: &["fontconfig", "fonts-lohit-deva"],
    },
    Tool { program: "curl", arguments: &["--version"], packages: &["curl"] },
    Tool { program: "openssl", arguments: &["version"], packages: &["openssl"] },
    Tool { program: "gcc", arguments: &["--version"], packages: &["gcc", "libc6-dev"] },
    // The tests start clusters of their own; the one that Debian makes is none of theirs.
    Tool {
        program: "sh",
        arguments: &["-c", "ls /usr/lib/postgresql/*/bin/initdb && psql --version"],
        packages: &["postgresql"],
    },
    Tool {
        program: "python3",
        arguments: &["-c", "import ensurepip, venv"],
        packages: &["python3", "python3-venv"],
    },
];

/// What the benchmark needs: the load generator, the database, and a compiler for the slow disk.
const BENCH_TOOLS: [Tool; 3] = [
    // It ends with 1 where it is only asked for its version.
    Tool { program: "sh", arguments: &["-c", "command -v wrk"], packages: &["wrk"] },
    Tool {
        program: "sh",
        arguments: &["-c", "ls /usr/lib/postgresql/*/bin/initdb"],
        packages: &["postgresql"],
    },
    Tool { program: "gcc", arguments: &["--version"], packages: &["gcc", "libc6-dev"] },
];

/// Installs what is missing.
pub(crate) fn install() -> Result<()> {
    install_tools(&TOOLS)?;
    install_python()
}

/// Installs what the benchmark needs and is missing.
pub(crate) fn install_for_bench() -> Result<()> {
    install_tools(&BENCH_TOOLS)
}

fn install_tools(tools: &[Tool]) -> Result<()> {
    let missing: Vec<_> = tools
        .iter()
        .filter(|tool| !works(Command::new(tool.program).args(tool.arguments)))
        .collect();
    if !missing.is_empty() {
        let packages: Vec<_> = missing.iter().flat_map(|tool| tool.packages).copied().collect();
        install_packages(&packages)?;
    }
    for tool in missing {
        if !works(Command::new(tool.program).args(tool.arguments)) {
            bail!("{} still does not run: install it by hand", tool.packages.join(", "));
        }
    }
    Ok(())
}

fn install_packages(packages: &[&str]) -> Result<()> {
    if !works(Command::new("apt-get").arg("--version")) {
        bail!(
            "the tests need what Debian calls {}: install it, and run this again",
            packages.join(" ")
        );
    }
    say(&format!("installing {}", packages.join(" ")));
    run(apt_get()?.args(["update", "--quiet"]))?;
    run(apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

/// What makes `apt-get` ask a server again that fails for a moment, and wait for whoever else
/// installs packages, as a machine does by itself after its start.
const PATIENT_APT: [&str; 4] =
    ["--option", "Acquire::Retries=5", "--option", "DPkg::Lock::Timeout=600"];

/// `apt-get` as root.
fn apt_get() -> Result<Command> {
    let id = Command::new("id").arg("-u").output().context("id could not be started")?;
    let mut command = if id.stdout.trim_ascii() == b"0" {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    } else {
        let mut command = Command::new("sudo");
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    };
    command.args(PATIENT_APT);
    Ok(command)
}

/// Makes the Python environment of the tests (every package of it is named, so that none brings
/// others), or leaves it where it is as it should be.
fn install_python() -> Result<()> {
    let requirements = root().join("testing/python/requirements.txt");
    let environment = root().join("target/python");
    let installed = environment.join("installed.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .with_context(|| requirements.display().to_string())?;
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    say("making the Python environment of the tests in target/python");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run(pip(&environment).args(["install", "--no-deps", "--requirement"]).arg(&requirements))?;
    std::fs::write(&installed, wanted).with_context(|| installed.display().to_string())
}

fn pip(environment: &Path) -> Command {
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]);
    // A server that fails for a moment is asked again.
    command.args(["--retries", "10", "--timeout", "60"]);
    command
}
