//! Every page that a payer can meet, in every language, read by axe-core, in light and dark, on the
//! smallest telephone and enlarged to 200 %.

use anyhow::{Context, Result};
use deodar_kit::{Browser, BrowserOptions, Inspection, Journey, text};
use hyper::Method;
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const MOBILE: &str = "9876543210";
/// A card that the simulator's bank refuses at once.
const RISKY_CARD: &str = "4100000000000019";
const METHODS: [&str; 9] = [
    "CARD",
    "UPI",
    "NETBANKING",
    "WALLET",
    "POINTS",
    "CREDIT_EMI",
    "DEBIT_EMI",
    "CARDLESS_EMI",
    "BNPL",
];

/// A payer of one language, who meets every page and notes what is wrong.
struct Walk {
    journey: Journey,
    browser: Browser,
    language: &'static str,
    inspection: Inspection,
}

impl Walk {
    async fn start(language: &'static str) -> Result<Self> {
        let journey = Journey::start(DEODAR).await?;
        let browser = Browser::open(BrowserOptions { language, ..Default::default() }).await?;
        Ok(Self { journey, browser, language, inspection: Inspection::new(language) })
    }

    /// Looks at the page in every way.
    async fn look(&mut self, page: &str) -> Result<()> {
        self.inspection.look(&self.browser, page).await
    }

    async fn open(&mut self, address: &str, page: &str) -> Result<()> {
        let own = address.starts_with('/').then(|| self.journey.gateway.url());
        let address = format!("{}{address}", own.unwrap_or_default());
        self.browser.open_page(&address).await?;
        self.look(page).await
    }

    /// A link over ₹5,000.00 with all that can be on its page; answers the link.
    async fn link(&self, reference: &str, more: Value) -> Result<Value> {
        let product = |name: &str| {
            json!({
                "product_code": name,
                "product_amount": { "value": 250_000, "currency": "INR" },
                "product_coupon_discount_amount": { "value": 10_000, "currency": "INR" },
            })
        };
        let mut body = json!({
            "merchant_payment_link_reference": reference,
            "amount": { "value": 500_000, "currency": "INR" },
            "description": "Two books and a reading lamp",
            "product_details": [product("Himalayan Flora, hardcover"), product("Lamp")],
            "customer": {
                "email_id": "payer.of.tests@example.com",
                "first_name": "Asha",
                "last_name": "Rao",
                "mobile_number": "9876501234",
                "country_code": "91",
            },
        });
        let fields = body.as_object_mut().context("an object")?;
        fields.extend(more.as_object().cloned().unwrap_or_default());
        self.journey.api.create_link(body).await
    }

    async fn link_page(&mut self) -> Result<()> {
        let link = self.link("look-1", json!({ "part_payment": true })).await?;
        let page = text(&link, "payment_link")?.to_owned();
        for method in METHODS {
            self.open(&format!("{page}?method={method}"), &format!("link-{method}")).await?;
        }
        for (method, wrong) in [
            ("CARD", "amount,card_number,expiry,cvv,card_name"),
            ("UPI", "upi_id"),
            ("NETBANKING", "method,bank"),
            ("WALLET", "wallet"),
            ("CREDIT_EMI", "tenure"),
            ("BNPL", "provider,mobile"),
        ] {
            let address = format!("{page}?method={method}&wrong={wrong}");
            self.open(&address, &format!("link-{method}-wrong")).await?;
        }
        for notice in ["again", "busy"] {
            self.open(&format!("{page}?notice={notice}"), &format!("link-{notice}")).await?;
        }
        for offer in ["yes", "no", "short", "limit", "silent"] {
            let provider = "SIMPL_PAY_IN_3";
            let address = format!("{page}?method=BNPL&provider={provider}&offer={offer}");
            self.open(&address, &format!("link-offer-{offer}")).await?;
        }
        self.open(&format!("{page}?method=CARD"), "link").await?;
        self.browser.script("document.querySelector('form[data-pay] button.main').click()").await?;
        self.look("link-unfilled").await
    }

    async fn waiting(&mut self) -> Result<()> {
        for (name, method, fields, flow, css) in [
            ("wait-intent", "UPI", &[][..], "intent", "img.qr"),
            ("wait-collect", "UPI", &[("upi_id", "success@upi")], "", ".waiting"),
            ("wait-otp", "CARDLESS_EMI", &[("mobile", MOBILE)], "", "#otp"),
        ] {
            let link = self.link(name, json!({})).await?;
            let page = text(&link, "payment_link")?.to_owned();
            self.browser.open_page(&page).await?;
            self.browser.pay_by_script(method, fields, flow).await?;
            self.browser.wait_css(css).await?;
            self.look(name).await?;
            if name == "wait-otp" {
                for note in ["wrong", "sent", "limit"] {
                    let address = format!("{page}/wait?otp={note}");
                    self.open(&address, &format!("wait-otp-{note}")).await?;
                }
            }
        }
        Ok(())
    }

    /// The page before the bank's goes on at once, so its text is put where it stays.
    async fn on_the_way(&mut self) -> Result<()> {
        let link = self.link("on-the-way", json!({})).await?;
        let page = text(&link, "payment_link")?.to_owned();
        self.browser.open_page(&page).await?;
        let bank = "document.querySelector('#bank option:last-child').value";
        let bank = self.browser.script(&format!("return {bank}")).await?;
        let bank = bank.as_str().context("a bank")?.to_owned();
        self.browser.pay_by_script("NETBANKING", &[("bank", &bank)], "").await?;
        self.browser.wait_address("/simulator/").await?;
        self.browser.open_page(&format!("{page}/wait")).await?;
        let stay = "const [address, done] = arguments;
            fetch(address).then((answer) => answer.text()).then((text) => {
                const there = new DOMParser().parseFromString(text, 'text/html');
                there.querySelector('meta[http-equiv]').remove();
                document.title = there.title;
                document.body.replaceWith(document.adoptNode(there.body));
                done(document.querySelectorAll('.spinner').length);
            });";
        let address = vec![json!(format!("{page}/go"))];
        let spinners = self.browser.client().execute_async(stay, address).await?;
        assert_eq!(spinners, 1, "it is the page that goes on");
        self.look("go").await
    }

    async fn outcomes(&mut self) -> Result<()> {
        let link = self.link("look-2", json!({ "part_payment": true })).await?;
        let page = text(&link, "payment_link")?.to_owned();
        let card = |number| {
            [("card_number", number), ("expiry", "12/49"), ("cvv", "123"), ("card_name", "Asha")]
        };
        self.browser.open_page(&page).await?;
        self.browser.pay_by_script("CARD", &card(RISKY_CARD), "").await?;
        self.browser.wait_css(".card.bad").await?;
        self.look("failed").await?;
        for (name, amount) in [("paid-in-part", "1000.00"), ("paid", "4000.00")] {
            self.browser.open_page(&page).await?;
            let fields = [("amount", amount), ("mobile", MOBILE)];
            self.browser.pay_by_script("CARDLESS_EMI", &fields, "").await?;
            self.browser.wait_css("#otp").await?;
            let otp = "document.getElementById('otp').value = '123456';
                setTimeout(() => document.querySelector('.f-otp ~ button').click());";
            self.browser.script(otp).await?;
            self.browser.wait_css(".card.good").await?;
            self.open(&format!("{page}/result"), name).await?;
        }
        self.open(&format!("{page}/receipt"), "receipt").await?;
        self.print().await?;
        self.open(&page, "already-paid").await
    }

    async fn checkout(&mut self) -> Result<()> {
        let body = json!({
            "merchant_order_reference": "look-3",
            "order_amount": { "value": 50_000, "currency": "INR" },
            "integration_mode": "REDIRECT",
            "notes": "Two books and a pencil",
            "callback_url": self.journey.shop.url("/back"),
            "failure_callback_url": self.journey.shop.url("/failed"),
            "purchase_details": { "customer": {
                "email_id": "payer.of.tests@example.com",
                "first_name": "Asha",
                "mobile_number": "9876501234",
                "is_edit_customer_details_allowed": true,
            } },
        });
        let made = self.journey.api.call(Method::POST, "/api/checkout/v1/orders", body).await?;
        let page = text(&made.json(), "redirect_url")?.to_owned();
        self.open(&page, "checkout").await?;
        let step = |name: &str| page.replacen("?token", &format!("{name}?token"), 1);
        self.open(&step("/details"), "details").await?;
        let wrong = "&wrong=first_name,last_name,email,contact_mobile";
        self.open(&format!("{}{wrong}", step("/details")), "details-wrong").await?;
        // Before the page goes back by itself.
        self.browser.script("history.replaceState(1, '')").await?;
        self.open(&step("/result"), "checkout-again").await
    }

    async fn ended(&mut self) -> Result<()> {
        let cancelled = self.link("look-4", json!({})).await?;
        let id = text(&cancelled, "payment_link_id")?;
        let cancel = format!("/api/pay/v1/paymentlink/{id}/cancel");
        self.journey.api.call(Method::PUT, &cancel, Value::Null).await?;
        self.open(text(&cancelled, "payment_link")?, "cancelled").await?;
        let expired = self.link("look-5", json!({})).await?;
        self.open("/sandbox/messages", "messages").await?;
        self.open("/PLUTUS/AAAAAAA", "not-found").await?;
        if self.language == "en" {
            self.open("/docs", "docs").await?;
        }
        self.journey.advance_clock(181 * 24 * 3_600).await?;
        self.open(text(&expired, "payment_link")?, "expired").await
    }

    /// Nothing but the receipt itself goes onto the paper.
    async fn print(&mut self) -> Result<()> {
        self.browser.look_as_printed().await?;
        let seen = "return [...document.querySelectorAll('main, main dl, nav, footer, .aside')]
            .filter((each) => each.offsetParent).map((each) => each.localName)";
        assert_eq!(self.browser.script(seen).await?, json!(["main", "dl"]));
        Ok(())
    }

    async fn all(language: &'static str) -> Result<()> {
        let mut walk = Self::start(language).await?;
        walk.link_page().await?;
        walk.waiting().await?;
        walk.on_the_way().await?;
        walk.outcomes().await?;
        walk.checkout().await?;
        walk.ended().await?;
        walk.inspection.finish(30)?;
        walk.browser.close().await
    }
}

#[tokio::test]
async fn the_pages_in_english_can_be_read_by_everyone() -> Result<()> {
    Walk::all("en").await
}

#[tokio::test]
async fn the_pages_in_hindi_can_be_read_by_everyone() -> Result<()> {
    Walk::all("hi").await
}
