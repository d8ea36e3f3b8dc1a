//! `cargo xtask docs`: what the reference takes from the code.
//!
//! A page holds blocks between two comments, `<!-- generated: name -->` and `<!-- end -->`. What
//! stands between them is written here, from the state machines and constants of the domain, so
//! that a page cannot say something else than the code does. The description of the API,
//! `openapi.json` beside them, is written whole.

mod diagram;
mod explore;
mod links;
mod orders;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{cargo, output, root, say};

/// The pages that have generated blocks, in `docs/reference`.
const PAGES: [&str; 7] = [
    "errors.md",
    "orders.md",
    "pay-later.md",
    "payment-links.md",
    "payments.md",
    "refunds.md",
    "webhooks.md",
];

const BEGIN: &str = "<!-- generated: ";
const BEGIN_END: &str = " -->\n";
const END: &str = "<!-- end -->";

/// Writes every block of every page, and the description of the API.
pub(crate) fn write() -> Result<()> {
    let mut files = pages()?;
    files.push(description()?);
    for (path, before, after) in files {
        if before != after {
            say(&format!("writing {}", path.display()));
            fs::write(&path, after).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// The description of the API, as a program of `deodar-api` prints it: this crate uses no room of
/// the house but the domain. A test of that crate sees that the file is not old.
fn description() -> Result<(PathBuf, String, String)> {
    let path = root().join("docs/reference/openapi.json");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let after = output(
        cargo()
            .args(["run", "--quiet", "--locked", "--package", "deodar-api"])
            .args(["--example", "openapi"]),
    )?;
    Ok((path, before, after))
}

/// Every page: where it is, what it says, and what it should say.
fn pages() -> Result<Vec<(PathBuf, String, String)>> {
    let mut blocks = blocks()?;
    let mut pages = Vec::new();
    for name in PAGES {
        let path = root().join("docs/reference").join(name);
        let before = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let after = filled(&before, &mut blocks).with_context(|| path.display().to_string())?;
        pages.push((path, before, after));
    }
    match blocks.keys().next() {
        None => Ok(pages),
        Some(name) => bail!("the block {name} stands in no page"),
    }
}

/// What is generated, by the name of its block.
fn blocks() -> Result<BTreeMap<&'static str, String>> {
    let orders = orders::diagrams()?;
    Ok(BTreeMap::from([
        ("decline codes", tables::decline_codes()),
        ("events", tables::events()),
        ("link commands", links::commands()),
        ("link limits", tables::link_limits()),
        ("link states", links::diagram()),
        ("order states", orders.order),
        ("pay later lenders", tables::pay_later_lenders()),
        ("pay later limits", tables::pay_later_limits()),
        ("message limits", tables::message_limits()),
        ("payment limits", tables::payment_limits()),
        ("payment states", orders.payment),
        ("refund states", orders.refund),
    ]))
}

/// A page with its blocks filled in; each block that it has is taken from `blocks`.
fn filled(page: &str, blocks: &mut BTreeMap<&'static str, String>) -> Result<String> {
    let mut written = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(BEGIN_END).context("a block without a name")?;
        let (_, after) = after.split_once(END).with_context(|| format!("{name} has no end"))?;
        let block = blocks.remove(name).with_context(|| format!("nothing generates {name}"))?;
        for part in [before, BEGIN, name, BEGIN_END, &block, END] {
            written.push_str(part);
        }
        rest = after;
    }
    written.push_str(rest);
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use deodar_domain::refusal::Refusal;

    use super::*;

    #[test]
    fn the_pages_say_what_the_code_does() {
        for (path, before, after) in pages().unwrap() {
            assert_eq!(before, after, "{}: run cargo xtask docs", path.display());
        }
    }

    /// The card numbers and UPI addresses that a file names.
    fn named(path: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '@');
        let card = |word: &str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_digit());
        words.filter(|word| card(word) || word.ends_with("@upi")).map(String::from).collect()
    }

    #[test]
    fn the_page_of_the_simulator_names_what_the_simulator_knows() {
        let page = named("docs/reference/simulator.md");
        assert_eq!(page, named("deodar-simulator/src/lib.rs"), "the table of the crate");
        for word in named("deodar-simulator/src/rules.rs") {
            assert!(page.contains(&word), "{word} is not in the page");
        }
    }

    #[test]
    fn a_list_of_every_refusal_has_every_refusal() {
        let source = fs::read_to_string(root().join("deodar-domain/src/refusal.rs")).unwrap();
        assert_eq!(source.matches("#[error(").count(), Refusal::ALL.len());
    }

    #[test]
    fn a_block_is_replaced_and_the_rest_stays() {
        let page = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n";
        let mut blocks = BTreeMap::from([("x", "new\n".to_owned())]);
        let after = filled(page, &mut blocks).unwrap();
        assert_eq!(after, "a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n");
        assert!(blocks.is_empty());
    }

    #[test]
    fn a_block_that_nothing_generates_or_that_has_no_end_is_refused() {
        for page in ["<!-- generated: y -->\n<!-- end -->", "<!-- generated: x -->\nold"] {
            let mut blocks = BTreeMap::from([("x", String::new())]);
            assert!(filled(page, &mut blocks).is_err(), "{page}");
        }
    }
}
