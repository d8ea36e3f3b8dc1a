//! Deodar, the one binary: configuration, wiring and commands. Everything else lives in the crates
//! below; this one knows them all and decides nothing about money.

pub mod backup;
pub mod cli;
pub mod database;
pub mod demo;
pub mod doctor;
pub mod endpoint;
pub mod failure;
pub mod gateway;
pub mod greeting;
pub mod logging;
pub mod master_key;
pub mod merchant;
pub mod messages;
pub mod metrics;
pub mod serve;
pub mod server;
pub mod settings;
pub mod simulator;
pub mod terminal;

use cli::{Cli, Command, MerchantCommand};
use failure::Failure;
use settings::Settings;

/// The system's allocator took a third of the instructions of a call that makes an order, more where
/// one thread frees what another has allocated, as the writer does. It is built so that it asks for
/// no huge pages, which doubled the memory of a gateway at rest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does what was asked for.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { json, settings, command } = cli;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(Settings::check(settings.with_file()?)?, json).await,
        Command::Backup { to } => backup::run(settings, to, json).await,
        Command::Doctor => doctor::examine(settings, json).await,
        Command::Simulator => {
            let settings = settings::SimulatorSettings::check(settings.with_file()?)?;
            simulator::serve(settings, json).await
        }
        Command::Merchant(command) => {
            let settings = Settings::check(settings.with_file()?)?;
            logging::start(settings.log.as_deref(), logging::COMMAND, settings.log_format)?;
            match command {
                MerchantCommand::Create(new) => merchant::create(&settings, &new, json).await,
                MerchantCommand::List => merchant::list(&settings, json).await,
                MerchantCommand::Set(set) => merchant::set(&settings, &set, json).await,
                MerchantCommand::Rotate(what) => merchant::rotate(&settings, &what, json).await,
                MerchantCommand::Endpoint(command) => {
                    endpoint::run(&settings, &command, json).await
                }
            }
        }
        Command::Endpoint(command) => {
            let settings = Settings::check(settings.with_file()?)?;
            logging::start(settings.log.as_deref(), logging::COMMAND, settings.log_format)?;
            endpoint::run(&settings, &command, json).await
        }
    }
}
