//! What messages say: short and plain, with the merchant's name, the amount and the link.

use askama::Template;
use deodar_domain::merchant::Colour;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::text::Description;
use deodar_engine::MessageToSend;

use crate::messenger::{Content, Message};

/// The colour of the button where the merchant has none.
const COLOUR: Colour = Colour::new(0x1c, 0x5a, 0x41);
/// How wide a logo is drawn at most, in pixels.
const LOGO_WIDTH_MAX: u32 = 192;
/// How high a logo is drawn at most, in pixels.
const LOGO_HEIGHT_MAX: u32 = 64;

/// The part of an e-mail that is HTML. It loads nothing but the merchant's logo, from this gateway
/// and under one address for all payers, so that nobody learns from it who reads it.
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
    /// The merchant's own name of the order.
    reference: &'a str,
    link: &'a str,
    /// When the link ends, as a payer in India reads it; a receipt does not tell.
    until: Option<String>,
    /// What is still to be paid, where that is something.
    remaining: Option<String>,
    /// Whether the money is held and not yet taken.
    held: bool,
    /// That a receipt's amount contains a convenience fee, without its full stop.
    fee: Option<String>,
    /// The colour of the button.
    colour: Colour,
    /// The merchant's logo.
    logo: Option<Picture>,
}

/// A picture of an e-mail.
struct Picture {
    url: String,
    /// How large it is drawn, in pixels: mail programs heed no style that says so.
    width: u32,
    height: u32,
}

impl Picture {
    /// The logo of a merchant that has one, as large as it is or made to fit.
    fn logo(message: &MessageToSend) -> Option<Self> {
        let logo = message.merchant.appearance.logo?;
        let (width, height) = drawn_size(logo.width, logo.height);
        Some(Self { url: message.logo_url.clone()?, width, height })
    }
}

/// How large a picture is drawn.
fn drawn_size(width: u16, height: u16) -> (u32, u32) {
    let (width, height) = (u32::from(width.max(1)), u32::from(height.max(1)));
    if width <= LOGO_WIDTH_MAX && height <= LOGO_HEIGHT_MAX {
        (width, height)
    } else if width * LOGO_HEIGHT_MAX >= height * LOGO_WIDTH_MAX {
        (LOGO_WIDTH_MAX, (height * LOGO_WIDTH_MAX / width).max(1))
    } else {
        ((width * LOGO_HEIGHT_MAX / height).max(1), LOGO_HEIGHT_MAX)
    }
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
            reference: order.terms.reference.as_str(),
            link: &message.link_url,
            until: until.map(|link| link.expire_by.display_ist()),
            remaining: due.map(|due| due.display_indian()),
            held: order.terms.pre_auth,
            fee: (order.terms.fee_of(message.amount).filter(|_| is_receipt))
                .map(|fee| format!("Includes a convenience fee of {}", fee.display_indian())),
            colour: message.merchant.appearance.colour.unwrap_or(COLOUR),
            logo: Picture::logo(message),
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
            text.push('\n');
        }
        text.push_str("Reference: ");
        text.push_str(self.reference);
        text.push_str("\n\n");
        if let Some(fee) = &self.fee {
            text.push_str(fee);
            text.push_str(".\n\n");
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
            reference: "table-7",
            link: "https://pay.example.in/PLUTUS/abcdefg",
            until: Some("5 Sep 2025, 1:57 pm IST".to_owned()),
            remaining: None,
            held: false,
            fee: None,
            colour: COLOUR,
            logo: None,
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
             For: Tea \"first flush\"\n\
             Reference: table-7\n\n\
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
        let fee = Some("Includes a convenience fee of ₹9.80".to_owned());
        let with_fee = Words { fee, ..receipt() };
        for told in [with_fee.text(), Page { words: &with_fee }.render().unwrap()] {
            assert!(told.contains("Includes a convenience fee of ₹9.80."), "{told}");
        }
        let held = Words { held: true, ..receipt() };
        assert_eq!(held.subject(), "₹1,00,000.00 of yours is held for Chai & <Co>");
    }

    #[test]
    fn the_page_says_the_same_and_loads_nothing() {
        let words = words();
        let html = Page { words: &words }.render().unwrap();
        assert!(html.contains("Chai &#38; &#60;Co&#62; asks you to pay"), "{html}");
        assert!(html.contains("₹1,00,000.00") && html.contains("Reference: table-7"), "{html}");
        assert!(html.contains("Tea &#34;first flush&#34;"), "{html}");
        assert!(html.contains("href=\"https://pay.example.in/PLUTUS/abcdefg\""), "{html}");
        for loads in ["<img", "<script", "<link", "@import", "url(", "src="] {
            assert!(!html.contains(loads), "{loads} in {html}");
        }
    }

    #[test]
    fn the_page_has_the_merchants_colour_and_logo_and_loads_nothing_else() {
        let cases = [("#1a7f5a", "#ffffff"), ("#ffe600", "#000000")];
        for (colour, text) in cases {
            let url = "https://pay.example.in/brand/00ff.png".to_owned();
            let logo = Some(Picture { url, width: 96, height: 32 });
            let words = Words { colour: Colour::parse(colour).unwrap(), logo, ..words() };
            let html = Page { words: &words }.render().unwrap();
            assert!(html.contains(&format!("background:{colour};color:{text};")), "{html}");
            for part in [
                "src=\"https://pay.example.in/brand/00ff.png\"",
                "alt=\"Chai &#38; &#60;Co&#62;\"",
                "width=\"96\" height=\"32\"",
            ] {
                assert!(html.contains(part), "{part} is not in {html}");
            }
            assert_eq!(html.matches("src=").count(), 1, "{html}");
        }
    }

    #[test]
    fn a_logo_keeps_its_shape_where_it_is_made_smaller() {
        let cases = [
            ((96, 32), (96, 32)),
            ((192, 64), (192, 64)),
            ((1_024, 1_024), (64, 64)),
            ((1_000, 100), (192, 19)),
            ((1_024, 1), (192, 1)),
            ((1, 1_024), (1, 64)),
            ((400, 100), (192, 48)),
        ];
        for ((width, height), drawn) in cases {
            assert_eq!(drawn_size(width, height), drawn, "{width} × {height}");
        }
    }
}
