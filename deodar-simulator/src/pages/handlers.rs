//! The handlers of the pages.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::WalletCode;
use http::StatusCode;
use url::Url;

use super::form::PostedForm;
use super::views::{AppPage, LoginPage, Means, OtpPage, UpiPage};
use super::{answer, assets};
use crate::bank::{Bank, PayerDecision, PayerView, Standing};
use crate::books::{Asking, Flow};
use crate::error::BankError;
use crate::rules::{OTP_TRIES_MAX, points};
use crate::simulator::Simulator;

type Bankers = State<Arc<Simulator>>;

/// `GET /3ds/{token}`
pub(super) async fn otp_page(State(simulator): Bankers, Path(token): Path<String>) -> Response {
    let view = match payer(&simulator, &token, asks_for_otp, Bank::view).await {
        Ok(view) => view,
        Err(response) => return response,
    };
    if view.standing != Standing::Waiting {
        return answer::see_other(&view.return_url);
    }
    let (kind, means) = match &view.flow {
        Flow::Points(_) => ("Points", Means::Points { cost: points::cost(view.amount) }),
        flow => match flow.repayment() {
            Some(repayment) => (
                "EMI",
                Means::Emi {
                    months: repayment.tenure.months(),
                    monthly: repayment.monthly.display_indian(),
                },
            ),
            None => ("3-D Secure", Means::Card),
        },
    };
    let page = OtpPage {
        base: simulator.base_path(),
        version: assets::VERSION,
        token: &token,
        merchant: &view.merchant_name,
        amount: &view.amount.display_indian(),
        kind,
        means,
        last4: view.flow.card().map_or("", |card| card.last4.as_str()),
        wrong: view.tries_remaining < OTP_TRIES_MAX,
        tries: view.tries_remaining,
    };
    answer::page(StatusCode::OK, &page, Some(&view.return_url))
}

/// `POST /3ds/{token}`
pub(super) async fn otp_given(
    State(simulator): Bankers,
    Path(token): Path<String>,
    form: PostedForm,
) -> Response {
    let otp = form.field("otp").unwrap_or_default();
    if otp.trim().is_empty() {
        // Nothing was tried: it costs no try.
        return answer::see_other(&format!("{}/3ds/{token}", simulator.base_path()));
    }
    let given =
        payer(&simulator, &token, asks_for_otp, move |bank, token| bank.give_otp(token, &otp));
    match given.await {
        Ok(view) if view.standing == Standing::Waiting => {
            answer::see_other(&format!("{}/3ds/{token}", simulator.base_path()))
        }
        Ok(view) => answer::see_other(&view.return_url),
        Err(response) => response,
    }
}

/// `POST /3ds/{token}/cancel`
pub(super) async fn cancelled(State(simulator): Bankers, Path(token): Path<String>) -> Response {
    match payer(&simulator, &token, asks_for_otp, Bank::cancel).await {
        Ok(view) => answer::see_other(&view.return_url),
        Err(response) => response,
    }
}

/// `GET /netbanking/{token}`
pub(super) async fn login_page(State(simulator): Bankers, Path(token): Path<String>) -> Response {
    login(&simulator, &token, "netbanking", is_netbanking).await
}

/// `POST /netbanking/{token}`
pub(super) async fn login_decided(
    State(simulator): Bankers,
    Path(token): Path<String>,
    form: PostedForm,
) -> Response {
    logged_in(&simulator, &token, is_netbanking, &form).await
}

/// `GET /wallet/{token}`
pub(super) async fn wallet_page(State(simulator): Bankers, Path(token): Path<String>) -> Response {
    login(&simulator, &token, "wallet", is_wallet).await
}

/// `POST /wallet/{token}`
pub(super) async fn wallet_decided(
    State(simulator): Bankers,
    Path(token): Path<String>,
    form: PostedForm,
) -> Response {
    logged_in(&simulator, &token, is_wallet, &form).await
}

async fn login(
    simulator: &Simulator,
    token: &str,
    place: &str,
    of_kind: fn(&Flow) -> bool,
) -> Response {
    let view = match payer(simulator, token, of_kind, Bank::view).await {
        Ok(view) => view,
        Err(response) => return response,
    };
    if view.standing != Standing::Waiting {
        return answer::see_other(&view.return_url);
    }
    let wallet = view.flow.wallet().map(WalletCode::as_str);
    let page = LoginPage {
        base: simulator.base_path(),
        version: assets::VERSION,
        place,
        token,
        kind: if wallet.is_some() { "Wallet" } else { "Netbanking" },
        merchant: &view.merchant_name,
        amount: &view.amount.display_indian(),
        wallet,
        account_end: view.account_end.as_deref(),
    };
    answer::page(StatusCode::OK, &page, Some(&view.return_url))
}

async fn logged_in(
    simulator: &Simulator,
    token: &str,
    of_kind: fn(&Flow) -> bool,
    form: &PostedForm,
) -> Response {
    let Some(decision) = decision(form) else { return unclear(simulator) };
    let decide = move |bank: &Bank, token: &str| bank.decide(token, decision);
    match payer(simulator, token, of_kind, decide).await {
        Ok(view) => answer::see_other(&view.return_url),
        Err(response) => response,
    }
}

/// `GET /upi/{token}`
pub(super) async fn upi_page(State(simulator): Bankers, Path(token): Path<String>) -> Response {
    let view = match payer(&simulator, &token, is_upi, Bank::view).await {
        Ok(view) => view,
        Err(response) => return response,
    };
    let page = UpiPage {
        base: simulator.base_path(),
        version: assets::VERSION,
        token: &token,
        merchant: &view.merchant_name,
        amount: &view.amount.display_indian(),
        account_end: view.account_end.as_deref(),
        return_url: &view.return_url,
        standing: view.standing,
    };
    answer::page(StatusCode::OK, &page, Some(&view.return_url))
}

/// `POST /upi/{token}`: the app stays open, as one on a phone would.
pub(super) async fn upi_decided(
    State(simulator): Bankers,
    Path(token): Path<String>,
    form: PostedForm,
) -> Response {
    let Some(decision) = decision(&form) else { return unclear(&simulator) };
    let decide = move |bank: &Bank, token: &str| bank.decide(token, decision);
    match payer(&simulator, &token, is_upi, decide).await {
        Ok(_) => answer::see_other(&format!("{}/upi/{token}", simulator.base_path())),
        Err(response) => response,
    }
}

/// `GET /upi`
pub(super) async fn app_page(State(simulator): Bankers, RawQuery(query): RawQuery) -> Response {
    let page = AppPage {
        base: simulator.base_path(),
        version: assets::VERSION,
        wrong: query.as_deref() == Some("wrong"),
    };
    answer::page(StatusCode::OK, &page, None)
}

/// `POST /upi`: opens the payment of a pasted `upi://pay` link.
pub(super) async fn link_pasted(State(simulator): Bankers, form: PostedForm) -> Response {
    let base = simulator.base_path();
    let operation = form.field("link").and_then(|link| operation_of(&link));
    let token = match operation {
        Some(operation) => simulator.ask(move |bank| bank.upi_token(operation)).await,
        None => Ok(None),
    };
    match token {
        Ok(Some(token)) => answer::see_other(&format!("{base}/upi/{token}")),
        Ok(None) => answer::see_other(&format!("{base}/upi?wrong")),
        Err(error) => answer::bank_failed(base, &error),
    }
}

/// Whatever is not a page.
pub(super) async fn no_such_page(State(simulator): Bankers) -> Response {
    not_found(&simulator)
}

/// A method that the page does not know.
pub(super) async fn wrong_method(State(simulator): Bankers) -> Response {
    answer::notice(
        StatusCode::METHOD_NOT_ALLOWED,
        simulator.base_path(),
        "Not possible",
        "This page cannot be asked for in this way.",
    )
}

/// The operation that a `upi://pay` link names in its field `tr`.
fn operation_of(link: &str) -> Option<OperationId> {
    let link = Url::parse(link.trim()).ok().filter(|link| link.scheme() == "upi")?;
    let (_, reference) = link.query_pairs().find(|(key, _)| key == "tr")?;
    OperationId::parse(&reference)
}

fn decision(form: &PostedForm) -> Option<PayerDecision> {
    let account = form.field("account");
    match (form.field("decision")?.as_str(), account.as_deref()) {
        ("approve", None | Some("named")) => Some(PayerDecision::Approve),
        ("approve", Some("other")) => Some(PayerDecision::ApproveFromOtherAccount),
        ("decline", _) => Some(PayerDecision::Decline),
        _ => None,
    }
}

fn asks_for_otp(flow: &Flow) -> bool {
    flow.asking() == Asking::OtpAtTheBank
}

fn is_netbanking(flow: &Flow) -> bool {
    *flow == Flow::Netbanking
}

fn is_wallet(flow: &Flow) -> bool {
    matches!(flow, Flow::Wallet(_))
}

fn is_upi(flow: &Flow) -> bool {
    matches!(flow, Flow::Collect | Flow::Intent)
}

/// Asks the bank on the payer's behalf. A token of another kind of page is no token here.
async fn payer(
    simulator: &Simulator,
    token: &str,
    of_kind: fn(&Flow) -> bool,
    act: impl FnOnce(&Bank, &str) -> Result<Option<PayerView>, BankError> + Send + 'static,
) -> Result<PayerView, Response> {
    let token = token.to_owned();
    let view = simulator.ask(move |bank| act(bank, &token)).await;
    match view {
        Ok(Some(view)) if of_kind(&view.flow) => Ok(view),
        Ok(_) => Err(not_found(simulator)),
        Err(error) => Err(answer::bank_failed(simulator.base_path(), &error)),
    }
}

fn not_found(simulator: &Simulator) -> Response {
    answer::notice(
        StatusCode::NOT_FOUND,
        simulator.base_path(),
        "There is no such page",
        "The address is wrong, or the simulator was started with other books.",
    )
}

fn unclear(simulator: &Simulator) -> Response {
    answer::notice(
        StatusCode::BAD_REQUEST,
        simulator.base_path(),
        "Neither yes nor no",
        "Go back and choose Approve or Decline.",
    )
}
