//! How many requests are answered at a time, and what becomes of the others.
//!
//! A request that finds no room waits for a moment, in the order of coming; when there are too many of
//! those too, it is refused at once, because an answer that comes too late costs as much as one that
//! is wanted. Probes always get through: an orchestrator must not end a service for being busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use poem::http::Method;
use poem::{Body, Endpoint, IntoResponse, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Problem, ProblemType};
use super::surface::OPERATORS;

/// The path whose answers are made while they are sent.
const STREAM: &str = "/v1/universities/stream";

/// How long a refused caller is asked to stay away, in seconds.
const STAY_AWAY_S: u64 = 1;

/// How many requests there may be, of each kind: those with a body, which may be slow to arrive,
/// streams, whose answers may be slow to leave, and all others. None takes another's place.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The most that are being answered.
    pub answering: usize,
    /// The most that wait.
    pub waiting: usize,
    /// How long one waits.
    pub patience: Duration,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            answering: 1024,
            waiting: 1024,
            patience: Duration::from_secs(1),
        }
    }
}

/// An endpoint that answers so many requests at a time.
///
/// A request is over when its answer is known; sending it is the connection's business, whose reader
/// may be slow. A stream is over when it has been sent.
#[derive(Debug)]
pub(super) struct Admission<E> {
    plain: Hall,
    with_body: Hall,
    streams: Hall,
    inner: E,
}

/// The places of one kind of request, and its queue.
#[derive(Debug)]
struct Hall {
    room: Room,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A place in the queue, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<E: Endpoint<Output = Response>> Admission<E> {
    pub(super) fn new(room: Room, inner: E) -> Self {
        Self {
            plain: Hall::new(room),
            with_body: Hall::new(room),
            streams: Hall::new(room),
            inner,
        }
    }

    fn hall(&self, request: &Request) -> &Hall {
        if *request.method() == Method::POST {
            &self.with_body
        } else if request.uri().path() == STREAM {
            &self.streams
        } else {
            &self.plain
        }
    }
}

impl Hall {
    fn new(room: Room) -> Self {
        Self {
            room,
            places: Arc::new(Semaphore::new(room.answering)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// A place, now or after some waiting; `None` where there are too many already.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Some(place);
        }
        let _waiting = self.queue()?;
        let acquired = timeout(self.room.patience, places.acquire_owned()).await;
        acquired.ok()?.ok()
    }

    fn queue(&self) -> Option<Waiting<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Waiting(&self.waiting);
        (before < self.room.waiting).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Admission<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if OPERATORS.contains(&request.uri().path()) {
            return self.inner.call(request).await;
        }
        let is_stream = request.uri().path() == STREAM;
        let Some(place) = self.hall(&request).place().await else {
            return Ok(overloaded().into_response());
        };
        let mut response = self.inner.call(request).await?;
        if is_stream && response.status().is_success() {
            keep(place, &mut response);
        }
        Ok(response)
    }
}

/// Keeps the place until the body has been sent or given up.
fn keep(place: OwnedSemaphorePermit, response: &mut Response) {
    let body = response.take_body().into_bytes_stream();
    response.set_body(Body::from_bytes_stream(body.map(move |bytes| {
        let _place = &place;
        bytes
    })));
}

fn overloaded() -> Problem {
    Problem {
        retry_after_s: Some(STAY_AWAY_S),
        ..ProblemType::Overloaded
            .problem("more requests are being answered and waiting than there is room for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use poem::endpoint::make;
    use poem::http::{StatusCode, Uri};
    use tokio::sync::Notify;
    use tokio::time::Instant;

    const ROOM: Room = Room {
        answering: 1,
        waiting: 1,
        patience: Duration::from_secs(1),
    };

    async fn status(endpoint: &impl Endpoint<Output = Response>, path: &'static str) -> StatusCode {
        let request = Request::builder().uri(Uri::from_static(path)).finish();
        endpoint.call(request).await.expect("an answer").status()
    }

    #[tokio::test(start_paused = true)]
    async fn one_is_answered_one_waits_and_one_is_refused_at_once() {
        let (open, opened) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let gate = Arc::clone(&open);
        let slow = make(move |request: Request| {
            let gate = Arc::clone(&gate);
            async move {
                if request.uri().path() == "/slow" {
                    gate.notified().await;
                }
                Response::default()
            }
        });
        let admission = Arc::new(Admission::new(ROOM, slow));
        let began = Instant::now();
        let first = status(&*admission, "/slow");
        let second = async {
            tokio::task::yield_now().await;
            status(&*admission, "/quick").await
        };
        let third = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            let refused = status(&*admission, "/quick").await;
            assert_eq!(began.elapsed(), Duration::ZERO, "it does not wait");
            let probed = status(&*admission, "/healthz").await;
            open.notify_one();
            opened.notify_one();
            (refused, probed)
        };
        let (first, second, (third, probe)) = tokio::join!(first, second, third);
        assert_eq!((first, second), (StatusCode::OK, StatusCode::OK));
        assert_eq!(third, ProblemType::Overloaded.status());
        assert_eq!(probe, StatusCode::OK);
        opened.notified().await;
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_and_who_leaves_makes_room() {
        let stuck = make(|request: Request| async move {
            if request.uri().path() == "/stuck" {
                std::future::pending::<()>().await;
            }
            Response::default()
        });
        let admission = Admission::new(ROOM, stuck);
        let never = status(&admission, "/stuck");
        tokio::pin!(never);
        assert!(futures::poll!(never.as_mut()).is_pending());
        let began = Instant::now();
        assert_eq!(
            status(&admission, "/").await,
            ProblemType::Overloaded.status()
        );
        assert_eq!(began.elapsed(), ROOM.patience);
        // A queue whose waiters have gone is empty.
        assert_eq!(admission.plain.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_and_a_stream_take_nobody_elses_place() {
        let endpoint = make(|request: Request| async move {
            if *request.method() == Method::POST {
                std::future::pending::<()>().await;
            }
            Response::from(Body::from_bytes_stream(futures::stream::iter([Ok::<
                _,
                std::io::Error,
            >(
                "line\n"
            )])))
        });
        let admission = Admission::new(ROOM, endpoint);
        let asked = |method: Method, path: &'static str| {
            let request = Request::builder().method(method);
            admission.call(request.uri(Uri::from_static(path)).finish())
        };
        let slow_to_arrive = asked(Method::POST, "/");
        tokio::pin!(slow_to_arrive);
        assert!(futures::poll!(slow_to_arrive.as_mut()).is_pending());
        let stream = asked(Method::GET, STREAM).await.expect("an answer");
        assert_eq!(status(&admission, "/").await, StatusCode::OK);
        let overloaded = ProblemType::Overloaded.status();
        assert_eq!(status(&admission, STREAM).await, overloaded);
        let sent = stream.into_body().into_string().await.expect("text");
        assert_eq!(sent, "line\n");
        assert_eq!(status(&admission, STREAM).await, StatusCode::OK);
    }
}
