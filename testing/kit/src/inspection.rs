//! Pages looked at in every way, and what is wrong with them.

#![expect(clippy::disallowed_methods, reason = "pictures to be looked at are asked for so")]

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::view::View;

/// How each page is looked at.
const VIEWS: [(&str, View); 5] = [
    ("desk", View::DESK),
    ("dark", View::DARK),
    ("phone", View::SMALL_PHONE),
    ("phone-dark", View::SMALL_PHONE_DARK),
    ("enlarged", View::ENLARGED),
];

/// A look at many pages in one language, which notes what is wrong with each: what axe-core finds,
/// and what is wider than the screen. Where `DEODAR_LOOK` names a folder, pictures are kept there.
pub struct Inspection {
    language: &'static str,
    faults: Vec<String>,
    pages: usize,
}

impl Inspection {
    /// Of pages in this language, by BCP 47.
    pub fn new(language: &'static str) -> Self {
        Self { language, faults: Vec::new(), pages: 0 }
    }

    /// How many pages were looked at.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Looks at the page, or at the frame, where the browser is.
    pub async fn look(&mut self, browser: &Browser, page: &str) -> Result<()> {
        self.pages += 1;
        for (name, view) in VIEWS {
            browser.look(view).await?;
            let found = [browser.accessibility_faults().await?, browser.sticks_out().await?];
            let told = |fault: String| format!("{page}, {name}, {}: {fault}", self.language);
            self.faults.extend(found.into_iter().flatten().map(told));
            if let Ok(folder) = std::env::var("DEODAR_LOOK") {
                let file = format!("{}-{page}-{name}.png", self.language);
                browser.picture(&PathBuf::from(folder).join(file)).await?;
            }
        }
        let language = browser.script("return document.documentElement.lang").await?;
        if language != self.language {
            self.faults.push(format!("{page} is in {language}"));
        }
        Ok(())
    }

    /// Expects that so many pages were looked at, and that nothing is wrong.
    pub fn finish(self, pages_min: usize) -> Result<()> {
        let (pages, faults) = (self.pages, self.faults);
        ensure!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
        ensure!(pages >= pages_min, "{pages} pages were looked at");
        Ok(())
    }
}
