//! An order that is paid by Pay Later, from the question whether the payer may to the refund.
//!
//! ```sh
//! cargo run -p deodar-client --example pay_later -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```

use std::error::Error;
use std::io::Write;

use deodar_client::{
    Amount, Client, ClientConfig, DeviceInfo, EligibilityCheck, NewOrder, NewPayment, NewRefund,
    Order, PayLaterProvider, PayWith,
};

/// The mobile number of somebody to whom the sandbox's lenders lend.
const MOBILE: &str = "9876501234";
/// The sandbox's one-time password.
const OTP: &str = "123456";

/// Pays `paise` by Simpl in three parts, and gives one rupee back. The order is answered as it is
/// then.
pub(crate) async fn run(
    client: &Client,
    reference: &str,
    paise: u64,
) -> Result<Order, Box<dyn Error>> {
    let amount = Amount::paise(paise);
    let device = DeviceInfo {
        browser_user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
        ..DeviceInfo::default()
    };
    let check = EligibilityCheck {
        mobile: MOBILE.to_owned(),
        provider: PayLaterProvider::Simpl3,
        amount: amount.clone(),
        device: Some(device.clone()),
    };
    let eligibility = client.check_eligibility(&check).await?;
    if !eligibility.eligible {
        return Err("the lender does not lend: offer another method".into());
    }
    let order = client.create_order(&NewOrder::new(amount.clone(), reference)).await?;
    let with = PayWith::PayLater { provider: check.provider, mobile: check.mobile };
    let payment = NewPayment {
        device: Some(device),
        ..NewPayment::new(amount, format!("{reference}-a"), with)
    };
    let order = client.create_payment(&order.order_id, &payment).await?;
    let payment = order.payments.first().ok_or("the order has no payment")?;

    // The payer either goes to `order.challenge_url`, or gives the password on your own page:
    client.submit_otp(&payment.id, &OTP.into()).await?;

    let refund = NewRefund {
        merchant_order_reference: format!("{reference}-back"),
        order_amount: Some(Amount::paise(100)),
    };
    client.create_refund(&order.order_id, &refund).await?;
    let order = client.order_by_id(&order.order_id).await?;
    Ok(order.order().ok_or("an order has become a refund")?)
}

#[tokio::main(flavor = "current_thread")]
#[cfg_attr(test, expect(dead_code, reason = "the tests take `run` alone"))]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what| arguments.next().ok_or(what);
    let url = next("give the gateway's URL, the client id and the client secret")?;
    let client_id = next("give the client id and the client secret")?;
    let client_secret = next("give the client secret")?;
    let client = Client::new(ClientConfig::new(url, client_id, client_secret.as_str()))?;
    let order = run(&client, "pay-later-example", 3_400).await?;
    writeln!(std::io::stdout(), "{} is {}", order.order_id, order.status)?;
    Ok(())
}
