//! What happens to an order through its link.

use super::{Order, OrderState};
use crate::customer::Customer;
use crate::effects::Effects;
use crate::event::Event;
use crate::link::{LinkCommand, LinkState, NotSentAgain};
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// Tells the link, if there is one.
    pub(super) fn apply_to_link(
        &mut self,
        command: LinkCommand,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let Some(link) = self.0.link.as_mut() else { return Ok(Effects::none()) };
        let event = link.apply(command, now)?;
        Ok(Effects { events: event.into_iter().collect(), ..Effects::none() })
    }

    /// A person opened the link's page.
    pub fn click(&mut self, now: Timestamp) -> Result<Effects, Refusal> {
        let link = self.link.as_ref().ok_or(Refusal::NoLink)?;
        if link.is_past(now) {
            return Ok(Effects::none());
        }
        self.apply_to_link(LinkCommand::Click, now)
    }

    /// The merchant cancels the link, and with it the order.
    pub fn cancel_link(&mut self, now: Timestamp) -> Result<Effects, Refusal> {
        let link = self.link.as_ref().ok_or(Refusal::NoLink)?;
        if link.is_past(now) && link.state != LinkState::PaymentInitiated && !link.state.is_final()
        {
            return Err(Refusal::LinkNotCancellable);
        }
        let link = self.apply_to_link(LinkCommand::Cancel, now)?;
        self.enter(OrderState::Cancelled, now);
        Ok(Effects::events([Event::OrderCancelled]).and(link))
    }

    /// The merchant has the link sent again to a payer whose e-mail address or mobile number is
    /// known. `real_now` is real time, by which it is counted how often that is done.
    pub fn send_link_again(
        &mut self,
        now: Timestamp,
        real_now: Timestamp,
    ) -> Result<Effects, NotSentAgain> {
        let link = self.link.as_ref().ok_or(Refusal::NoLink)?;
        if link.is_past(now) && link.state != LinkState::PaymentInitiated {
            return Err(Refusal::LinkNotNotifiable.into());
        }
        // The state is asked first: a link that is over stays over whoever its payer is.
        let effects = self.apply_to_link(LinkCommand::Notify, now)?;
        let customer = self.terms.customer.as_ref();
        if !customer.is_some_and(Customer::is_reachable) {
            return Err(Refusal::NoContact.into());
        }
        let link = self.0.link.as_mut().ok_or(Refusal::NoLink)?;
        link.count_sent_again(real_now)?;
        Ok(effects)
    }

    /// Ends the link, and with it the order, if the link's time has run out and nothing is in
    /// flight. What a reader sees is the order after this, whether or not it was stored yet.
    pub fn expire_link(&mut self, now: Timestamp) -> Effects {
        let Some(link) = &self.link else { return Effects::none() };
        let open = matches!(
            link.state,
            LinkState::Created | LinkState::Clicked | LinkState::PartialProcessed
        );
        if !open || !link.is_past(now) {
            return Effects::none();
        }
        // An attempt may have ended after the link's time; the end is then the attempt's.
        let at = link.expire_by.max(self.updated_at);
        let Ok(link) = self.apply_to_link(LinkCommand::Expire, at) else { return Effects::none() };
        self.enter(OrderState::Cancelled, at);
        Effects::events([Event::OrderCancelled]).and(link)
    }
}
