//! `/docs` and `/redoc` in a real browser.
//!
//! Needs Chromium and its driver. Where `UNIVERSITIES_TEST_CHROMEDRIVER` names the driver, the
//! tests run; elsewhere they say that they were skipped. CI names it.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use futures::FutureExt;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use universities::api;

use crate::support::{TestApp, soon};

const DRIVER: &str = "UNIVERSITIES_TEST_CHROMEDRIVER";

/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the tabulator may have to be pressed from one element to another.
const MOST_STEPS: usize = 200;

struct Browser {
    client: Client,
    _driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None`, with a word about it, where no driver is named.
    async fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
        let driver = std::env::var_os(DRIVER);
        let Some(driver) = driver else {
            #[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
            {
                eprintln!("skipped: {DRIVER} does not name a chromedriver");
            }
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a chromedriver that runs");
        let port = soon("the driver's port", port(&mut driver)).await;
        let profile = tempfile::tempdir().expect("a directory");
        let data = format!("--user-data-dir={}", profile.path().display());
        let arguments = json!({"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--window-size=1200,2400", data,
        ]});
        let capabilities = Capabilities::from_iter([("goog:chromeOptions".to_owned(), arguments)]);
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = ClientBuilder::new(connector)
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser session");
        Some(Self {
            client,
            _driver: driver,
            _profile: profile,
        })
    }

    async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self
            .client
            .find_all(Locator::Css(css))
            .await
            .expect("a page")
        {
            texts.push(element.text().await.expect("text"));
        }
        texts
    }

    /// The first element that fits, once there is one.
    async fn find(&self, css: &str) -> Element {
        let waiting = self.client.wait().at_most(PATIENCE);
        let found = waiting.for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css} does not appear: {error}"))
    }

    /// Goes on with the tabulator to an element, as one does without a mouse.
    async fn reach(&self, css: &str) {
        self.find(css).await;
        for _ in 0..MOST_STEPS {
            let script = "return document.activeElement.matches(arguments[0])";
            let there = self.client.execute(script, vec![css.into()]).await;
            if there.expect("an answer") == true {
                return;
            }
            self.type_in(&[Key::Tab]).await;
        }
        panic!("{css} cannot be reached by keyboard");
    }

    /// Types on the keyboard, wherever that leads.
    async fn type_in(&self, keys: &[Key]) {
        let keys = keys.iter().flat_map(|key| {
            let value = char::from(*key);
            [KeyAction::Down { value }, KeyAction::Up { value }]
        });
        let typed = keys.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.client.perform_actions(typed).await.expect("keys");
    }

    async fn press(&self, css: &str) {
        self.reach(css).await;
        self.type_in(&[Key::Enter]).await;
    }

    async fn ids(&self, css: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for element in self
            .client
            .find_all(Locator::Css(css))
            .await
            .expect("a page")
        {
            ids.extend(element.attr("id").await.expect("an attribute"));
        }
        ids
    }

    async fn keep_picture(&self) {
        let test = std::thread::current()
            .name()
            .unwrap_or("browser")
            .replace("::", "-");
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.png"));
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(&file, picture).expect("room on the disk");
        #[expect(clippy::print_stderr, reason = "where to look, beside the failure")]
        {
            eprintln!("the page as it was: {}", file.display());
        }
    }

    async fn text_of(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("text")
    }

    /// Everything the page has loaded or asked for came from the service.
    async fn asked_only(&self, app: &TestApp) {
        let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
        let resources = self
            .client
            .execute(script, Vec::new())
            .await
            .expect("a list");
        let own = format!("http://{}/", app.address);
        for resource in resources.as_array().expect("a list") {
            let name = resource.as_str().expect("an address");
            let outside = name.starts_with("http") && !name.starts_with(&own);
            assert!(!outside, "the page asks {name}");
        }
    }

    async fn close(self) {
        self.client.close().await.expect("a session that ends");
    }
}

/// The port that the driver says it has taken.
async fn port(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
    while let Some(line) = lines.next_line().await.expect("text") {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return port.trim_end_matches('.').parse().expect("a port");
        }
    }
    panic!("the driver ended without naming a port");
}

/// Opens a page of a running service in a browser, where there is one, and tries something on it. What the
/// page looks like when that fails is kept as a picture.
async fn on(path: &str, test: impl AsyncFnOnce(&Browser, &TestApp)) {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let app = TestApp::embedded().await;
    let opened = browser.client.goto(&app.url(path)).await;
    opened.expect("a page");
    let tried = AssertUnwindSafe(test(&browser, &app)).catch_unwind().await;
    if let Err(panic) = tried {
        browser.keep_picture().await;
        resume_unwind(panic);
    }
    browser.asked_only(&app).await;
    browser.close().await;
}

/// One for each operation.
fn documented_paths() -> Vec<String> {
    let document = api::document();
    let paths = document["paths"].as_object().expect("paths").iter();
    let mut paths: Vec<_> = paths
        .flat_map(|(path, item)| {
            let operations = item.as_object().expect("operations").keys();
            operations.map(|_| path.clone())
        })
        .collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn docs_shows_every_operation_and_tries_it_out_by_keyboard() {
    on("/docs", async |browser, _| {
        browser.find(".opblock").await;
        let mut paths = browser.texts(".opblock-summary-path").await;
        // Swagger UI puts a zero-width space after each slash so that long paths can wrap.
        for path in &mut paths {
            path.retain(|letter| letter != '\u{200b}');
        }
        paths.sort();
        assert_eq!(paths, documented_paths());
        // The page fills in what the document shows as examples, which are answered well.
        for id in browser.ids(".opblock").await {
            let operation = format!("#{id}");
            browser
                .press(&format!("{operation} .opblock-summary-control"))
                .await;
            browser.press(&format!("{operation} .try-out__btn")).await;
            browser.press(&format!("{operation} .execute")).await;
            let live = format!("{operation} .live-responses-table");
            let status = format!("{live} tbody .response-col_status");
            let status = browser.text_of(&status).await;
            assert!(status.starts_with("200"), "{id}: {status}");
            let answer = browser.text_of(&live).await;
            assert!(answer.contains("x-process-time"), "{id}: {answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn redoc_shows_every_operation_and_leads_to_it_by_keyboard() {
    on("/redoc", async |browser, app| {
        let page = browser.text_of("#redoc-container h1").await;
        assert!(page.contains("Universities"), "{page}");
        let page = browser.text_of("#redoc-container").await;
        for summary in ["Universities by country", "Whether the service is alive"] {
            assert!(page.contains(summary), "{summary}");
        }
        browser.press("a[href='#tag/Countries']").await;
        let address = browser.client.current_url().await.expect("an address");
        assert_eq!(address.as_str(), app.url("/redoc#tag/Countries"));
    })
    .await;
}
