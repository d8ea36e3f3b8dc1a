//! What `deodar serve` tells the person who started it, and the page at `/` of a sandbox.

use std::fmt::Write;

use crate::demo::MerchantKeys;

/// The demo merchant's keys, the page of its first link where that was just made, and two lines of
/// shell that make a link, ready to be pasted.
pub fn greeting(
    url: &str,
    keys: &MerchantKeys,
    keys_file: &str,
    first_page: Option<&str>,
) -> String {
    let MerchantKeys { merchant_id, access_code, client_id, client_secret, signing_key, .. } = keys;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "
Deodar is a sandbox here: no money moves, and nothing leaves this machine but what you tell it to.

  address         {url}
  merchant id     {merchant_id}
  client id       {client_id}
  client secret   {client_secret}
  signing key     {signing_key}
  access code     {access_code}
  (the demo merchant's; also in {keys_file})
{}
Make a payment link by pasting these two lines into a shell, then open its \"payment_link\":

{}
{}

Pay with card 4012001037141112, any expiry to come, any CVV, one-time password 123456.
",
        first_page.map(first_page_lines).unwrap_or_default(),
        token_line(url, keys),
        link_line(url)
    );
    text
}

/// What is told on a later start when the demo merchant's keys are not there any more.
pub fn greeting_without_keys(url: &str) -> String {
    format!(
        "\nDeodar is a sandbox at {url}\nIts merchants' secrets are not kept here: \
         make another merchant by\n\n  deodar merchant create --name Demo\n"
    )
}

fn first_page_lines(page: &str) -> String {
    format!("\nA payment page to look at is open already:\n\n  {page}\n")
}

fn token_line(url: &str, keys: &MerchantKeys) -> String {
    format!(
        "TOKEN=$(curl -s {url}/api/auth/v1/token -H 'Content-Type: application/json' -d \
         '{{\"client_id\":\"{}\",\"client_secret\":\"{}\",\"grant_type\":\"client_credentials\"}}' \
         | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')",
        keys.client_id, keys.client_secret
    )
}

fn link_line(url: &str) -> String {
    format!(
        "curl -s {url}/api/pay/v1/paymentlink -H \"Authorization: Bearer $TOKEN\" \
         -H 'Content-Type: application/json' -d \
         '{{\"merchant_payment_link_reference\":\"first-'$(date +%s)'\",\
         \"amount\":{{\"value\":50000,\"currency\":\"INR\"}},\
         \"description\":\"A first payment\"}}'"
    )
}

/// The page at `/` of a sandbox. It shows nothing that must be kept secret.
pub const FRONT_PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deodar sandbox</title>
</head>
<body>
<main>
<h1>This is a Deodar sandbox</h1>
<p>Deodar is a payment gateway that speaks the Pine Labs Online merchant API. No money moves here:
the bank is a simulator.</p>
<ul>
<li>The terminal that started it shows the demo merchant's credentials and two lines of shell that
make a payment link.</li>
<li>Open the link's address, and pay with card 4012001037141112, any expiry to come, any CVV and the
one-time password 123456; or by UPI with success@upi; or by netbanking.</li>
<li><a href="/health">/health</a> says whether it works, <a href="/metrics">/metrics</a> how well.
</li>
</ul>
</main>
</body>
</html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_has_two_lines_to_paste() {
        let keys = MerchantKeys {
            merchant_id: "100001".into(),
            access_code: "a".into(),
            client_id: "the-client".into(),
            client_secret: "the-secret".into(),
            signing_key: "k".into(),
            webhook_secret: "w".into(),
        };
        let greeting = |page| greeting("http://127.0.0.1:8080", &keys, "keys.json", page);
        let text = greeting(Some("http://127.0.0.1:8080/PLUTUS/abcdefg"));
        assert!(text.contains("\n  http://127.0.0.1:8080/PLUTUS/abcdefg\n"), "{text}");
        assert!(!greeting(None).contains("/PLUTUS/"));
        let lines: Vec<_> = text.lines().filter(|line| line.contains("curl")).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("TOKEN=$(curl -s http://127.0.0.1:8080/api/auth/v1/token"));
        assert!(lines[0].contains(r#""client_secret":"the-secret""#));
        assert!(lines[1].contains(r#""merchant_payment_link_reference":"first-'$(date +%s)'""#));
    }
}
