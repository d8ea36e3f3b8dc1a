//! Whether a request is a person's who opens a page, and not a program's that looks at its address.

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, Method};

/// Headers by which browsers say that they load a page before anybody asked for it.
const PREFETCH_HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// What programs write into a browser-like `User-Agent`, in lower case: crawlers, and what makes
/// the previews of links in messages.
const PROGRAMS: [&str; 28] = [
    "bot",
    "crawl",
    "spider",
    "preview",
    "facebookexternalhit",
    "facebookcatalog",
    "whatsapp",
    "telegram",
    "slack",
    "discord",
    "skypeuripreview",
    "viber",
    "snapchat",
    "pinterest",
    "embedly",
    "iframely",
    "vkshare",
    "google-",
    "googleother",
    "mediapartners",
    "bingpreview",
    "yahoo! slurp",
    "outbrain",
    "safelinks",
    "urlscan",
    "lighthouse",
    // How programs introduce themselves: `Mozilla/5.0 (compatible; NAME; +https://…)`. The last
    // browser that did is of 2012.
    "(compatible;",
    "+http",
];

/// Whether a browser asks for a page because a person opened it.
pub(crate) fn opens(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let contains = |name: &str, part: &str| text(name).to_ascii_lowercase().contains(part);
    if method != Method::GET {
        return false;
    }
    let ahead_of_time =
        PREFETCH_HEADERS.iter().any(|name| contains(name, "prefetch") || contains(name, "preview"));
    // Browsers that send Fetch Metadata say `document` where a person follows a link.
    let embedded = !matches!(text("sec-fetch-dest"), "" | "document" | "iframe" | "frame");
    let agent = text(USER_AGENT.as_str()).to_ascii_lowercase();
    let browser = agent.starts_with("mozilla/") || agent.starts_with("opera/");
    let program = PROGRAMS.iter().any(|name| agent.contains(name));
    let wants_page = contains(ACCEPT.as_str(), "text/html");
    browser && wants_page && !program && !ahead_of_time && !embedded
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         HeadlessChrome/140.0.0.0 Safari/537.36";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) \
         AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
    const MESSAGES: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 \
         (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot \
         Twitterbot/1.0";
    const ANDROID_BOT: &str = "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 \
         (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)";
    const CHECKER: &str = "Mozilla/5.0 (compatible; Example Link Check; v2)";
    const SCANNER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/140.0.0.0 Safari/537.36 (+https://scanner.example.com/about)";
    const PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

    type Headers = &'static [(&'static str, &'static str)];

    fn headers(pairs: Headers) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_persons_browser_counts() {
        let cases: &[(bool, Method, Headers)] = &[
            (true, Method::GET, &[("user-agent", CHROME), ("accept", PAGE)]),
            (true, Method::GET, &[("user-agent", IPHONE), ("accept", PAGE)]),
            (
                true,
                Method::GET,
                &[("user-agent", CHROME), ("accept", PAGE), ("sec-fetch-dest", "document")],
            ),
            (false, Method::HEAD, &[("user-agent", CHROME), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", CHROME), ("accept", "image/*")]),
            (false, Method::GET, &[("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", "curl/8.5.0"), ("accept", "*/*")]),
            (false, Method::GET, &[("user-agent", "python-requests/2.32"), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", "WhatsApp/2.24.1 A"), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", MESSAGES), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", ANDROID_BOT), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", CHECKER), ("accept", PAGE)]),
            (false, Method::GET, &[("user-agent", SCANNER), ("accept", PAGE)]),
            (
                false,
                Method::GET,
                &[("user-agent", CHROME), ("accept", PAGE), ("sec-purpose", "prefetch;prerender")],
            ),
            (
                false,
                Method::GET,
                &[("user-agent", CHROME), ("accept", PAGE), ("purpose", "Prefetch")],
            ),
            (
                false,
                Method::GET,
                &[("user-agent", CHROME), ("accept", PAGE), ("sec-fetch-dest", "image")],
            ),
        ];
        for (expected, method, pairs) in cases {
            assert_eq!(opens(method, &headers(pairs)), *expected, "{method} {pairs:?}");
        }
    }
}
