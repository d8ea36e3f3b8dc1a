//! What messages say: short and plain, with the merchant's name, the amount and the link.

use askama::Template;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::text::Description;
use deodar_engine::MessageToSend;

use crate::messenger::{Content, Message};

/// The part of an e-mail that is HTML. It loads nothing, so that nobody learns from it who reads it.
#[derive(Template)]
#[template(path = "link.html")]
struct Page<'a> {
    words: &'a Words<'a>,
}

/// What a message about a link tells.
struct Words<'a> {
    kind: MessageKind,
    merchant: &'a str,
    /// What is due, `₹1,00,000.00`.
    amount: String,
    description: Option<&'a str>,
    link: &'a str,
    /// When the link ends, as a payer in India reads it; a receipt does not tell.
    until: Option<String>,
    /// What is still to be paid, where that is something.
    remaining: Option<String>,
    /// Whether the money is held and not yet taken.
    held: bool,
}

impl<'a> Words<'a> {
    fn of(message: &'a MessageToSend) -> Self {
        let order = &message.order;
        let is_receipt = message.kind == MessageKind::PaymentReceipt;
        let until = order.link.as_ref().filter(|_| !is_receipt);
        let due = Some(order.due()).filter(|due| is_receipt && !due.is_zero());
        Self {
            kind: message.kind,
            merchant: message.merchant.name.as_str(),
            amount: message.amount.display_indian(),
            description: order.terms.description.as_ref().map(Description::as_str),
            link: &message.link_url,
            until: until.map(|link| link.expire_by.display_ist()),
            remaining: due.map(|due| due.display_indian()),
            held: order.terms.pre_auth,
        }
    }

    fn subject(&self) -> String {
        let Self { merchant, amount, .. } = self;
        match self.kind {
            MessageKind::LinkCreated => format!("Pay {amount} to {merchant}"),
            MessageKind::LinkSentAgain => format!("Sent again: pay {amount} to {merchant}"),
            MessageKind::LinkReminder => format!("Reminder: pay {amount} to {merchant}"),
            MessageKind::PaymentReceipt => self.opening(),
        }
    }

    const fn is_receipt(&self) -> bool {
        matches!(self.kind, MessageKind::PaymentReceipt)
    }

    /// The first sentence, without its full stop.
    fn opening(&self) -> String {
        let Self { merchant, amount, .. } = self;
        match self.kind {
            MessageKind::PaymentReceipt if self.held => {
                format!("{amount} of yours is held for {merchant}")
            }
            MessageKind::PaymentReceipt => format!("You paid {amount} to {merchant}"),
            MessageKind::LinkReminder => format!("Reminder: {merchant} asks you to pay {amount}"),
            _ => format!("{merchant} asks you to pay {amount}"),
        }
    }

    fn sms(&self) -> String {
        let link = self.link;
        let end = if self.is_receipt() { ". Receipt" } else { "" };
        format!("{}{end}: {link}", self.opening())
    }

    fn text(&self) -> String {
        let link = self.link;
        let mut text = format!("{}.\n\n", self.opening());
        if let Some(description) = self.description {
            text.push_str("For: ");
            text.push_str(description);
            text.push_str("\n\n");
        }
        if let Some(remaining) = &self.remaining {
            text.push_str(remaining);
            text.push_str(" remains to be paid.\n\n");
        }
        text.push_str(if self.is_receipt() { "See it here: " } else { "Pay here: " });
        text.push_str(link);
        text.push('\n');
        if let Some(until) = &self.until {
            text.push_str("The link can be used until ");
            text.push_str(until);
            text.push_str(".\n");
        }
        text.push('\n');
        text.push_str(self.unexpected());
        text.push('\n');
        text
    }
}

impl Words<'_> {
    const fn unexpected(&self) -> &'static str {
        if self.is_receipt() {
            "If you did not pay this, ask your bank."
        } else {
            "If you did not expect this message, you need not do anything."
        }
    }
}

/// Makes a message of the order as it is.
pub(crate) fn message(to_send: &MessageToSend) -> Result<Message, askama::Error> {
    let words = Words::of(to_send);
    let content = match to_send.channel {
        Channel::Sms => Content::Sms {
            text: words.sms(),
            amount: words.amount.clone(),
            link: words.link.to_owned(),
        },
        Channel::Email => Content::Email {
            subject: words.subject(),
            text: words.text(),
            html: Page { words: &words }.render()?,
        },
    };
    Ok(Message {
        id: to_send.job(),
        kind: to_send.kind,
        merchant: to_send.merchant.id,
        merchant_name: to_send.merchant.name.as_str().to_owned(),
        order: to_send.order.key,
        recipient: to_send.recipient.clone(),
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words<'static> {
        Words {
            kind: MessageKind::LinkCreated,
            merchant: "Chai & <Co>",
            amount: "₹1,00,000.00".to_owned(),
            description: Some("Tea \"first flush\""),
            link: "https://pay.example.in/PLUTUS/abcdefg",
            until: Some("5 Sep 2025, 1:57 pm IST".to_owned()),
            remaining: None,
            held: false,
        }
    }

    #[test]
    fn the_subject_tells_what_the_message_is_about() {
        let words = words();
        assert_eq!(words.subject(), "Pay ₹1,00,000.00 to Chai & <Co>");
        let again = Words { kind: MessageKind::LinkSentAgain, ..words };
        assert_eq!(again.subject(), "Sent again: pay ₹1,00,000.00 to Chai & <Co>");
    }

    #[test]
    fn the_texts_are_short_and_plain() {
        let words = words();
        assert_eq!(
            words.sms(),
            "Chai & <Co> asks you to pay ₹1,00,000.00: https://pay.example.in/PLUTUS/abcdefg"
        );
        assert_eq!(
            words.text(),
            "Chai & <Co> asks you to pay ₹1,00,000.00.\n\n\
             For: Tea \"first flush\"\n\n\
             Pay here: https://pay.example.in/PLUTUS/abcdefg\n\
             The link can be used until 5 Sep 2025, 1:57 pm IST.\n\n\
             If you did not expect this message, you need not do anything.\n"
        );
        let bare = Words { description: None, until: None, ..words };
        assert!(!bare.text().contains("For:") && !bare.text().contains("until"));
    }

    #[test]
    fn a_reminder_and_a_receipt_say_what_they_are() {
        let reminder = Words { kind: MessageKind::LinkReminder, ..words() };
        assert_eq!(reminder.subject(), "Reminder: pay ₹1,00,000.00 to Chai & <Co>");
        assert!(reminder.text().starts_with("Reminder: Chai & <Co> asks you to pay"));
        assert!(reminder.text().contains("until 5 Sep 2025"));
        let receipt = || Words { kind: MessageKind::PaymentReceipt, until: None, ..words() };
        assert_eq!(receipt().subject(), "You paid ₹1,00,000.00 to Chai & <Co>");
        assert_eq!(
            receipt().sms(),
            "You paid ₹1,00,000.00 to Chai & <Co>. Receipt: https://pay.example.in/PLUTUS/abcdefg"
        );
        let part = Words { remaining: Some("₹5.00".to_owned()), ..receipt() };
        for told in [part.text(), Page { words: &part }.render().unwrap()] {
            assert!(told.contains("₹5.00 remains to be paid"), "{told}");
            assert!(!told.contains("until") && !told.contains("Pay here"), "{told}");
        }
        let held = Words { held: true, ..receipt() };
        assert_eq!(held.subject(), "₹1,00,000.00 of yours is held for Chai & <Co>");
    }

    #[test]
    fn the_page_says_the_same_and_loads_nothing() {
        let words = words();
        let html = Page { words: &words }.render().unwrap();
        assert!(html.contains("Chai &#38; &#60;Co&#62; asks you to pay"), "{html}");
        assert!(html.contains("₹1,00,000.00"), "{html}");
        assert!(html.contains("Tea &#34;first flush&#34;"), "{html}");
        assert!(html.contains("href=\"https://pay.example.in/PLUTUS/abcdefg\""), "{html}");
        for loads in ["<img", "<script", "<link", "@import", "url(", "src="] {
            assert!(!html.contains(loads), "{loads} in {html}");
        }
    }
}
