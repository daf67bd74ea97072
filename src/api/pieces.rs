//! Answers in pieces: a list that is kept stands in them as it is kept, without being copied.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};

use crate::domain::Listed;

/// The least bytes of a list that are worth a piece of their own.
const LEAST: usize = 1024;

/// The room for what stands between two lists: as much as that usually is.
const ROOM: usize = 768;

/// A value that is written with lists in it that are JSON already.
pub(super) trait HasLists {
    /// The lists, in the order in which they are written.
    fn lists(&self) -> impl Iterator<Item = &Arc<Listed>>;
}

/// A part of an answer.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// A list that is kept.
    List(Arc<Listed>),
    /// What stands around it.
    Text(Bytes),
}

/// The pieces of an answer, in their order.
#[derive(Debug, Clone)]
pub(super) struct Pieces(VecDeque<Piece>);

/// Takes an answer as it is written, and large lists in it as they are.
pub(super) struct PieceWriter<'l> {
    /// The lists that are expected.
    lists: VecDeque<&'l Arc<Listed>>,
    pieces: VecDeque<Piece>,
    text: Vec<u8>,
}

impl Piece {
    /// What is sent of it.
    pub(super) fn bytes(&self) -> &Bytes {
        match self {
            Self::List(list) => list.json(),
            Self::Text(text) => text,
        }
    }
}

impl PieceWriter<'_> {
    fn end_text(&mut self) {
        if !self.text.is_empty() {
            let text = mem::take(&mut self.text);
            self.pieces.push_back(Piece::Text(text.into()));
        }
    }
}

impl io::Write for PieceWriter<'_> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        let next = self.lists.front().copied();
        if let Some(list) = next.filter(|list| ptr::eq(&raw const list.json()[..], json)) {
            self.lists.pop_front();
            self.end_text();
            self.pieces.push_back(Piece::List(Arc::clone(list)));
        } else {
            if self.text.is_empty() {
                self.text.reserve(ROOM);
            }
            self.text.extend_from_slice(json);
        }
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pieces {
    /// What is written of a value.
    pub(super) fn of<T: HasLists>(value: &T, write: impl FnOnce(&T, &mut PieceWriter<'_>)) -> Self {
        let large = value.lists().filter(|list| list.json().len() >= LEAST);
        let mut writer = PieceWriter {
            lists: large.collect(),
            pieces: VecDeque::new(),
            text: Vec::new(),
        };
        write(value, &mut writer);
        writer.end_text();
        Self(writer.pieces)
    }

    /// How many bytes they have together.
    pub(super) fn len(&self) -> usize {
        self.iter().map(|piece| piece.bytes().len()).sum()
    }

    /// Those that are lists.
    pub(super) fn lists(&self) -> impl Iterator<Item = &Listed> {
        self.iter().filter_map(|piece| match piece {
            Piece::List(list) => Some(&**list),
            Piece::Text(_) => None,
        })
    }

    /// All of them, one after another.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.0.iter()
    }
}

impl From<Bytes> for Pieces {
    fn from(whole: Bytes) -> Self {
        Self::from_iter([Piece::Text(whole)])
    }
}

impl FromIterator<Piece> for Pieces {
    fn from_iter<I: IntoIterator<Item = Piece>>(pieces: I) -> Self {
        Self(pieces.into_iter().collect())
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
        let piece = self.0.pop_front();
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece.bytes().clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len() as u64)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;
    use crate::domain::University;

    /// Lists, each behind a letter.
    struct Letters(Vec<Arc<Listed>>);

    impl HasLists for Letters {
        fn lists(&self) -> impl Iterator<Item = &Arc<Listed>> {
            self.0.iter()
        }
    }

    /// A list of one university whose name is so long.
    pub(in crate::api) fn list(name_length: usize) -> Arc<Listed> {
        let university = University {
            name: "A".repeat(name_length),
            country: "Turkiye".to_owned(),
            alpha_two_code: "TR".to_owned(),
            state_province: None,
            domains: Vec::new(),
            web_pages: Vec::new(),
        };
        Arc::new([&university].into_iter().collect())
    }

    #[test]
    fn large_lists_are_not_copied_and_small_ones_are() {
        let [small, large, larger] = [1, LEAST, LEAST + 1].map(list);
        let letters = Letters(
            [&small, &large, &larger, &large, &small]
                .map(Arc::clone)
                .into(),
        );
        let pieces = Pieces::of(&letters, |letters, writer| {
            for list in &letters.0 {
                writer.write_all(b"a").expect("room");
                writer.write_all(list.json()).expect("room");
            }
            writer.write_all(b"z").expect("room");
        });
        let kinds: Vec<_> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::List(list) => Some(Arc::as_ptr(list)),
                Piece::Text(_) => None,
            })
            .collect();
        let [large, larger] = [&large, &larger].map(|list| Some(Arc::as_ptr(list)));
        assert_eq!(kinds, [None, large, None, larger, None, large, None]);
        let mut whole = Vec::new();
        for list in &letters.0 {
            whole.push(b'a');
            whole.extend_from_slice(list.json());
        }
        whole.push(b'z');
        let bytes: Vec<_> = pieces.iter().map(|piece| piece.bytes().clone()).collect();
        assert_eq!(bytes.concat(), whole);
        assert_eq!(pieces.size_hint().exact(), Some(whole.len() as u64));
    }
}
