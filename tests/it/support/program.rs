//! The program itself, as a process.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use super::{Answer, client, soon};

/// The program with these arguments and no environment.
pub(crate) fn universities(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_universities"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A server process, and where it says it listens.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    pub(crate) log: Lines<BufReader<ChildStderr>>,
}

impl Server {
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut process = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that runs");
        let log = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut server = Self {
            process,
            address: String::new(),
            log: log.lines(),
        };
        let line = server.until_logged("server.address").await;
        let line: Value = serde_json::from_str(&line).expect("a JSON line");
        line["server.address"]
            .as_str()
            .expect("an address")
            .clone_into(&mut server.address);
        server
    }

    /// One that says where it listens to people only.
    pub(crate) async fn start_logging(mut command: Command, address: String) -> Self {
        let mut process = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that runs");
        let log = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        let mut server = Self {
            process,
            address,
            log,
        };
        server.until_logged("serving on").await;
        server
    }

    pub(crate) async fn until_logged(&mut self, part: &str) -> String {
        soon(part, async {
            while let Some(line) = self.log.next_line().await.expect("text") {
                if line.contains(part) {
                    return line;
                }
            }
            panic!("the log ends without {part:?}");
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(client().get(format!("http://{}{path}", self.address))).await
    }

    /// Sends a signal by the process's id.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.process.id().expect("a running process").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.expect("kill").success());
    }

    pub(crate) async fn exit_code(mut self) -> Option<i32> {
        let status = soon("the exit", self.process.wait()).await;
        status.expect("an exit status").code()
    }
}

/// On a free port, which the log says.
pub(crate) const FREE: [&str; 4] = ["--bind", "127.0.0.1:0", "--log", "json"];
