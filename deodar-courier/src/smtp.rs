//! The transport of e-mail: SMTP, one connection for each message.
//!
//! Connections are not kept: a message is never in a hurry, and one that is given up in the middle
//! of a transaction would leave its answers to the next.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use thiserror::Error as ThisError;
use url::{Host, Url};

use crate::messenger::{Content, Message, Messenger, NotSent};

/// How long a mail server may take for the connection, its TLS included.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a mail server may take to say good-bye. The message is with it by then.
const QUIT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a check of the mail server may take in all.
const CHECK_TIME_MAX: Duration = Duration::from_secs(15);

/// How a connection to a mail server is kept from being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS; a server that does not offer it is not used.
    StartTls,
    /// None, to this machine alone.
    Plain,
}

/// Where a mail server is, as one URL tells it: `smtps://user@mail.example.com`,
/// `smtp://user@mail.example.com:587`, `smtp+plain://127.0.0.1:25`.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    host: String,
    port: u16,
    security: SmtpSecurity,
    user: Option<String>,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({}:{}, {:?})", self.host, self.port, self.security)
    }
}

/// Why e-mail cannot be set up. The words follow the name of the setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ThisError)]
pub enum SmtpConfigError {
    /// The URL of the server.
    #[error(
        "is not of the form smtps://user@host:465, smtp://user@host:587 or smtp+plain://127.0.0.1:25"
    )]
    Url,
    /// The URL has a password.
    #[error("must not hold the password: give it by smtp_password_file or DEODAR_SMTP_PASSWORD")]
    PasswordInUrl,
    /// The server is another machine, and the connection to it would be in clear.
    #[error("may use smtp+plain to this machine alone: use smtps or smtp")]
    PlainElsewhere,
}

impl SmtpServer {
    /// Reads the URL. `smtps` is TLS from the first byte, on port 465; `smtp` needs STARTTLS, on
    /// port 587; `smtp+plain` is in clear, to this machine alone, on port 25.
    pub fn parse(text: &str) -> Result<Self, SmtpConfigError> {
        let url = Url::parse(text).map_err(|_| SmtpConfigError::Url)?;
        let (security, port) = match url.scheme() {
            "smtps" => (SmtpSecurity::Tls, 465),
            "smtp" => (SmtpSecurity::StartTls, 587),
            "smtp+plain" => (SmtpSecurity::Plain, 25),
            _ => return Err(SmtpConfigError::Url),
        };
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !bare || url.fragment().is_some() {
            return Err(SmtpConfigError::Url);
        }
        if url.password().is_some() {
            return Err(SmtpConfigError::PasswordInUrl);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpConfigError::Url)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if security == SmtpSecurity::Plain && !is_this_machine(&host) {
            return Err(SmtpConfigError::PlainElsewhere);
        }
        let user = percent_encoding::percent_decode_str(url.username()).decode_utf8();
        let user = user.map_err(|_| SmtpConfigError::Url)?.into_owned();
        let user = Some(user).filter(|user| !user.is_empty());
        Ok(Self { host, port: url.port().unwrap_or(port), security, user })
    }

    /// Who logs in; `None` where nobody does.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The server's name and port, `mail.example.com:465`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => host.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.is_loopback()),
    }
}

/// Whom e-mail is from, or whom answers go to: `Example Store <pay@example.in>`, or the address
/// alone.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress(Mailbox);

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(…)")
    }
}

impl MailAddress {
    /// Reads an address; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let printable = !text.chars().any(char::is_control);
        text.parse().ok().filter(|_| printable).map(Self)
    }
}

/// More certificates that a mail server's may be signed by, beside those of the public.
#[derive(Clone)]
pub struct MailRoots(Certificate);

impl fmt::Debug for MailRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailRoots(…)")
    }
}

impl MailRoots {
    /// Reads a file of them; `None` where there is none in it.
    pub fn parse(pem: &[u8]) -> Option<Self> {
        const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
        let some = pem.windows(BEGIN.len()).any(|window| window == BEGIN);
        Certificate::from_pem(pem).ok().filter(|_| some).map(Self)
    }
}

/// What the transport of e-mail is told once.
#[derive(Clone)]
pub struct SmtpConfig {
    /// The mail server.
    pub server: SmtpServer,
    /// The password of the server's user; it is not looked at where there is no user.
    pub password: String,
    /// Whom e-mail is from. Where it has no name, the merchant's is shown.
    pub from: MailAddress,
    /// Whom answers go to, where that is another address.
    pub reply_to: Option<MailAddress>,
    /// Beside whose certificates the server's is believed.
    pub roots: Option<MailRoots>,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpConfig({:?})", self.server)
    }
}

/// The transport.
pub struct Smtp {
    server: SmtpServer,
    credentials: Option<Credentials>,
    tls: TlsParameters,
    hello_name: ClientId,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({:?})", self.server)
    }
}

impl Smtp {
    /// The transport with these settings; `None` where TLS cannot be set up for the server's name.
    pub fn new(config: SmtpConfig) -> Option<Self> {
        let SmtpConfig { server, password, from, reply_to, roots } = config;
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(MailRoots(certificate)) = roots {
            tls = tls.add_root_certificate(certificate);
        }
        let tls = tls.build_rustls().ok()?;
        let credentials = server.user.clone().map(|user| Credentials::new(user, password));
        let hello_name = ClientId::Domain(from.0.email.domain().to_owned());
        let reply_to = reply_to.map(|address| address.0);
        Some(Self { server, credentials, tls, hello_name, from: from.0, reply_to })
    }

    /// Sees that the server answers, takes the password and lets e-mail come from this address.
    /// Nothing is sent. The error is what stopped it.
    pub async fn check(&self) -> Result<(), &'static str> {
        let checked = async {
            let mut connection = self.connect().await?;
            let from = Mail::new(Some(self.from.email.clone()), Vec::new());
            let taken = connection.command(from).await;
            close(connection).await;
            taken.map(drop).map_err(|_| "the mail server refuses email_from")
        };
        let checked = tokio::time::timeout(CHECK_TIME_MAX, checked).await;
        checked.unwrap_or(Err("the mail server does not answer in time"))
    }

    /// Connects, by TLS where it is asked for, and logs in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, &'static str> {
        let SmtpServer { host, port, security, .. } = &self.server;
        let implicit = (*security == SmtpSecurity::Tls).then(|| self.tls.clone());
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(CONNECT_TIME_MAX),
            &self.hello_name,
            implicit,
            None,
        )
        .await
        .map_err(|error| connection_words(&error))?;
        if *security == SmtpSecurity::StartTls {
            if !connection.can_starttls() {
                return Err("the mail server does not offer STARTTLS");
            }
            let begun = connection.starttls(self.tls.clone(), &self.hello_name).await;
            begun.map_err(|error| connection_words(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            let taken = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            taken.map_err(|_| "the mail server refuses the user or the password")?;
        }
        Ok(connection)
    }

    /// The e-mail: its text beside its page, and an id that is the same when it is sent again.
    fn email(&self, message: &Message, to: &Address) -> Result<Vec<u8>, NotSent> {
        const NOT_MADE: NotSent = NotSent::Never("not an e-mail");
        let Content::Email { subject, text, html } = &message.content else {
            return Err(NOT_MADE);
        };
        let name = self.from.name.clone().or_else(|| Some(message.merchant_name.clone()));
        let id = format!("<deodar-{}@{}>", message.id.0, self.from.email.domain());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let automatic = HeaderValue::new(automatic, String::from("auto-generated"));
        let mut builder = MessageBuilder::new()
            .from(Mailbox::new(name, self.from.email.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .message_id(Some(id))
            .raw_header(automatic);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let parts = MultiPart::alternative_plain_html(text.clone(), html.clone());
        builder.multipart(parts).map(|email| email.formatted()).map_err(|_| NOT_MADE)
    }

    /// Gives an e-mail to the server. What is said of the recipient or of the text is for good; what
    /// is said of the sender or of us is a fault of the settings, and may go another time.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &Address,
        email: &[u8],
    ) -> Result<(), NotSent> {
        let international = connection.server_info().supports_feature(Extension::SmtpUtfEight);
        let is_ascii = to.to_string().is_ascii();
        if !is_ascii && !international {
            return Err(NotSent::Never("the mail server takes no such address"));
        }
        let parameters = if is_ascii { Vec::new() } else { vec![MailParameter::SmtpUtfEight] };
        let from = Mail::new(Some(self.from.email.clone()), parameters);
        connection.command(from).await.map_err(|_| NotSent::Later("sender refused"))?;
        let to = Rcpt::new(to.clone(), Vec::new());
        connection.command(to).await.map_err(|error| refusal(&error, "address refused"))?;
        connection.command(Data).await.map_err(|error| refusal(&error, "e-mail refused"))?;
        let taken = connection.message(email).await;
        taken.map(drop).map_err(|error| refusal(&error, "e-mail refused"))
    }
}

#[async_trait]
impl Messenger for Smtp {
    async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let to: Address =
            message.recipient.parse().map_err(|_| NotSent::Never("not an e-mail address"))?;
        let email = self.email(message, &to)?;
        let mut connection = self.connect().await.map_err(NotSent::Later)?;
        let sent = self.hand_over(&mut connection, &to, &email).await;
        // A server that is slow to say good-bye must not make a message that it has look unsent.
        tokio::spawn(close(connection));
        sent
    }
}

async fn close(mut connection: AsyncSmtpConnection) {
    // There is nothing to do about a good-bye that does not come.
    let _ = tokio::time::timeout(QUIT_TIME_MAX, connection.quit()).await;
}

/// What a refusal means: one with a code of 500 and above is for good, unless it is of us.
fn refusal(error: &Error, what: &'static str) -> NotSent {
    if is_of_us(error) {
        NotSent::Later("the mail server takes no e-mail from this gateway")
    } else if error.is_permanent() {
        NotSent::Never(what)
    } else {
        NotSent::Later("not taken now")
    }
}

/// Whether a refusal is of who sends, and not of the message: a login is wanted (RFC 4954), or a
/// rule stands against it (the enhanced codes 5.7.x of RFC 3463), as where nothing may be relayed.
/// It is mended in the settings, and no message is lost until then.
fn is_of_us(error: &Error) -> bool {
    const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];
    let of_login = error.status().is_some_and(|code| LOGIN_CODES.contains(&code.into()));
    let of_rules = error.source().is_some_and(|told| told.to_string().starts_with("5.7."));
    error.is_permanent() && (of_login || of_rules)
}

fn connection_words(error: &Error) -> &'static str {
    if error.is_tls() || is_of_tls(error) {
        "the mail server's TLS is not believed"
    } else if error.is_timeout() {
        "the mail server does not answer in time"
    } else {
        "the mail server cannot be reached"
    }
}

/// Whether TLS is what broke a connection: it is told as a failure to read.
fn is_of_tls(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>()
            || inner.is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_one_url() {
        for (text, address, security, user) in [
            ("smtps://mail.example.com", "mail.example.com:465", SmtpSecurity::Tls, None),
            (
                "smtp://a@mail.example.com/",
                "mail.example.com:587",
                SmtpSecurity::StartTls,
                Some("a"),
            ),
            (
                "smtps://a%40b.in@mail.example.com:1465",
                "mail.example.com:1465",
                SmtpSecurity::Tls,
                Some("a@b.in"),
            ),
            ("smtp+plain://localhost", "localhost:25", SmtpSecurity::Plain, None),
            ("smtp+plain://[::1]:2525", "::1:2525", SmtpSecurity::Plain, None),
        ] {
            let server = SmtpServer::parse(text).unwrap();
            let read = (server.address(), server.security, server.user());
            assert_eq!(read, (address.to_owned(), security, user), "{text}");
        }
    }

    #[test]
    fn a_url_that_would_leak_or_says_nothing_is_refused() {
        use SmtpConfigError as E;
        for (text, error) in [
            ("mail.example.com", E::Url),
            ("https://mail.example.com", E::Url),
            ("smtps://", E::Url),
            ("smtps://mail.example.com/inbox", E::Url),
            ("smtps://mail.example.com?tls=none", E::Url),
            ("smtps://a:secret@mail.example.com", E::PasswordInUrl),
            ("smtp+plain://mail.example.com", E::PlainElsewhere),
            ("smtp+plain://10.0.0.1", E::PlainElsewhere),
            ("smtp+plain://localhost.example.com", E::PlainElsewhere),
        ] {
            assert_eq!(SmtpServer::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_address_may_have_a_name_and_no_second_line() {
        for (text, taken) in [
            ("pay@example.in", true),
            ("Example Store <pay@example.in>", true),
            ("देवदार <pay@example.in>", true),
            ("pay", false),
            ("", false),
            ("a@example.in, b@example.in", false),
            ("A\r\nBcc: b@example.in <a@example.in>", false),
        ] {
            assert_eq!(MailAddress::parse(text).is_some(), taken, "{text}");
        }
    }
}
