use std::io;

use futures::{AsyncBufReadExt, Stream, StreamExt, TryStreamExt};

use crate::ByteStream;
use crate::types::StreamLine;

/// The lines of a stream, each as soon as it has come.
pub fn lines(stream: ByteStream) -> impl Stream<Item = io::Result<StreamLine>> {
    stream
        .into_inner()
        .map_err(io::Error::other)
        .into_async_read()
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
}
