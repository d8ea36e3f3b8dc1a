//! The transport of a sandbox: messages are kept for its developer, and nobody is told.

use std::sync::Arc;

use async_trait::async_trait;
use deodar_engine::{Engine, KeptMessage};
use tracing::warn;

use crate::messenger::{Content, Message, Messenger, NotSent};

/// Keeps messages in the engine's store, where every node of a sandbox finds them, and so does
/// whoever starts it again.
pub(crate) struct Outbox {
    engine: Arc<Engine>,
}

impl Outbox {
    pub(crate) const fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Messenger for Outbox {
    fn reaches_people(&self) -> bool {
        false
    }

    async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let (subject, text, html) = match &message.content {
            Content::Email { subject, text, html } => (Some(subject), text, Some(html)),
            Content::Sms { text, .. } => (None, text, None),
        };
        let boxed = |text: &String| text.as_str().into();
        let kept = KeptMessage {
            job: message.id,
            merchant: message.merchant,
            order: message.order,
            kind: message.kind,
            channel: message.channel(),
            recipient: boxed(&message.recipient),
            subject: subject.map(boxed),
            text: boxed(text),
            html: html.map(boxed),
        };
        self.engine.keep_message(kept).await.map_err(|error| {
            warn!(%error, "a message was not kept");
            NotSent::Later("not kept")
        })
    }
}
