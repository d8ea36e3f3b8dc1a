//! Lists: `{"data": […], "pagination": {…}}`, each element as its own call answers it.

use std::borrow::Cow;

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use serde::Serialize;
use utoipa::openapi::{Array, ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{LinkJson, OrderJson, RefundJson};
use crate::request::{LIST_DEPTH_MAX, ListCall};
use crate::schema;

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct ListJson<T> {
    data: Vec<T>,
    pagination: PaginationJson,
}

impl<T: ToSchema> PartialSchema for ListJson<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .property("data", Array::new(schema::told_as(&T::name())))
            .property("pagination", schema::told_as(&PaginationJson::name()))
            .required("data")
            .required("pagination")
            .into()
    }
}

impl<T: ToSchema> ToSchema for ListJson<T> {
    fn name() -> Cow<'static, str> {
        format!("{}List", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
        schemas.push((PaginationJson::name().into(), PaginationJson::schema()));
    }
}

/// Where a page stands. Nobody counts how many there are.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(
    as = Pagination,
    description = "Where a page of a list stands; nobody counts how many there are"
)]
struct PaginationJson {
    /// Which page this is, from 1.
    page: u32,
    /// How many elements a page holds.
    per_page: u32,
    /// Whether more follow.
    has_more: bool,
    /// The number of the next page, where there is one that can be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page: Option<u32>,
}

impl PaginationJson {
    fn of(call: &ListCall, has_more: bool) -> Self {
        let ListCall { page, per_page, .. } = *call;
        let next = page.saturating_add(1);
        let can_be_asked = next <= LIST_DEPTH_MAX / per_page.max(1);
        let next_page = (has_more && can_be_asked).then_some(next);
        Self { page, per_page, has_more, next_page }
    }
}

/// A page of orders, each with where its payer goes, while an attempt waits for that.
pub fn orders_json<'a>(
    orders: impl IntoIterator<Item = (&'a Order, Option<&'a str>)>,
    call: &ListCall,
    has_more: bool,
) -> ListJson<OrderJson<'a>> {
    let orders = orders.into_iter();
    let data = orders.map(|(order, challenge_url)| OrderJson::of(order, challenge_url)).collect();
    ListJson { data, pagination: PaginationJson::of(call, has_more) }
}

/// A page of links: their orders, each with the address of its page.
pub fn links_json<'a>(
    links: impl IntoIterator<Item = (&'a Order, &'a str)>,
    call: &ListCall,
    has_more: bool,
) -> ListJson<LinkJson<'a>> {
    let links = links.into_iter();
    let data = links.filter_map(|(order, page_url)| LinkJson::of(order, page_url)).collect();
    ListJson { data, pagination: PaginationJson::of(call, has_more) }
}

/// A page of refunds: their keys, each with the order that holds it.
pub fn refunds_json<'a>(
    refunds: impl IntoIterator<Item = (OrderKey, &'a Order)>,
    call: &ListCall,
    has_more: bool,
) -> ListJson<RefundJson<'a>> {
    let refunds = refunds.into_iter();
    let data = refunds
        .filter_map(|(key, order)| Some(RefundJson::of(order, order.refund(key)?)))
        .collect();
    ListJson { data, pagination: PaginationJson::of(call, has_more) }
}

#[cfg(test)]
mod tests {
    use deodar_domain::time::Timestamp;

    use super::*;

    #[test]
    fn the_next_page_is_told_where_there_is_one_that_can_be_asked_for() {
        let cases = [
            (1, 10, false, r#"{"page":1,"per_page":10,"has_more":false}"#),
            (1, 10, true, r#"{"page":1,"per_page":10,"has_more":true,"next_page":2}"#),
            (999, 100, true, r#"{"page":999,"per_page":100,"has_more":true,"next_page":1000}"#),
            (1_000, 100, true, r#"{"page":1000,"per_page":100,"has_more":true}"#),
        ];
        for (page, per_page, has_more, expected) in cases {
            let (start, end) = (Timestamp::EPOCH, Timestamp::EPOCH);
            let call = ListCall { start, end, page, per_page };
            let told = serde_json::to_string(&PaginationJson::of(&call, has_more)).unwrap();
            assert_eq!(told, expected);
        }
    }
}
