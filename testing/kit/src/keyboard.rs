//! A payer who has a keyboard and nothing else: every step is a key that is pressed, and what has
//! the focus after it must be in sight.

use anyhow::{Context, Result, bail};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};

use crate::browser::Browser;

/// The tab key, as WebDriver writes it.
pub const TAB: char = '\u{e004}';
/// The enter key.
pub const ENTER: char = '\u{e007}';
/// The space bar.
pub const SPACE: char = ' ';
/// The arrow down.
pub const DOWN: char = '\u{e015}';
const SHIFT: char = '\u{e008}';
/// More steps than there are places on a page that can have the focus, or choices of one question.
const STEPS_MAX: usize = 40;
/// How much further up something may begin that stands in the same row, in pixels.
const SAME_ROW: i64 = 24;

/// What is wrong with how the focus is seen: an element that has it lies outside of what is seen,
/// under something else, or shows nothing of it. What only a page can give the focus to need not
/// show it.
const OUT_OF_SIGHT: &str = "
    const has = document.activeElement;
    if (!has || has === document.body) return [];
    const [box] = has.getClientRects();
    if (!box || box.width < 1 || box.height < 1) return ['it takes no room'];
    const faults = [];
    const right = document.documentElement.clientWidth, bottom = window.innerHeight;
    if (box.left < -1 || box.top < -1 || box.right > right + 1 || box.bottom > bottom + 1)
        faults.push(`it lies at ${JSON.stringify(box)} of ${right} by ${bottom} pixels`);
    const on_top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (!on_top || !(has.contains(on_top) || on_top.control === has))
        faults.push(`it lies under ${on_top && on_top.outerHTML.slice(0, 100)}`);
    const style = getComputedStyle(has);
    if (has.tabIndex >= 0 && (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2))
        faults.push('nothing shows that it has the focus');
    return faults;";

impl Browser {
    /// Presses keys one after another, as a person without a mouse does: whatever has the focus gets
    /// them.
    pub async fn press_keys(&self, keys: &str) -> Result<()> {
        let pressed = keys.chars().fold(keyboard(), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        Ok(self.client().perform_actions(pressed).await?)
    }

    /// Presses one key, and expects what has the focus then to be in sight.
    pub async fn press_key(&self, key: char) -> Result<()> {
        self.press_keys(key.encode_utf8(&mut [0; 4])).await?;
        self.expect_focus_in_sight().await
    }

    /// Expects what has the focus to be in sight, and to show that it has it.
    pub async fn expect_focus_in_sight(&self) -> Result<()> {
        let faults: Vec<String> = serde_json::from_value(self.script(OUT_OF_SIGHT).await?)?;
        if faults.is_empty() {
            return Ok(());
        }
        let html = "return document.activeElement.outerHTML.slice(0, 200)";
        let (name, html) = (self.focused().await?, self.script(html).await?);
        bail!("{name:?} has the focus out of sight: {}: {html}", faults.join("; "))
    }

    /// Goes on with the tab key until something of this name has the focus. Each step must lead on
    /// in the order in which the page is read: never back up.
    pub async fn tab_to(&self, name: &str) -> Result<()> {
        let mut before = self.focus_top().await?;
        for _ in 0..STEPS_MAX {
            if self.focused().await? == name {
                return self.expect_focus_in_sight().await;
            }
            self.press_key(TAB).await?;
            let top = self.focus_top().await?;
            if top < before.map(|before| before - SAME_ROW) {
                let reached = self.focused().await?;
                bail!("before {name:?} the tab key leads back up the page, to {reached:?}");
            }
            before = top;
        }
        bail!("{name:?} is not reached by the tab key:\n{}", self.text().await?)
    }

    /// Goes back with the tab key and shift until something of this name has the focus.
    pub async fn tab_back_to(&self, name: &str) -> Result<()> {
        for _ in 0..STEPS_MAX {
            if self.focused().await? == name {
                return Ok(());
            }
            let pressed = [
                KeyAction::Down { value: SHIFT },
                KeyAction::Down { value: TAB },
                KeyAction::Up { value: TAB },
                KeyAction::Up { value: SHIFT },
            ];
            let pressed = pressed.into_iter().fold(keyboard(), KeyActions::then);
            self.client().perform_actions(pressed).await?;
            self.expect_focus_in_sight().await?;
        }
        bail!("{name:?} is not reached by going back:\n{}", self.text().await?)
    }

    /// Goes to the question whose answer `from` can have the focus, and down its answers to `to`.
    pub async fn choose_by_arrows(&self, from: &str, to: &str) -> Result<()> {
        self.tab_to(from).await?;
        for _ in 0..STEPS_MAX {
            if self.focused().await? == to {
                return Ok(());
            }
            self.press_key(DOWN).await?;
        }
        bail!("{to:?} is not reached by the arrows:\n{}", self.text().await?)
    }

    /// How far down the page the top of what has the focus lies, in pixels; nothing where that is
    /// the page itself.
    async fn focus_top(&self) -> Result<Option<i64>> {
        let top = "const has = document.activeElement;
            return !has || has === document.body ? null
                : Math.round(has.getBoundingClientRect().top + window.scrollY);";
        serde_json::from_value(self.script(top).await?).context("where the focus is")
    }
}

/// A keyboard on which nothing is pressed.
fn keyboard() -> KeyActions {
    KeyActions::new("keyboard".to_owned())
}
