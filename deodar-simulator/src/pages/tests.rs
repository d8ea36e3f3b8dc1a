//! The pages as a browser without JavaScript meets them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use deodar_acquirer::{Acquirer as _, AuthorizeRequest, Instrument, Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::EmiCard;
use deodar_domain::payment::Challenge;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::router;
use crate::Simulator;
use crate::test_kit::*;

/// The browser: the pages, and the last answer.
struct Browser {
    simulator: Arc<Simulator>,
    pages: Router,
    clock: TestClock,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }
}

impl Browser {
    fn new() -> Self {
        let clock = TestClock::default();
        let simulator = Simulator::open(in_memory(&clock)).unwrap();
        let pages = Router::new().nest("/simulator", router(Arc::clone(&simulator)));
        Self { simulator, pages, clock }
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "").await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Asks for a payment and tells the path of its page.
    async fn start(&self, number: u128, instrument: Instrument) -> String {
        self.begin(sale(number, instrument)).await
    }

    async fn begin(&self, request: AuthorizeRequest) -> String {
        let outcome = self.simulator.authorize(request).await.unwrap();
        page_of(outcome).strip_prefix("http://127.0.0.1:8081").unwrap().to_owned()
    }

    async fn outcome(&self, number: u128) -> Outcome {
        match self.simulator.status(operation(number)).await.unwrap() {
            Status::Known(outcome) => outcome,
            Status::Unknown => panic!("unknown"),
        }
    }
}

const GATEWAY: &str = "http://127.0.0.1:8080";

#[tokio::test]
async fn the_right_otp_leads_back_to_the_gateway() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let shown = browser.get(&page).await;
    assert_eq!(shown.status, StatusCode::OK);
    for part in [
        "<h1>Pay ₹500.00 to Asha&#39;s &#60;Tea&#62; &#38; Spices</h1>",
        "<label for=\"otp\">OTP</label>",
        "inputmode=\"numeric\" autocomplete=\"one-time-code\"",
        ">Submit</button>",
        ">Cancel</button>",
        "123456",
        "no real money",
        "<strong>1112</strong>",
    ] {
        assert!(shown.body.contains(part), "{part} is not in {}", shown.body);
    }
    assert!(!shown.body.contains("<script") && !shown.body.contains(GOOD_CARD));

    assert_eq!(browser.post(&page, "otp=123456").await.location(), RETURN_URL);
    approval(browser.outcome(1).await);
    assert_eq!(browser.get(&page).await.location(), RETURN_URL, "the back button");
    assert_eq!(browser.post(&page, "otp=123456").await.location(), RETURN_URL, "a double click");
    let cancelled = browser.post(&format!("{page}/cancel"), "").await;
    assert_eq!(cancelled.location(), RETURN_URL);
    approval(browser.outcome(1).await);
}

#[tokio::test]
async fn a_wrong_otp_can_be_tried_three_times() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    assert!(!browser.get(&page).await.body.contains("role=\"alert\""));
    for remaining in ["2 tries remain", "1 try remains"] {
        assert_eq!(browser.post(&page, "otp=000000").await.location(), page);
        let shown = browser.get(&page).await.body;
        assert!(shown.contains(remaining) && shown.contains("role=\"alert\""), "{shown}");
    }
    assert_eq!(browser.post(&page, "otp=").await.location(), page, "nothing costs no try");
    assert_eq!(browser.post(&page, "otp=000000").await.location(), RETURN_URL);
    let failed = browser.outcome(1).await;
    assert_eq!(reason(&failed), Some(DeclineReason::UserAuthenticationFailed));
}

#[tokio::test]
async fn cancel_gives_the_payment_up() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let answer = browser.post(&format!("{page}/cancel"), "").await;
    assert_eq!(answer.location(), RETURN_URL);
    assert_eq!(reason(&browser.outcome(1).await), Some(DeclineReason::PaymentCancelled));
}

#[tokio::test]
async fn the_login_pages_approve_and_decline() {
    let pages = [
        (
            bank_login as fn() -> Instrument,
            vec!["<p class=\"kind\">Netbanking</p>", "<h1>Pay ₹500.00 to Asha"],
        ),
        (
            wallet,
            vec![
                "<p class=\"kind\">Wallet</p>",
                "Spices from your wallet</h1>",
                "<strong>AMAZON_PAY</strong>",
            ],
        ),
    ];
    for (instrument, parts) in pages {
        for (decision, expected) in
            [("approve", None), ("decline", Some(DeclineReason::PaymentDeclined))]
        {
            let browser = Browser::new();
            let page = browser.start(1, instrument()).await;
            let shown = browser.get(&page).await.body;
            for part in parts.iter().chain(&[">Approve</button>", ">Decline</button>"]) {
                assert!(shown.contains(part), "{part} is not in {shown}");
            }
            assert!(!shown.contains("Pay from account"), "{shown}");
            let unclear = browser.post(&page, "decision=perhaps").await;
            assert_eq!(unclear.status, StatusCode::BAD_REQUEST);
            let answer = browser.post(&page, &format!("decision={decision}")).await;
            assert_eq!(answer.location(), RETURN_URL);
            assert_eq!(reason(&browser.outcome(1).await), expected);
            assert_eq!(browser.get(&page).await.location(), RETURN_URL);
        }
    }
}

#[tokio::test]
async fn the_account_is_chosen_where_one_alone_may_pay() {
    let decisions = [
        ("decision=approve", None),
        ("account=named&decision=approve", None),
        ("account=other&decision=approve", Some(DeclineReason::InvalidRequest)),
        ("account=other&decision=decline", Some(DeclineReason::PaymentDeclined)),
    ];
    for instrument in [bank_login, || vpa("success@upi"), || Instrument::UpiIntent] {
        for (form, expected) in decisions {
            let browser = Browser::new();
            let page = browser.begin(from_named_account(sale(1, instrument()))).await;
            let shown = browser.get(&page).await.body;
            for part in [
                "<label for=\"account\">Pay from account</label>",
                "<select id=\"account\" name=\"account\">",
                "<option value=\"named\" selected>Ending in 5678</option>",
                "<option value=\"other\">Another account</option>",
            ] {
                assert!(shown.contains(part), "{part} is not in {shown}");
            }
            assert!(!shown.contains("0012345678"), "{shown}");
            let unclear = browser.post(&page, "account=x&decision=approve").await;
            assert_eq!(unclear.status, StatusCode::BAD_REQUEST);
            browser.post(&page, form).await.location();
            assert_eq!(reason(&browser.outcome(1).await), expected, "{form}");
        }
    }
}

#[tokio::test]
async fn the_page_of_the_otp_tells_what_is_paid_with() {
    let table = [
        (
            points(GOOD_CARD),
            vec![
                "<p class=\"kind\">Points</p>",
                "<strong>2000 points</strong>",
                "<strong>1112</strong>",
            ],
        ),
        (
            card_emi(EmiCard::Credit, GOOD_CARD, 6),
            vec![
                "<p class=\"kind\">EMI</p>",
                "<strong>6 monthly instalments of ₹86.53</strong>",
                "<strong>1112</strong>",
            ],
        ),
    ];
    for (instrument, parts) in table {
        let browser = Browser::new();
        let page = browser.start(1, instrument).await;
        let shown = browser.get(&page).await.body;
        for part in parts {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
        assert!(!shown.contains("Mobile") && !shown.contains(GOOD_MOBILE), "{shown}");
        assert_eq!(browser.post(&page, "otp=123456").await.location(), RETURN_URL);
        approval(browser.outcome(1).await);
    }
}

#[tokio::test]
async fn the_upi_app_stays_open_after_the_decision() {
    for (instrument, decision, heading) in [
        (vpa("success@upi"), "approve", "You paid ₹500.00"),
        (vpa("success@upi"), "decline", "was not paid"),
        (Instrument::UpiIntent, "approve", "You paid ₹500.00"),
    ] {
        let browser = Browser::new();
        let page = browser.start(1, instrument).await;
        let shown = browser.get(&page).await.body;
        assert!(shown.contains(">Approve</button>") && shown.contains(">Decline</button>"));
        let answer = browser.post(&page, &format!("decision={decision}")).await;
        assert_eq!(answer.location(), page);
        let done = browser.get(&page).await.body;
        assert!(done.contains(heading) && !done.contains("<form"), "{done}");
        assert!(done.contains("href=\"http://127.0.0.1:8080/web/return/?token=a%2Fb\""), "{done}");
    }
}

#[tokio::test]
async fn a_pasted_upi_link_opens_its_payment() {
    let browser = Browser::new();
    let outcome = browser.simulator.authorize(sale(1, Instrument::UpiIntent)).await.unwrap();
    let page = browser.start(1, Instrument::UpiIntent).await;
    let Outcome::Challenged { challenge: Challenge::Intent { link, .. }, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(browser.get("/simulator/upi").await.body.contains("UPI link"));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("link", link.as_str());
    assert_eq!(browser.post("/simulator/upi", &form.finish()).await.location(), page);

    for wrong in ["", "link=", "link=https://example.com/?tr=1", "link=upi://pay?tr=00"] {
        let answer = browser.post("/simulator/upi", wrong).await;
        assert_eq!(answer.location(), "/simulator/upi?wrong", "{wrong}");
    }
    assert!(browser.get("/simulator/upi?wrong").await.body.contains("role=\"alert\""));
}

#[tokio::test]
async fn every_page_has_a_strict_policy_and_is_not_kept() {
    let browser = Browser::new();
    let own = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
               frame-ancestors 'none'";
    let with_gateway = own.replace("'self'; base", &format!("'self' {GATEWAY}; base"));
    let card_page = browser.start(1, card(GOOD_CARD)).await;
    let login_page = browser.start(2, bank_login()).await;
    let app_page = browser.start(3, vpa("success@upi")).await;
    let wallet_page = browser.start(4, wallet()).await;
    for (path, policy) in [
        (card_page.as_str(), with_gateway.as_str()),
        (&login_page, &with_gateway),
        (&app_page, &with_gateway),
        (&wallet_page, &with_gateway),
        ("/simulator/upi", own),
        ("/simulator/nothing", own),
        ("/simulator/3ds/00", own),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.headers[CONTENT_SECURITY_POLICY], policy, "{path}");
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn a_page_asks_only_its_own_origin() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let body = browser.get(&page).await.body;
    let (_, rest) = body.split_once("<link rel=\"stylesheet\" href=\"").unwrap();
    let (stylesheet, _) = rest.split_once('"').unwrap();
    assert!(stylesheet.starts_with("/simulator/assets/simulator.css?v="), "{stylesheet}");
    assert!(!body.contains("src=") && !body.contains("http"), "{body}");
    let answer = browser.get(stylesheet).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[CONTENT_TYPE], "text/css; charset=utf-8");
    assert_eq!(answer.headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert!(answer.body.contains("prefers-color-scheme: dark") && !answer.body.contains("url("));
}

#[tokio::test]
async fn a_token_opens_its_own_kind_of_page_alone() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let token = page.rsplit('/').next().unwrap();
    let operation_page = format!("/simulator/3ds/{}", operation(1));
    let wrong = [
        format!("/simulator/netbanking/{token}"),
        format!("/simulator/upi/{token}"),
        format!("/simulator/wallet/{token}"),
        operation_page,
        "/simulator/3ds/".to_owned(),
    ];
    for path in &wrong {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let posted = browser.post(path, "decision=approve&otp=123456").await;
        assert_eq!(posted.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(matches!(browser.outcome(1).await, Outcome::Challenged { .. }));
}

#[tokio::test]
async fn a_hostile_form_is_answered_with_a_page() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let long = browser.post(&page, &"x".repeat(super::FORM_BYTES_MAX + 1)).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    let wrong = browser.ask(Method::DELETE, &page, "").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    for answer in [long, wrong] {
        assert!(answer.headers.contains_key(CONTENT_SECURITY_POLICY));
        assert!(answer.body.contains("<h1>"), "{}", answer.body);
    }
    let garbage = browser.post(&page, "%ff%fe&&&==&otp=%00%ff").await;
    assert_eq!(garbage.location(), page);
    assert!(browser.get(&page).await.body.contains("2 tries remain"));
}

#[tokio::test]
async fn a_page_whose_time_ran_out_leads_back() {
    let browser = Browser::new();
    let card_page = browser.start(1, card(GOOD_CARD)).await;
    let app_page = browser.start(2, vpa("success@upi")).await;
    browser.clock.advance(LIFETIME);
    assert_eq!(browser.get(&card_page).await.location(), RETURN_URL);
    assert!(browser.get(&app_page).await.body.contains("was not paid"));
    browser.post(&app_page, "decision=approve").await;
    assert_eq!(reason(&browser.outcome(2).await), Some(DeclineReason::PaymentExpired));
}

#[tokio::test]
async fn a_hundred_clicks_at_once_pay_once() {
    let browser = Browser::new();
    let page = browser.start(1, card(GOOD_CARD)).await;
    let clicks = (0..100).map(|_| {
        let request = Request::post(&page).body(Body::from("otp=123456")).unwrap();
        tokio::spawn(browser.pages.clone().oneshot(request))
    });
    for click in clicks.collect::<Vec<_>>() {
        assert_eq!(click.await.unwrap().unwrap().status(), StatusCode::SEE_OTHER);
    }
    approval(browser.outcome(1).await);
    assert_eq!(browser.simulator.check_books().await.unwrap(), Vec::<String>::new());
}
