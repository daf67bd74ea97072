//! An address at which a whole list is, or what a test puts there instead.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use universities::domain::Country;
use url::Url;

use super::{Reply, read_head};

/// A server that answers every request alike, until told otherwise, and keeps their heads.
#[derive(Debug)]
pub(crate) struct FakeList {
    url: Url,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    reply: Reply,
    heads: Vec<String>,
}

/// A list with as many universities in each country, whose names end in the mark.
pub(crate) fn list_of(mark: &str, codes: &[&str], each: usize) -> String {
    let countries = codes
        .iter()
        .map(|code| Country::of_code(code).expect("a code"));
    let records = countries.flat_map(|country| {
        (0..each).map(move |number| {
            let domain = format!("u{number}.{}.example", country.code().to_lowercase());
            json!({
                "name": format!("University {number} {mark}"),
                "country": country.upstream_spellings()[0],
                "alpha_two_code": country.code(),
                "state-province": null,
                "domains": [domain],
                "web_pages": [format!("https://{domain}/")],
            })
        })
    });
    Value::Array(records.collect()).to_string()
}

impl FakeList {
    /// Starts with what it answers.
    pub(crate) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let heads = Vec::new();
        let shared = Arc::new(Mutex::new(Shared { reply, heads }));
        let seen_by_server = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let Some(head) = read_head(&mut socket).await else {
                    continue;
                };
                let reply = {
                    let mut shared = seen_by_server.lock().expect("no panic while locked");
                    shared.heads.push(head.to_lowercase());
                    shared.reply.clone()
                };
                // A client that has seen enough is no failure of the address.
                let _left = reply.play(&mut socket, || {}).await;
            }
        });
        Self {
            url: format!("http://{address}/list.json")
                .parse()
                .expect("an address"),
            shared,
            server,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// Answers so from now on.
    pub(crate) fn answer(&self, reply: Reply) {
        self.shared.lock().expect("no panic while locked").reply = reply;
    }

    /// The head of the last request, in lower case.
    pub(crate) fn last_head(&self) -> String {
        let shared = self.shared.lock().expect("no panic while locked");
        shared.heads.last().cloned().expect("a request")
    }
}

impl Drop for FakeList {
    fn drop(&mut self) {
        self.server.abort();
    }
}
