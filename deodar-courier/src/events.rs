//! Rendering events: once each, into a body that never changes again.

use std::sync::Arc;

use deodar_engine::store::Queue;
use deodar_engine::work::{EventToRender, RenderedEvent};
use deodar_engine::{Engine, EngineError};
use deodar_wire::webhook::webhook_body;

use crate::line::Line;

/// How many events are rendered at once.
const PARALLEL_MAX: usize = 64;

/// The work of [`Queue::Event`].
pub(crate) struct Events {
    pub(crate) engine: Arc<Engine>,
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

    async fn work(&self, event: EventToRender) -> Result<(), EngineError> {
        let rendered = self.render(&event)?;
        self.engine.event_rendered(event, rendered).await
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
