//! Prints the description of the API, for `cargo xtask docs`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let description = deodar_api::description().ok_or(std::io::ErrorKind::InvalidData)?;
    std::io::stdout().write_all(description.as_bytes())
}
