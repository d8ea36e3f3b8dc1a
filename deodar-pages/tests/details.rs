//! A payer who changes the contact details on the hosted page.

#[cfg(test)]
mod common;

use common::checkout::{Checkout, LIFETIME, with_return};
use common::{GOOD_CARD, card};
use deodar_domain::customer::{Customer, Email, MobileNumber, PersonName};
use deodar_domain::terms::Terms;
use http::{Method, StatusCode};

fn editable(reference: &str) -> Terms {
    let customer = Customer { editable: true, ..common::customer() };
    Terms { customer: Some(customer), ..with_return(reference) }
}

#[tokio::test(start_paused = true)]
async fn a_payer_changes_the_contact_details() {
    let it = Checkout::of(editable("details")).await;
    let page = it.get("").await;
    assert!(page.body.contains(&format!(r#"<a href="{}">Change</a>"#, it.step("/details"))));
    let form = it.get("/details").await;
    assert_eq!((form.status, form.heading().as_str()), (StatusCode::OK, "Your details"));
    for shown in ["First name", "Last name", "Email", "Mobile number", "Now k•••@example.com"]
    {
        assert!(form.body.contains(shown), "{shown}: {}", form.body);
    }
    for hidden in ["Bobwani", "9876543210", "kevin.bob"] {
        assert!(!form.body.contains(hidden), "{hidden}");
    }
    let given = [
        ("first_name", " Tara "),
        ("last_name", ""),
        ("email", "tara@example.in"),
        ("contact_mobile", "90000 000-01"),
    ];
    assert_eq!(it.shop.post(&it.step("/details"), &given).await.location(), it.step(""));
    let order = it.order().await;
    let customer = order.customer().expect("a customer");
    assert_eq!(customer.first_name.as_ref().map(PersonName::as_str), Some("Tara"));
    assert_eq!(customer.last_name.as_ref().map(PersonName::as_str), Some("Bobwani"));
    assert_eq!(customer.email.as_ref().map(Email::as_str), Some("tara@example.in"));
    assert_eq!(customer.mobile.as_ref().map(MobileNumber::as_str), Some("9000000001"));
    // The token is random and long enough for any short word.
    let page = it.get("").await.body.replace(&it.token, "");
    assert!(page.contains("T••• B•••") && page.contains("t•••@example.in"));
    assert!(!page.contains("Tara") && !page.contains("9000000001"));
}

#[tokio::test(start_paused = true)]
async fn what_is_right_of_the_details_is_kept_and_the_rest_is_told() {
    let it = Checkout::of(editable("wrong-details")).await;
    let long = "x".repeat(51);
    let given = [
        ("first_name", long.as_str()),
        ("last_name", "Sen"),
        ("email", "nobody"),
        ("contact_mobile", "+91 1"),
    ];
    let answer = it.shop.post(&it.step("/details"), &given).await;
    let again = format!("{}&wrong=first_name%2Cemail%2Ccontact_mobile", it.step("/details"));
    assert_eq!(answer.location(), again);
    let page = it.shop.get(&again).await;
    assert!(page.body.contains("Enter an address like name@example.com"));
    assert!(page.body.contains("Please check the marked details"));
    let order = it.order().await;
    let customer = order.customer().expect("a customer");
    assert_eq!(customer.last_name.as_ref().map(PersonName::as_str), Some("Sen"));
    assert_eq!(customer.email, common::customer().email);
}

#[tokio::test(start_paused = true)]
async fn details_are_changed_only_where_the_merchant_allows_it_and_before_the_payment() {
    let fixed = Terms { customer: Some(common::customer()), ..with_return("fixed") };
    let it = Checkout::of(fixed).await;
    assert!(!it.get("").await.body.contains(">Change</a>"));
    let paid = Checkout::of(editable("late-details")).await;
    paid.pay(&card(GOOD_CARD)).await;
    let ended = Checkout::of(editable("ended-details")).await;
    ended.advance(LIFETIME).await;
    for it in [it, paid, ended] {
        assert_eq!(it.get("/details").await.location(), it.step(""));
        let answer = it.shop.post(&it.step("/details"), &[("email", "tara@example.in")]).await;
        assert_eq!(answer.location(), it.step(""));
        assert_eq!(it.order().await.contact, None);
    }
    let it = Checkout::of(editable("foreign-details")).await;
    let foreign = [("sec-fetch-site", "cross-site")];
    let refused = it.shop.get_as(Method::POST, &it.step("/details"), &foreign).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let link = it.shop.link(editable("link-details")).await;
    assert_eq!(it.shop.get(&format!("{link}/details")).await.status, StatusCode::NOT_FOUND);
}
