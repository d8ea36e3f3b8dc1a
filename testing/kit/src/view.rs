//! How a page looks and reads to different people: on a narrow screen, enlarged, in the dark, and
//! to programs that read it aloud.

use std::path::PathBuf;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::tools::{ADVICE, repository};

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The width of the page, in its own pixels.
    pub width: u32,
    /// How many pixels of the screen are one of the page's: 2 where it is enlarged to 200 %.
    pub scale: u32,
    /// Whether it is a telephone.
    pub phone: bool,
    /// Whether dark colours are wanted.
    pub dark: bool,
}

impl View {
    /// A desk.
    pub const DESK: Self = Self { width: 1_280, scale: 1, phone: false, dark: false };
    /// A desk at night.
    pub const DARK: Self = Self { dark: true, ..Self::DESK };
    /// The smallest telephone.
    pub const SMALL_PHONE: Self = Self { width: 320, scale: 2, phone: true, dark: false };
    /// The smallest telephone at night.
    pub const SMALL_PHONE_DARK: Self = Self { dark: true, ..Self::SMALL_PHONE };
    /// A desk, with the page enlarged to 200 %.
    pub const ENLARGED: Self = Self { width: 640, scale: 2, phone: false, dark: false };
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct BrowserCommand(&'static str, Value);

impl WebDriverCompatibleCommand for BrowserCommand {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (hyper::Method, Option<String>) {
        let body = json!({ "cmd": self.0, "params": self.1 });
        (hyper::Method::POST, Some(body.to_string()))
    }
}

/// Run before the scripts of each page: what a page that brings the payer back to the shop would do
/// after a while, it does after twelve days. `heldTimers` are those that would.
const STAY: &str = "
    const begin = setTimeout, end = clearTimeout;
    window.heldTimers = new Set();
    window.setTimeout = (action, time, ...more) => {
        const brings = document.querySelector('[data-auto]') !== null;
        const timer = begin(action, brings ? 2 ** 30 : time, ...more);
        if (brings) heldTimers.add(timer);
        return timer;
    };
    window.clearTimeout = (timer) => {
        heldTimers.delete(timer);
        end(timer);
    };";

/// The rules of axe-core that are about pages as they stand.
const CHECK: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) =>
            `${rule.id} (${rule.impact}): ${node.html} ${node.failureSummary}`))),
        (error) => done([String(error)]));";

/// How many pixels a page is wider than what is seen of it, and what sticks out.
const STICKS_OUT: &str = "
    const seen = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= seen) return [];
    return [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > seen + 0.5)
        .map((each) => `${Math.round(each.getBoundingClientRect().right)} of ${seen} pixels: `
            + each.outerHTML.slice(0, 200));";

impl Browser {
    /// Looks at pages in another way from here on.
    pub async fn look(&self, view: View) -> Result<()> {
        let metrics = json!({
            "width": view.width, "height": 800, "deviceScaleFactor": view.scale,
            "mobile": view.phone,
        });
        let scheme = if view.dark { "dark" } else { "light" };
        // Colours that are still changing are no colours of the page.
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        for (command, parameters) in
            [("Emulation.setDeviceMetricsOverride", metrics), ("Emulation.setEmulatedMedia", media)]
        {
            self.client().issue_cmd(BrowserCommand(command, parameters)).await?;
        }
        Ok(())
    }

    /// From here on a page that would bring the payer back to the shop by itself, after two seconds
    /// that a busy machine may sleep over, waits for the payer. Its script can read
    /// `heldTimers.size`: how many times it means to.
    pub async fn stay(&self) -> Result<()> {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        self.client().issue_cmd(BrowserCommand(command, json!({ "source": STAY }))).await?;
        Ok(())
    }

    /// Looks at pages as they are printed, from here on.
    pub async fn look_as_printed(&self) -> Result<()> {
        let media = json!({ "media": "print" });
        self.client().issue_cmd(BrowserCommand("Emulation.setEmulatedMedia", media)).await?;
        Ok(())
    }

    /// How many sheets of paper the page takes.
    pub async fn printed_pages(&self) -> Result<usize> {
        let command = BrowserCommand("Page.printToPDF", json!({ "preferCSSPageSize": true }));
        let printed = self.client().issue_cmd(command).await?;
        let printed = BASE64_STANDARD.decode(printed["data"].as_str().context("a PDF")?)?;
        let printed = String::from_utf8_lossy(&printed);
        // Each page is an object of this type, and all of them are together one of `/Pages`.
        let of_type = |kind: &str| printed.matches(&format!("/Type /{kind}")).count();
        Ok(of_type("Page") - of_type("Pages"))
    }

    /// What axe-core finds against the page.
    pub async fn accessibility_faults(&self) -> Result<Vec<String>> {
        let loaded = self.script("return typeof axe === 'object'").await?;
        if loaded != Value::Bool(true) {
            let source = std::fs::read_to_string(axe()?)?;
            // A script element would be held against the page's policy.
            self.client().execute(&format!("{source}; window.axe = axe;"), Vec::new()).await?;
        }
        let found = self.client().execute_async(CHECK, Vec::new()).await?;
        serde_json::from_value(found).context("what axe-core found")
    }

    /// What is so wide that the page has to be moved sideways.
    pub async fn sticks_out(&self) -> Result<Vec<String>> {
        serde_json::from_value(self.script(STICKS_OUT).await?).context("what sticks out")
    }
}

/// axe-core, as a package of the tests' Python environment brings it.
fn axe() -> Result<PathBuf> {
    let libraries = repository().join("target/python/lib");
    let folders = std::fs::read_dir(&libraries).with_context(|| ADVICE)?;
    let file = "site-packages/axe_playwright_python/axe.min.js";
    let mut files = folders.filter_map(|folder| Some(folder.ok()?.path().join(file)));
    files.find(|file| file.exists()).with_context(|| format!("axe-core is missing: {ADVICE}"))
}
