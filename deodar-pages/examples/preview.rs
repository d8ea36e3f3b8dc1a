//! x
#![expect(unreachable_pub, reason = "x")]
#[path = "../tests/common/mod.rs"]
mod common;
use common::*;
use deodar_domain::money::Money;
#[tokio::main]
async fn main() {
    let base = "http://127.0.0.1:8765";
    let shop = Shop::open_at(base).await;
    let full = |r: &str| deodar_domain::terms::Terms {
        amount: Money::paise(1_24_500_00), customer: Some(customer()),
        callback_url: url("http://127.0.0.1:8765/merchant"),
        cart: Some(vec![product("Assam Orthodox tea, 500 g", 89_900, Some(5_000)), product("Cast-iron kettle", 249_900, None), product("Ginger biscuits, box of 24", 45_000, None)]),
        cart_coupon_discount: Some(Money::paise(10_000)), ..terms(r) };
    let mut out = Vec::new();
    for r in ["full","collect","intent","bank","done","failed","simple2"] { out.push((r, shop.link(full(r)).await)); }
    out.push(("simple", shop.link(terms("simple")).await));
    out.push(("part", shop.link(deodar_domain::terms::Terms { part_payment: true, ..full("part") }).await));
    let p = |n: &str| out.iter().find(|x| x.0 == n).unwrap().1.clone();
    shop.pay(&p("collect"), &[("method","UPI"),("upi_id","success@upi")]).await;
    shop.pay(&p("intent"), &[("method","UPI"),("flow","intent")]).await;
    shop.pay(&p("bank"), &card(GOOD_CARD)).await;
    shop.pay_by_card(&p("done")).await; shop.get(&format!("{}/return", p("done"))).await;
    shop.pay(&p("failed"), &card(RISKY_CARD)).await;
    let cancelled = shop.link(terms("cancelled")).await;
    let o = shop.order(&cancelled).await; shop.engine.cancel_link(&shop.merchant, o.key).await.unwrap();
    out.push(("cancelled", cancelled));
    for (n, l) in &out { println!("{n} {base}{l}"); }
    let app = shop.app.clone().route("/merchant", axum::routing::any(|b: String| async move { format!("merchant got {b}") }));
    let l = tokio::net::TcpListener::bind("127.0.0.1:8765").await.unwrap();
    axum::serve(l, app).await.unwrap();
}
