//! Which Pay Later lenders a merchant takes.

use crate::common::{Gateway, ORDERS, order};
use crate::payments::{pay, payment};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_engine::MerchantChange;
use serde_json::json;

#[tokio::test]
async fn a_lender_that_is_off_is_neither_asked_nor_paid_by() {
    let gateway = Gateway::sandbox().await;
    let simpl = [PayLaterProvider::Simpl].into_iter().collect();
    let change = MerchantChange { pay_later: Some(simpl), ..MerchantChange::default() };
    gateway.change_merchant(&change).await;
    let made = gateway.post(ORDERS, order("o")).await.json();
    let id = made["data"]["order_id"].as_str().unwrap();
    let refused = (422, "PAYMENT_METHOD_NOT_ENABLED".to_owned());
    for (lender, taken) in [("LAZYPAY", false), ("SIMPL3", false), ("SIMPL", true)] {
        let asked = json!({
            "mobile": "9876543210", "pay_code": lender,
            "device_info": {"browser_user_agent": "agent"},
            "amount": {"value": 50_000, "currency": "INR"},
        });
        let answer = gateway.post("/api/payment-option/eligibility/bnpl", asked).await;
        let details = json!({"bnpl_details": {"mobile": "9876543210", "bnpl_pay_code": lender}});
        let paid = pay(&gateway, id, payment("p1", "BNPL", &details)).await;
        if taken {
            assert_eq!((answer.status.as_u16(), paid.status.as_u16()), (200, 200));
        } else {
            assert_eq!(
                (answer.error(), paid.error()),
                (refused.clone(), refused.clone()),
                "{lender}"
            );
            let field = "payments[0].payment_option.bnpl_details.bnpl_pay_code";
            assert_eq!(paid.field().as_deref(), Some(field));
        }
    }
}
