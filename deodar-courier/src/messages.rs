//! Sending messages to payers.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::message::Channel;
use deodar_engine::store::Queue;
use deodar_engine::{Engine, EngineError, MessageResult, MessageToSend};
use tracing::{debug, info};

use crate::line::{Line, Slot};
use crate::messenger::{Messenger, NotSent};
use crate::payers;
use crate::text;

/// How long a transport may take for a message. It is shorter than a job is held.
pub const SEND_TIME_MAX: Duration = Duration::from_secs(30);
/// How many messages of a channel are under way at once. Mail servers and SMS providers take few
/// connections, and a message is never in a hurry.
const PARALLEL_MAX: usize = 16;

/// The work of [`Queue::Email`] or [`Queue::Sms`].
pub(crate) struct Messages {
    pub(crate) engine: Arc<Engine>,
    pub(crate) channel: Channel,
    pub(crate) messenger: Arc<dyn Messenger>,
}

impl Line for Messages {
    type Item = MessageToSend;

    fn queue(&self) -> Queue {
        Queue::of_channel(self.channel)
    }

    fn parallel_max(&self) -> usize {
        PARALLEL_MAX
    }

    async fn take(&self, limit: usize) -> Result<Vec<MessageToSend>, EngineError> {
        self.engine.messages_to_send(self.channel, limit).await
    }

    async fn work(&self, to_send: MessageToSend, _: Slot) -> Result<(), EngineError> {
        let message = text::message(&to_send)
            .map_err(|error| EngineError::Internal(format!("a message's text: {error}")))?;
        if self.messenger.reaches_people()
            && let Err(wait) = payers::count(&self.engine, &message.recipient).await
        {
            info!(message_id = message.id.0, "a message waits: its payer was sent too many");
            return self.engine.postpone_message(to_send, wait).await;
        }
        let sent = tokio::time::timeout(SEND_TIME_MAX, self.messenger.send(&message)).await;
        let sent = sent.unwrap_or(Err(NotSent::Later("timed out")));
        let (id, channel) = (message.id.0, self.channel.name());
        let (kind, result) = match sent {
            Ok(()) => {
                debug!(message_id = id, channel, "a message was sent");
                ("sent", MessageResult::Sent)
            }
            Err(NotSent::Later(reason)) => {
                info!(message_id = id, channel, reason, "a message was not sent");
                ("later", MessageResult::Later)
            }
            Err(NotSent::Never(reason)) => {
                info!(message_id = id, channel, reason, "a message cannot be sent");
                ("never", MessageResult::Never)
            }
        };
        metrics::counter!("deodar_messages_total", "channel" => channel, "result" => kind)
            .increment(1);
        self.engine.message_attempted(to_send, result).await
    }
}
