//! Lists of what a merchant has made, newest first.

use std::time::Duration;

use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::{ListKind, ListQuery, Listed};

use crate::engine::Engine;
use crate::error::EngineError;

/// The shortest time that keys tell apart.
const MILLISECOND: Duration = Duration::from_millis(1);

/// A part of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListPart {
    /// The first millisecond of the period.
    pub start: Timestamp,
    /// The last millisecond of the period, which is part of it.
    pub end: Timestamp,
    /// Which page, from 1.
    pub page: u32,
    /// How many things a page holds.
    pub per_page: u32,
}

/// A page of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct ListPage {
    /// What is on it, newest first, as of now.
    pub listed: Vec<Listed>,
    /// Whether the period has more that is older.
    pub has_more: bool,
}

impl Engine {
    /// Reads a page of a list of what was made in a period. Nothing ever leaves a list, and what is
    /// new comes first: the pages of a period that is over stay as they are.
    pub async fn list(
        &self,
        merchant: &Merchant,
        kind: ListKind,
        part: ListPart,
    ) -> Result<ListPage, EngineError> {
        let ListPart { start, end, page, per_page } = part;
        let query = ListQuery {
            merchant: merchant.id,
            kind,
            from: OrderKey::first_at(start),
            until: OrderKey::first_at(end.to_millis().plus(MILLISECOND)),
            offset: page.saturating_sub(1).saturating_mul(per_page),
            // One more tells whether there is another page.
            limit: per_page.saturating_add(1),
        };
        let mut listed = self.parts.store.list(query).await?;
        let per_page = usize::try_from(per_page).unwrap_or(usize::MAX);
        let has_more = listed.len() > per_page;
        listed.truncate(per_page);
        let now = self.now();
        for Listed { key, order } in &mut listed {
            let _not_stored = order.expire_link(now);
            if kind == ListKind::Refund && order.refund(*key).is_none() {
                return Err(EngineError::Internal(format!("{key:?} is in no order")));
            }
        }
        Ok(ListPage { listed, has_more })
    }
}
