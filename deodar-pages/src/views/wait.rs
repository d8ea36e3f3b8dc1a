//! The waiting page: a payment is in flight, and nobody knows yet what becomes of it.

use askama::Template;
use deodar_domain::instrument::{Instrument, UpiFlow};
use deodar_domain::payment::{Challenge, ChallengeTarget, Payment, PaymentState};

use super::{Frame, paid_back, paid_with};
use crate::language::texts;
use crate::mask;
use crate::place::Found;
use crate::texts::{Texts, fill};

/// An address that a browser may be sent to: a web page, absolute or of this very host.
pub(crate) fn web_address(target: &ChallengeTarget) -> Option<&str> {
    let text = target.as_str();
    let own = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    (own || text.starts_with("https://") || text.starts_with("http://")).then_some(text)
}

/// The `upi://pay` link of a payment that waits for a UPI app.
pub(crate) fn pay_link(payment: &Payment) -> Option<&str> {
    match &payment.state {
        PaymentState::Pending { challenge: Some(Challenge::Intent { link, .. }), .. } => {
            Some(link.as_str()).filter(|link| link.starts_with("upi://"))
        }
        _ => None,
    }
}

/// What happened to the one-time password, as the query of the waiting page carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtpNote {
    /// It was wrong; more may be tried.
    Wrong,
    /// It was sent again.
    Sent,
    /// It was sent too often.
    TooMany,
}

impl OtpNote {
    /// The query that carries it, with its `?`.
    pub(crate) const fn query(self) -> &'static str {
        match self {
            Self::Wrong => "?otp=wrong",
            Self::Sent => "?otp=sent",
            Self::TooMany => "?otp=limit",
        }
    }

    /// Reads a query; what is not ours is ignored.
    pub(crate) fn parse(query: &str) -> Option<Self> {
        let all = [Self::Wrong, Self::Sent, Self::TooMany];
        let own = |note: &Self| query.split('&').any(|pair| note.query().get(1..) == Some(pair));
        all.into_iter().find(own)
    }
}

/// The form of a one-time password that is given to us.
struct OtpForm {
    heading: String,
    /// The index of the payment that the password is for.
    payment: u16,
    submit_path: String,
    resend_path: String,
    wrong: bool,
    notice: Option<&'static str>,
}

impl OtpForm {
    fn of(t: &Texts, page: &Found, payment: &Payment, note: Option<OtpNote>) -> Option<Self> {
        let asked =
            matches!(payment.state, PaymentState::Pending { challenge: Some(Challenge::Otp), .. });
        asked.then(|| Self {
            heading: fill(t.otp_heading, &payment.amount.display_indian()),
            payment: payment.id.index,
            submit_path: page.place.step("/otp"),
            resend_path: page.place.step("/otp/resend"),
            wrong: note == Some(OtpNote::Wrong),
            notice: match note {
                Some(OtpNote::Sent) => Some(t.otp_sent),
                Some(OtpNote::TooMany) => Some(t.otp_limit),
                _ => None,
            },
        })
    }
}

/// The stage of a password that is given to us.
const OTP_STAGE: &str = "otp";

/// What the payer has to do, and where.
struct Step {
    stage: &'static str,
    heading: &'static str,
    text: String,
    app: Option<String>,
    bank: Option<String>,
    /// What the way to the bank is called.
    onward: &'static str,
}

fn step(t: &Texts, merchant: &str, payment: &Payment) -> Step {
    let address = |target: &ChallengeTarget| web_address(target).map(ToOwned::to_owned);
    let challenge = match &payment.state {
        PaymentState::Pending { challenge, .. } => challenge.as_ref(),
        _ => None,
    };
    let silent = |stage| Step {
        stage,
        heading: t.wait_silent,
        text: t.wait_silent_text.to_owned(),
        app: None,
        bank: None,
        onward: onward(t, payment),
    };
    match challenge {
        None => silent("silent"),
        Some(Challenge::Otp) => {
            Step { heading: t.wait_otp, text: sent_to(t, payment), ..silent(OTP_STAGE) }
        }
        Some(Challenge::Redirect(target)) => Step {
            heading: if is_wallet(payment) { t.wait_wallet } else { t.wait_bank },
            text: if is_wallet(payment) { t.wait_wallet_text } else { t.wait_bank_text }.to_owned(),
            bank: address(target),
            ..silent("bank")
        },
        Some(Challenge::Collect { app }) => Step {
            heading: t.wait_collect,
            text: fill(t.wait_collect_text, merchant),
            app: app.as_ref().and_then(address),
            ..silent("collect")
        },
        Some(Challenge::Intent { app, .. }) => Step {
            heading: t.wait_intent,
            text: t.wait_intent_text.to_owned(),
            app: app.as_ref().and_then(address),
            ..silent("intent")
        },
    }
}

const fn is_wallet(payment: &Payment) -> bool {
    matches!(payment.instrument, Instrument::Wallet { .. })
}

/// What the way to the page of the payer's bank or wallet is called.
pub(crate) const fn onward(t: &Texts, payment: &Payment) -> &'static str {
    if is_wallet(payment) { t.to_wallet } else { t.to_bank }
}

/// What the page before that of the bank or wallet is called.
pub(crate) const fn onward_title(t: &Texts, payment: &Payment) -> &'static str {
    if is_wallet(payment) { t.to_wallet_title } else { t.to_bank_title }
}

/// Where the lender has sent its password.
fn sent_to(t: &Texts, payment: &Payment) -> String {
    match &payment.instrument {
        Instrument::PayLater { mobile, .. } | Instrument::CardlessEmi { mobile, .. } => {
            fill(t.wait_otp_text, &mobile.masked())
        }
        _ => t.wait_otp_plain.to_owned(),
    }
}

/// The name of what the payer has to do now; the script loads the page again when it changes. Of
/// two passwords that are asked for, one after the other, each is a stage of its own.
pub(crate) fn stage(payment: &Payment) -> String {
    let stage = step(&crate::texts::ENGLISH, "", payment).stage;
    if stage == OTP_STAGE { format!("{stage}-{}", payment.id.index) } else { stage.to_owned() }
}

/// The waiting page.
#[derive(Template)]
#[template(path = "wait.html")]
pub(crate) struct Wait {
    frame: Frame,
    poll_path: String,
    qr_path: String,
    again_path: String,
    give_up_path: String,
    payment: u16,
    give_up: &'static str,
    merchant: String,
    amount: String,
    step: Step,
    stage: String,
    address: Option<String>,
    link: Option<String>,
    otp: Option<OtpForm>,
    with: String,
    parts: Vec<(String, String)>,
    seconds_left: u64,
    framed: bool,
}

impl Wait {
    /// The page of a payment in flight.
    pub(crate) fn new(
        page: &Found,
        payment: &Payment,
        note: Option<OtpNote>,
        sandbox: bool,
    ) -> Self {
        let t = texts();
        let merchant = page.merchant.name.to_string();
        let address = match &payment.instrument {
            Instrument::Upi(UpiFlow::Collect { vpa }) => Some(mask::vpa(vpa)),
            _ => None,
        };
        let seconds_left = match payment.state {
            PaymentState::Pending { expires_at, .. } => expires_at.since(page.now).as_secs(),
            _ => 0,
        };
        Self {
            frame: Frame::new(t.pending.to_owned(), sandbox).of(&page.merchant),
            poll_path: page.place.step("/status"),
            qr_path: page.place.step("/qr.svg"),
            again_path: page.place.step("/wait"),
            give_up_path: page.place.step("/give-up"),
            payment: payment.id.index,
            give_up: if page.place.has_methods() { t.other_method } else { t.cancel_payment },
            amount: payment.amount.display_indian(),
            step: step(t, &merchant, payment),
            stage: stage(payment),
            merchant,
            address,
            link: pay_link(payment).map(ToOwned::to_owned),
            otp: OtpForm::of(t, page, payment, note),
            with: paid_with(t, payment),
            parts: paid_back(t, payment),
            seconds_left,
            framed: page.place.is_framed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_web_pages_alone() {
        let cases = [
            ("https://bank.example.com/3ds?x=1", true),
            ("http://127.0.0.1:9000/simulator/x", true),
            ("/simulator/bank/1", true),
            ("//evil.example.com", false),
            ("/\\evil.example.com", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
        ];
        for (target, allowed) in cases {
            let target = ChallengeTarget::parse(target).expect("a target");
            assert_eq!(web_address(&target).is_some(), allowed, "{target}");
        }
    }
}
