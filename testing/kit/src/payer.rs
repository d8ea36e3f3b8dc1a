//! A payer without a browser, for the tests that end processes in the middle of a payment: each
//! step is one request, so that the test knows what has happened and what has not.

use anyhow::{Context, Result, ensure};
use hyper::header::{CONTENT_TYPE, LOCATION};
use hyper::{Method, StatusCode};

use crate::client::{Answer, Client};
use crate::journey::{CARD, OTP};

/// A payer at a link's page.
pub struct Payer {
    page: String,
    nonce: String,
}

impl Payer {
    /// Opens the page.
    pub async fn open(page: &str) -> Result<Self> {
        let answer = get(page).await?;
        let nonce = between(&answer.body, r#"name="reference" value=""#, "\"");
        let nonce = nonce.with_context(|| format!("no form to pay on {page}: {answer:?}"))?;
        Ok(Self { page: page.to_owned(), nonce: nonce.to_owned() })
    }

    /// Pays by card, and gives the address of the bank's page.
    pub async fn pay_by_card(&self) -> Result<String> {
        let fields = [
            ("method", "CARD"),
            ("card_number", CARD),
            ("expiry", "12/49"),
            ("cvv", "123"),
            ("card_name", "Asha Rao"),
        ];
        let answer = self.submit(&fields).await?;
        ensure!(answer.status == StatusCode::SEE_OTHER, "the payment answered {answer:?}");
        let onward = get(&format!("{}/go", self.page)).await?;
        let bank = between(&onward.body, "content=\"0;url=", "\"");
        Ok(bank.with_context(|| format!("no way to the bank: {onward:?}"))?.to_owned())
    }

    /// Asks a UPI address for the money.
    pub async fn pay_by_upi(&self, address: &str) -> Result<Answer> {
        self.submit(&[("method", "UPI"), ("upi_id", address)]).await
    }

    /// Gives the bank the password; the bank has decided when this is done. Answers the address
    /// that the bank sends the payer back to.
    pub async fn give_otp(&self, bank_page: &str) -> Result<String> {
        Self::at_the_bank(bank_page).await
    }

    /// The same, for a payer who was led to the bank by whatever way.
    pub async fn at_the_bank(bank_page: &str) -> Result<String> {
        let answer = post(bank_page, &[("otp", OTP)]).await?;
        ensure!(answer.status == StatusCode::SEE_OTHER, "the bank answered {answer:?}");
        let back = answer.headers.get(LOCATION).context("the way back")?;
        Ok(back.to_str()?.to_owned())
    }

    async fn submit(&self, fields: &[(&str, &str)]) -> Result<Answer> {
        let fields = [fields, &[("reference", self.nonce.as_str())]].concat();
        post(&format!("{}/pay", self.page), &fields).await
    }
}

/// Opens an address, without following a redirect.
pub async fn get(address: &str) -> Result<Answer> {
    let (origin, path) = split(address)?;
    Client::new(origin).get(path).await
}

async fn post(address: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let (origin, path) = split(address)?;
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().copied())
        .finish();
    let headers = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    Client::new(origin).send(Method::POST, path, &headers, body).await
}

fn split(address: &str) -> Result<(&str, &str)> {
    let start = address.find("://").context("an absolute address")? + 3;
    let end = address.get(start..).and_then(|rest| rest.find('/')).context("a path")? + start;
    address.split_at_checked(end).context("an address")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}
