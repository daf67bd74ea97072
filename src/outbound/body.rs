//! Reading an answer's body, as far as it may go.

use futures::StreamExt;
use reqwest::Response;

/// Why a body was not read to its end.
#[derive(Debug)]
pub enum ReadError {
    /// It is longer than the limit.
    TooLarge,
    /// What the client said.
    Client(reqwest::Error),
}

/// Reads the body. Counts decoded bytes, so that a small compressed body cannot become a large one.
///
/// # Errors
///
/// [`ReadError`], as soon as there are more bytes than the limit, or the client fails.
pub async fn read(response: Response, limit: usize) -> Result<Vec<u8>, ReadError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(ReadError::TooLarge);
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(ReadError::Client)?;
        if body.len() + chunk.len() > limit {
            return Err(ReadError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
