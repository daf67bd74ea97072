//! Reading an answer's body, as far as it may go and as fast as it must come.

use std::mem;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::Response;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::room::Room;

/// The least bytes that must come in each spell: a kibibyte a second.
const LEAST: usize = 2 * 1024;

/// How long a spell is.
const SPELL: Duration = Duration::from_secs(2);

/// Why a body was not read to its end.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is longer than the limit.
    #[error("the body is longer than it may be")]
    TooLarge,
    /// It came in drops.
    #[error("less than a kibibyte a second came for {0:?}")]
    TooSlow(Duration),
    /// It is large, and for too long others were read that are.
    #[error("there was no room for the body")]
    NoRoom,
    /// What the client said.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Reads the body into the room. Counts decoded bytes, so that a small compressed body cannot become a
/// large one.
///
/// # Errors
///
/// [`ReadError`], as soon as there are more bytes than the limit or too few for too long, or the client
/// fails.
pub async fn read(response: Response, limit: usize, room: &Room) -> Result<Bytes, ReadError> {
    let announced = response.content_length().unwrap_or_default();
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(ReadError::TooLarge);
    }
    let chunks = response.bytes_stream().map(|chunk| Ok(chunk?));
    gather(chunks, announced, limit, room).await
}

async fn gather(
    mut chunks: impl Stream<Item = Result<Bytes, ReadError>> + Unpin,
    announced: usize,
    limit: usize,
    room: &Room,
) -> Result<Bytes, ReadError> {
    // Most bodies come in one piece, which need not be copied.
    let mut first = Bytes::new();
    let mut body = Vec::new();
    let (mut length, mut set_aside) = (0, 0);
    // How long the first piece takes is the business of whoever asked.
    let mut spell: Option<(Instant, usize)> = None;
    loop {
        let next = chunks.next();
        let chunk = match spell {
            None => next.await,
            Some((ends, had)) => match timeout_at(ends, next).await {
                Ok(chunk) => chunk,
                Err(_) if length - had < LEAST => return Err(ReadError::TooSlow(SPELL)),
                Err(_) => {
                    spell = Some((Instant::now() + SPELL, length));
                    continue;
                }
            },
        };
        let Some(chunk) = chunk.transpose()? else {
            return Ok(if body.is_empty() { first } else { body.into() });
        };
        if chunk.is_empty() {
            continue;
        }
        length += chunk.len();
        if length > limit {
            return Err(ReadError::TooLarge);
        }
        if let Some(grown) = room.make_for(length).await? {
            // To grow by doubling would take up to three times what is there.
            let whole = if announced == 0 { limit } else { announced };
            set_aside = whole.min(grown);
            // Nothing was read meanwhile.
            spell = None;
        }
        spell = spell.or(Some((Instant::now() + SPELL, length)));
        if length == chunk.len() {
            first = chunk;
            continue;
        }
        body.reserve_exact(set_aside.saturating_sub(body.len()));
        body.extend_from_slice(&mem::take(&mut first));
        body.extend_from_slice(&chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::super::room::Places;
    use super::*;
    use futures::stream;
    use tokio::time::sleep;

    #[tokio::test]
    async fn what_comes_in_one_piece_is_not_copied() {
        let room = Places::default().room(Instant::now() + SPELL);
        let [empty, first, second] = [&b""[..], b"[", b"]"].map(Bytes::from_static);
        let read = async |pieces: &[&Bytes], announced| {
            let pieces = pieces.iter().map(|piece| Ok(Bytes::clone(piece)));
            let read = gather(stream::iter(pieces), announced, 10, &room).await;
            read.expect("a body")
        };
        for announced in [0, 1] {
            let whole = read(&[&empty, &first, &empty], announced).await;
            assert_eq!(whole.as_ptr(), first.as_ptr());
        }
        assert_eq!(read(&[&first, &empty, &second, &first], 0).await, "[][");
        assert_eq!(read(&[&first, &second], 2).await, "[]");
        assert_eq!(read(&[], 0).await, "");
    }

    /// A body of so many chunks of so many bytes, each after so long.
    async fn body(chunks: usize, bytes: usize, every: Duration) -> Result<usize, ReadError> {
        let chunks = stream::repeat(()).take(chunks).then(|()| async move {
            sleep(every).await;
            Ok(vec![0; bytes].into())
        });
        let room = Places::default().room(Instant::now() + Duration::from_secs(60));
        let read = gather(Box::pin(chunks), 0, 1 << 20, &room).await;
        read.map(|body| body.len())
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_drops_is_given_up() {
        let began = Instant::now();
        let second = Duration::from_secs(1);
        assert!(matches!(
            body(100, 1, second / 2).await,
            Err(ReadError::TooSlow(_))
        ));
        assert_eq!(began.elapsed(), second / 2 + SPELL);
        assert!(
            matches!(body(1, 1, 3 * second).await, Ok(1)),
            "it begins late"
        );
        assert!(matches!(
            body(2, 1, 3 * second).await,
            Err(ReadError::TooSlow(_))
        ));
        assert!(matches!(body(10, 2000, second).await, Ok(20_000)));
        assert!(
            matches!(body(1, 1, second).await, Ok(1)),
            "small is not slow"
        );
        assert!(matches!(
            body(2, 600 << 10, second).await,
            Err(ReadError::TooLarge)
        ));
    }
}
