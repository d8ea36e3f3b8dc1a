//! What the simulator is told once.

use std::path::PathBuf;

use url::Url;

use crate::clock::Clock;
use crate::error::SimulatorError;

/// The longest address of the pages, in bytes; a page's own address must fit a challenge.
const PUBLIC_URL_LENGTH_MAX: usize = 1_024;

/// Where the bank keeps its books.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Books {
    /// In a SQLite file, which is made when it is not there. A file of the same name and `.lock`
    /// beside it keeps a second process out.
    File(PathBuf),
    /// In memory; they are gone with the process.
    Memory,
}

/// What the simulator is told once.
#[derive(Clone)]
pub struct SimulatorConfig {
    /// Where the books are.
    pub books: Books,
    /// Where payers reach the simulator's pages, `<public url>/simulator`.
    pub public_url: String,
    /// The bank's time.
    pub clock: Clock,
}

/// Checks an address that pages or calls are joined to, and takes it without a slash at its end.
pub(crate) fn base_url(text: &str) -> Result<Url, SimulatorError> {
    let refuse = |reason| SimulatorError::Address { url: text.to_owned(), reason };
    if text.len() > PUBLIC_URL_LENGTH_MAX {
        return Err(refuse("it is longer than 1024 bytes"));
    }
    let mut url = Url::parse(text).map_err(|_| refuse("it is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("its scheme is neither http nor https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it has a query or a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it carries a user name or a password"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
