//! Lists of what a merchant has made in a period, newest first.

use deodar_domain::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;
use crate::links::Link;
use crate::orders::Order;
use crate::refunds::Refund;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPart {
    /// When the period begins.
    pub start: Timestamp,
    /// When the period ends, at most 60 days later.
    pub end: Timestamp,
    /// Which page, from 1.
    pub page: u32,
    /// How many a page holds, 1–100.
    pub per_page: u32,
}

impl ListPart {
    /// The first page of a period.
    pub const fn first(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end, page: 1, per_page: 100 }
    }

    /// As the query of a path: milliseconds in UTC need no encoding.
    fn query(&self) -> String {
        let Self { start, end, page, per_page } = self;
        let (start, end) = (start.rfc3339_millis(), end.rfc3339_millis());
        format!("?start_date={start}&end_date={end}&page={page}&per_page={per_page}")
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct List<T> {
    /// What is on the page, newest first.
    pub data: Vec<T>,
    /// Where the page stands.
    pub pagination: Pagination,
}

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Pagination {
    /// Which page it is, from 1.
    pub page: u32,
    /// How many a page holds.
    pub per_page: u32,
    /// Whether there is more.
    #[serde(default)]
    pub has_more: bool,
    /// The page to ask for next, where there is one.
    pub next_page: Option<u32>,
}

impl Client {
    /// Lists links (`GET /api/mcp/v1/payment-link/details`).
    ///
    /// ```no_run
    /// use deodar_client::{Client, ListPart, Timestamp};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let march = (Timestamp::parse("2025-03-01T00:00Z")?, Timestamp::parse("2025-04-01T00:00Z")?);
    /// let mut part = ListPart::first(march.0, march.1);
    /// loop {
    ///     let list = client.links(&part).await?;
    ///     list.data.iter().for_each(|link| println!("{} {}", link.payment_link_id, link.status));
    ///     let Some(next) = list.pagination.next_page else { break };
    ///     part.page = next;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn links(&self, part: &ListPart) -> Result<List<Link>, Error> {
        self.list("payment-link", part).await
    }

    /// Lists orders (`GET /api/mcp/v1/order/details`).
    pub async fn orders(&self, part: &ListPart) -> Result<List<Order>, Error> {
        self.list("order", part).await
    }

    /// Lists refunds (`GET /api/mcp/v1/refund/order/details`).
    pub async fn refunds(&self, part: &ListPart) -> Result<List<Refund>, Error> {
        self.list("refund/order", part).await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        part: &ListPart,
    ) -> Result<List<T>, Error> {
        self.get(&format!("/api/mcp/v1/{what}/details{}", part.query())).await
    }
}
