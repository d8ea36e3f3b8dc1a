//! The messages that a sandbox keeps, as its developer reads them.

use askama::Template;
use deodar_domain::message::{Channel, MessageKind};
use deodar_engine::store::{OUTBOX_SLOTS, OutboxMessage};

use super::Frame;
use crate::assets;
use crate::language::texts;
use crate::texts::Texts;

/// A piece of a text, which leads to a link's page where it names one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_link: bool,
}

/// Splits a text into what is a link's page and what is not. `pages` is how their addresses begin.
fn pieces<'a>(text: &'a str, pages: &str) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find(pages).and_then(|at| rest.split_at_checked(at)) {
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let (link, after) = from.split_at_checked(end).unwrap_or((from, ""));
        pieces.push(Piece { text: before, is_link: false });
        pieces.push(Piece { text: link, is_link: true });
        rest = after;
    }
    pieces.push(Piece { text: rest, is_link: false });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// A message on the page.
pub(crate) struct MessageView<'a> {
    number: u64,
    what: &'static str,
    way: &'static str,
    to: &'a str,
    at: String,
    subject: Option<&'a str>,
    text: Vec<Piece<'a>>,
    has_html: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "messages.html")]
pub(crate) struct MessagesPage<'a> {
    frame: Frame,
    sheet: String,
    kept: u16,
    messages: Vec<MessageView<'a>>,
}

impl<'a> MessagesPage<'a> {
    /// The page of these messages; `public_url` is where payers reach the gateway.
    pub(crate) fn new(messages: &'a [OutboxMessage], public_url: &str) -> Self {
        let t = texts();
        let pages = format!("{public_url}/PLUTUS/");
        let view = |message: &'a OutboxMessage| MessageView {
            number: message.number,
            what: what(t, message.kind),
            way: way(t, message.channel),
            to: &message.recipient,
            at: t.time(message.at),
            subject: message.subject.as_deref(),
            text: pieces(&message.text, &pages),
            has_html: message.html.is_some(),
        };
        Self {
            frame: Frame::new(t.messages.to_owned(), true),
            sheet: assets::MESSAGES.path(),
            kept: OUTBOX_SLOTS,
            messages: messages.iter().map(view).collect(),
        }
    }
}

const fn what(t: &Texts, kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::LinkCreated => t.message_link_made,
        MessageKind::LinkSentAgain => t.message_link_again,
        MessageKind::LinkReminder => t.message_reminder,
        MessageKind::PaymentReceipt => t.message_receipt,
    }
}

const fn way(t: &Texts, channel: Channel) -> &'static str {
    match channel {
        Channel::Email => t.message_email,
        Channel::Sms => t.message_sms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_links_lead_there_and_nothing_else_does() {
        let page = "https://pay.example.in/PLUTUS/";
        let split = |text| {
            let pieces = pieces(text, page);
            pieces.iter().map(|piece| (piece.text.to_owned(), piece.is_link)).collect::<Vec<_>>()
        };
        let told = "Pay here: https://pay.example.in/PLUTUS/abc\nor https://evil.example.com/x";
        let expected = [
            ("Pay here: ".to_owned(), false),
            ("https://pay.example.in/PLUTUS/abc".to_owned(), true),
            ("\nor https://evil.example.com/x".to_owned(), false),
        ];
        assert_eq!(split(told), expected);
        assert_eq!(split("https://pay.example.in/PLUTUS/a").len(), 1);
        assert_eq!(split(""), []);
    }
}
