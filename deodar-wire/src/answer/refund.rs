//! A refund.

use deodar_domain::id::{MerchantId, order_id};
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::{Refund, RefundState};
use serde::Serialize;
use utoipa::ToSchema;

use super::payment::FailureJson;
use super::value::{Amount, Shown, Time};
use crate::schema::{choices, texts};

/// A refund, which is answered like an order of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund, description = "A refund, which is answered like an order of its own")]
pub struct RefundJson<'a> {
    #[schema(schema_with = texts::order_id)]
    order_id: String,
    #[schema(schema_with = texts::order_id)]
    parent_order_id: String,
    #[schema(schema_with = texts::link_reference)]
    parent_order_reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::reference)]
    merchant_order_reference: Option<&'a str>,
    #[serde(rename = "type")]
    #[schema(schema_with = choices::refund_type)]
    kind: &'static str,
    #[schema(schema_with = choices::refund_status)]
    status: &'static str,
    #[schema(schema_with = texts::merchant_id)]
    merchant_id: Shown<MerchantId>,
    /// How much goes back.
    order_amount: Amount,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_detail: Option<FailureJson>,
    /// When it was ordered.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
}

impl<'a> RefundJson<'a> {
    /// A refund of `order`.
    pub(crate) fn of(order: &'a Order, refund: &'a Refund) -> Self {
        let error_detail = match &refund.state {
            RefundState::Failed(failure) => Some(FailureJson {
                code: failure.reason.code(),
                message: failure.message().to_owned(),
            }),
            RefundState::Pending | RefundState::Processed => None,
        };
        Self {
            order_id: order_id(refund.key),
            parent_order_id: order_id(order.key),
            parent_order_reference: order.terms.reference.as_str(),
            merchant_order_reference: refund.reference.as_ref().map(MerchantReference::as_str),
            kind: "REFUND",
            status: refund.state.name(),
            merchant_id: Shown(order.merchant),
            order_amount: Amount(refund.amount),
            error_detail,
            created_at: Time(refund.created_at),
            updated_at: Time(refund.updated_at),
        }
    }
}
