//! What the workers are told once.

/// What the workers are told once. The defaults are those of a gateway with a real acquirer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CourierConfig {
    /// Whether webhooks may go to addresses that are not public: this machine, private networks,
    /// link-local ones. For a sandbox. Default: `false`.
    pub allow_private_addresses: bool,
    /// Whether webhooks may go out without TLS. For a sandbox. Default: `false`.
    pub allow_plain_http: bool,
    /// The header `user-agent` of webhooks; visible ASCII. Default: `Deodar/` and the version.
    pub user_agent: String,
    /// How many webhooks are under way at once. Default: 256.
    pub deliveries_max: usize,
    /// How many webhooks are under way at once to one endpoint, so that a slow one leaves room for
    /// the others. Default: 8.
    pub deliveries_per_endpoint_max: usize,
}

impl Default for CourierConfig {
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            allow_plain_http: false,
            user_agent: concat!("Deodar/", env!("CARGO_PKG_VERSION")).to_owned(),
            deliveries_max: 256,
            deliveries_per_endpoint_max: 8,
        }
    }
}

impl CourierConfig {
    /// The settings of a sandbox: webhooks may go to this machine, without TLS.
    pub fn sandbox() -> Self {
        Self { allow_private_addresses: true, allow_plain_http: true, ..Self::default() }
    }
}
