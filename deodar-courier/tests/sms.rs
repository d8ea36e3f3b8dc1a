//! SMS, to a server that answers as a provider does.

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::State;
    use axum::http::{HeaderMap, Method, StatusCode, Uri};
    use deodar_courier::{Content, Message, Messenger, NotSent, Sms, SmsConfig, SmsText};
    use deodar_domain::id::MerchantId;
    use deodar_domain::key::OrderKey;
    use deodar_domain::message::MessageKind;
    use deodar_engine::store::JobId;

    const LINK: &str = "https://pay.example.in/PLUTUS/abcdefg";

    /// A request that came.
    struct Asked {
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: String,
    }

    #[derive(Clone)]
    struct Provider {
        asked: Arc<Mutex<Vec<Asked>>>,
        answer: (StatusCode, &'static str),
        url: String,
    }

    impl Provider {
        async fn start(status: u16, body: &'static str) -> Self {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let answer = (StatusCode::from_u16(status).unwrap(), body);
            let provider = Self { asked: Arc::default(), answer, url };
            let router = Router::new().fallback(take).with_state(provider.clone());
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
            provider
        }
    }

    async fn take(
        State(provider): State<Provider>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: String,
    ) -> (StatusCode, &'static str) {
        provider.asked.lock().unwrap().push(Asked { method, uri, headers, body });
        provider.answer
    }

    fn config(url: String) -> SmsConfig {
        SmsConfig {
            url,
            method: "POST".to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("authkey".to_owned(), "{{secret}}".to_owned()),
            ],
            body: Some(
                r#"{"to":"{{to_digits}}","m":{"text":"{{text}}","dlt":"{{template}}"}}"#.to_owned(),
            ),
            sender: "CEDARS".to_owned(),
            secret: Some("key:token".to_owned()),
            accepted: None,
            allow_private: true,
            texts: [(
                MessageKind::LinkCreated,
                SmsText { template: "1107160000000000001".to_owned(), text: None },
            )]
            .into(),
        }
    }

    fn message(kind: MessageKind) -> Message {
        Message {
            id: JobId(77),
            kind,
            merchant: MerchantId::new(100_001).unwrap(),
            merchant_name: "Tea \"&\" Co\\".to_owned(),
            order: OrderKey::from_i64(9).unwrap(),
            recipient: "+919876543210".to_owned(),
            content: Content::Sms {
                text: format!("Tea \"&\" Co\\ asks you to pay ₹500.00: {LINK}"),
                amount: "₹500.00".to_owned(),
                link: LINK.to_owned(),
            },
        }
    }

    async fn send(config: &SmsConfig) -> Result<(), NotSent> {
        Sms::new(config).unwrap().send(&message(MessageKind::LinkCreated)).await
    }

    #[tokio::test]
    async fn json_holds_what_was_to_be_said() {
        let provider = Provider::start(200, "{}").await;
        let url = format!("{}/api/v5/flow?id={{{{id}}}}", provider.url);
        assert_eq!(send(&config(url)).await, Ok(()));
        let asked = provider.asked.lock().unwrap();
        let [asked] = asked.as_slice() else { panic!("{}", asked.len()) };
        assert_eq!(
            (&asked.method, asked.uri.to_string().as_str()),
            (&Method::POST, "/api/v5/flow?id=77")
        );
        assert_eq!(asked.headers["authkey"], "key:token");
        assert_eq!(asked.headers["content-type"], "application/json");
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["to"], "919876543210");
        assert_eq!(body["m"]["dlt"], "1107160000000000001");
        let text = format!("Tea \"&\" Co\\ asks you to pay ₹500.00: {LINK}");
        assert_eq!(body["m"]["text"], text);
    }

    #[tokio::test]
    async fn a_form_has_a_text_of_the_operators_own_and_its_secret_in_base64() {
        let provider = Provider::start(201, "").await;
        let text = SmsText {
            template: "1107".to_owned(),
            text: Some("Pay {{amount_plain}} to {{merchant}}: {{link}} -CEDARS".to_owned()),
        };
        let config = SmsConfig {
            headers: vec![
                ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
                ("authorization".to_owned(), "Basic {{basic}}".to_owned()),
            ],
            body: Some("From={{sender}}&To={{to}}&Body={{text}}&DltTemplateId={{template}}".into()),
            texts: [(MessageKind::LinkCreated, text)].into(),
            ..config(format!("{}/send", provider.url))
        };
        assert_eq!(send(&config).await, Ok(()));
        let asked = provider.asked.lock().unwrap();
        assert_eq!(asked[0].headers["authorization"], "Basic a2V5OnRva2Vu");
        let read: Vec<_> = form_urlencoded::parse(asked[0].body.as_bytes()).into_owned().collect();
        let expected = [
            ("From", "CEDARS"),
            ("To", "+919876543210"),
            ("Body", &format!("Pay Rs 500.00 to Tea \"&\" Co\\: {LINK} -CEDARS")),
            ("DltTemplateId", "1107"),
        ];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[tokio::test]
    async fn a_get_has_it_all_in_its_query() {
        let provider = Provider::start(200, "").await;
        let config = SmsConfig {
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: None,
            ..config(format!(
                "{}/s?k={{{{secret}}}}&n={{{{to_local}}}}&m={{{{text}}}}",
                provider.url
            ))
        };
        assert_eq!(send(&config).await, Ok(()));
        let asked = provider.asked.lock().unwrap();
        let query = asked[0].uri.query().unwrap().as_bytes();
        let read: Vec<_> = form_urlencoded::parse(query).into_owned().collect();
        assert_eq!(read[0].1, "key:token");
        assert_eq!(read[1].1, "9876543210");
        assert_eq!(read[2].1, format!("Tea \"&\" Co\\ asks you to pay ₹500.00: {LINK}"));
        assert_eq!((read.len(), asked[0].method.as_str()), (3, "GET"));
    }

    #[tokio::test]
    async fn what_the_provider_answers_decides() {
        let cases = [
            (200, r#"{"return":true}"#, Ok(())),
            (200, r#"{"return":false}"#, Err(NotSent::Later("the provider refuses the message"))),
            (302, "", Err(NotSent::Later("the provider failed"))),
            (401, "", Err(NotSent::Later("the provider refuses the secret"))),
            (422, "+919876543210", Err(NotSent::Later("the provider refuses the request"))),
            (429, "", Err(NotSent::Later("the provider is busy"))),
            (503, "", Err(NotSent::Later("the provider failed"))),
        ];
        for (status, body, expected) in cases {
            let provider = Provider::start(status, body).await;
            let accepted = Some("\"return\":true".to_owned());
            let config = SmsConfig { accepted, ..config(format!("{}/s", provider.url)) };
            assert_eq!(send(&config).await, expected, "{status} {body}");
        }
    }

    #[tokio::test]
    async fn a_private_address_is_refused_unless_it_is_allowed() {
        let refused = SmsConfig { allow_private: false, ..config("https://127.0.0.1/s".into()) };
        assert_eq!(refused.checked().unwrap_err().key, "url");
        let plain = SmsConfig { allow_private: false, ..config("http://sms.example.com/s".into()) };
        assert_eq!(plain.checked().unwrap_err().key, "url");
        // A name is looked up when it is asked, and its addresses are checked then.
        let named = SmsConfig { allow_private: false, ..config("https://localhost:9/s".into()) };
        assert_eq!(send(&named).await, Err(NotSent::Later("address not allowed")));
    }

    #[test]
    fn a_request_that_cannot_be_made_is_refused_by_its_key() {
        type Change = fn(&mut SmsConfig);
        let cases: [(&str, Change); 12] = [
            ("url", |config| config.url = String::new()),
            ("url", |config| config.url = "sms.example.com/s".into()),
            ("url", |config| config.url = "https://{{to}}.example.com/".into()),
            ("url", |config| config.url = "https://sms.example.com{{to}}/".into()),
            ("url", |config| config.url = "https://sms.example.com/{{number}}".into()),
            ("method", |config| config.method = "get".into()),
            ("headers", |config| config.headers.push(("x y".into(), "1".into()))),
            ("headers", |config| config.headers.push(("x".into(), "{{text}}".into()))),
            ("headers", |config| config.headers.push(("x".into(), "é".into()))),
            ("headers", |config| config.secret = None),
            ("body", |config| config.body = Some(r#"{"to":{{text}}}"#.into())),
            ("body", |config| config.headers.clear()),
        ];
        for (key, change) in cases {
            let mut config = config("https://sms.example.com/s".into());
            assert!(config.clone().checked().is_ok());
            change(&mut config);
            assert_eq!(config.checked().unwrap_err().key, key);
        }
        let mut config = config("https://sms.example.com/s".into());
        let text = SmsText { text: Some("{{to}}".into()), ..SmsText::default() };
        config.texts.insert(MessageKind::PaymentReceipt, text);
        assert_eq!(config.checked().unwrap_err().key, "payment_receipt");
    }
}
