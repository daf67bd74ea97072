//! The end of a connection: what has been written still has to arrive.
//!
//! A socket that is closed while something from the client is unread is reset, and with it goes what is
//! on its way to the client. So its own side is closed first, and what comes is read and thrown away
//! until the client closes too (RFC 9112 §9.6).

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Waits until the client has closed its side, but not longer.
pub(super) async fn linger(mut socket: TcpStream, patience: Duration) {
    let closed = async {
        socket.shutdown().await?;
        let mut unwanted = [0; 4096];
        while socket.read(&mut unwanted).await? > 0 {}
        io::Result::Ok(())
    };
    // However it ends, it is over.
    let _closed = timeout(patience, closed).await;
}
