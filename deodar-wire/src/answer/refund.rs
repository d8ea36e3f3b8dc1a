//! A refund.

use deodar_domain::id::{MerchantId, order_id};
use deodar_domain::order::Order;
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::{Refund, RefundState};
use serde::Serialize;

use super::payment::FailureJson;
use super::value::{Amount, Shown, Time};

/// A refund, which is answered like an order of its own.
#[derive(Debug, Serialize)]
pub struct RefundJson<'a> {
    order_id: String,
    parent_order_id: String,
    parent_order_reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_reference: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    merchant_id: Shown<MerchantId>,
    order_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_detail: Option<FailureJson>,
    created_at: Time,
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
