//! What takes messages to payers: the transports of the settings, and a sandbox's outbox.

use std::sync::Arc;
use std::time::Duration;

use deodar_courier::{Messenger, Messengers, Sms, Smtp};
use deodar_engine::{Engine, EngineParts};
use tokio::net::TcpStream;

use crate::failure::Failure;
use crate::gateway::engine_failure;
use crate::settings::Settings;

/// How long an SMS provider may take to answer a check.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The transports that the settings name.
#[derive(Debug)]
pub struct Transports {
    smtp: Option<Smtp>,
    sms: Option<Sms>,
}

/// Makes the transports that the settings name.
pub fn transports(settings: &Settings) -> Result<Transports, Failure> {
    let smtp = settings.smtp.clone().map(|config| {
        let unusable = || Failure::setup("the setting smtp_url names a host that TLS cannot check");
        Smtp::new(config).ok_or_else(unusable)
    });
    let sms = settings.sms.as_ref().map(|config| {
        Sms::new(config).map_err(|error| {
            Failure::setup(format!("the setting sms.{} {}", error.key, error.reason))
        })
    });
    Ok(Transports { smtp: smtp.transpose()?, sms: sms.transpose()? })
}

/// Opens the engine for what its messages go by: the transports, and in a sandbox the outbox for
/// what has none.
pub async fn open(
    parts: EngineParts,
    transports: Transports,
) -> Result<(Arc<Engine>, Messengers), Failure> {
    let Transports { smtp, sms } = transports;
    let email = smtp.map(|smtp| -> Arc<dyn Messenger> { Arc::new(smtp) });
    let sms = sms.map(|sms| -> Arc<dyn Messenger> { Arc::new(sms) });
    let own = Messengers { email, sms };
    let sandbox = parts.config.sandbox;
    if own.email.is_none() && own.sms.is_none() {
        // An outbox alone: what is written for it is bounded.
        let engine = Engine::open(parts).await.map_err(engine_failure)?;
        let messengers = if sandbox { Messengers::outbox(&engine) } else { own };
        return Ok((engine, messengers));
    }
    let channels = if sandbox { deodar_domain::message::Channels::ALL } else { own.channels() };
    let engine = Engine::open_with_channels(parts, channels).await.map_err(engine_failure)?;
    if !sandbox {
        return Ok((engine, own));
    }
    let outbox = Messengers::outbox(&engine);
    let messengers = Messengers { email: own.email.or(outbox.email), sms: own.sms.or(outbox.sms) };
    Ok((engine, messengers))
}

/// What `deodar doctor` finds of the transports. No message is sent.
pub async fn findings(settings: &Settings) -> Vec<(&'static str, Result<String, String>)> {
    let transports = match transports(settings) {
        Ok(transports) => transports,
        Err(failure) => return vec![("messages", Err(failure.line()))],
    };
    let none = || {
        Ok(String::from(if settings.sandbox {
            "no transport: the sandbox keeps what it would send"
        } else {
            "no transport: nothing is sent"
        }))
    };
    let email = match (&transports.smtp, &settings.smtp) {
        (Some(smtp), Some(config)) => match smtp.check().await {
            Ok(()) => Ok(format!("{} takes our e-mail", config.server.address())),
            Err(reason) => Err(format!(
                "{}: {reason}: see smtp_url, smtp_password, smtp_ca_file and email_from",
                config.server.address()
            )),
        },
        _ => none(),
    };
    let sms = match transports.sms.as_ref().map(Sms::address) {
        Some(Some(address)) => connects(&address).await,
        Some(None) => Err(String::from("the URL names no host: see url in the table [sms]")),
        None => none(),
    };
    vec![("e-mail", email), ("SMS", sms)]
}

async fn connects(address: &str) -> Result<String, String> {
    match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(format!("{address} can be reached; nothing was sent")),
        Ok(Err(error)) => {
            Err(format!("{address} cannot be reached ({error}): see the table [sms]"))
        }
        Err(_) => Err(format!("{address} does not answer in time: see the network between")),
    }
}
