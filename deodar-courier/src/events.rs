//! Rendering events: once each, into a body that never changes again.
//!
//! A webhook whose endpoint has room is sent by the task that has rendered it, once it is written
//! down: nobody has to find it and to read it again. One that would have to wait is left to those
//! who send what is due.

use std::sync::Arc;

use deodar_engine::store::Queue;
use deodar_engine::work::{EventToRender, RenderedEvent};
use deodar_engine::{Engine, EngineError};
use deodar_wire::webhook::webhook_body;
use futures::future::join_all;

use crate::deliveries::Deliveries;
use crate::line::{Line, Slot};

/// How many events are rendered and written down at once.
const PARALLEL_MAX: usize = 512;

/// The work of [`Queue::Event`].
pub(crate) struct Events {
    pub(crate) engine: Arc<Engine>,
    pub(crate) deliveries: Arc<Deliveries>,
}

impl Line for Events {
    type Item = EventToRender;

    fn queue(&self) -> Queue {
        Queue::Event
    }

    fn parallel_max(&self) -> usize {
        PARALLEL_MAX
    }

    async fn take(&self, limit: usize) -> Result<Vec<EventToRender>, EngineError> {
        self.engine.events_to_render(limit).await
    }

    async fn work(&self, event: EventToRender, slot: Slot) -> Result<(), EngineError> {
        let rendered = self.render(&event)?;
        // Whether all can be sent at once is known before they are written down.
        let mut ways = Vec::with_capacity(rendered.len());
        for endpoint in event.endpoints.iter().map(|endpoint| endpoint.id) {
            match self.deliveries.way_soon(endpoint).await {
                Some(way) => ways.push(way),
                None => return self.engine.event_rendered(event, rendered).await,
            }
        }
        let held = self.engine.event_rendered_to_send(event, rendered).await?;
        drop(slot);
        let sent = held.into_iter().zip(ways).map(|(held, way)| self.deliveries.send(held, way));
        for outcome in join_all(sent).await {
            outcome?;
        }
        Ok(())
    }
}

impl Events {
    fn render(&self, event: &EventToRender) -> Result<Vec<RenderedEvent>, EngineError> {
        if event.endpoints.is_empty() {
            return Ok(Vec::new());
        }
        let order = &event.snapshot.order;
        let link_url = order.link.as_ref().map(|link| self.engine.link_url(link.number));
        let body = webhook_body(event.snapshot.event, order, link_url.as_deref())
            .map_err(|error| EngineError::Internal(error.to_string()))?;
        let rendered = event
            .endpoints
            .iter()
            .map(|endpoint| RenderedEvent { endpoint: endpoint.clone(), body: body.clone() })
            .collect();
        Ok(rendered)
    }
}
