//! A collector of traces, by OTLP over HTTP in its JSON form.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::read_head;

/// A server that takes all traces and keeps them.
#[derive(Debug)]
pub(crate) struct FakeCollector {
    address: String,
    exports: Arc<Mutex<Vec<Export>>>,
    server: JoinHandle<()>,
}

/// One request, its head in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl FakeCollector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port").to_string();
        let exports = Arc::default();
        let kept = Arc::clone(&exports);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(take(socket, Arc::clone(&kept)));
            }
        });
        Self {
            address,
            exports,
            server,
        }
    }

    /// Its base address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come.
    pub(crate) fn exports(&self) -> Vec<Export> {
        self.exports.lock().expect("no panic while locked").clone()
    }

    /// All spans that have come.
    pub(crate) fn spans(&self) -> Vec<Value> {
        let mut spans = Vec::new();
        for export in self.exports() {
            let body: Value = serde_json::from_slice(&export.body).expect("JSON");
            for resource in body["resourceSpans"].as_array().expect("resources") {
                for scope in resource["scopeSpans"].as_array().expect("scopes") {
                    spans.extend(scope["spans"].as_array().expect("spans").clone());
                }
            }
        }
        spans
    }
}

impl Drop for FakeCollector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(socket: TcpStream, kept: Arc<Mutex<Vec<Export>>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let head = read_head(&mut socket).await?.to_lowercase();
        let length = head.split("content-length: ").nth(1)?.lines().next()?;
        let mut body = vec![0; length.parse().ok()?];
        socket.read_exact(&mut body).await.ok()?;
        let export = Export { head, body };
        kept.lock().expect("no panic while locked").push(export);
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        socket.write_all(answer.as_bytes()).await.ok()?;
    }
}
