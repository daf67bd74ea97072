//! Ready bytes: what a server costs that does nothing but serve.

use std::collections::HashMap;
use std::path::PathBuf;

use hyper::Request;
use hyper::body::Incoming;

use crate::Error;
use crate::serve::{Answer, Peer};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Files whose names end in `.gz` or `.br` are in that coding.
    #[arg(long)]
    folder: PathBuf,
}

#[derive(Debug)]
pub struct Ready(HashMap<String, Answer>);

impl Ready {
    pub fn new(options: Options) -> Result<Self, Error> {
        let mut answers = HashMap::new();
        for file in std::fs::read_dir(options.folder)? {
            let file = file?.path();
            let coding = match file.extension().and_then(|extension| extension.to_str()) {
                Some("gz") => Some("gzip"),
                Some("br") => Some("br"),
                _ => None,
            };
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let bytes = std::fs::read(&file)?.into();
            answers.insert(format!("/{name}"), Answer { bytes, coding });
        }
        Ok(Self(answers))
    }
}

impl Peer for Ready {
    async fn answer(&self, request: Request<Incoming>) -> Option<Answer> {
        self.0.get(request.uri().path()).cloned()
    }
}
