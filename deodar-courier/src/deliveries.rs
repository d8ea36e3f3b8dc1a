//! Sending webhooks: many at once, few to any one endpoint.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::id::EndpointId;
use deodar_engine::store::Queue;
use deodar_engine::work::{DeliveryResult, DeliveryToSend};
use deodar_engine::{Engine, EngineError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{debug, info};

use crate::config::CourierConfig;
use crate::endpoints::{Endpoints, Place};
use crate::line::{Line, Slot};
use crate::send::{Sender, SenderError};

/// How long a webhook that was just rendered waits for its endpoint, and then for others under way,
/// before it is left to be found.
const MOMENT: Duration = Duration::from_millis(50);

/// The work of [`Queue::Delivery`].
pub(crate) struct Deliveries {
    engine: Arc<Engine>,
    sender: Sender,
    endpoints: Endpoints,
    /// A permit for each webhook that may be under way.
    under_way: Arc<Semaphore>,
    parallel_max: usize,
}

impl Deliveries {
    /// The work with these settings.
    pub(crate) fn new(engine: Arc<Engine>, config: &CourierConfig) -> Result<Self, SenderError> {
        let parallel_max = config.deliveries_max.max(1);
        // Half of the room is left to others than those who wait for one endpoint.
        let waiting_each_max = parallel_max / 2;
        Ok(Self {
            engine,
            sender: Sender::new(config)?,
            endpoints: Endpoints::new(config.deliveries_per_endpoint_max, waiting_each_max),
            under_way: Arc::new(Semaphore::new(parallel_max)),
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

    async fn work(&self, delivery: DeliveryToSend, slot: Slot) -> Result<(), EngineError> {
        // Who waits for an endpoint keeps nobody else's from being sent.
        let place = match self.endpoints.enter(delivery.delivery.endpoint).await {
            Ok(place) => place,
            Err(wait) => return self.engine.postpone_delivery(delivery, wait).await,
        };
        let under_way = self.under_way().await?;
        let (delivery, outcome) = self.attempt(delivery, Way { place, under_way }).await?;
        drop(slot);
        self.engine.delivery_attempted(delivery, outcome).await
    }
}

/// The right to send a webhook to an endpoint now. It is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Way {
    place: Place,
    under_way: OwnedSemaphorePermit,
}

impl Deliveries {
    /// The way to an endpoint, if it is free at once or within a moment.
    pub(crate) async fn way_soon(&self, endpoint: EndpointId) -> Option<Way> {
        let place = self.endpoints.enter_within(endpoint, MOMENT).await?;
        let under_way = tokio::time::timeout(MOMENT, self.under_way()).await.ok()?.ok()?;
        Some(Way { place, under_way })
    }

    /// Sends a webhook, and stores what came of it.
    pub(crate) async fn send(&self, delivery: DeliveryToSend, way: Way) -> Result<(), EngineError> {
        let (delivery, outcome) = self.attempt(delivery, way).await?;
        self.engine.delivery_attempted(delivery, outcome).await
    }

    async fn under_way(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        let permit = Arc::clone(&self.under_way).acquire_owned().await;
        permit.map_err(|error| EngineError::Internal(error.to_string()))
    }

    /// Sends a webhook to where its endpoint is now: what became of it while it was written down,
    /// or waited for its way, is known here.
    async fn attempt(
        &self,
        mut to_send: DeliveryToSend,
        Way { place, under_way }: Way,
    ) -> Result<(DeliveryToSend, DeliveryResult), EngineError> {
        if !self.engine.follow_endpoint(&mut to_send).await? {
            info!(event = %to_send.delivery.event, "a webhook is not sent: its endpoint is gone");
            return Ok((to_send, DeliveryResult::EndpointRemoved));
        }
        let delivery = &to_send.delivery;
        let headers = self.engine.delivery_headers(delivery).await?;
        let asked = place.begin();
        let attempt = self.sender.send(&delivery.url, &headers, &delivery.body).await;
        drop((asked, under_way));
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
        Ok((to_send, result))
    }
}

#[cfg(test)]
mod tests;
