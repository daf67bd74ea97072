//! Records of the usual form, read at sight.
//!
//! A general decoder asks of every byte what it might be, and most of its time goes into wrong guesses. What a
//! record should say is known, and most say nothing else. Any other text, JSON or not, is left to the decoder.

use serde::de::IgnoredAny;

use super::record::{MOST_ADDRESSES, Record};
use super::text::Text;

/// How many bytes are looked at together: most texts are shorter, and end in the first of such blocks.
const BLOCK: usize = 32;

/// The text of a record that was read at sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    /// Its bytes.
    pub(super) length: usize,
    /// Whether it has each key once and no other, nothing between its tokens, and no escapes: as we would write it,
    /// but for the order of its keys and for what should not be null.
    pub(super) is_plain: bool,
}

impl<'de> Record<'de> {
    /// Reads the record that the text begins with in place of this one. `None` where it is not of the usual form;
    /// then what was read is of no use.
    pub(super) fn scan(&mut self, text: &'de str) -> Option<Sight> {
        self.clear();
        let mut cursor = Cursor {
            text,
            at: 0,
            is_plain: true,
            has_escapes: false,
        };
        let mut seen = 0_u8;
        cursor.take(b'{')?;
        loop {
            let key = cursor.key()?;
            let place = 1 << key as u8;
            if seen & place != 0 && !matches!(key, Key::Unknown) {
                return None;
            }
            seen |= place;
            match key {
                Key::Name => cursor.text(&mut self.name)?,
                Key::Country => cursor.text(&mut self.country)?,
                Key::AlphaTwoCode => cursor.text(&mut self.alpha_two_code)?,
                Key::StateProvince => cursor.text(&mut self.state_province)?,
                Key::Domains => cursor.texts(&mut self.domains)?,
                Key::WebPages => cursor.texts(&mut self.web_pages)?,
                Key::Unknown => cursor.skip()?,
            }
            match cursor.next()? {
                b',' => cursor.space(),
                b'}' => break,
                _ => return None,
            }
        }
        Some(Sight {
            length: cursor.at,
            is_plain: cursor.is_plain && seen == ALL,
        })
    }
}

/// All keys that are known.
const ALL: u8 = (1 << Key::Unknown as u8) - 1;

/// The keys of a record, the unknown ones last.
#[derive(Debug, Clone, Copy)]
enum Key {
    Name,
    Country,
    AlphaTwoCode,
    StateProvince,
    Domains,
    WebPages,
    Unknown,
}

/// A place in a text.
struct Cursor<'de> {
    text: &'de str,
    at: usize,
    /// Whether everything so far was as [`Sight::is_plain`] says.
    is_plain: bool,
    /// Whether the text that was read last has escapes.
    has_escapes: bool,
}

impl<'de> Cursor<'de> {
    fn rest(&self) -> &'de [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.rest().first() {
            self.at += 1;
            self.is_plain = false;
        }
    }

    /// Goes past space, and the byte behind it, which it gives.
    fn next(&mut self) -> Option<u8> {
        self.space();
        let next = *self.rest().first()?;
        self.at += 1;
        Some(next)
    }

    /// Goes past this byte, and the space around it.
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())?;
        self.space();
        Some(())
    }

    fn take_all<const LENGTH: usize>(&mut self, bytes: &[u8; LENGTH]) -> Option<()> {
        (self.rest().first_chunk() == Some(bytes)).then_some(())?;
        self.at += LENGTH;
        Some(())
    }

    /// A key, which its first letter tells from the others.
    fn key(&mut self) -> Option<Key> {
        let (key, known) = match self.rest().get(1)? {
            b'n' => (Key::Name, self.take_all(br#""name""#)),
            b'c' => (Key::Country, self.take_all(br#""country""#)),
            b'a' => (Key::AlphaTwoCode, self.take_all(br#""alpha_two_code""#)),
            b's' => (Key::StateProvince, self.take_all(br#""state-province""#)),
            b'd' => (Key::Domains, self.take_all(br#""domains""#)),
            _ => (Key::WebPages, self.take_all(br#""web_pages""#)),
        };
        let key = if known.is_some() {
            key
        } else {
            self.written()?;
            // With escapes, it may be any.
            (!self.has_escapes).then_some(Key::Unknown)?
        };
        self.take(b':')?;
        Some(key)
    }

    /// A text or a null, in place of nothing.
    fn text(&mut self, text: &mut Option<Text<'de>>) -> Option<()> {
        if self.take_all(b"null").is_some() {
            return Some(());
        }
        self.quoted(|quoted| *text = Some(quoted))
    }

    /// A list of texts or a null, in place of an empty list.
    fn texts(&mut self, texts: &mut Vec<Text<'de>>) -> Option<()> {
        if self.take_all(b"null").is_some() {
            self.is_plain = false;
            return Some(());
        }
        self.take(b'[')?;
        if self.take_all(b"]").is_some() {
            return Some(());
        }
        while texts.len() < MOST_ADDRESSES {
            self.quoted(|quoted| texts.push(quoted))?;
            match self.next()? {
                b',' => self.space(),
                b']' => return Some(()),
                _ => return None,
            }
        }
        None
    }

    /// Goes past a value of any kind.
    fn skip(&mut self) -> Option<()> {
        self.is_plain = false;
        let text = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    /// Reads a text, and puts it where it belongs at once: on its way through the memory of another function, it
    /// would be taken out in wider pieces than it was put in, for which processors wait.
    fn quoted(&mut self, put: impl FnOnce(Text<'de>)) -> Option<()> {
        let begin = self.at;
        let written = self.written()?;
        if self.has_escapes {
            put(self.decoded(begin)?);
        } else {
            put(Text::Plain(written));
        }
        Some(())
    }

    /// What a text means that began there and has escapes.
    #[cold]
    fn decoded(&mut self, begin: usize) -> Option<Text<'de>> {
        self.has_escapes = false;
        // With its quotes.
        let written = self.text.get(begin..self.at)?;
        Some(Text::Decoded(serde_json::from_str(written).ok()?))
    }

    /// A text as it stands between its quotes; `has_escapes` says whether that is what it means.
    fn written(&mut self) -> Option<&'de str> {
        self.take_all(b"\"")?;
        let begin = self.at;
        self.at += plain(self.rest());
        if self.rest().first() == Some(&b'\\') {
            self.is_plain = false;
            self.has_escapes = true;
            self.escaped()?;
        }
        let written = self.text.get(begin..self.at)?;
        self.take_all(b"\"")?;
        Some(written)
    }

    /// From an escape to the end of its text.
    fn escaped(&mut self) -> Option<()> {
        loop {
            match self.rest().first()? {
                b'"' => return Some(()),
                b'\\' => self.at += 2,
                _ => return None,
            }
            self.at += plain(self.text.as_bytes().get(self.at..)?);
        }
    }
}

/// How many bytes there are before a quote, an escape or a control character.
fn plain(bytes: &[u8]) -> usize {
    let (blocks, last) = bytes.as_chunks::<BLOCK>();
    for (place, block) in blocks.iter().enumerate() {
        if let Some(found) = end(block) {
            return place * BLOCK + found;
        }
    }
    let found = last.iter().position(|byte| ends(*byte));
    blocks.len() * BLOCK + found.unwrap_or(last.len())
}

/// Where in a block a text ends. Compilers make few instructions of it, and no branch for each byte.
fn end(block: &[u8; BLOCK]) -> Option<usize> {
    let mut found = [0_u8; BLOCK];
    for (found, byte) in found.iter_mut().zip(block) {
        *found = if ends(*byte) { u8::MAX } else { 0 };
    }
    let (halves, _) = found.as_chunks();
    let mut place = 0;
    for half in halves {
        let half = u128::from_le_bytes(*half);
        if half != 0 {
            return Some(place + (half.trailing_zeros() / u8::BITS) as usize);
        }
        place += size_of::<u128>();
    }
    None
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches, several bytes are compared at once"
)]
fn ends(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < b' ')
}

#[cfg(test)]
mod tests;
