//! What the service is measured against, each a bare hyper server: an upstream with a list, ready bytes,
//! and bytes that are passed through unread. All use the service's allocator.

mod ready;
mod serve;
mod through;
mod upstream;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Debug, Parser)]
struct Options {
    /// Port on the loopback address.
    #[arg(long)]
    port: u16,
    #[command(subcommand)]
    peer: Peer,
}

#[derive(Debug, clap::Subcommand)]
enum Peer {
    /// Answers each file of a folder, read once, at its name.
    Ready(ready::Options),
    /// Answers `/search?country=…` from a list, as the public API does.
    Upstream(upstream::Options),
    /// Asks an upstream for three countries at once, and sends on what comes, unread.
    Through(through::Options),
}

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Options { port, peer } = Options::parse();
    match peer {
        Peer::Ready(options) => serve::serve(port, ready::Ready::new(options)?).await,
        Peer::Upstream(options) => serve::serve(port, upstream::Upstream::new(options)?).await,
        Peer::Through(options) => serve::serve(port, through::Through::new(options)?).await,
    }
}
