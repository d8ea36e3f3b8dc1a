//! A merchant's logo, colour and passed-on fee, from the command line to the payer's page.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use deodar_kit::{
    Answer, Browser, BrowserOptions, Client, Finished, Inspection, Journey, KNOWN_TIMEOUT, Payer,
    get, run, text, wait_until,
};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How large the first view of a page may be as it is sent, in bytes.
const FIRST_VIEW_MAX: u64 = 60 * 1_024;
/// How large a logo may be, in bytes.
const LOGO_MAX: usize = 32 * 1_024;
/// How a file that is named by its content is kept.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Writes a PNG of `width` by `height` pixels whose colours are drawn by `draw`.
fn picture(path: &Path, (width, height): (u32, u32), draw: impl Fn(u32) -> u8) -> Result<u64> {
    let mut encoder = png::Encoder::new(std::fs::File::create(path)?, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&(0..width * height * 3).map(draw).collect::<Vec<_>>())?;
    writer.finish()?;
    Ok(std::fs::metadata(path)?.len())
}

/// A striped logo of 160 by 48 pixels.
fn stripes(path: &Path) -> Result<u64> {
    picture(path, (160, 48), |at| if at / 30 % 2 == 0 { 30 } else { 210 })
}

/// Colours that nothing can pack: a linear congruence, by its upper bits.
fn noise(at: u32) -> u8 {
    let mixed = (u64::from(at) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [byte, ..] = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes();
    byte
}

async fn set(journey: &Journey, flags: &[&str]) -> Result<Finished> {
    let id = journey.keys.merchant_id.as_str();
    let arguments = [&["merchant", "set", id, "--json"], flags].concat();
    run(Path::new(DEODAR), journey.gateway.folder(), &arguments, &[]).await
}

/// Changes the merchant, and gives it as it is told.
async fn changed(journey: &Journey, flags: &[&str]) -> Result<Value> {
    let finished = set(journey, flags).await?;
    ensure!(finished.code == Some(0), "{finished:?}");
    Ok(serde_json::from_str(&finished.stdout)?)
}

/// Waits until a page is as it should be.
async fn wait_page(page: &str, what: &str, is_so: impl Fn(&str) -> bool) -> Result<Answer> {
    wait_until(what, KNOWN_TIMEOUT, async || get(page).await.ok().filter(|page| is_so(&page.body)))
        .await
}

/// The addresses in a page that begin so.
fn address(page: &str, start: &str) -> Result<String> {
    let at = page.find(&format!("\"{start}")).with_context(|| format!("no {start} in {page}"))?;
    let rest = page.get(at + 1..).unwrap_or_default();
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_logo_and_a_colour_come_from_our_own_origin() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let file = journey.gateway.folder().join("logo.png");
    stripes(&file)?;
    let link = journey.link("brand-1").await?;
    let page = text(&link, "payment_link")?;
    let plain = get(page).await?;
    ensure!(!plain.body.contains("/brand/") && plain.body.contains("class=\"mark\""));
    let told = changed(&journey, &["--logo", "logo.png", "--colour", "#1A7F5A"]).await?;
    ensure!(told["colour"] == "#1a7f5a", "{told}");
    let logo = text(&told, "logo")?.to_owned();
    let shown = wait_page(page, "the logo", |body| body.contains(&logo)).await?;
    ensure!(shown.body.contains("alt=\"Cedar Books\" width=\"160\" height=\"48\""));
    ensure!(!shown.body.contains("class=\"mark\"") && !shown.body.contains(" style="));
    let policy = shown.headers["content-security-policy"].to_str()?;
    ensure!(policy.contains("img-src 'self';") && policy.contains("style-src 'self';"), "{policy}");

    let server = Client::new(journey.gateway.url());
    let style = address(&shown.body, "/brand/1a7f5a-")?;
    for (path, content_type) in [(&logo, "image/png"), (&style, "text/css; charset=utf-8")] {
        let answer = server.get(path).await?;
        ensure!(answer.status == 200, "{path} answered {answer:?}");
        for (name, value) in [
            ("content-type", content_type),
            ("cache-control", FOR_EVER),
            ("x-content-type-options", "nosniff"),
        ] {
            ensure!(answer.headers[name] == value, "{path} answered {answer:?}");
        }
        let policy = answer.headers["content-security-policy"].to_str()?;
        ensure!(policy.starts_with("default-src 'none';"), "{policy}");
    }
    // A sheet as another release names it is served, and nobody keeps it.
    let answer = server.get("/brand/1a7f5a-000000000000.css").await?;
    ensure!(answer.status == 200 && answer.headers["cache-control"] == "no-store", "{answer:?}");
    for path in [
        "/brand/00000000000000000000000000000000.png",
        "/brand/1a7f5a.css",
        "/brand/zzzzzz-000000000000.css",
        "/brand/logo.svg",
        "/brand/..%2Fdeodar.db",
    ] {
        let answer = server.get(path).await?;
        ensure!(answer.status == 404, "{path} answered {answer:?}");
    }
    changed(&journey, &["--no-logo", "--no-colour"]).await?;
    wait_page(page, "no logo", |body| !body.contains("/brand/")).await?;
    ensure!(server.get(&logo).await?.status == 404, "the logo is still there");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_shown_is_told_in_one_line() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let folder = journey.gateway.folder();
    picture(&folder.join("wide.png"), (1_025, 1), |_| 0)?;
    std::fs::write(folder.join("large.png"), vec![0; LOGO_MAX + 1])?;
    std::fs::write(folder.join("text.png"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")?;
    let cases: [(&[&str], &str); 11] = [
        (&["--logo", "absent.png"], "absent.png cannot be read"),
        (&["--logo", "."], "cannot be read"),
        (&["--logo", "wide.png"], "1024 pixels wide or high: make the picture smaller"),
        (&["--logo", "large.png"], "32768 bytes: make the picture smaller"),
        (&["--logo", "text.png"], "is not a PNG file"),
        (&["--logo", "wide.png", "--no-logo"], "--no-logo"),
        (&["--colour", "green"], "#1a7f5a"),
        (&["--colour", "#12345"], "six hexadecimal digits"),
        (&["--colour", "#123456", "--no-colour"], "--no-colour"),
        (&["--passed-on-fee", "10.01"], "from 0.01 to 10.00"),
        (&["--passed-on-fee", "0"], "from 0.01 to 10.00"),
    ];
    for (flags, words) in cases {
        let finished = set(&journey, flags).await?;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains(words), "{words:?} is not in {finished:?}");
    }
    Ok(())
}

#[tokio::test]
async fn any_colour_can_be_read_in_light_and_dark() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    stripes(&journey.gateway.folder().join("logo.png"))?;
    let link = journey.link("brand-2").await?;
    let page = text(&link, "payment_link")?;
    let browser = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    let mut inspection = Inspection::new("en");
    for (colour, drawn, text) in [
        ("#ffe600", "rgb(255, 230, 0)", "rgb(0, 0, 0)"),
        ("#14143c", "rgb(20, 20, 60)", "rgb(255, 255, 255)"),
        ("#e4572e", "rgb(228, 87, 46)", "rgb(0, 0, 0)"),
    ] {
        changed(&journey, &["--logo", "logo.png", "--colour", colour]).await?;
        let name = colour.trim_start_matches('#');
        wait_page(page, "the colour", |body| body.contains(name)).await?;
        browser.open_page(page).await?;
        browser.wait_heading("₹500.00").await?;
        let width = "return document.querySelector('img.logo').naturalWidth";
        ensure!(browser.script(width).await? == 160, "the logo is not drawn");
        inspection.look(&browser, &format!("brand-{name}")).await?;
        let style = "const style = getComputedStyle(document.querySelector('button.main')); \
                     return [style.backgroundColor, style.color]";
        let button: Vec<String> = serde_json::from_value(browser.script(style).await?)?;
        assert_eq!(button, [drawn, text], "{colour}");
        browser.open_page(&format!("{page}?wrong=card_number,cvv&method=CARD")).await?;
        inspection.look(&browser, &format!("brand-{name}-wrong")).await?;
    }
    let payer = Payer::open(page).await?;
    let back = payer.give_otp(&payer.pay_by_card().await?).await?;
    get(&back).await?;
    for step in ["", "/receipt"] {
        browser.open_page(&format!("{page}{step}")).await?;
        browser.wait_css("img.logo").await?;
        inspection.look(&browser, &format!("brand-paid{}", step.replace('/', "-"))).await?;
    }
    browser.close().await?;
    inspection.finish(8)
}

#[tokio::test]
async fn the_first_view_is_small_with_the_largest_logo() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let size = picture(&journey.gateway.folder().join("logo.png"), (104, 104), noise)?;
    ensure!(size <= LOGO_MAX as u64 && size > 32_000, "{size} bytes");
    changed(&journey, &["--logo", "logo.png", "--colour", "#1a7f5a"]).await?;
    let link = journey.link("brand-3").await?;
    let page = text(&link, "payment_link")?;
    wait_page(page, "the logo", |body| body.contains("class=\"logo\"")).await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(page).await?;
    browser.wait_heading("₹500.00").await?;
    let parts = "return ['navigation', 'resource'].flatMap((kind) =>
        performance.getEntriesByType(kind).map((each) => [each.name, each.encodedBodySize]))";
    let parts: Vec<(String, u64)> = serde_json::from_value(browser.script(parts).await?)?;
    browser.close().await?;
    for part in ["/PLUTUS/", "/assets/pay-", "/brand/1a7f5a-", ".png", ".js"] {
        ensure!(parts.iter().any(|(name, size)| name.contains(part) && *size > 0), "{parts:?}");
    }
    // What is on the wire, but for the heads.
    let sum: u64 = parts.iter().map(|(_, size)| size).sum();
    ensure!(sum <= FIRST_VIEW_MAX, "{sum} bytes: {parts:?}");
    Ok(())
}

#[tokio::test]
async fn a_passed_on_fee_is_told_to_the_payer_and_to_nobody_else() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let told = changed(&journey, &["--passed-on-fee", "2"]).await?;
    ensure!(told["passed_on_fee"] == "2.00", "{told}");
    // The running server makes links with the fee from some moment within a second on.
    let mut tries = 0;
    let link = wait_until("a link with the fee", KNOWN_TIMEOUT, async || {
        tries += 1;
        let link = journey.link(&format!("told-{tries}")).await.ok()?;
        let page = get(text(&link, "payment_link").ok()?).await.ok()?;
        page.body.contains("convenience fee").then_some(link)
    })
    .await?;
    let page = text(&link, "payment_link")?;
    let shown = [
        ("?lang=en", "<p class=\"fee\">Includes a convenience fee of ₹9.80</p>"),
        ("?lang=hi", "<p class=\"fee\">इसमें ₹9.80 का सुविधा शुल्क शामिल है</p>"),
    ];
    for (language, words) in shown {
        let page = get(&format!("{page}{language}")).await?;
        ensure!(page.body.contains(words), "{words} is not in {page:?}");
    }
    let payer = Payer::open(page).await?;
    let back = payer.give_otp(&payer.pay_by_card().await?).await?;
    get(&back).await?;
    // What was set later changes no receipt.
    changed(&journey, &["--passed-on-fee", "none"]).await?;
    for (language, words) in shown {
        let receipt = get(&format!("{page}/receipt{language}")).await?;
        ensure!(receipt.body.contains(words), "{words} is not in {receipt:?}");
    }
    let server = Client::new(journey.gateway.url());
    let receipt = wait_until("the receipt", KNOWN_TIMEOUT, async || {
        let headers = [("accept", "application/json")];
        let path = "/sandbox/messages";
        let kept = server.send("GET".parse().ok()?, path, &headers, "").await.ok()?;
        let messages = kept.json()["messages"].as_array().cloned().unwrap_or_default();
        messages.into_iter().find(|message| {
            message["html"].is_string() && message["subject"] == "You paid ₹500.00 to Cedar Books"
        })
    })
    .await?;
    for part in ["text", "html"] {
        let told = text(&receipt, part)?;
        ensure!(told.contains("Includes a convenience fee of ₹9.80."), "{told}");
    }
    // The books, the answers and the webhook know one amount.
    let id = text(&link, "order_id")?;
    let webhook = journey.shop.webhook("ORDER_PROCESSED", id).await?;
    journey.verify_webhook(&webhook).await?;
    let order = journey.api.order(id).await?;
    let link = journey.api.link(text(&link, "payment_link_id")?).await?;
    for told in [order.to_string(), link.to_string(), webhook.body] {
        ensure!(
            told.contains(":50000")
                // As the name of a field: an id may hold any three letters.
                && !["\"fee", "_fee"].iter().any(|name| told.contains(name))
                && !told.contains(":980"),
            "{told}"
        );
    }
    Ok(())
}
