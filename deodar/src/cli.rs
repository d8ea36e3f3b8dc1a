//! The command line: what can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::endpoint::EndpointCommand;
use crate::merchant::RotateSecret;
use crate::settings::RawSettings;

/// A self-hosted payment gateway that speaks the Pine Labs Online merchant API.
///
/// Without a command it serves. With no configuration at all, that is a sandbox on this machine: a
/// gateway, a bank to pay with, and a demo merchant whose credentials it prints.
#[derive(Debug, Parser)]
#[command(name = "deodar", version)]
pub struct Cli {
    /// Put one JSON object a line on stdout, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// The settings.
    #[command(flatten)]
    pub settings: RawSettings,
    /// What to do; to serve where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway: the API, the pages and the workers, in one process.
    Serve,
    /// Make, list and change merchants; this works beside a running server.
    #[command(subcommand)]
    Merchant(MerchantCommand),
    /// Where a merchant's webhooks go, what was sent there, and sending one again.
    #[command(subcommand)]
    Endpoint(EndpointCommand),
    /// Copy the SQLite database to a new file, beside a running server.
    Backup {
        /// The file to be made. It must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Check the configuration, the database, the clock and the disk, and say what to do.
    Doctor,
    /// Run the sandbox's bank by itself, for gateways that are started with --simulator.
    Simulator,
}

/// What can be done with merchants.
#[derive(Debug, Subcommand)]
pub enum MerchantCommand {
    /// Make a merchant and print its keys. The secrets are shown this once.
    Create(CreateMerchant),
    /// List the merchants, one a line, without their secrets.
    List,
    /// Change what a merchant may do, and its defaults. It holds within a second.
    Set(SetMerchant),
    /// Make a new secret and print it, this once. It holds within a second.
    Rotate(RotateSecret),
    /// The same as deodar endpoint.
    #[command(subcommand)]
    Endpoint(EndpointCommand),
}

/// A merchant to be made.
#[derive(Debug, Args)]
pub struct CreateMerchant {
    /// The name that payers read.
    #[arg(long)]
    pub name: String,
    /// Where its webhooks go.
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// Where payers go back to when a link does not say.
    #[arg(long, value_name = "URL")]
    pub return_url: Option<String>,
}

/// What is to change of a merchant. What is not named stays as it is.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct MerchantSettings {
    /// The name that payers read.
    #[arg(long)]
    pub name: Option<String>,
    /// Where its webhooks go; none for nowhere.
    #[arg(long, value_name = "URL|none")]
    pub webhook_url: Option<String>,
    /// Where payers go back to when a link does not say; none for nowhere.
    #[arg(long, value_name = "URL|none")]
    pub return_url: Option<String>,
    /// Whether it may make payment links.
    #[arg(long, value_name = "on|off")]
    pub pay_by_link: Option<Switch>,
    /// Whether it may authorise now and capture later.
    #[arg(long, value_name = "on|off")]
    pub pre_auth: Option<Switch>,
    /// Whether it may split settlements.
    #[arg(long, value_name = "on|off")]
    pub splits: Option<Switch>,
    /// Whether it has instalments that a brand pays for.
    #[arg(long, value_name = "on|off")]
    pub brand_emi: Option<Switch>,
    /// Whether its payers are sent e-mail and SMS.
    #[arg(long, value_name = "on|off")]
    pub messages: Option<Switch>,
    /// The payment methods that it takes, and no others: CARD,UPI,… or all.
    #[arg(long, value_name = "METHOD,…|all")]
    pub methods: Option<String>,
    /// The Pay Later lenders that it takes, and no others: LAZYPAY,SIMPL,SIMPL3, all or none.
    #[arg(long, value_name = "LENDER,…|all|none")]
    pub pay_later: Option<String>,
    /// The currencies that it takes, and no others: INR,USD,…
    #[arg(long, value_name = "CODE,…")]
    pub currencies: Option<String>,
    /// The codes of the products for which a brand pays instalments, and no others.
    #[arg(long, value_name = "CODE,…|none")]
    pub brand_products: Option<String>,
    /// The colour of its pages and e-mails: #1a7f5a.
    #[arg(long, value_name = "COLOUR")]
    pub colour: Option<String>,
    /// Use the gateway's own colour.
    #[arg(long, conflicts_with = "colour")]
    pub no_colour: bool,
    /// Its logo: a PNG file of at most 32 KiB and 1,024 pixels a side, drawn for a white ground.
    #[arg(long, value_name = "FILE")]
    pub logo: Option<PathBuf>,
    /// Show no logo.
    #[arg(long, conflicts_with = "logo")]
    pub no_logo: bool,
    /// The convenience fee that its amounts contain, in percent on top of the price: 2.00. It is
    /// told to payers and moves no money; none for no fee.
    #[arg(long, value_name = "PERCENT|none")]
    pub passed_on_fee: Option<String>,
}

/// A merchant to be changed.
#[derive(Debug, Args)]
pub struct SetMerchant {
    /// The merchant, by its number of six digits.
    pub merchant_id: String,
    /// What is to change.
    #[command(flatten)]
    pub settings: MerchantSettings,
}

/// Whether something is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
