//! The workers, over an engine and a store in memory, with real listeners on this machine.

#[cfg(test)]
mod bank;
#[cfg(test)]
mod delivering;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod messaging;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod trying_again;
#[cfg(test)]
mod working;
