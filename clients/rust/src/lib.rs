//! A client of the universities service: what progenitor makes of its document, and [`lines`] to read
//! the stream by.

mod lines;

#[expect(
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::pedantic,
    clippy::unwrap_used,
    missing_docs,
    unused_qualifications,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/universities.rs"));
}

pub use generated::*;
pub use lines::lines;
