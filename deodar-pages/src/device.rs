//! What a lender may learn of the payer's device: what the browser tells every page.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use deodar_domain::pay_later::{Device, DeviceText};
use http::{HeaderMap, Request};

use crate::guesses;

/// The device that a request comes from.
pub(crate) fn of(request: &Request<Body>) -> Device {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.and_then(|ConnectInfo(peer)| public(peer.ip()));
    let address = address.and_then(|address| DeviceText::parse(&address.to_string()).ok());
    Device {
        operating_system: text(request.headers(), "sec-ch-ua-platform"),
        browser_user_agent: text(request.headers(), "user-agent"),
        source_ip_address: address.clone(),
        browser_ip_address: address,
        ..Device::default()
    }
}

/// The address, unless it is that of a proxy before us.
fn public(peer: IpAddr) -> Option<IpAddr> {
    guesses::network(peer).map(|_| peer.to_canonical())
}

/// A header, without the quotes of a structured one.
fn text(headers: &HeaderMap, name: &str) -> Option<DeviceText> {
    let value = headers.get(name)?.to_str().ok()?.trim_matches('"');
    DeviceText::parse(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(peer: &str) -> Request<Body> {
        let mut request = Request::post("/")
            .header("user-agent", "Mozilla/5.0 (Linux; Android 15)")
            .header("sec-ch-ua-platform", "\"Android\"")
            .body(Body::empty())
            .unwrap();
        let peer: SocketAddr = format!("{peer}:443").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    #[test]
    fn a_lender_learns_what_the_browser_tells() {
        let device = of(&request("203.0.113.7"));
        let told =
            [&device.browser_user_agent, &device.operating_system, &device.source_ip_address]
                .map(|text| text.as_ref().map(DeviceText::as_str));
        let expected = ["Mozilla/5.0 (Linux; Android 15)", "Android", "203.0.113.7"];
        assert_eq!(told, expected.map(Some));
    }

    #[test]
    fn the_address_of_a_proxy_is_not_the_payers() {
        assert_eq!(of(&request("10.0.0.1")).source_ip_address, None);
    }
}
