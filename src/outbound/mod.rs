//! What every HTTP call that we make has in common.
//!
//! Owns the client's trust, its name, where redirects may lead, how much of an answer is read, and what
//! is never shown of an address. What is called, and what an answer means, is the business of whoever
//! calls.

mod body;
mod collector;
mod redirects;
mod remote_url;
mod room;
mod tls;

use reqwest::{Client, ClientBuilder, redirect};

pub use body::{ReadError, read};
pub use collector::Collector;
pub use redirects::to_the_same_place;
pub use remote_url::RemoteUrl;
pub use room::{Places, Room};
pub use tls::tls_config;

/// A client to be completed: it trusts the Mozilla roots and no other, follows no redirect, and
/// takes nothing from the environment, which must not decide where our calls go.
///
/// # Errors
///
/// Those of rustls, should its own defaults not fit together.
pub fn client() -> Result<ClientBuilder, rustls::Error> {
    Ok(Client::builder()
        .tls_backend_preconfigured(tls_config()?)
        .user_agent(concat!("universities/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        // An address may have a key in its query, which is nobody else's business.
        .referer(false)
        .no_proxy())
}
