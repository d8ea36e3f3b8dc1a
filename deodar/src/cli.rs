//! The command line: what can be typed.

use clap::{Args, Parser, Subcommand};

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
    /// Make and list merchants; this works beside a running server.
    #[command(subcommand)]
    Merchant(MerchantCommand),
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
