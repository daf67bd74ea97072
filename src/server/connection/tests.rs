//! Conversations over a pipe, under paused time.

use super::*;
use crate::pages::Pages;
use poem::Body;
use poem::endpoint::make_sync;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const LARGE: usize = 1 << 20;
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// A conversation over a pipe that holds little; a message on the channel stops the server.
fn conversation(size: usize) -> (DuplexStream, watch::Sender<bool>, JoinHandle<()>) {
    conversation_with(size, ())
}

/// The same answers, ready.
struct AllReady(usize);

impl Ready for AllReady {
    fn answer(&self, _: &hyper::Request<Incoming>) -> Option<hyper::Response<Pages>> {
        let bytes = vec![b'x'; self.0];
        Some(hyper::Response::new(Pages::of(bytes.into())))
    }
}

fn conversation_with(
    size: usize,
    ready: impl Ready,
) -> (DuplexStream, watch::Sender<bool>, JoinHandle<()>) {
    let (ours, theirs) = duplex(4096);
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(async move {
        let protocol = Protocol::new(Settings::default());
        let endpoint = make_sync(move |_| Body::from(vec![b'x'; size]));
        let endpoint = Arc::new(poem::EndpointExt::map_to_response(endpoint));
        let activity = Activity::new();
        let patience = protocol.settings.write_timeout;
        let (socket, _back) = Progressing::new(ours, patience, activity.clone());
        let connection = Connection {
            peer: SocketAddr::from(([127, 0, 0, 1], 1)),
            scheme: Scheme::HTTP,
            activity,
            outgoing: None,
        };
        protocol
            .speak(socket, connection, endpoint, Arc::new(ready), stopped)
            .await;
    });
    (theirs, stop, server)
}

/// Reads until a body of that size has come.
async fn answer(client: &mut DuplexStream, size: usize) {
    let mut read = Vec::new();
    while !read.ends_with(&vec![b'x'; size]) {
        let byte = client.read_u8().await.expect("more of the answer");
        read.push(byte);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_may_take_its_time_between_requests_and_not_within_a_head() {
    let Settings {
        head_timeout,
        idle_timeout,
        ..
    } = Settings::default();
    let (mut client, _stop, server) = conversation(3);
    for pause in [Duration::ZERO, idle_timeout.mul_f64(0.9)] {
        sleep(pause).await;
        client.write_all(GET).await.expect("sent");
        answer(&mut client, 3).await;
    }
    let began = Instant::now();
    let dripping = async {
        while client.write_all(b"G").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    dripping.await;
    assert!(
        (head_timeout..=head_timeout + Duration::from_secs(1)).contains(&began.elapsed()),
        "{:?}",
        began.elapsed()
    );
    server.await.expect("no panic");

    let (mut client, _stop, server) = conversation(3);
    client.write_all(GET).await.expect("sent");
    answer(&mut client, 3).await;
    let began = Instant::now();
    assert_eq!(client.read(&mut [0]).await.expect("closed"), 0);
    assert_eq!(began.elapsed().as_secs(), idle_timeout.as_secs());
    server.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_read_slowly_is_sent_to_its_end_idle_or_stopping() {
    let (mut client, stop, server) = conversation(LARGE);
    client.write_all(GET).await.expect("sent");
    let mut read = 0;
    let mut buffer = vec![0; 8192];
    loop {
        let some = client.read(&mut buffer).await.expect("more");
        read += some;
        if some == 0 {
            break;
        }
        // In all far longer than an idle connection lives, and than a farewell takes.
        sleep(Duration::from_secs(2)).await;
        if read > LARGE / 2 {
            stop.send_replace(true);
        }
    }
    assert!(read > LARGE, "{read}");
    server.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_taken_is_reset_and_the_others_go_on() {
    let (client, _stop, _server) = conversation(LARGE);
    one_is_stuck(client).await;
}

#[tokio::test(start_paused = true)]
async fn so_is_one_whose_answer_was_ready() {
    let (client, _stop, _server) = conversation_with(LARGE, AllReady(LARGE));
    one_is_stuck(client).await;
}

async fn one_is_stuck(client: DuplexStream) {
    let (mut client, connection) = h2::client::handshake(client).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let request = || hyper::Request::get("http://x/").body(()).expect("valid");
    let (stuck, _) = client.send_request(request(), true).expect("sent");
    let mut stuck = stuck.await.expect("an answer").into_body();
    let began = Instant::now();
    // Its window is never made larger again, but the connection's is.
    let mut taken = 0;
    let error = loop {
        match stuck.data().await.expect("not the end") {
            Ok(piece) => taken += piece.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason(), Some(h2::Reason::CANCEL));
    let waited = began.elapsed().as_secs();
    assert_eq!(waited, Settings::default().write_timeout.as_secs());
    assert!(taken < LARGE, "{taken}");
    drop(stuck);
    let (next, _) = client.send_request(request(), true).expect("sent");
    assert!(next.await.expect("an answer").status().is_success());
    connection.abort();
}
