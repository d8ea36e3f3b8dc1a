//! Sending webhooks: many at once, few to any one endpoint.

use std::sync::Arc;

use deodar_engine::store::Queue;
use deodar_engine::work::{DeliveryResult, DeliveryToSend};
use deodar_engine::{Engine, EngineError};
use tracing::{debug, info};

use crate::config::CourierConfig;
use crate::endpoints::Endpoints;
use crate::line::Line;
use crate::send::{Sender, SenderError};

/// The work of [`Queue::Delivery`].
pub(crate) struct Deliveries {
    engine: Arc<Engine>,
    sender: Sender,
    endpoints: Endpoints,
    parallel_max: usize,
}

impl Deliveries {
    /// The work with these settings.
    pub(crate) fn new(engine: Arc<Engine>, config: &CourierConfig) -> Result<Self, SenderError> {
        let parallel_max = config.deliveries_max.max(1);
        // Half of the room is left to others than those who wait for one endpoint.
        let held_each_max = parallel_max / 2;
        Ok(Self {
            engine,
            sender: Sender::new(config)?,
            endpoints: Endpoints::new(config.deliveries_per_endpoint_max, held_each_max),
            parallel_max,
        })
    }
}

impl Line for Deliveries {
    type Item = DeliveryToSend;

    fn queue(&self) -> Queue {
        Queue::Delivery
    }

    fn parallel_max(&self) -> usize {
        self.parallel_max
    }

    async fn take(&self, limit: usize) -> Result<Vec<DeliveryToSend>, EngineError> {
        self.engine.deliveries_to_send(limit).await
    }

    async fn work(&self, sent: DeliveryToSend) -> Result<(), EngineError> {
        let delivery = &sent.delivery;
        let place = match self.endpoints.enter(delivery.endpoint).await {
            Ok(place) => place,
            Err(wait) => return self.engine.postpone_delivery(sent, wait).await,
        };
        let headers = self.engine.delivery_headers(delivery).await?;
        let attempt = self.sender.send(&delivery.url, &headers, &delivery.body).await;
        drop(place);
        let event_type = delivery.event_type.name();
        let (kind, result) = match attempt {
            Ok(status) => {
                debug!(event = %headers.id, event_type, "a webhook was delivered");
                ("delivered", DeliveryResult::Delivered { status: status.as_u16() })
            }
            Err(error) => {
                info!(event = %headers.id, event_type, %error, "a webhook was not delivered");
                (error.kind(), DeliveryResult::Failed { reason: error.to_string() })
            }
        };
        metrics::counter!("deodar_webhook_attempts_total", "result" => kind).increment(1);
        self.engine.delivery_attempted(sent, result).await
    }
}
