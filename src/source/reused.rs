//! Reused: whether a request went over a connection that had been used before.
//!
//! An upstream may close an idle connection in the very moment in which it is used again. The client
//! does not say which connection a request took; but one that needed a new one has asked for it.

use std::cell::Cell;

use tower::util::MapRequestLayer;

tokio::task_local! {
    static CONNECTED: Cell<bool>;
}

/// For the client's connector, so that it is noticed when it is asked for a connection.
pub(super) fn noticed<Destination>() -> MapRequestLayer<fn(Destination) -> Destination> {
    MapRequestLayer::new(notice::<Destination>)
}

fn notice<Destination>(destination: Destination) -> Destination {
    // Whoever asks outside of `over_reused` does not want to know.
    let _unwatched = CONNECTED.try_with(|connected| connected.set(true));
    destination
}

/// The request's result, and whether it needed no new connection.
pub(super) async fn over_reused<T>(request: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let result = request.await;
        (result, !CONNECTED.with(Cell::get))
    };
    CONNECTED.scope(Cell::new(false), watched).await
}
