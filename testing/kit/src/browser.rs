//! A payer's browser: headless Chromium, driven by what a person perceives, which is the role and
//! the accessible name of what is on the page.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::tools::{ADVICE, wait_until};

/// How long something may take to appear, on a machine that is busy.
const APPEAR_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a page may take to load.
const LOAD_TIMEOUT: Duration = Duration::from_mins(1);
/// How long the browser may take to tell what is on the page.
const DESCRIBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the driver may take to start.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// What keeps Chromium quiet: no sandbox, because tests may run as root; no network but the pages.
const ARGUMENTS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--hide-scrollbars",
];

/// How a browser is set up.
#[derive(Clone, Copy)]
pub struct BrowserOptions {
    /// The window, in pixels.
    pub window: (u32, u32),
    /// Whether it is a telephone of 390 by 844 pixels.
    pub phone: bool,
    /// Whether the pages' scripts run.
    pub javascript: bool,
    /// The language that the browser prefers.
    pub language: &'static str,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self { window: (1_200, 1_000), phone: false, javascript: true, language: "en-IN" }
    }
}

/// A browser with a profile of its own. It ends with the test.
pub struct Browser {
    client: Client,
    driver: Child,
    // Dropped last, when nobody writes there any more.
    _profile: TempDir,
}

impl Drop for Browser {
    /// Ends the driver and the Chromium that it started, also where the test failed.
    fn drop(&mut self) {
        let group = self.driver.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Asks the browser for an element's accessible name.
#[derive(Debug)]
struct ComputedLabel(String);

impl WebDriverCompatibleCommand for ComputedLabel {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/element/{}/computedlabel", self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (hyper::Method, Option<String>) {
        (hyper::Method::GET, None)
    }
}

impl Browser {
    /// Opens a browser.
    pub async fn open(options: BrowserOptions) -> Result<Self> {
        let (driver, port) = start_driver().await?;
        let profile = tempfile::tempdir()?;
        let capabilities = capabilities(options, profile.path());
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .with_context(|| format!("Chromium does not start: {ADVICE}"))?;
        Ok(Self { client, driver, _profile: profile })
    }

    /// The driver's own client, for what is rare.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address.
    pub async fn open_page(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// Opens `page` and has it show `framed` in a frame; from here on what stands in the frame is
    /// meant.
    pub async fn open_in_frame(&self, page: &str, framed: &str) -> Result<()> {
        self.open_page(page).await?;
        let frame = "const frame = document.createElement('iframe');
             frame.style = 'width: 100%; height: 800px';
             frame.src = arguments[0];
             document.body.append(frame);";
        self.client.execute(frame, vec![json!(framed)]).await?;
        Ok(self.wait_css("iframe").await?.enter_frame().await?)
    }

    /// From here on what stands around the frame is meant.
    pub async fn leave_frame(&self) -> Result<()> {
        Ok(self.client.enter_parent_frame().await?)
    }

    /// The address of the page.
    pub async fn address(&self) -> Result<String> {
        Ok(self.client.current_url().await?.to_string())
    }

    /// Loads the page again.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Presses the browser's back button.
    pub async fn back(&self) -> Result<()> {
        Ok(self.client.back().await?)
    }

    /// Everything that can be read on the page.
    pub async fn text(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// The first heading.
    pub async fn heading(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("h1, h2")).await?.text().await?)
    }

    /// Waits until the first heading contains a text, and gives the whole heading.
    pub async fn wait_heading(&self, text: &str) -> Result<String> {
        self.wait_described(&format!("the heading {text:?}"), async || {
            self.heading().await.ok().filter(|heading| heading.contains(text))
        })
        .await
    }

    /// Waits until the page's address contains a text.
    pub async fn wait_address(&self, text: &str) -> Result<String> {
        self.wait_described(&format!("an address with {text:?}"), async || {
            self.address().await.ok().filter(|address| address.contains(text))
        })
        .await
    }

    /// Waits until something can be read on the page.
    pub async fn wait_text(&self, words: &str) -> Result<()> {
        self.wait_described(&format!("{words:?}"), async || {
            self.text().await.ok()?.contains(words).then_some(())
        })
        .await
    }

    /// Writes into the field of an accessible name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        self.act("input, textarea", name, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await
    }

    /// What is written in the field of an accessible name.
    pub async fn value(&self, name: &str) -> Result<String> {
        let field = self.wait_named("input, textarea, select", name).await?;
        Ok(field.prop("value").await?.unwrap_or_default())
    }

    /// Chooses a radio button. The button itself may be drawn by its label.
    pub async fn choose(&self, name: &str) -> Result<()> {
        self.act("input[type=radio]", name, async |radio| {
            if radio.click().await.is_ok() || radio.is_selected().await? {
                return Ok(());
            }
            let id = radio.attr("id").await?.unwrap_or_default();
            let label = format!("//label[@for='{id}' or .//input[@id='{id}']]");
            self.client.find(Locator::XPath(&label)).await?.click().await
        })
        .await
    }

    /// Chooses the first real option of a list.
    pub async fn select_first(&self, name: &str) -> Result<()> {
        self.act("select", name, async |list| {
            let option = list.find(Locator::Css("option:not([value=''])")).await?;
            let value = option.attr("value").await?.unwrap_or_default();
            list.select_by_value(&value).await
        })
        .await
    }

    /// Presses what a selector names, where the name would be of one language.
    pub async fn press_css(&self, css: &str) -> Result<()> {
        Ok(self.wait_css(css).await?.click().await?)
    }

    /// Presses a button, or follows a link.
    pub async fn press(&self, name: &str) -> Result<()> {
        self.act("button, input[type=submit], a", name, async |button| button.click().await).await
    }

    /// The accessible name of what has the focus.
    pub async fn focused(&self) -> Result<String> {
        let element = self.client.active_element().await?;
        let label = self.client.issue_cmd(ComputedLabel(element.element_id().into())).await?;
        Ok(label.as_str().map(normal).unwrap_or_default())
    }

    /// Whether a button or link of a name is there and can be seen.
    pub async fn offers(&self, name: &str) -> Result<bool> {
        let found = self.find_named("button, input[type=submit], a", name).await?;
        match found {
            Some(element) => Ok(element.is_displayed().await?),
            None => Ok(false),
        }
    }

    /// Waits for an element by its accessible name.
    pub async fn wait_named(&self, css: &str, name: &str) -> Result<Element> {
        self.wait_described(&format!("{name:?} ({css})"), async || {
            self.find_named(css, name).await.ok().flatten()
        })
        .await
    }

    /// Waits for an element that has no name, by a selector.
    pub async fn wait_css(&self, css: &str) -> Result<Element> {
        self.wait_described(css, async || self.client.find(Locator::Css(css)).await.ok()).await
    }

    /// Waits for an alert that can be seen, and gives its words.
    pub async fn wait_alert(&self) -> Result<String> {
        self.wait_described("an alert", async || {
            for alert in self.client.find_all(Locator::Css("[role=alert]")).await.ok()? {
                let words = alert.text().await.ok()?;
                if !words.is_empty() && alert.is_displayed().await.ok()? {
                    return Some(words);
                }
            }
            None
        })
        .await
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Keeps a picture of the page.
    pub async fn picture(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, self.client.screenshot().await?)?)
    }

    /// Ends the browser in good order.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }

    /// Waits for something on the page; the error tells what was there instead.
    async fn wait_described<T>(
        &self,
        what: &str,
        ask: impl AsyncFnMut() -> Option<T>,
    ) -> Result<T> {
        match wait_until(what, APPEAR_TIMEOUT, ask).await {
            Ok(found) => Ok(found),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Does something with an element, again while the page is still changing under it.
    async fn act(
        &self,
        css: &str,
        name: &str,
        action: impl AsyncFn(&Element) -> Result<(), CmdError>,
    ) -> Result<()> {
        let mut last = None;
        let done = wait_until(&format!("{name:?} ({css})"), APPEAR_TIMEOUT, async || {
            let element = self.find_named(css, name).await.ok().flatten()?;
            match action(&element).await {
                Ok(()) => Some(()),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        })
        .await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => {
                let described = self.describe().await;
                Err(error.context(format!("{described}\nthe last error was {last:?}")))
            }
        }
    }

    async fn find_named(&self, css: &str, name: &str) -> Result<Option<Element>> {
        let mut hidden = None;
        for element in self.client.find_all(Locator::Css(css)).await? {
            let label = self.client.issue_cmd(ComputedLabel(element.element_id().into())).await?;
            if label.as_str().map(normal) != Some(normal(name)) {
                continue;
            }
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
            hidden = Some(element);
        }
        Ok(hidden)
    }

    /// The page in words, for an error.
    async fn describe(&self) -> String {
        let described = async {
            let address = self.address().await.unwrap_or_default();
            let text = self.text().await.unwrap_or_default();
            format!("on the page {address}:\n{text}")
        };
        let in_time = tokio::time::timeout(DESCRIBE_TIMEOUT, described).await;
        in_time.unwrap_or_else(|_| String::from("the browser does not answer"))
    }
}

/// A name without the difference between kinds of space.
fn normal(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Starts a driver. It draws a port for IPv4 and ends where the same one is taken for IPv6, by a
/// connection of another test, say: then it draws again.
async fn start_driver() -> Result<(Child, u16)> {
    loop {
        match draw_driver().await? {
            Drawn::Ready(driver, port) => return Ok((driver, port)),
            Drawn::PortTaken => {}
        }
    }
}

/// What came of a driver's start.
enum Drawn {
    /// It listens on this port.
    Ready(Child, u16),
    /// The port that it drew was taken.
    PortTaken,
}

async fn draw_driver() -> Result<Drawn> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .with_context(|| format!("chromedriver is missing: {ADVICE}"))?;
    let mut lines = BufReader::new(driver.stdout.take().context("a pipe")?).lines();
    let mut errors = driver.stderr.take().context("a pipe")?;
    let started = async {
        let mut told = String::new();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return Ok(Some(port.trim_end_matches('.').parse()?));
            }
            told.push_str(&line);
        }
        errors.read_to_string(&mut told).await?;
        ensure!(
            told.to_lowercase().contains("port not available"),
            "chromedriver ended before it was ready: {ADVICE}\n{told}"
        );
        anyhow::Ok(None)
    };
    let started = tokio::time::timeout(START_TIMEOUT, started).await;
    let Some(port) = started.context("chromedriver is not ready in time")?? else {
        return Ok(Drawn::PortTaken);
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    tokio::spawn(async move { tokio::io::copy(&mut errors, &mut tokio::io::sink()).await });
    Ok(Drawn::Ready(driver, port))
}

fn capabilities(options: BrowserOptions, profile: &Path) -> Value {
    let (width, height) = options.window;
    let mut arguments: Vec<_> = ARGUMENTS.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    arguments.push(format!("--window-size={width},{height}"));
    arguments.push(format!("--accept-lang={}", options.language));
    let mut chromium = json!({ "args": arguments });
    if options.phone {
        chromium["mobileEmulation"] = json!({
            "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true },
            "userAgent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 \
                (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
        });
    }
    if !options.javascript {
        // 2 is what the browser calls "blocked".
        chromium["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    let load_ms = u64::try_from(LOAD_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
    json!({
        "goog:chromeOptions": chromium,
        "pageLoadStrategy": "normal",
        "timeouts": { "pageLoad": load_ms, "script": load_ms, "implicit": 0 },
    })
}
