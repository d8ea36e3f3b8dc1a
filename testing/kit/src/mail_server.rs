//! A real mail server, which shows what it was given.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::python::Python;
use crate::tools::ADVICE;

/// How long the server may take to show what it was given.
const PATIENCE: Duration = Duration::from_mins(2);

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// In clear, by anybody.
    Plain,
    /// After STARTTLS, by its user.
    StartTls,
    /// By TLS from the first byte, by its user.
    Tls,
}

/// A mail server of this machine. It ends with the value.
pub struct MailServer {
    folder: TempDir,
    security: MailSecurity,
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl MailServer {
    /// Its user, where it wants one.
    pub const USER: &str = "postman@example.com";
    /// The user's password.
    pub const PASSWORD: &str = "a quiet morning";

    /// Starts one, with a certificate of its own for `localhost`.
    pub async fn start(security: MailSecurity) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let python = Python::find()?;
        let mut command = Command::new(python.interpreter());
        command.arg(Python::program("mail_server.py"));
        if security == MailSecurity::Plain {
            command.arg("plain");
        } else {
            let (certificate, key) = certificate(folder.path()).await?;
            command.arg(if security == MailSecurity::Tls { "tls" } else { "starttls" });
            command.arg(certificate).arg(key).args([Self::USER, Self::PASSWORD]);
        }
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = process.stdout.take().context("a pipe")?;
        let mut server = Self {
            folder,
            security,
            port: 0,
            lines: BufReader::new(stdout).lines(),
            _process: process,
        };
        let port = server.next().await?["port"].as_u64().context("a port")?;
        server.port = u16::try_from(port)?;
        Ok(server)
    }

    /// What the setting `smtp_url` calls it.
    pub fn url(&self) -> String {
        let port = self.port;
        let user = Self::USER.replace('@', "%40");
        match self.security {
            MailSecurity::Plain => format!("smtp+plain://127.0.0.1:{port}"),
            MailSecurity::StartTls => format!("smtp://{user}@localhost:{port}"),
            MailSecurity::Tls => format!("smtps://{user}@localhost:{port}"),
        }
    }

    /// The file of the certificate that signs its own.
    pub fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    /// The next e-mail that it is given.
    pub async fn next(&mut self) -> Result<Value> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.context("the mail server shows nothing")??;
        Ok(serde_json::from_str(&line.context("the mail server ended")?)?)
    }
}

/// Makes a certificate for `localhost`, signed by another.
async fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let script = "set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
          -subj '/CN=Test root' -keyout roots.key -out roots.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
          -subj /CN=localhost -keyout mail.key -out mail.csr
        printf 'subjectAltName=DNS:localhost\\nbasicConstraints=critical,CA:FALSE\\n' > mail.ext
        openssl x509 -req -in mail.csr -CA roots.pem -CAkey roots.key -CAcreateserial -days 2 \
          -extfile mail.ext -out mail.pem";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder).output().await?;
    let told = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "openssl made no certificate: {told}: {ADVICE}");
    Ok((folder.join("mail.pem"), folder.join("mail.key")))
}
