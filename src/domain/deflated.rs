//! A list as answers in gzip have it, compressed once for all of them.
//!
//! What is deflated (RFC 1951) up to the end of a byte can stand between other blocks, as long as it refers to
//! nothing before it; the check at the end of the answer (RFC 1952 §2.3.1) is put together from those of its parts.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The level of gzip that is worth its time.
pub const LEVEL: i32 = 6;

/// The bytes that are set aside for what cannot be made shorter.
const ROOM: usize = 64;

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
    /// Never: any text can be compressed.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut compress = Compress::new(Compression::new(LEVEL.unsigned_abs()), false);
        let mut blocks = Vec::with_capacity(text.len() / 4 + ROOM);
        loop {
            let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
            let rest = text.get(read..).unwrap_or_default();
            let flushed = compress.compress_vec(rest, &mut blocks, FlushCompress::Sync);
            flushed.expect("any text can be compressed");
            // Where room is left, nothing waits for it.
            if blocks.len() < blocks.capacity() {
                break;
            }
            blocks.reserve(blocks.capacity());
        }
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
