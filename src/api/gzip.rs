//! Answers in gzip that are put together from what is compressed already (RFC 1952).
//!
//! What stands between the lists of an answer is short and of this moment only, and is stored as it is.

use std::mem;

use bytes::Bytes;
use flate2::Crc;

use super::pieces::{Piece, Pieces};

/// The head of a member: deflated, without a name or a time, by an unknown system (§2.3).
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The last block: it has the usual codes, and nothing but an end (RFC 1951 §3.2.3).
const LAST: [u8; 2] = [0b011, 0];

/// How many times longer than what stands around them the lists of an answer must be. That is not compressed, and at
/// this length makes an answer a tenth longer.
const AROUND: usize = 64;

/// One member, as far as it has been written.
struct Member {
    done: Vec<Piece>,
    open: Vec<u8>,
    check: Crc,
}

/// Whether an answer is nearly nothing but lists.
pub(super) fn is_worth_it(answer: &Pieces) -> bool {
    let lists: usize = answer.lists().map(|list| list.json().len()).sum();
    (answer.len() - lists) * AROUND <= lists
}

/// The bytes of an answer that would have to be compressed first.
pub(super) fn not_ready(answer: &Pieces) -> usize {
    let lists = answer.lists().filter(|list| !list.is_deflated());
    lists.map(|list| list.json().len()).sum()
}

/// An answer in gzip.
pub(super) fn gzip(answer: &Pieces) -> Pieces {
    let mut member = Member {
        done: Vec::new(),
        open: HEAD.to_vec(),
        check: Crc::new(),
    };
    for piece in answer.iter() {
        match piece {
            Piece::List(list) => {
                let deflated = list.deflated();
                member.put(deflated.blocks().clone());
                member.check.combine(deflated.check());
            }
            Piece::Text(text) => member.store(text),
        }
    }
    member.end()
}

impl Member {
    /// Adds blocks that are there already.
    fn put(&mut self, blocks: Bytes) {
        if !self.open.is_empty() {
            let open = mem::take(&mut self.open);
            self.done.push(Piece::Text(open.into()));
        }
        self.done.push(Piece::Text(blocks));
    }

    /// Adds a text as it is, in blocks of which none is the last (RFC 1951 §3.2.4).
    fn store(&mut self, text: &[u8]) {
        self.check.update(text);
        for block in text.chunks(usize::from(u16::MAX)) {
            let length = u16::try_from(block.len()).unwrap_or_default();
            self.open.push(0);
            self.open.extend(length.to_le_bytes());
            self.open.extend((!length).to_le_bytes());
            self.open.extend(block);
        }
    }

    fn end(mut self) -> Pieces {
        self.open.extend(LAST);
        self.open.extend(self.check.sum().to_le_bytes());
        self.open.extend(self.check.amount().to_le_bytes());
        self.done.push(Piece::Text(self.open.into()));
        Pieces::from_iter(self.done)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Listed, University};

    fn list(length: usize) -> Arc<Listed> {
        let universities: Vec<_> = (0..length)
            .map(|number| University {
                name: format!("University of Ä{number}"),
                country: "Turkiye".to_owned(),
                alpha_two_code: "TR".to_owned(),
                state_province: None,
                domains: vec![format!("a{number}.edu.tr")],
                web_pages: Vec::new(),
            })
            .collect();
        Arc::new(universities.iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_what_was_put_in(
            parts in prop::collection::vec(
                prop_oneof![
                    ".{0,9}".prop_map(|text| Piece::Text(text.into_bytes().into())),
                    (60_000_usize..140_000).prop_map(|length| Piece::Text(vec![b'x'; length].into())),
                    (0_usize..300).prop_map(|length| Piece::List(list(length))),
                ],
                0..6,
            )
        ) {
            let answer = Pieces::from_iter(parts);
            let bytes = |pieces: &Pieces| pieces.iter().map(|piece| piece.bytes().clone()).collect::<Vec<_>>().concat();
            let coded = bytes(&gzip(&answer));
            let mut decoder = GzDecoder::new(&coded[..]);
            let mut decoded = Vec::new();
            decoder.read_to_end(&mut decoded).expect("one whole member");
            prop_assert_eq!(decoded, bytes(&answer));
            prop_assert!(decoder.into_inner().is_empty());
        }
    }
}
