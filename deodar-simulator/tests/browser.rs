//! The pages in a real Chromium, without JavaScript, with the gateway on another origin: the
//! policy of the pages must let the payer go back to it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use deodar_acquirer::{Acquirer as _, AuthorizeRequest, CardDetails, Instrument, Outcome, Status};
use deodar_domain::account::{AccountNumber, BankAccount};
use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::customer::MobileNumber;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::Tenure;
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{EmiCard, PayCode, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::payment::Challenge;
use deodar_domain::text::MerchantName;
use deodar_domain::upi::Vpa;
use deodar_kit::{Browser, BrowserOptions};
use deodar_simulator::{Books, Simulator, SimulatorConfig, real_time, router};
use tokio::net::TcpListener;

/// Why a payment from another bank account than the one that alone may pay is declined.
const INVALID: DeclineReason = DeclineReason::InvalidRequest;

/// A simulator and a gateway that does nothing but take the payer back, on origins of their own.
struct Town {
    simulator: Arc<Simulator>,
    pages: String,
    gateway: String,
}

impl Town {
    async fn start() -> Result<Self> {
        let back = Router::new().route("/back", get(async || Html("<h1>Back at the gateway</h1>")));
        let gateway = serve(TcpListener::bind("127.0.0.1:0").await?, back)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let pages = format!("http://{}/simulator", listener.local_addr()?);
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: pages.clone(),
            clock: real_time(),
        })?;
        serve(listener, Router::new().nest("/simulator", router(Arc::clone(&simulator))))?;
        Ok(Self { simulator, pages, gateway })
    }

    /// Starts a payment and gives its page.
    async fn pay(&self, number: u128, instrument: Instrument) -> Result<String> {
        self.pay_from(number, instrument, None).await
    }

    /// The same, where one bank account alone may pay.
    async fn pay_from(
        &self,
        number: u128,
        instrument: Instrument,
        account: Option<BankAccount>,
    ) -> Result<String> {
        let request = AuthorizeRequest {
            operation: OperationId(number),
            merchant: MerchantId::new(111_111).context("a merchant")?,
            merchant_name: MerchantName::parse("Example Tea and Spices")?,
            amount: Money::paise(50_000),
            hold: false,
            instrument,
            return_url: format!("{}/back?token=a%2Fb", self.gateway),
            account,
            lifetime: Duration::from_mins(5),
            asked_beside: false,
        };
        match self.simulator.authorize(request).await? {
            Outcome::Challenged {
                challenge: Challenge::Redirect(page) | Challenge::Collect { app: Some(page) },
                ..
            } => Ok(page.as_str().to_owned()),
            other => anyhow::bail!("no page: {other:?}"),
        }
    }

    /// The reason of a decline; `None` for an approval.
    async fn decided(&self, number: u128) -> Result<Option<DeclineReason>> {
        match self.simulator.status(OperationId(number)).await? {
            Status::Known(Outcome::Approved(_)) => Ok(None),
            Status::Known(Outcome::Declined(failure)) => Ok(Some(failure.reason)),
            other => anyhow::bail!("not decided: {other:?}"),
        }
    }
}

fn serve(listener: TcpListener, app: Router) -> Result<String> {
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

fn card() -> Result<CardDetails> {
    let number = CardNumber::parse("4012001037141112")?;
    Ok(CardDetails {
        cvv: Cvv::parse("123", number.brand())?,
        expiry: CardExpiry::parse("12", "2099")?,
        name: CardholderName::parse("Asha Rao")?,
        number,
    })
}

fn emi() -> Result<Instrument> {
    let tenure = Tenure::of_months(6).context("a tenure")?;
    Ok(Instrument::CardEmi { on: EmiCard::Credit, card: card()?, tenure })
}

fn points() -> Result<Instrument> {
    let mobile = MobileNumber::parse("9876543210", 10)?;
    Ok(Instrument::Points { number: card()?.number, mobile })
}

fn login() -> Result<Instrument> {
    Ok(Instrument::Netbanking(PayCode::parse("NB1531")?))
}

fn wallet() -> Result<Instrument> {
    Ok(Instrument::Wallet(WalletCode::parse("AMAZON_PAY")?))
}

fn account() -> Result<Option<BankAccount>> {
    let number = AccountNumber::parse("0012345678")?;
    Ok(Some(BankAccount { number, ifsc: None, bank_name: None }))
}

async fn without_scripts() -> Result<Browser> {
    Browser::open(BrowserOptions { javascript: false, ..BrowserOptions::default() }).await
}

#[tokio::test]
async fn a_payer_pays_by_card_and_is_taken_back_to_another_origin() -> Result<()> {
    let town = Town::start().await?;
    let browser = without_scripts().await?;
    browser.open_page(&town.pay(1, Instrument::Card(card()?)).await?).await?;
    browser.wait_heading("Pay ₹500.00 to Example Tea and Spices").await?;
    ensure!(browser.text().await?.contains("Simulator – no real money"));
    browser.give_otp("000000").await?;
    let alert = fantoccini::Locator::Css("[role=alert]");
    browser.client().wait().for_element(alert).await?;
    browser.reload().await?;
    ensure!(browser.text().await?.contains("2 tries remain"), "a reload repeats nothing");
    browser.give_otp("123456").await?;
    browser.wait_heading("Back at the gateway").await?;
    ensure!(browser.address().await?.ends_with("/back?token=a%2Fb"));
    ensure!(town.decided(1).await?.is_none());

    browser.open_page(&town.pay(2, Instrument::Card(card()?)).await?).await?;
    browser.press("Cancel").await?;
    browser.wait_heading("Back at the gateway").await?;
    ensure!(town.decided(2).await? == Some(DeclineReason::PaymentCancelled));
    browser.close().await
}

#[tokio::test]
async fn a_payer_decides_at_the_bank_and_in_the_app() -> Result<()> {
    let town = Town::start().await?;
    let browser = without_scripts().await?;
    browser.open_page(&town.pay(1, login()?).await?).await?;
    browser.press("Approve").await?;
    browser.wait_heading("Back at the gateway").await?;
    ensure!(town.decided(1).await?.is_none());

    let request = Instrument::UpiCollect(Vpa::parse("success@upi")?);
    browser.open_page(&town.pay(2, request).await?).await?;
    browser.press("Decline").await?;
    browser.wait_heading("was not paid").await?;
    ensure!(town.decided(2).await? == Some(DeclineReason::PaymentDeclined));
    browser.press("Go back to the payment").await?;
    browser.wait_heading("Back at the gateway").await?;
    browser.close().await
}

#[tokio::test]
async fn a_payer_reads_what_the_otp_pays_for() -> Result<()> {
    let town = Town::start().await?;
    let browser = without_scripts().await?;
    for (number, instrument, words) in
        [(1, emi()?, "6 monthly instalments of ₹86.53"), (2, points()?, "2000 points")]
    {
        browser.open_page(&town.pay(number, instrument).await?).await?;
        browser.wait_heading("Pay ₹500.00 to Example Tea and Spices").await?;
        ensure!(browser.text().await?.contains(words), "{words}");
        browser.give_otp("123456").await?;
        browser.wait_heading("Back at the gateway").await?;
        ensure!(town.decided(number).await?.is_none());
    }
    browser.close().await
}

#[tokio::test]
async fn a_payer_decides_in_the_wallet_and_chooses_the_account() -> Result<()> {
    let town = Town::start().await?;
    let browser = without_scripts().await?;
    browser.open_page(&town.pay(1, wallet()?).await?).await?;
    browser.wait_heading("from your wallet").await?;
    browser.press("Approve").await?;
    browser.wait_heading("Back at the gateway").await?;
    ensure!(town.decided(1).await?.is_none());

    for (number, other, expected) in [(2, false, None), (3, true, Some(INVALID))] {
        browser.open_page(&town.pay_from(number, login()?, account()?).await?).await?;
        let list = browser.wait_named("select", "Pay from account").await?;
        if other {
            list.select_by_label("Another account").await?;
        }
        browser.press("Approve").await?;
        browser.wait_heading("Back at the gateway").await?;
        ensure!(town.decided(number).await? == expected, "{number}");
    }
    browser.close().await
}

#[tokio::test]
async fn a_page_fits_a_phone() -> Result<()> {
    let town = Town::start().await?;
    let browser = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    for page in [
        town.pay(1, Instrument::Card(card()?)).await?,
        town.pay(2, emi()?).await?,
        town.pay(3, points()?).await?,
        town.pay(4, wallet()?).await?,
        town.pay_from(5, login()?, account()?).await?,
        format!("{}/upi", town.pages),
    ] {
        browser.open_page(&page).await?;
        let overflow = "return document.documentElement.scrollWidth > window.innerWidth;";
        ensure!(browser.script(overflow).await? == false, "{page} scrolls sideways");
        let low = "return [...document.querySelectorAll('input, select, button')]\
                   .some(target => target.getBoundingClientRect().height < 44);";
        ensure!(browser.script(low).await? == false, "{page} has a target too low for a thumb");
        let styled = "return document.styleSheets.length === 1;";
        ensure!(browser.script(styled).await? == true, "{page} has lost its stylesheet");
    }
    browser.close().await
}
