//! The client against a real gateway in this process: the API over the engine, a store in memory
//! and the simulator, behind a port of its own.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod genuine;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod unsteady;
