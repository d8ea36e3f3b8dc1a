//! A shop with the pages in front of it: a real engine, a store in memory, and the simulator.
//!
//! A page waits a few seconds for the bank, and less for what other nodes have counted. Where the
//! store may be a database, tests stop the runtime's clock: however slow the machine is, it is in
//! time.

#![expect(dead_code, reason = "not every test binary uses all of it")]

pub(crate) mod challenge;
pub(crate) mod checkout;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use deodar_domain::customer::{Customer, Email, MobileNumber, PersonName};
use deodar_domain::link::LinkState;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::purchase::Product;
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::Terms;
use deodar_domain::text::{Description, MerchantName, ProductCode};
use deodar_domain::url::MerchantUrl;
use deodar_engine::{
    Engine, EngineConfig, EngineParts, Made, MasterKey, NewLink, NewMerchant, SystemClock,
    SystemRandom, create_merchant,
};
use deodar_kit::TestStore;
use deodar_simulator::{Books, Simulator, SimulatorConfig, real_time};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A person's browser.
pub(crate) const BROWSER: [(&str, &str); 2] = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0"),
    ("accept", "text/html,*/*;q=0.8"),
];
/// A card of the simulator that is approved after the OTP.
pub(crate) const GOOD_CARD: &str = "4012 0010 3714 1112";
/// One that the bank refuses at once.
pub(crate) const RISKY_CARD: &str = "4100000000000019";

const MASTER_KEY: [u8; 32] = [7; 32];

/// What a page answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where it redirects to.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).expect("a redirect").to_str().expect("ASCII")
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name}")).to_str().expect("ASCII")
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!(r#"<input type="hidden" name="{name}" value=""#);
        let rest = self.body.split(&start).nth(1).unwrap_or_else(|| panic!("no {name}"));
        rest.split('"').next().expect("a value").to_owned()
    }

    /// The text of the first heading, without its tags.
    pub(crate) fn heading(&self) -> String {
        let inner = self.body.split("<h1").nth(1).expect("a heading");
        let inner = inner.split_once('>').expect("a tag").1.split("</h1>").next().expect("an end");
        let mut text = String::new();
        let mut inside = false;
        for c in inner.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A shop.
pub(crate) struct Shop {
    pub(crate) engine: Arc<Engine>,
    pub(crate) app: Router,
    pub(crate) merchant: Merchant,
    store: Arc<TestStore>,
}

impl Shop {
    /// A sandbox whose merchant has no return URL of its own.
    pub(crate) async fn open() -> Self {
        Self::open_at("http://127.0.0.1:8080").await
    }

    /// The same, found at `public_url`.
    pub(crate) async fn open_at(public_url: &str) -> Self {
        Self::open_as(public_url, true).await
    }

    /// A gateway that is no sandbox.
    pub(crate) async fn open_outside_the_sandbox() -> Self {
        Self::open_as("https://pay.example.in", false).await
    }

    /// Another process on the same store, with a bank of its own.
    pub(crate) async fn beside(&self) -> Self {
        let url = self.engine.public_url().to_owned();
        let (store, merchant) = (Arc::clone(&self.store), self.merchant.clone());
        Self::on(store, merchant, &url, self.engine.is_sandbox()).await
    }

    async fn open_as(public_url: &str, sandbox: bool) -> Self {
        let store = Arc::new(TestStore::open().await);
        let made = create_merchant(
            &*store,
            &MasterKey::new(MASTER_KEY),
            &SystemClock,
            &SystemRandom,
            NewMerchant {
                name: MerchantName::parse("Chai & Co <Pune>").expect("a name"),
                webhook_url: None,
                return_url: None,
            },
        )
        .await
        .expect("a merchant");
        Self::on(store, made.merchant, public_url, sandbox).await
    }

    async fn on(
        store: Arc<TestStore>,
        merchant: Merchant,
        public_url: &str,
        sandbox: bool,
    ) -> Self {
        let simulator = Simulator::open(SimulatorConfig {
            books: Books::Memory,
            public_url: format!("{public_url}/simulator"),
            clock: real_time(),
        })
        .expect("a simulator");
        let engine = Engine::open(EngineParts {
            store: Arc::<TestStore>::clone(&store),
            acquirer: Arc::clone(&simulator) as _,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            master_key: MasterKey::new(MASTER_KEY),
            config: EngineConfig { public_url: public_url.into(), sandbox },
        })
        .await
        .expect("an engine");
        let app = deodar_pages::router(Arc::clone(&engine))
            .nest("/simulator", deodar_simulator::router(simulator));
        Self { engine, app, merchant, store }
    }

    /// Makes a link; answers the path of its page.
    pub(crate) async fn link(&self, terms: Terms) -> String {
        let made = self.engine.create_link(&self.merchant, NewLink { terms, expire_by: None });
        let (Made::New(order) | Made::Existing(order)) = made.await.expect("a link");
        let number = order.link.as_ref().expect("a link").number;
        let url = self.engine.link_url(number);
        url.strip_prefix(self.engine.public_url()).expect("an address of ours").to_owned()
    }

    /// The order of a link's page.
    pub(crate) async fn order(&self, path: &str) -> Order {
        let slug = path.rsplit('/').next().expect("a slug");
        self.engine.link_page(slug).await.expect("a link").order
    }

    /// Where a link stands.
    pub(crate) async fn link_state(&self, path: &str) -> LinkState {
        self.order(path).await.link.as_ref().expect("a link").state
    }

    /// Asks for a page.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks for a page as a person's browser.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(Method::GET, path, &BROWSER).await
    }

    /// Asks for a page with these headers.
    pub(crate) async fn get_as(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    /// Opens the page of a link and sends its form with these fields.
    pub(crate) async fn pay(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let nonce = self.get(path).await.hidden("reference");
        let mut all = vec![("reference", nonce.as_str())];
        all.extend_from_slice(fields);
        self.post(&format!("{path}/pay"), &all).await
    }

    /// Pays a link with a card that is approved, OTP included.
    pub(crate) async fn pay_by_card(&self, path: &str) {
        let answer = self.pay(path, &card(GOOD_CARD)).await;
        assert_eq!(answer.location(), format!("{path}/go"));
        let bank = self.bank(path).await;
        let answer = self.post(&bank, &[("otp", "123456")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }

    /// The path of the bank's page that a payment in flight leads to.
    pub(crate) async fn bank(&self, path: &str) -> String {
        let body = self.get(&format!("{path}/go")).await.body;
        let url = body.split(r#"content="0;url="#).nth(1).expect("a refresh");
        let url = url.split('"').next().expect("an address").to_owned();
        url.strip_prefix(self.engine.public_url()).expect("the simulator").to_owned()
    }
}

/// The fields of a card payment.
pub(crate) fn card(number: &str) -> [(&str, &str); 5] {
    [
        ("method", "CARD"),
        ("card_number", number),
        ("expiry", "12/99"),
        ("cvv", "739"),
        ("card_name", "Kevin Bob"),
    ]
}

/// What a link of ₹500 is for.
pub(crate) fn terms(reference: &str) -> Terms {
    Terms {
        description: Some(Description::parse("Masala chai for the office").expect("a text")),
        ..Terms::plain(
            MerchantReference::parse(reference).expect("a reference"),
            Money::paise(50_000),
        )
    }
}

/// A merchant's URL.
pub(crate) fn url(text: &str) -> MerchantUrl {
    MerchantUrl::parse(text).expect("a URL")
}

/// A payer whose details must not be told.
pub(crate) fn customer() -> Customer {
    Customer {
        first_name: PersonName::parse("Kevin").ok(),
        last_name: PersonName::parse("Bobwani").ok(),
        mobile: MobileNumber::parse("9876543210", 10).ok(),
        email: Email::parse("kevin.bob@example.com").ok(),
        ..Customer::default()
    }
}

/// A product.
pub(crate) fn product(name: &str, paise: u64, discount: Option<u64>) -> Product {
    Product {
        code: Some(ProductCode::parse(name).expect("a code")),
        amount: Some(Money::paise(paise)),
        coupon_discount: discount.map(Money::paise),
    }
}
