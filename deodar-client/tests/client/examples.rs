//! The examples do what they say.

use deodar_client::{OrderStatus, RefundStatus};

use crate::gateway::Gateway;

#[path = "../../examples/pay_later.rs"]
mod pay_later;

#[tokio::test]
async fn the_example_of_pay_later_pays_and_refunds() {
    let gateway = Gateway::start().await;
    let order = pay_later::run(&gateway.client(), "example", 3_400).await.unwrap();
    assert_eq!(order.status, OrderStatus::PartiallyRefunded);
    assert_eq!(order.refunds[0].status, RefundStatus::Processed);
    let told = order.payments[0].payment_option.bnpl_data.as_ref().unwrap();
    assert_eq!(told.instalments.len(), 3);
}
