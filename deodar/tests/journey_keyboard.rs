//! Links that allow every method, paid by each of them in Hindi, on a telephone, by the keys of a
//! keyboard alone. What has the focus is in sight at every step.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]
#![expect(clippy::disallowed_methods, reason = "pictures to be looked at are asked for so")]

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use deodar_kit::{Browser, BrowserOptions, CARD, ENTER, Journey, OTP, SPACE, TAB, View, text};
use hyper::Method;
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "₹500.00 का भुगतान करें";
const PAID: &str = "भुगतान सफल रहा";
const BACK: &str = "Cedar Books पर लौटें";
const MOBILE: &str = "98765 43210";
/// The first method of the page, which is chosen until another is.
const FIRST: &str = "कार्ड";
const PHONE: View = View { width: 390, ..View::SMALL_PHONE };

/// What a payer does next.
enum Step {
    /// Goes to a field and types.
    Type(&'static str, &'static str),
    /// Goes back to a field and types something more.
    TypeBefore(&'static str, &'static str),
    /// Goes to an answer of a question and on to another by the arrows.
    Choose(&'static str, &'static str),
    /// Goes to a button or a link and presses a key.
    Press(&'static str, char),
    /// Presses enter where the focus is.
    Enter,
    /// Comes to a page of this heading.
    Arrive(&'static str),
    /// Reads this.
    Read(&'static str),
}
use Step::{Arrive, Choose, Enter, Press, Read, Type, TypeBefore};

/// The bank's page, which is in English.
const BANK: &str = "Pay ₹500.00 to Cedar Books";

/// A method, its name on the page, and how it is paid by.
const JOURNEYS: [(&str, &str, &[Step]); 9] = [
    (
        "CARD",
        FIRST,
        &[
            Type("समाप्ति (MM/YY)", "1249"),
            TypeBefore("कार्ड नंबर", CARD),
            Type("CVV", "123"),
            Type("कार्ड पर लिखा नाम", "Asha Rao"),
            Press(PAY, ENTER),
            Arrive(BANK),
            Type("OTP", OTP),
            Press("Submit", ENTER),
        ],
    ),
    (
        "UPI",
        "UPI",
        &[
            Type("UPI ID", "success@upi"),
            Enter,
            Arrive("भुगतान जारी है"),
            Read("अपने UPI ऐप में अनुरोध मंज़ूर करें"),
            Press("सैंडबॉक्स का UPI ऐप खोलें", ENTER),
            Arrive(BANK),
            Press("Approve", ENTER),
            Arrive("You paid ₹500.00"),
            Press("Go back to the payment", ENTER),
        ],
    ),
    (
        "NETBANKING",
        "नेटबैंकिंग",
        &[Type("बैंक", "Canara"), Press(PAY, SPACE), Arrive(BANK), Press("Approve", SPACE)],
    ),
    (
        "WALLET",
        "वॉलेट",
        &[Type("वॉलेट", "P"), Press(PAY, ENTER), Arrive(BANK), Press("Approve", ENTER)],
    ),
    (
        "POINTS",
        "पॉइंट",
        &[
            Type("कार्ड नंबर", CARD),
            Type("मोबाइल नंबर", MOBILE),
            Press(PAY, ENTER),
            Arrive(BANK),
            Type("OTP", OTP),
            Enter,
        ],
    ),
    (
        "CREDIT_EMI",
        "क्रेडिट EMI",
        &[
            Type("कार्ड नंबर", CARD),
            Type("समाप्ति (MM/YY)", "1249"),
            Type("CVV", "123"),
            Type("कार्ड पर लिखा नाम", "Asha Rao"),
            Choose("3 महीने", "12 महीने"),
            Press(PAY, ENTER),
            Arrive(BANK),
            Type("OTP", OTP),
            Enter,
        ],
    ),
    (
        "DEBIT_EMI",
        "डेबिट EMI",
        &[
            Type("कार्ड नंबर", CARD),
            Type("समाप्ति (MM/YY)", "1249"),
            Type("CVV", "123"),
            Type("कार्ड पर लिखा नाम", "Asha Rao"),
            Choose("3 महीने", "24 महीने"),
            Press(PAY, SPACE),
            Arrive(BANK),
            Type("OTP", OTP),
            Press("Submit", SPACE),
        ],
    ),
    (
        "CARDLESS_EMI",
        "बिना कार्ड EMI",
        &[
            Type("मोबाइल नंबर", MOBILE),
            Choose("3 महीने", "6 महीने"),
            Press(PAY, ENTER),
            Arrive("₹500.00 की पुष्टि करें"),
            Read("OTP ••••••••10 पर भेजा गया है"),
            Type("OTP", "000000"),
            Enter,
            Read("यह OTP सही नहीं है"),
            Type("OTP", OTP),
            Press("जमा करें", ENTER),
        ],
    ),
    (
        "BNPL",
        "बाद में भुगतान",
        &[
            Type("कंपनी", "L"),
            Type("मोबाइल नंबर", MOBILE),
            Press("बाद में भुगतान की पात्रता जाँचें", ENTER),
            Read("आप पात्र हैं"),
            Press(PAY, ENTER),
            Arrive("₹500.00 की पुष्टि करें"),
            Press("फिर से भेजें", ENTER),
            Read("OTP फिर से भेजा गया है"),
            Type("OTP", OTP),
            Enter,
        ],
    ),
];

/// Words in Latin letters that stand in the payer's pages in Hindi: names, and what payers in India
/// know by them.
const LATIN: [&str; 18] = [
    "UPI", "OTP", "CVV", "EMI", "IST", "name", "bank", "Deodar", "English", "Cedar", "Books",
    "Visa", "PhonePe", "Paytm", "LazyPay", "American", "Express", "keys",
];

/// The words in Latin letters on a page of the gateway, its title and the names of pictures among
/// them. Lists of banks and the values of rows are names.
const LATIN_WORDS: &str = "
    if (!location.pathname.startsWith('/PLUTUS/')) return [];
    const texts = [document.documentElement.lang === 'hi' ? '' : 'The page is in another language'];
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { parentElement: around, textContent } = walker.currentNode;
        if (!around.closest('script, noscript, style, option, dd')) texts.push(textContent);
    }
    for (const each of document.querySelectorAll('*'))
        for (const name of ['alt', 'title', 'aria-label', 'placeholder'])
            texts.push(each.getAttribute(name) ?? '');
    return texts.flatMap((text) => text.match(/[A-Za-z]{3,}/g) ?? []);";

struct Payer {
    journey: Journey,
    browser: Browser,
}

impl Payer {
    async fn link(&self, method: &str) -> Result<Value> {
        let methods: Vec<_> = JOURNEYS.iter().map(|(method, ..)| method).collect();
        self.journey
            .api
            .create_link(json!({
                "merchant_payment_link_reference": format!("keys-{method}"),
                "amount": { "value": 50_000, "currency": "INR" },
                "description": "दो किताबें और एक पेंसिल",
                "allowed_payment_methods": methods,
                "callback_url": self.journey.shop.url("/back"),
            }))
            .await
    }

    /// Pays a link of its own by this method.
    async fn pay(&self, method: &str, name: &str, steps: &[Step]) -> Result<()> {
        let link = self.link(method).await?;
        self.browser.open_page(text(&link, "payment_link")?).await?;
        self.browser.wait_heading("Cedar Books को भुगतान").await?;
        self.look(method, "0-page").await?;
        self.browser.choose_by_arrows(FIRST, name).await?;
        for (number, step) in steps.iter().enumerate() {
            self.take(step).await.with_context(|| format!("{method}, step {number}"))?;
            if number + 1 < steps.len() {
                self.look(method, &format!("{}", number + 1)).await?;
            }
        }
        self.browser.wait_heading(PAID).await?;
        self.look(method, "paid").await?;
        self.browser.tab_to(BACK).await?;
        self.browser.press_keys(&ENTER.to_string()).await?;
        self.browser.wait_address("/back").await?;
        self.expect_paid(&link, method).await
    }

    async fn take(&self, step: &Step) -> Result<()> {
        let browser = &self.browser;
        match *step {
            Type(field, keys) => {
                // A method may have the name of its only field.
                if browser.script("return document.activeElement.type").await? == "radio" {
                    browser.press_key(TAB).await?;
                }
                browser.tab_to(field).await?;
                browser.press_keys(keys).await
            }
            TypeBefore(field, keys) => {
                browser.tab_back_to(field).await?;
                browser.press_keys(keys).await
            }
            Choose(from, to) => browser.choose_by_arrows(from, to).await,
            Press(name, key) => {
                browser.tab_to(name).await?;
                browser.press_keys(&key.to_string()).await
            }
            Enter => browser.press_keys(&ENTER.to_string()).await,
            Arrive(heading) => {
                browser.wait_heading(heading).await?;
                browser.expect_focus_in_sight().await
            }
            Read(words) => {
                browser.wait_text(words).await?;
                browser.expect_focus_in_sight().await
            }
        }
    }

    /// The link is paid, once, by this method; and the payer is back at the shop.
    async fn expect_paid(&self, link: &Value, method: &str) -> Result<()> {
        let (returned, _) = self.journey.expect_paid(link).await?;
        assert_eq!(returned.path, "/back");
        let order = self.journey.api.order(text(link, "order_id")?).await?;
        let payments = order["payments"].as_array().map(Vec::as_slice).unwrap_or_default();
        let [payment] = payments else { bail!("it is not one payment: {order}") };
        assert_eq!(payment["status"], "PROCESSED", "{order}");
        assert_eq!(payment["payment_method"], method, "{order}");
        Ok(())
    }

    /// Expects a page of the gateway to be in Hindi, and keeps pictures of it where they are asked
    /// for.
    async fn look(&self, method: &str, step: &str) -> Result<()> {
        let seen = self.browser.script(LATIN_WORDS).await?;
        let words: Vec<String> = serde_json::from_value(seen)?;
        let left: Vec<_> = words.iter().filter(|word| !LATIN.contains(&word.as_str())).collect();
        ensure!(left.is_empty(), "{method}, {step}: not in Hindi: {left:?}");
        let Ok(folder) = std::env::var("DEODAR_LOOK") else { return Ok(()) };
        for (name, view) in [("light", View::SMALL_PHONE), ("dark", View::SMALL_PHONE_DARK)] {
            self.browser.look(view).await?;
            let file = PathBuf::from(&folder).join(format!("{method}-{step}-{name}.png"));
            self.browser.picture(&file).await?;
        }
        self.browser.look(PHONE).await
    }
}

#[tokio::test]
async fn a_link_with_all_methods_is_paid_by_each_in_hindi_on_a_telephone_by_keyboard() -> Result<()>
{
    let journey = Journey::start(DEODAR).await?;
    let options = BrowserOptions { phone: true, language: "hi-IN", ..Default::default() };
    let payer = Payer { journey, browser: Browser::open(options).await? };
    payer.browser.stay().await?;
    for (method, name, steps) in JOURNEYS {
        payer.pay(method, name, steps).await.with_context(|| format!("by {method}"))?;
    }
    payer.browser.close().await
}

#[tokio::test]
async fn the_keys_lead_down_the_hosted_page_as_it_is_read_on_a_telephone() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let body = json!({
        "merchant_order_reference": "keys-hosted",
        "order_amount": { "value": 50_000, "currency": "INR" },
        "integration_mode": "REDIRECT",
        "callback_url": journey.shop.url("/back"),
        "failure_callback_url": journey.shop.url("/failed"),
        "purchase_details": { "customer": {
            "email_id": "payer.of.tests@example.com",
            "is_edit_customer_details_allowed": true,
        } },
    });
    let made = journey.api.call(Method::POST, "/api/checkout/v1/orders", body).await?.json();
    let options = BrowserOptions { phone: true, language: "hi-IN", ..Default::default() };
    let browser = Browser::open(options).await?;
    browser.open_page(text(&made, "redirect_url")?).await?;
    for name in ["बदलें", FIRST, "कार्ड नंबर", PAY, BACK] {
        browser.tab_to(name).await?;
    }
    browser.close().await
}
