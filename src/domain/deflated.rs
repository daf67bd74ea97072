//! A list as answers in gzip have it, compressed once for all of them.
//!
//! What is deflated (RFC 1951) up to the end of a byte can stand between other blocks, as long as it refers to
//! nothing before it; the check at the end of the answer (RFC 1952 §2.3.1) is put together from those of its parts.

use std::io::Write;
use std::mem;

use bytes::Bytes;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The level that is worth its time.
const LEVEL: u32 = 6;

/// Text, deflated: whole blocks, none of them the last one.
#[derive(Debug)]
pub struct Deflated {
    blocks: Bytes,
    check: Crc,
}

impl Deflated {
    /// Deflates a text.
    ///
    /// # Panics
    ///
    /// Never: there is always room in memory.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let room = Vec::with_capacity(text.len() / 4);
        let mut encoder = DeflateEncoder::new(room, Compression::new(LEVEL));
        let flushed = encoder.write_all(text).and_then(|()| encoder.flush());
        flushed.expect("a vector takes everything");
        // What the encoder adds when it is dropped ends a stream, which this is not.
        let mut blocks = mem::take(encoder.get_mut());
        blocks.shrink_to_fit();
        let mut check = Crc::new();
        check.update(text);
        Self {
            blocks: blocks.into(),
            check,
        }
    }

    /// The blocks.
    #[must_use]
    pub fn blocks(&self) -> &Bytes {
        &self.blocks
    }

    /// The check of the text.
    #[must_use]
    pub fn check(&self) -> &Crc {
        &self.check
    }
}
