//! The list calls: each element as its own call answers it, in pages, of one merchant alone.

use serde_json::{Value, json};

use crate::common::{Gateway, LINKS, link};

const LINK_LIST: &str = "/api/mcp/v1/payment-link/details";
const ORDER_LIST: &str = "/api/mcp/v1/order/details";
const REFUND_LIST: &str = "/api/mcp/v1/refund/order/details";
const LISTS: [&str; 3] = [LINK_LIST, ORDER_LIST, REFUND_LIST];
/// The day of the tests' clock.
const TODAY: &str = "start_date=2026-03-06&end_date=2026-03-06";

async fn list(gateway: &Gateway, path: &str, query: &str) -> Value {
    let answer = gateway.call("GET", &format!("{path}?{query}")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()
}

/// Makes an order, or one with a link; its id.
async fn make(gateway: &Gateway, reference: &str, has_link: bool) -> String {
    let answer = if has_link {
        gateway.post(LINKS, link(reference)).await.json()
    } else {
        let body = json!({
            "merchant_order_reference": reference,
            "order_amount": {"value": 50_000, "currency": "INR"},
        });
        gateway.post("/api/pay/v1/orders", body).await.json()["data"].clone()
    };
    answer["order_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn read(gateway: &Gateway, order_id: &str) -> Value {
    gateway.call("GET", &format!("/api/pay/v1/orders/{order_id}")).await.json()["data"].clone()
}

/// Starts a payment by card; its id.
async fn start_card(gateway: &Gateway, order_id: &str) -> String {
    let body = json!({"payments": [{
        "merchant_payment_reference": "p1",
        "payment_method": "CARD",
        "payment_amount": {"value": 50_000, "currency": "INR"},
        "payment_option": {"card_details": {
            "name": "Asha Rao", "card_number": "4012001037141112", "cvv": "123",
            "expiry_month": "12", "expiry_year": "2049",
        }},
    }]});
    let answer = gateway.post(&format!("/api/pay/v1/orders/{order_id}/payments"), body).await;
    answer.json()["data"]["payments"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_element_is_what_its_own_call_answers() {
    let gateway = Gateway::sandbox().await;
    let with_link = make(&gateway, "link-1", true).await;
    gateway.clock.advance(1);
    let plain = make(&gateway, "order-1", false).await;
    let payment = start_card(&gateway, &plain).await;
    let pending = read(&gateway, &plain).await;
    assert!(pending["challenge_url"].is_string(), "{pending}");
    let orders = list(&gateway, ORDER_LIST, TODAY).await;
    assert_eq!(orders["data"], json!([pending, read(&gateway, &with_link).await]));
    assert_eq!(orders["pagination"], json!({"page": 1, "per_page": 10, "has_more": false}));

    let links = list(&gateway, LINK_LIST, TODAY).await;
    let by_reference = gateway.call("GET", &format!("{LINKS}/ref/link-1")).await.json();
    assert_eq!(links["data"], json!([by_reference]));

    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 200);
    let mut refunds = Vec::new();
    for reference in ["r-1", "r-2"] {
        gateway.clock.advance(1);
        let amount = json!({"value": 100, "currency": "INR"});
        let body = json!({"merchant_order_reference": reference, "order_amount": amount});
        let answer = gateway.post(&format!("/api/pay/v1/refunds/{plain}"), body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
        let id = answer.json()["data"]["order_id"].as_str().unwrap().to_owned();
        refunds.insert(0, read(&gateway, &id).await);
    }
    assert_eq!(list(&gateway, REFUND_LIST, TODAY).await["data"], json!(refunds));
    let orders = list(&gateway, ORDER_LIST, TODAY).await;
    assert_eq!(orders["data"][0], read(&gateway, &plain).await);
    assert_eq!(orders["data"].as_array().unwrap().len(), 2, "refunds are no orders");
}

#[tokio::test]
async fn pages_follow_one_another_to_the_end() {
    let gateway = Gateway::sandbox().await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, make(&gateway, &format!("r{number}"), true).await);
        gateway.clock.advance(1);
    }
    for path in [LINK_LIST, ORDER_LIST] {
        let (mut told, mut next) = (Vec::new(), Some(1));
        while let Some(page) = next {
            let query = format!("{TODAY}&page={page}&per_page=2");
            let answer = list(&gateway, path, &query).await;
            let ids = answer["data"].as_array().unwrap().iter();
            told.extend(ids.map(|element| element["order_id"].as_str().unwrap().to_owned()));
            next = answer["pagination"]["next_page"].as_u64();
            assert_eq!(answer["pagination"]["page"], page);
            assert_eq!(answer["pagination"]["has_more"], next.is_some());
        }
        assert_eq!(told, made, "{path}");
        let beyond = list(&gateway, path, &format!("{TODAY}&page=9")).await;
        assert_eq!(beyond["data"], json!([]));
    }
}

#[tokio::test]
async fn a_period_is_told_by_days_in_india_or_by_times() {
    let gateway = Gateway::sandbox().await;
    // 13:57:55.881 in India.
    let id = make(&gateway, "r1", true).await;
    let cases = [
        ("2026-03-06", "2026-03-06", true),
        ("2026-03-07", "2026-03-07", false),
        ("2026-03-05", "2026-03-05", false),
        ("2026-01-06", "2026-03-06", true),
        ("2026-03-06T08:27:55.881Z", "2026-03-06T08:27:55.881Z", true),
        ("2026-03-06T08:27:55.882Z", "2026-03-07", false),
        ("2026-03-06", "2026-03-06T08:27:55.880Z", false),
        ("2026-03-06T13:57%2B05:30", "2026-03-06T13:58:00%2B05:30", true),
        ("2026-03-06T13:57+05:30", "2026-03-06T13:58:00+05:30", true),
    ];
    for (start, end, is_there) in cases {
        let query = format!("start_date={start}&end_date={end}");
        let answer = list(&gateway, ORDER_LIST, &query).await;
        let expected = if is_there { json!([id]) } else { json!([]) };
        let told = answer["data"].as_array().unwrap().iter();
        let told: Value = told.map(|element| element["order_id"].clone()).collect();
        assert_eq!(told, expected, "{query}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_parameter() {
    let gateway = Gateway::sandbox().await;
    let cases = [
        ("", "start_date"),
        ("start_date=2026-03-06", "end_date"),
        ("end_date=2026-03-06", "start_date"),
        ("start_date=06/03/2026&end_date=2026-03-06", "start_date"),
        ("start_date=2026-03-06&end_date=%FF", "end_date"),
        ("start_date=2026-03-06&end_date=2026-03-05", "end_date"),
        ("start_date=2026-01-05&end_date=2026-03-06", "end_date"),
        ("start_date=2026-03-06&start_date=2026-03-06&end_date=2026-03-06", "start_date"),
        ("start_date=2026-03-06&end_date=2026-03-06&per_page=0", "per_page"),
        ("start_date=2026-03-06&end_date=2026-03-06&per_page=101", "per_page"),
        ("start_date=2026-03-06&end_date=2026-03-06&page=0", "page"),
        ("start_date=2026-03-06&end_date=2026-03-06&page=x", "page"),
        ("start_date=2026-03-06&end_date=2026-03-06&page=10001", "page"),
    ];
    for path in LISTS {
        for (query, field) in cases {
            let answer = gateway.call("GET", &format!("{path}?{query}")).await;
            assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{query}");
            assert_eq!(answer.field().as_deref(), Some(field), "{query}");
        }
        assert_eq!(gateway.call("GET", path).await.field().as_deref(), Some("start_date"));
        for limit in ["page=10000", "page=1000&per_page=100", "per_page=1"] {
            list(&gateway, path, &format!("{TODAY}&{limit}")).await;
        }
        let wrong = gateway.post(path, "{}").await;
        assert_eq!(wrong.error(), (405, "METHOD_NOT_ALLOWED".into()));
    }
}

#[tokio::test]
async fn a_list_needs_a_token_and_tells_nothing_of_others() {
    let gateway = Gateway::sandbox().await;
    make(&gateway, "r1", true).await;
    let other = gateway.another_token().await;
    for path in LISTS {
        let path = format!("{path}?{TODAY}&merchant_id={}", gateway.merchant.merchant.id);
        let forged = gateway.call_as("forged", "GET", &path).await;
        assert_eq!(forged.error(), (401, "UNAUTHORIZED".into()));
        let theirs = gateway.call_as(&other, "GET", &path).await;
        assert_eq!((theirs.status.as_u16(), &theirs.json()["data"]), (200, &json!([])));
    }
}

#[tokio::test]
async fn while_the_store_is_away_so_are_its_lists() {
    let gateway = Gateway::sandbox().await;
    gateway.store_is_away.store(true, std::sync::atomic::Ordering::Relaxed);
    for path in LISTS {
        let answer = gateway.call("GET", &format!("{path}?{TODAY}")).await;
        assert_eq!(answer.error(), (503, "INTERNAL_ERROR".into()));
    }
}
