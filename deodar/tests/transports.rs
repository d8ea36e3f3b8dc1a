//! Messages that leave the gateway: to a real mail server, and to an SMS provider's HTTP.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use deodar_kit::{Gateway, GatewayOptions, MailSecurity, MailServer, run, wait_until};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PATIENCE: Duration = Duration::from_mins(2);

/// An SMS provider, and the bodies that it was sent.
struct Provider {
    url: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/send", listener.local_addr()?);
        let bodies = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&bodies);
        let router = Router::new().fallback(async move |body: String| {
            if let Ok(mut bodies) = kept.lock() {
                bodies.push(body);
            }
            "accepted"
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, bodies })
    }

    async fn sent(&self, count: usize) -> Result<Vec<Value>> {
        wait_until("the SMS", PATIENCE, async || {
            let bodies = self.bodies.lock().ok()?;
            let bodies: Option<Vec<_>> =
                bodies.iter().map(|body| serde_json::from_str(body).ok()).collect();
            bodies.filter(|bodies| bodies.len() == count)
        })
        .await
    }
}

/// The settings that send by both, with their files in `folder`.
fn settings(folder: &Path, mail: &MailServer, sms_url: &str) -> Result<Vec<(String, String)>> {
    let toml = format!(
        r#"
smtp_url = "{}"
smtp_password_file = "{}"
smtp_ca_file = "{}"
email_from = "pay@example.in"

[sms]
url = "{sms_url}"
headers = {{ "content-type" = "application/json", authkey = "{{{{secret}}}}" }}
body = '{{"to":"{{{{to_digits}}}}","text":"{{{{text}}}}","dlt":"{{{{template}}}}"}}'
accepted = "accepted"
allow_private = true
link_created = {{ template = "1107", text = "Pay {{{{amount_plain}}}} to {{{{merchant}}}}: {{{{link}}}}" }}
"#,
        mail.url(),
        folder.join("password").display(),
        mail.roots().display(),
    );
    std::fs::write(folder.join("deodar.toml"), toml)?;
    private(&folder.join("password"), &format!("{}\n", MailServer::PASSWORD))?;
    Ok(vec![
        ("DEODAR_CONFIG".to_owned(), folder.join("deodar.toml").display().to_string()),
        ("DEODAR_SMS_SECRET".to_owned(), "provider-key".to_owned()),
    ])
}

/// Writes a file that nobody else can read.
fn private(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text)?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
}

#[tokio::test]
async fn a_link_and_its_reminder_reach_the_payer_by_email_and_sms() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut mail = MailServer::start(MailSecurity::Tls).await?;
    let provider = Provider::start().await?;
    let environment = settings(folder.path(), &mail, &provider.url)?;
    let options = GatewayOptions { environment, ..GatewayOptions::default() };
    let gateway = Gateway::start(DEODAR, options).await?;
    let api = gateway.log_in(&gateway.demo_keys()?).await?;
    let link = api
        .create_link(json!({
            "merchant_payment_link_reference": "told-1",
            "amount": { "value": 10_000_050, "currency": "INR" },
            "customer": { "email_id": "kavya@example.com", "mobile_number": "9876543210" },
        }))
        .await?;
    let page = link["payment_link"].as_str().context("a page")?;
    let told = mail.next().await?;
    assert_eq!(told["recipients"], json!(["kavya@example.com"]));
    assert_eq!(told["headers"]["subject"], "Pay ₹1,00,000.50 to Demo Merchant");
    assert_eq!(told["headers"]["from"], "Demo Merchant <pay@example.in>");
    for part in ["text", "html"] {
        assert!(told[part].as_str().is_some_and(|text| text.contains(page)), "{told}");
    }
    let text = format!("Pay Rs 1,00,000.50 to Demo Merchant: {page}");
    let sms = json!({ "to": "919876543210", "text": text, "dlt": "1107" });
    assert_eq!(provider.sent(1).await?, [sms]);

    let almost = json!({ "advance_seconds": 179 * 24 * 3_600 });
    api.call("POST".parse()?, "/sandbox/clock", almost).await?;
    let reminder = mail.next().await?;
    assert_eq!(reminder["headers"]["subject"], "Reminder: pay ₹1,00,000.50 to Demo Merchant");
    let sent = provider.sent(2).await?;
    let text = format!("Reminder: Demo Merchant asks you to pay ₹1,00,000.50: {page}");
    assert_eq!(sent[1], json!({ "to": "919876543210", "text": text, "dlt": "" }));

    let log = gateway.log()?;
    for secret in ["kavya", "9876543210", "provider-key", MailServer::PASSWORD] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    Ok(())
}

#[tokio::test]
async fn the_doctor_tries_the_transports_and_sends_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mail = MailServer::start(MailSecurity::Tls).await?;
    let provider = Provider::start().await?;
    let environment = settings(folder.path(), &mail, &provider.url)?;
    let environment: Vec<_> =
        environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let doctor = ["doctor"];
    let well = run(Path::new(DEODAR), folder.path(), &doctor, &environment).await?;
    assert_eq!(well.code, Some(0), "{well:?}");
    assert!(format!("{well:?}").contains("takes our e-mail"), "{well:?}");
    assert!(format!("{well:?}").contains("can be reached; nothing was sent"), "{well:?}");
    assert!(provider.sent(0).await?.is_empty());

    private(&folder.path().join("password"), "wrong")?;
    let ill = run(Path::new(DEODAR), folder.path(), &doctor, &environment).await?;
    assert_eq!(ill.code, Some(2), "{ill:?}");
    assert!(format!("{ill:?}").contains("refuses the user or the password"), "{ill:?}");
    Ok(())
}
