//! The language of a page: the one that its address asks for, else the one that the payer chose
//! before, else the one that the browser prefers.
//!
//! It belongs to a request and to nothing else, and faults are told in it too, which know nothing
//! of the request; so it stands beside the request's task, as its log lines' span does.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Uri};

use crate::texts::{ENGLISH, HINDI, Texts};

/// The name of the cookie that keeps the payer's own choice until the browser is closed. It is set
/// by the choice alone, holds nothing but the language, and no script reads it.
const COOKIE_NAME: &str = "deodar_language";
/// The part of the query that chooses a language.
const PARAMETER: &str = "lang";

/// The languages, each with its own name for itself. The first is that of everybody else.
const LANGUAGES: [(&Texts, &str); 2] = [(&ENGLISH, "English"), (&HINDI, "हिन्दी")];

tokio::task_local! {
    static READER: Reader;
}

/// Who reads the page.
struct Reader {
    t: &'static Texts,
    /// The address of the page in another language, where it can be asked for again.
    switch: Option<String>,
}

/// The way to the same page in another language.
pub(crate) struct Switch {
    /// The address.
    pub(crate) href: String,
    /// The language by BCP 47.
    pub(crate) code: &'static str,
    /// The language's own name for itself.
    pub(crate) name: &'static str,
}

/// The texts of the page's language.
pub(crate) fn texts() -> &'static Texts {
    READER.try_with(|reader| reader.t).unwrap_or(&ENGLISH)
}

/// The way to the same page in another language.
pub(crate) fn switch() -> Option<Switch> {
    let (t, href) = READER.try_with(|reader| (reader.t, reader.switch.clone())).ok()?;
    let (other, name) = other(t)?;
    Some(Switch { href: href?, code: other.code, name })
}

fn other(t: &Texts) -> Option<(&'static Texts, &'static str)> {
    LANGUAGES.into_iter().find(|(language, _)| language.code != t.code)
}

fn of_code(code: &str) -> Option<&'static Texts> {
    LANGUAGES.into_iter().map(|(t, _)| t).find(|t| t.code == code)
}

/// How a cookie is set: on a gateway that is reached by TLS it is also for pages in a frame of the
/// merchant's, and there for that merchant alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CookieRules {
    /// Whether payers reach the gateway by TLS.
    pub(crate) is_secure: bool,
}

impl CookieRules {
    fn cookie(self, t: &Texts) -> String {
        let rules =
            if self.is_secure { "Secure; SameSite=None; Partitioned" } else { "SameSite=Lax" };
        format!("{COOKIE_NAME}={}; Path=/; HttpOnly; {rules}", t.code)
    }
}

/// Answers in the language of the request.
pub(crate) async fn layer(
    State(rules): State<CookieRules>,
    request: Request,
    next: Next,
) -> Response {
    let asked = asked(request.uri());
    let t = asked.or_else(|| chosen(request.headers())).unwrap_or_else(|| {
        let preferred = request.headers().get(ACCEPT_LANGUAGE);
        preferred.and_then(|value| value.to_str().ok()).map_or(&ENGLISH, preferred_of)
    });
    // A form's address is no page to come back to.
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let switch = is_page.then(|| other(t).map(|(other, _)| address_in(request.uri(), other)));
    let reader = Reader { t, switch: switch.flatten() };
    let mut response = READER.scope(reader, next.run(request)).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(t.code));
    let cookie = asked.and_then(|t| HeaderValue::from_str(&rules.cookie(t)).ok());
    if let Some(cookie) = cookie {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

/// The language that an address asks for.
fn asked(uri: &Uri) -> Option<&'static Texts> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut pairs = form_urlencoded::parse(query);
    pairs.find(|(name, _)| name == PARAMETER).and_then(|(_, value)| of_code(&value))
}

/// The language that the payer chose before.
fn chosen(headers: &HeaderMap) -> Option<&'static Texts> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == COOKIE_NAME).and_then(|(_, value)| of_code(value.trim()))
}

/// The language of ours that a browser likes best. English stands for every other one.
fn preferred_of(header: &str) -> &'static Texts {
    let mut best = (0, &ENGLISH);
    for choice in header.split(',') {
        let (range, weight) = choice.split_once(';').unwrap_or((choice, "q=1"));
        let language = range.trim().split('-').next().unwrap_or_default();
        let weight = thousandths(weight);
        if let Some(t) = of_code(&language.to_ascii_lowercase())
            && weight > best.0
        {
            best = (weight, t);
        }
    }
    best.1
}

/// The weight of a choice, `q=0.8`, in thousandths; nothing where it is none.
fn thousandths(weight: &str) -> u16 {
    let number = weight.trim().strip_prefix("q=").unwrap_or_default();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole == "1" {
        return 1_000;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or_default()
}

/// The address of a page in another language: the same, with one part of its query changed.
fn address_in(uri: &Uri, t: &Texts) -> String {
    let query = uri.query().unwrap_or_default().as_bytes();
    let others = form_urlencoded::parse(query).filter(|(name, _)| name != PARAMETER);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(PARAMETER, t.code)
        .finish();
    // Of the address only the query: the page may be reached under another path than ours.
    format!("?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_languages_decide_by_their_weight() {
        let cases = [
            ("", "en"),
            ("hi", "hi"),
            ("hi-IN", "hi"),
            ("HI-in,en;q=0.5", "hi"),
            ("hi-IN,hi;q=0.9,en-IN;q=0.8,en;q=0.7", "hi"),
            ("en-IN,en-GB;q=0.9,hi;q=0.8", "en"),
            ("en;q=0.4, hi;q=0.5", "hi"),
            ("mr-IN,mr;q=0.9,hi;q=0.8,en;q=0.7", "hi"),
            ("ta-IN,ta;q=0.9", "en"),
            ("*", "en"),
            ("hi;q=0", "en"),
            ("hi;q=0.000,en;q=0.001", "en"),
            ("hi;q=x", "en"),
            ("hit,high", "en"),
        ];
        for (header, code) in cases {
            assert_eq!(preferred_of(header).code, code, "{header:?}");
        }
    }

    #[test]
    fn another_language_is_the_same_address_with_another_parameter() {
        let cases = [
            ("/PLUTUS/abcdefg", "?lang=hi"),
            ("/PLUTUS/abcdefg?wrong=cvv&lang=en", "?wrong=cvv&lang=hi"),
            ("/web/auth/landing/?token=a.b-c%22", "?token=a.b-c%22&lang=hi"),
        ];
        for (address, expected) in cases {
            assert_eq!(address_in(&address.parse().unwrap(), &HINDI), expected);
        }
    }

    #[test]
    fn a_choice_is_kept_in_a_cookie_that_is_no_more_than_it_must_be() {
        let (secure, plain) = (CookieRules { is_secure: true }, CookieRules { is_secure: false });
        assert_eq!(
            secure.cookie(&HINDI),
            "deodar_language=hi; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
        );
        assert_eq!(plain.cookie(&ENGLISH), "deodar_language=en; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_strangers_cookie_says_nothing() {
        let chosen = |cookie: &'static str| {
            let pair = (COOKIE, HeaderValue::from_static(cookie));
            chosen(&HeaderMap::from_iter([pair])).map(|t| t.code)
        };
        assert_eq!(chosen("a=b; deodar_language=hi"), Some("hi"));
        for cookie in ["", "deodar_language=fr", "deodar_language", "my_deodar_language=hi"] {
            assert_eq!(chosen(cookie), None, "{cookie:?}");
        }
    }
}
