//! Settings of e-mail and SMS.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use deodar_courier::{MailAddress, MailRoots, SmsConfig, SmsText, SmtpConfig, SmtpServer};
use deodar_domain::message::MessageKind;
use serde::Deserialize;

use super::bad;
use super::raw::RawSettings;
use crate::failure::Failure;

/// The most bytes that are read of a file with a secret, and of one with certificates.
const FILE_SIZE_MAX: u64 = 256 * 1024;
/// The mode bits that a file with a secret must not have: anything for the group or for others.
const MODE_TOO_OPEN: u32 = 0o077;

/// The table `[sms]` of the settings file: the request that sends an SMS.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSms {
    url: String,
    method: Option<String>,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    sender: Option<String>,
    accepted: Option<String>,
    allow_private: bool,
    link_created: Option<RawSmsText>,
    link_sent_again: Option<RawSmsText>,
    link_reminder: Option<RawSmsText>,
    payment_receipt: Option<RawSmsText>,
}

/// What an SMS of one kind says, and the id under which its text is registered.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawSmsText {
    template: String,
    text: Option<String>,
}

/// How e-mail goes out; `None` where no server is named.
pub(super) fn smtp(raw: &RawSettings) -> Result<Option<SmtpConfig>, Failure> {
    let Some(url) = &raw.smtp_url else {
        let beside = [
            ("smtp_password", &raw.smtp_password),
            ("smtp_password_file", &raw.smtp_password_file),
            ("smtp_ca_file", &raw.smtp_ca_file),
            ("email_from", &raw.email_from),
            ("email_reply_to", &raw.email_reply_to),
        ];
        return match beside.into_iter().find(|(_, value)| value.is_some()) {
            Some((setting, _)) => Err(bad(setting, "does nothing without smtp_url")),
            None => Ok(None),
        };
    };
    let server = SmtpServer::parse(url).map_err(|error| bad("smtp_url", &error.to_string()))?;
    let password =
        secret("smtp_password", raw.smtp_password.as_ref(), raw.smtp_password_file.as_ref())?;
    if server.user().is_some() != password.is_some() {
        return Err(bad("smtp_password", "and the user of smtp_url belong together: give both"));
    }
    let address = |setting: &str, text: &String| {
        let wrong = || bad(setting, "is no e-mail address, as in Example Store <pay@example.in>");
        MailAddress::parse(text).ok_or_else(wrong)
    };
    let from = raw.email_from.as_ref().ok_or_else(|| {
        bad("email_from", "is missing: say whom e-mail is from, since smtp_url is there")
    })?;
    Ok(Some(SmtpConfig {
        server,
        password: password.unwrap_or_default(),
        from: address("email_from", from)?,
        reply_to: raw
            .email_reply_to
            .as_ref()
            .map(|text| address("email_reply_to", text))
            .transpose()?,
        roots: raw.smtp_ca_file.as_ref().map(|path| roots(path)).transpose()?,
    }))
}

fn roots(path: &str) -> Result<MailRoots, Failure> {
    let mut pem = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_SIZE_MAX).read_to_end(&mut pem));
    read.map_err(|error| bad("smtp_ca_file", &format!("cannot be read: {path}: {error}")))?;
    MailRoots::parse(&pem)
        .ok_or_else(|| bad("smtp_ca_file", &format!("holds no certificates in PEM: {path}")))
}

/// How SMS goes out; `None` where no request is described.
pub(super) fn sms(raw: &RawSettings) -> Result<Option<SmsConfig>, Failure> {
    let given = secret("sms_secret", raw.sms_secret.as_ref(), raw.sms_secret_file.as_ref())?;
    let Some(sms) = raw.sms.clone() else {
        return match given {
            Some(_) => Err(bad("sms_secret", "does nothing without the table [sms]")),
            None => Ok(None),
        };
    };
    let texts = MessageKind::ALL.into_iter().filter_map(|kind| {
        let text = match kind {
            MessageKind::LinkCreated => &sms.link_created,
            MessageKind::LinkSentAgain => &sms.link_sent_again,
            MessageKind::LinkReminder => &sms.link_reminder,
            MessageKind::PaymentReceipt => &sms.payment_receipt,
        };
        let RawSmsText { template, text } = text.clone()?;
        Some((kind, SmsText { template, text }))
    });
    let texts = texts.collect();
    SmsConfig {
        url: sms.url,
        method: sms.method.unwrap_or_else(|| "POST".to_owned()),
        headers: sms.headers.into_iter().collect(),
        body: sms.body,
        sender: sms.sender.unwrap_or_default(),
        secret: given,
        accepted: sms.accepted,
        allow_private: sms.allow_private,
        texts,
    }
    .checked()
    .map(Some)
    .map_err(|error| bad(&format!("sms.{}", error.key), &error.reason))
}

/// A secret that is given itself, or in a file that nobody else can read.
fn secret(
    setting: &str,
    given: Option<&String>,
    file: Option<&String>,
) -> Result<Option<String>, Failure> {
    let of_file = format!("{setting}_file");
    match (given, file) {
        (Some(_), Some(_)) => Err(bad(setting, &format!("and {of_file} are both given: choose"))),
        (Some(secret), None) if secret.is_empty() => Err(bad(setting, "is empty")),
        (Some(secret), None) => Ok(Some(secret.clone())),
        (None, Some(path)) => secret_of_file(&of_file, path).map(Some),
        (None, None) => Ok(None),
    }
}

fn secret_of_file(setting: &str, path: &str) -> Result<String, Failure> {
    let unreadable = |error| bad(setting, &format!("cannot be read: {path}: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.mode() & MODE_TOO_OPEN != 0 {
        return Err(bad(setting, &format!("can be read by others: run chmod 600 on {path}")));
    }
    let mut text = String::new();
    file.take(FILE_SIZE_MAX).read_to_string(&mut text).map_err(unreadable)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.is_empty() { Err(bad(setting, &format!("is empty: {path}"))) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(raw: &RawSettings) -> String {
        let email = smtp(raw).err().map(|failure| failure.line());
        let by_sms = || sms(raw).err().map(|failure| failure.line());
        email.or_else(by_sms).unwrap_or_default()
    }

    fn email() -> RawSettings {
        RawSettings {
            smtp_url: Some("smtps://pay@mail.example.com".into()),
            smtp_password: Some("secret".into()),
            email_from: Some("Cedar Books <pay@example.in>".into()),
            ..RawSettings::default()
        }
    }

    #[test]
    fn nothing_is_sent_where_nothing_is_said() {
        let raw = RawSettings::default();
        assert!(smtp(&raw).unwrap().is_none() && sms(&raw).unwrap().is_none());
        assert!(smtp(&email()).unwrap().is_some());
    }

    #[test]
    fn a_bad_setting_of_a_transport_is_named_and_no_secret_is() {
        type Change = fn(&mut RawSettings);
        let cases: [(&str, Change); 10] = [
            ("smtp_url", |raw| raw.smtp_url = Some("smtps://a:secret@mail.example.com".into())),
            ("smtp_url", |raw| raw.smtp_url = Some("smtp+plain://mail.example.com".into())),
            ("smtp_password", |raw| raw.smtp_password = None),
            ("smtp_password", |raw| raw.smtp_password_file = Some("/nowhere".into())),
            ("smtp_password", |raw| raw.smtp_url = None),
            ("smtp_ca_file", |raw| raw.smtp_ca_file = Some("/nowhere".into())),
            ("email_from", |raw| raw.email_from = None),
            ("email_reply_to", |raw| raw.email_reply_to = Some("nobody".into())),
            ("sms_secret", |raw| raw.sms_secret = Some("secret".into())),
            ("sms.url", |raw| raw.sms = Some(RawSms::default())),
        ];
        for (setting, change) in cases {
            let mut raw = email();
            change(&mut raw);
            let line = line(&raw);
            assert!(line.starts_with(&format!("the setting {setting} ")), "{setting}: {line}");
            assert!(!line.contains("secret@"), "{line}");
        }
    }

    #[test]
    fn the_examples_of_the_guide_are_understood() {
        let guide = include_str!("../../../docs/guides/messages.md");
        let blocks = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let mut by_sms = 0;
        for block in blocks {
            let raw: RawSettings = toml::from_str(block).unwrap();
            if raw.sms.is_some() {
                let raw = RawSettings { sms_secret: Some("key:token".into()), ..raw };
                assert_eq!(line(&raw), "", "{block}");
                by_sms += 1;
            } else {
                assert!(raw.smtp_url.is_some(), "{block}");
            }
        }
        assert_eq!(by_sms, 3);
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "secret\n").unwrap();
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            secret("smtp_password", None, Some(&path.display().to_string()))
        };
        assert!(mode(0o644).is_err());
        assert_eq!(mode(0o600).unwrap().as_deref(), Some("secret"));
    }
}
