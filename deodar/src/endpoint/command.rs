//! The command line of `deodar endpoint`: what can be typed.

use clap::{Args, Subcommand, ValueEnum};
use deodar_store::DeliveryState;

/// What stands for no link event.
pub(super) const NONE: &str = "none";

/// What can be done with endpoints.
#[derive(Debug, Subcommand)]
pub enum EndpointCommand {
    /// Add an endpoint. It is told of what happens from now on, within a second.
    Add(AddEndpoint),
    /// List the endpoints, one a line.
    List {
        /// The merchant, by its number of six digits; every merchant where it is absent.
        merchant_id: Option<String>,
    },
    /// Change an endpoint. It holds within a second, for webhooks that wait too.
    Set(SetEndpoint),
    /// Remove an endpoint. What waits to be sent to it is not sent.
    Remove {
        /// The merchant, by its number of six digits.
        merchant_id: String,
        /// The endpoint, as deodar endpoint list tells it.
        endpoint_id: String,
    },
    /// List what was sent or is to be sent to a merchant's endpoints, newest first.
    Deliveries(Deliveries),
    /// Send a webhook again, to every endpoint that was told of it.
    Resend(Resend),
}

/// An endpoint to be added.
#[derive(Debug, Args)]
pub struct AddEndpoint {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// Where webhooks go.
    #[arg(long)]
    pub url: String,
    /// The link events that it asks for; the others go to every endpoint.
    #[arg(long, value_name = "PAYMENT_LINK_…,…|all|none", default_value = NONE)]
    pub link_events: String,
}

/// An endpoint to be changed. What is not named stays as it is.
#[derive(Debug, Args)]
pub struct SetEndpoint {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// The endpoint, as deodar endpoint list tells it.
    pub endpoint_id: String,
    /// What is to change.
    #[command(flatten)]
    pub settings: EndpointSettings,
}

/// What is to change of an endpoint.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct EndpointSettings {
    /// Where webhooks go.
    #[arg(long)]
    pub url: Option<String>,
    /// The link events that it asks for, and no others.
    #[arg(long, value_name = "PAYMENT_LINK_…,…|all|none")]
    pub link_events: Option<String>,
}

/// Which deliveries are told.
#[derive(Debug, Args)]
pub struct Deliveries {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// Only those to this endpoint.
    #[arg(long, value_name = "ID")]
    pub endpoint: Option<String>,
    /// Only those that stand so.
    #[arg(long)]
    pub status: Option<Status>,
    /// How many of the newest.
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
}

/// A webhook to be sent again.
#[derive(Debug, Args)]
pub struct Resend {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// The webhook, by its header webhook-id: msg_…
    pub webhook_id: String,
    /// Only to this endpoint.
    #[arg(long, value_name = "ID")]
    pub endpoint: Option<String>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// It will be tried, or tried again.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// No attempt remains, or it was sent again or its endpoint removed before it was taken.
    Abandoned,
}

impl Status {
    /// Where a delivery in this state stands.
    pub(super) const fn of(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting => Self::Waiting,
            DeliveryState::Delivered { .. } => Self::Delivered,
            DeliveryState::Abandoned { .. } => Self::Abandoned,
        }
    }

    /// The name that programs are told.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Delivered => "DELIVERED",
            Self::Abandoned => "ABANDONED",
        }
    }
}
