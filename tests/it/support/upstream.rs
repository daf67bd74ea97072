//! A scripted upstream: raw TCP, so that it can misbehave in every way, and it knows which
//! calls it was asked for. A call that is not in the script fails the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use url::Url;

use super::{read_head, soon};

/// What the upstream answers for one spelling of a country.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    /// How many of the bytes are sent before the gate opens.
    before_the_gate: usize,
    gate: Option<Arc<Semaphore>>,
    reset: bool,
}

/// A running upstream.
#[derive(Debug)]
pub(crate) struct FakeUpstream {
    url: Url,
    script: Script,
    seen: Arc<Seen>,
    server: JoinHandle<()>,
}

/// What is answered for each spelling.
type Script = Arc<Mutex<HashMap<String, Reply>>>;

/// What happened to a call for a spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// The request head has come.
    Asked(String),
    /// The whole reply has been sent.
    Answered(String),
    /// The client left before that.
    Abandoned(String),
    /// It is not in the script.
    Unexpected(String),
}

#[derive(Debug, Default)]
struct Seen {
    events: Mutex<Vec<Event>>,
    heads: Mutex<Vec<String>>,
    changed: Notify,
}

impl Reply {
    /// Any bytes, as they are; then the connection is closed.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self {
            before_the_gate: 0,
            bytes,
            gate: None,
            reset: false,
        }
    }

    /// A whole response.
    pub(crate) fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        Self::raw([head.as_bytes(), body].concat())
    }

    /// 200 with a JSON body.
    pub(crate) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::response("200 OK", "Content-Type: application/json\r\n", body)
    }

    /// A list of universities with these names and nothing else.
    pub(crate) fn list(names: &[&str]) -> Self {
        let records: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"name": name}))
            .collect();
        Self::json(serde_json::Value::Array(records).to_string())
    }

    /// Only the status.
    pub(crate) fn status(status: &str) -> Self {
        Self::response(status, "", "")
    }

    /// Held back until the gate has a permit for it.
    pub(crate) fn behind(mut self, gate: &Arc<Semaphore>) -> Self {
        self.gate = Some(Arc::clone(gate));
        self
    }

    /// Held back for ever.
    pub(crate) fn never() -> Self {
        Self::raw("").behind(&Arc::new(Semaphore::new(0)))
    }

    /// All but the last bytes, which never come.
    pub(crate) fn stuck_before_the_last(mut self, bytes: usize) -> Self {
        self.before_the_gate = self.bytes.len() - bytes;
        self.behind(&Arc::new(Semaphore::new(0)))
    }

    /// The connection is reset, not closed, at the end.
    pub(crate) fn then_reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Sends the reply. Says that it answers before the last bytes leave, since the client may
    /// act on them before this side gets to say so.
    pub(super) async fn play(
        &self,
        socket: &mut TcpStream,
        answers: impl Fn(),
    ) -> std::io::Result<()> {
        let (before, after) = self.bytes.split_at(self.before_the_gate);
        socket.write_all(before).await?;
        if let Some(gate) = &self.gate {
            let mut byte = [0];
            tokio::select! {
                permit = gate.acquire() => permit.expect("gates stay open").forget(),
                // A client that has asked says no more until it is answered, unless it leaves.
                _ = socket.read(&mut byte) => return Err(std::io::ErrorKind::ConnectionAborted.into()),
            }
        }
        answers();
        socket.write_all(after).await?;
        if self.reset {
            socket.set_zero_linger()
        } else {
            socket.shutdown().await
        }
    }
}

impl FakeUpstream {
    /// Starts with a reply for each spelling.
    pub(crate) async fn start<'a>(script: impl IntoIterator<Item = (&'a str, Reply)>) -> Self {
        let script = script.into_iter();
        let script = script.map(|(spelling, reply)| (spelling.to_owned(), reply));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let seen = Arc::new(Seen::default());
        let script: Script = Arc::new(Mutex::new(script.collect()));
        let (played, seen_by_server) = (Arc::clone(&script), Arc::clone(&seen));
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(
                    socket,
                    Arc::clone(&played),
                    Arc::clone(&seen_by_server),
                ));
            }
        });
        Self {
            url: format!("http://{address}").parse().expect("an address"),
            script,
            seen,
            server,
        }
    }

    /// From here on, another reply for the spelling.
    pub(crate) fn now(&self, spelling: &str, reply: Reply) {
        let mut script = self.script.lock().expect("no panic while locked");
        script.insert(spelling.to_owned(), reply);
    }

    /// Its base address.
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// What has happened, in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.seen
            .events
            .lock()
            .expect("no panic while locked")
            .clone()
    }

    /// The request heads that have come, in order.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen
            .heads
            .lock()
            .expect("no panic while locked")
            .clone()
    }

    /// How often it was asked for a spelling.
    pub(crate) fn asked(&self, spelling: &str) -> usize {
        let asked = Event::Asked(spelling.to_owned());
        self.events()
            .iter()
            .filter(|event| **event == asked)
            .count()
    }

    /// Waits until it has been asked for a spelling.
    pub(crate) async fn until_asked(&self, spelling: &str) {
        self.until(Event::Asked(spelling.to_owned())).await;
    }

    /// Waits until a client has left without the answer for a spelling.
    pub(crate) async fn until_abandoned(&self, spelling: &str) {
        self.until(Event::Abandoned(spelling.to_owned())).await;
    }

    async fn until(&self, event: Event) {
        soon(&format!("{event:?}"), async {
            loop {
                let changed = self.seen.changed.notified();
                if self.events().contains(&event) {
                    return;
                }
                changed.await;
            }
        })
        .await;
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            let events = self.events();
            let unexpected = |event: &Event| matches!(event, Event::Unexpected(_));
            assert!(
                !events.iter().any(unexpected),
                "not in the script: {events:?}"
            );
        }
    }
}

impl Seen {
    fn note(&self, event: Event) {
        self.events
            .lock()
            .expect("no panic while locked")
            .push(event);
        self.changed.notify_waiters();
    }
}

async fn answer(mut socket: TcpStream, script: Script, seen: Arc<Seen>) {
    let Some((head, spelling)) = asked_for(&mut socket).await else {
        return;
    };
    seen.heads.lock().expect("no panic while locked").push(head);
    let reply = script
        .lock()
        .expect("no panic while locked")
        .get(&spelling)
        .cloned();
    let Some(reply) = reply else {
        seen.note(Event::Unexpected(spelling));
        return;
    };
    seen.note(Event::Asked(spelling.clone()));
    let played = reply
        .play(&mut socket, || seen.note(Event::Answered(spelling.clone())))
        .await;
    if played.is_err() {
        seen.note(Event::Abandoned(spelling));
    }
}

/// Reads a request head and finds the country in it.
async fn asked_for(socket: &mut TcpStream) -> Option<(String, String)> {
    let head = read_head(socket).await?;
    let target = head.split(' ').nth(1)?;
    let url = Url::parse("http://upstream").ok()?.join(target).ok()?;
    let spelling = url
        .query_pairs()
        .find(|(name, _)| name == "country")?
        .1
        .into_owned();
    Some((head, spelling))
}
