//! The waiting page: a payment is in flight, and nobody knows yet what becomes of it.

use askama::Template;
use deodar_domain::instrument::{Instrument, UpiFlow};
use deodar_domain::payment::{Challenge, ChallengeTarget, Payment, PaymentState};

use super::Frame;
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

/// What the payer has to do, and where.
struct Step {
    stage: &'static str,
    heading: &'static str,
    text: String,
    app: Option<String>,
    bank: Option<String>,
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
    };
    match challenge {
        None => silent("silent"),
        Some(Challenge::Otp) => silent("otp"),
        Some(Challenge::Redirect(target)) => Step {
            heading: t.wait_bank,
            text: t.wait_bank_text.to_owned(),
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

/// The name of what the payer has to do now; the script loads the page again when it changes.
pub(crate) fn stage(payment: &Payment) -> &'static str {
    step(&crate::texts::ENGLISH, "", payment).stage
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
    give_up: &'static str,
    merchant: String,
    amount: String,
    step: Step,
    address: Option<String>,
    link: Option<String>,
    seconds_left: u64,
}

impl Wait {
    /// The page of a payment in flight.
    pub(crate) fn new(page: &Found, payment: &Payment, sandbox: bool) -> Self {
        let t = &crate::texts::ENGLISH;
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
            frame: Frame::new(t.pending.to_owned(), sandbox),
            poll_path: page.place.step("/status"),
            qr_path: page.place.step("/qr.svg"),
            again_path: page.place.step("/wait"),
            give_up_path: page.place.step("/give-up"),
            give_up: if page.place.has_methods() { t.other_method } else { t.cancel_payment },
            amount: payment.amount.display_indian(),
            step: step(t, &merchant, payment),
            merchant,
            address,
            link: pay_link(payment).map(ToOwned::to_owned),
            seconds_left,
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
