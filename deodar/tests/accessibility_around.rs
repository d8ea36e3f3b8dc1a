//! The pages around a link's own, read by axe-core as those are: behind a challenge URL, in a
//! merchant's frame, after the payer has left, at the simulator's bank, and the e-mails.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use anyhow::{Context, Result};
use deodar_kit::{Browser, BrowserOptions, CARD, Inspection, Journey, OTP, text, wait_until};
use hyper::Method;
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const MOBILE: &str = "9876543210";
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// A card that the simulator's bank refuses at once.
const RISKY_CARD: &str = "4100000000000019";

/// A payer of one language, who meets these pages and notes what is wrong.
struct Walk {
    journey: Journey,
    browser: Browser,
    inspection: Inspection,
}

impl Walk {
    async fn start(language: &'static str) -> Result<Self> {
        let journey = Journey::start(DEODAR).await?;
        let browser = Browser::open(BrowserOptions { language, ..Default::default() }).await?;
        Ok(Self { journey, browser, inspection: Inspection::new(language) })
    }

    async fn look(&mut self, page: &str) -> Result<()> {
        self.inspection.look(&self.browser, page).await
    }

    async fn open(&mut self, address: &str, page: &str) -> Result<()> {
        self.browser.open_page(address).await?;
        self.look(page).await
    }

    /// Opens a page that goes back to the shop by itself; it does so once, so that the payer who
    /// comes back to it can read it.
    async fn open_leaving(&mut self, address: &str, page: &str) -> Result<()> {
        self.browser.open_page(address).await?;
        self.look_leaving(page).await
    }

    async fn look_leaving(&mut self, page: &str) -> Result<()> {
        self.browser.wait_heading("Back at the shop").await?;
        self.browser.back().await?;
        self.browser.wait_css("form[data-auto]").await?;
        self.look(page).await
    }

    /// An order of the API; answers its id.
    async fn order(&self, reference: &str) -> Result<String> {
        let body = json!({
            "merchant_order_reference": reference,
            "order_amount": { "value": 50_000, "currency": "INR" },
            "callback_url": self.journey.shop.url("/back"),
            "failure_callback_url": self.journey.shop.url("/failed"),
        });
        let made = self.journey.api.call(Method::POST, "/api/pay/v1/orders", body).await?.json();
        Ok(text(&made["data"], "order_id")?.to_owned())
    }

    /// Pays an order of its own as a merchant's server does; answers the challenge URL.
    async fn challenge(&self, reference: &str, method: &str, more: Value) -> Result<String> {
        let order = self.order(reference).await?;
        let mut payment = json!({
            "merchant_payment_reference": reference,
            "payment_method": method,
            "payment_amount": { "value": 50_000, "currency": "INR" },
        });
        let fields = payment.as_object_mut().context("an object")?;
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let path = format!("/api/pay/v1/orders/{order}/payments");
        let body = json!({ "payments": [payment] });
        let begun = self.journey.api.call(Method::POST, &path, body).await?.json();
        Ok(text(&begun["data"], "challenge_url")?.to_owned())
    }

    /// The page of a step behind a challenge URL.
    fn step(challenge: &str, step: &str) -> String {
        challenge.replacen("/?token", &format!("/{step}?token"), 1)
    }

    async fn behind_the_challenge_url(&mut self) -> Result<()> {
        let card = json!({ "payment_option": { "card_details": {
            "card_number": CARD, "cvv": "123", "expiry_month": "12", "expiry_year": "2049",
            "name": "Asha Rao",
        } } });
        let page = self.challenge("around-card", "CARD", card).await?;
        self.open(&Self::step(&page, "wait"), "challenge-bank").await?;
        self.browser.press_css(".actions form button").await?;
        self.look_leaving("challenge-cancelled").await?;

        let collect = json!({ "payment_option": { "upi_details": {
            "txn_mode": "COLLECT", "payer": { "vpa": "success@upi" },
        } } });
        let page = self.challenge("around-collect", "UPI", collect).await?;
        self.open(&page, "challenge-collect").await?;
        let intent = json!({ "payment_option": { "upi_details": { "txn_mode": "INTENT" } } });
        let page = self.challenge("around-intent", "UPI", intent).await?;
        self.open(&page, "challenge-intent").await?;

        let later = json!({ "payment_option": { "bnpl_details": {
            "mobile": MOBILE, "bnpl_pay_code": "LAZYPAY",
        } } });
        let page = self.challenge("around-later", "BNPL", later).await?;
        self.open(&page, "challenge-otp").await?;
        for note in ["wrong", "sent", "limit"] {
            let address = format!("{}&otp={note}", Self::step(&page, "wait"));
            self.open(&address, &format!("challenge-otp-{note}")).await?;
        }
        self.give_lender_otp().await?;
        self.look_leaving("challenge-paid").await?;
        self.open(&Self::step(&page, "receipt"), "challenge-receipt").await?;
        let wrong = format!("{}/web/auth/landing/?token=wrong", self.journey.gateway.url());
        self.open(&wrong, "challenge-not-found").await
    }

    /// Gives the lender's password on the gateway's page.
    async fn give_lender_otp(&self) -> Result<()> {
        self.browser.wait_css("#otp").await?.send_keys(&format!("{OTP}\u{e007}")).await?;
        Ok(())
    }

    /// An order with a hosted page; answers the page's address.
    async fn checkout(&self, reference: &str, mode: &str) -> Result<String> {
        let body = json!({
            "merchant_order_reference": reference,
            "order_amount": { "value": 50_000, "currency": "INR" },
            "integration_mode": mode,
            "callback_url": self.journey.shop.url("/back"),
            "failure_callback_url": self.journey.shop.url("/failed"),
            "purchase_details": { "customer": {
                "email_id": "payer.of.tests@example.com",
                "first_name": "Asha",
                "mobile_number": "9876501234",
                "is_edit_customer_details_allowed": true,
            } },
        });
        let answer = self.journey.api.call(Method::POST, "/api/checkout/v1/orders", body).await?;
        Ok(text(&answer.json(), "redirect_url")?.to_owned())
    }

    /// Opens an address in a frame of the shop's page.
    async fn open_in_frame(&self, address: &str) -> Result<()> {
        self.browser.leave_frame().await?;
        self.browser.open_in_frame(&self.journey.shop.url("/shop"), address).await?;
        self.browser.wait_css("main").await?;
        Ok(())
    }

    async fn in_a_frame(&mut self) -> Result<()> {
        let page = self.checkout("around-frame", "IFRAME").await?;
        let card = |number| {
            [("card_number", number), ("expiry", "12/49"), ("cvv", "123"), ("card_name", "A")]
        };
        self.open_in_frame(&page).await?;
        self.look("frame").await?;
        self.browser.press_css(".rows a").await?;
        self.browser.wait_css(".details").await?;
        self.look("frame-details").await?;
        self.open_in_frame(&page).await?;
        self.browser.pay_by_script("CARD", &card(RISKY_CARD), "").await?;
        self.browser.wait_css(".card.bad").await?;
        self.look("frame-failed").await?;
        for (name, method, fields, css) in [
            ("frame-bank", "CARD", &card(CARD)[..], ".actions a[target=_top]"),
            ("frame-collect", "UPI", &[("upi_id", "success@upi")], ".waiting"),
            ("frame-otp", "CARDLESS_EMI", &[("mobile", MOBILE)], "#otp"),
        ] {
            let page = self.checkout(name, "IFRAME").await?;
            self.open_in_frame(&page).await?;
            self.browser.pay_by_script(method, fields, "").await?;
            self.browser.wait_css(css).await?;
            self.look(name).await?;
        }
        self.give_lender_otp().await?;
        self.browser.leave_frame().await?;
        self.browser.wait_heading("Back at the shop").await?;
        Ok(())
    }

    async fn after_leaving(&mut self) -> Result<()> {
        for mode in ["REDIRECT", "IFRAME"] {
            let page = self.checkout(&format!("around-left-{mode}"), mode).await?;
            let leave = page.replacen("?token", "/leave?token", 1);
            self.open_leaving(&leave, &format!("left-{mode}")).await?;
        }
        Ok(())
    }

    /// Pays a link of its own by a method, as far as the bank's page, and looks at that.
    async fn come_to_the_bank(
        &mut self,
        method: &str,
        fields: &[(&str, &str)],
        css: &str,
        more: Value,
    ) -> Result<()> {
        let name = format!("bank-{method}-{}", self.inspection.pages());
        let mut body = json!({
            "merchant_payment_link_reference": name,
            "amount": { "value": 50_000, "currency": "INR" },
        });
        let terms = body.as_object_mut().context("an object")?;
        terms.extend(more.as_object().cloned().unwrap_or_default());
        let link = self.journey.api.create_link(body).await?;
        self.browser.open_page(text(&link, "payment_link")?).await?;
        self.browser.pay_by_script(method, fields, "").await?;
        self.browser.wait_css(css).await?;
        self.look(&name).await
    }

    async fn at_the_bank(&mut self) -> Result<()> {
        const ASKS_OTP: &str = "form[action*='/simulator/3ds'] #otp";
        const ASKS_YES: &str = "form[action*='/simulator/'] button[value=approve]";
        let none = json!({});
        let card = [("card_number", CARD), ("expiry", "12/49"), ("cvv", "123"), ("card_name", "A")];
        let points = [("card_number", CARD), ("mobile", MOBILE)];
        self.come_to_the_bank("CREDIT_EMI", &card, ASKS_OTP, none.clone()).await?;
        self.come_to_the_bank("POINTS", &points, ASKS_OTP, none.clone()).await?;
        self.come_to_the_bank("CARD", &card, ASKS_OTP, none.clone()).await?;
        self.browser.give_otp("000000").await?;
        self.browser.wait_alert().await?;
        self.look("bank-otp-wrong").await?;
        let bank = [("bank", "NB1531")];
        self.come_to_the_bank("NETBANKING", &bank, ASKS_YES, none.clone()).await?;
        let account = json!({ "account_details": { "bank_details": {
            "account_number": "1234567890", "ifsc_code": "ABCD0123456", "bank_name": "A Bank",
        } } });
        self.come_to_the_bank("NETBANKING", &bank, ASKS_YES, account).await?;
        self.come_to_the_bank("WALLET", &[("wallet", "PAYTM")], ASKS_YES, none).await
    }

    async fn in_the_upi_app(&mut self) -> Result<()> {
        let home = format!("{}/simulator/upi", self.journey.gateway.url());
        self.open(&home, "upi-app").await?;
        self.browser.fill("UPI link", "upi://pay?pa=nobody@upi").await?;
        self.browser.press("Open").await?;
        self.browser.wait_alert().await?;
        self.look("upi-app-wrong").await?;
        for (address, button, heading) in
            [("success@upi", "Approve", "You paid"), ("asha@upi", "Decline", "was not paid")]
        {
            let link = self.journey.link(&format!("app-{button}")).await?;
            self.browser.open_page(text(&link, "payment_link")?).await?;
            self.browser.pay_by_script("UPI", &[("upi_id", address)], "").await?;
            self.browser.press("Open the sandbox UPI app").await?;
            self.browser.wait_named("button", button).await?;
            self.look(&format!("upi-app-{button}")).await?;
            self.browser.press(button).await?;
            self.browser.wait_heading(heading).await?;
            self.look(&format!("upi-app-{address}")).await?;
        }
        let gone = format!("{}/simulator/3ds/nothing", self.journey.gateway.url());
        self.open(&gone, "bank-not-found").await
    }

    async fn end(self, pages_min: usize) -> Result<()> {
        self.inspection.finish(pages_min)?;
        self.browser.close().await
    }

    async fn around_the_gateway(language: &'static str) -> Result<()> {
        let mut walk = Self::start(language).await?;
        walk.behind_the_challenge_url().await?;
        walk.in_a_frame().await?;
        walk.after_leaving().await?;
        walk.end(18).await
    }
}

#[tokio::test]
async fn challenges_frames_and_the_way_out_in_english_can_be_read_by_everyone() -> Result<()> {
    Walk::around_the_gateway("en").await
}

#[tokio::test]
async fn challenges_frames_and_the_way_out_in_hindi_can_be_read_by_everyone() -> Result<()> {
    Walk::around_the_gateway("hi").await
}

#[tokio::test]
async fn the_pages_of_the_simulators_bank_can_be_read_by_everyone() -> Result<()> {
    let mut walk = Walk::start("en").await?;
    walk.at_the_bank().await?;
    walk.in_the_upi_app().await?;
    walk.end(14).await
}

/// The e-mails of a sandbox, once there are so many, oldest first.
async fn emails(journey: &Journey, count: usize) -> Result<Vec<Value>> {
    wait_until("the e-mails", PATIENCE, async || {
        let accept = [("accept", "application/json")];
        let client = journey.gateway.client();
        let answer = client.send(Method::GET, "/sandbox/messages", &accept, "").await.ok()?;
        let messages = answer.json()["messages"].as_array().cloned()?;
        let mut emails: Vec<_> =
            messages.into_iter().filter(|message| message["channel"] == "EMAIL").collect();
        emails.reverse();
        (emails.len() == count).then_some(emails)
    })
    .await
}

#[tokio::test]
async fn the_emails_can_be_read_by_everyone() -> Result<()> {
    let mut walk = Walk::start("en").await?;
    let body = |reference: &str, more: Value| {
        let mut body = json!({
            "merchant_payment_link_reference": reference,
            "amount": { "value": 10_000_050, "currency": "INR" },
            "description": "Two books and a reading lamp",
            "customer": { "email_id": "payer.of.tests@example.com" },
        });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        body
    };
    let api = walk.journey.api.clone();
    let part = api.create_link(body("mail-1", json!({ "part_payment": true }))).await?;
    let held = api.create_link(body("mail-2", json!({ "pre_auth": true }))).await?;
    let notify = format!("/api/pay/v1/paymentlink/{}/notify", text(&part, "payment_link_id")?);
    api.call(Method::PATCH, &notify, Value::Null).await?;
    for (link, fields) in [
        (&part, &[("amount", "1000.00"), ("mobile", MOBILE)][..]),
        (&part, &[("amount", "99000.50"), ("mobile", MOBILE)]),
        (&held, &[("mobile", MOBILE)]),
    ] {
        walk.browser.open_page(text(link, "payment_link")?).await?;
        walk.browser.pay_by_script("CARDLESS_EMI", fields, "").await?;
        walk.give_lender_otp().await?;
        walk.browser.wait_css(".card.good").await?;
    }
    api.create_link(body("mail-3", json!({}))).await?;
    walk.journey.advance_clock(179 * 24 * 3_600).await?;
    let folder = tempfile::tempdir()?;
    for email in emails(&walk.journey, 8).await? {
        let name = format!("mail-{}-{}", text(&email, "kind")?, email["number"]);
        let file = folder.path().join(format!("{name}.html"));
        std::fs::write(&file, text(&email, "html")?)?;
        walk.open(&format!("file://{}", file.display()), &name).await?;
    }
    walk.end(8).await
}
