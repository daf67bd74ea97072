//! Answers in pieces: a list that is kept stands in them as it is kept, without being copied.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};

/// The least bytes of a list that are worth a piece of their own.
const LEAST: usize = 8 * 1024;

/// A value that is written with lists in it that are JSON already.
pub(super) trait HasLists {
    /// The lists, in the order in which they are written.
    fn lists(&self) -> impl Iterator<Item = &Bytes>;
}

/// The pieces of an answer, in their order.
#[derive(Debug)]
pub(super) struct Pieces(VecDeque<Bytes>);

/// Takes an answer as it is written, and large lists in it as they are.
pub(super) struct PieceWriter<'l, I> {
    lists: I,
    /// The list that is expected next.
    next: Option<&'l Bytes>,
    pieces: VecDeque<Bytes>,
    text: Vec<u8>,
}

impl<'l, I: Iterator<Item = &'l Bytes>> PieceWriter<'l, I> {
    /// For an answer with these lists.
    fn new(mut lists: I) -> Self {
        Self {
            next: lists.next(),
            lists,
            pieces: VecDeque::new(),
            text: Vec::new(),
        }
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push_back(std::mem::take(&mut self.text).into());
        }
    }
}

impl<'l, I: Iterator<Item = &'l Bytes>> io::Write for PieceWriter<'l, I> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        match self.next.filter(|list| ptr::eq(list.as_ref(), json)) {
            None => self.text.extend_from_slice(json),
            Some(list) => {
                self.end_text();
                self.pieces.push_back(list.clone());
                self.next = self.lists.next();
            }
        }
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pieces {
    /// What is written of a value.
    pub(super) fn of<T: HasLists>(value: &T, write: impl FnOnce(&T, &mut dyn io::Write)) -> Self {
        let large = value.lists().filter(|list| list.len() >= LEAST);
        let mut writer = PieceWriter::new(large);
        write(value, &mut writer);
        writer.end_text();
        Self(writer.pieces)
    }

    /// All of them, one after another.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.0.iter()
    }
}

impl From<Vec<u8>> for Pieces {
    fn from(whole: Vec<u8>) -> Self {
        Self(VecDeque::from([whole.into()]))
    }
}

impl From<Pieces> for poem::Body {
    fn from(pieces: Pieces) -> Self {
        BoxBody::new(pieces).into()
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists, each behind a letter.
    struct Letters(Vec<Bytes>);

    impl HasLists for Letters {
        fn lists(&self) -> impl Iterator<Item = &Bytes> {
            self.0.iter()
        }
    }

    fn written(lists: &[Bytes]) -> Vec<Bytes> {
        let pieces = Pieces::of(&Letters(lists.to_vec()), |letters, writer| {
            for list in &letters.0 {
                writer.write_all(b"a").expect("room");
                writer.write_all(list).expect("room");
            }
            writer.write_all(b"z").expect("room");
        });
        pieces.0.into()
    }

    #[test]
    fn large_lists_are_not_copied_and_small_ones_are() {
        let [large, larger] = [LEAST, LEAST + 1].map(|length| Bytes::from(vec![b'1'; length]));
        let small = Bytes::from(vec![b'0'; LEAST - 1]);
        let lists = [&small, &large, &larger, &large, &small].map(Bytes::clone);
        let pieces = written(&lists);
        let places: Vec<_> = pieces.iter().map(|piece| piece.as_ptr()).collect();
        assert_eq!(pieces.len(), 7);
        assert_eq!(places[1], large.as_ptr());
        assert_eq!(places[3], larger.as_ptr());
        assert_eq!(places[5], large.as_ptr());
        let mut whole = Vec::new();
        for list in &lists {
            whole.push(b'a');
            whole.extend_from_slice(list);
        }
        whole.push(b'z');
        assert_eq!(pieces.concat(), whole);
    }

    #[test]
    fn the_length_is_known_before_anything_is_sent() {
        let pieces = Pieces::from(b"{}".to_vec());
        assert_eq!(pieces.size_hint().exact(), Some(2));
        assert!(!pieces.is_end_stream());
    }
}
