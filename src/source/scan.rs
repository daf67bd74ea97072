//! Records of the usual form, read at sight.
//!
//! A general decoder asks of every byte what it might be, and most of its time goes into wrong guesses. What a
//! record should say is known, and most say nothing else. Any other text, JSON or not, is left to the decoder.

use serde::de::IgnoredAny;

use super::record::{MOST_ADDRESSES, Record};
use super::text::Text;

/// A one in each byte.
const ONES: u64 = u64::MAX / 0xff;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

impl<'de> Record<'de> {
    /// Reads the record that the text begins with in place of this one, and gives its length. `None` where it is
    /// not of the usual form; then what was read is of no use.
    pub(super) fn scan(&mut self, text: &'de str) -> Option<usize> {
        self.clear();
        let mut cursor = Cursor { text, at: 0 };
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
                b'}' => return Some(cursor.at),
                _ => return None,
            }
        }
    }
}

/// The keys of a record.
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
}

impl<'de> Cursor<'de> {
    fn rest(&self) -> &'de [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.rest().first() {
            self.at += 1;
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

    fn take_all(&mut self, bytes: &[u8]) -> Option<()> {
        self.rest().starts_with(bytes).then_some(())?;
        self.at += bytes.len();
        Some(())
    }

    /// A key, which its first letter tells from the others.
    fn key(&mut self) -> Option<Key> {
        let (key, written) = match self.rest().get(1)? {
            b'n' => (Key::Name, &br#""name""#[..]),
            b'c' => (Key::Country, &br#""country""#[..]),
            b'a' => (Key::AlphaTwoCode, &br#""alpha_two_code""#[..]),
            b's' => (Key::StateProvince, &br#""state-province""#[..]),
            b'd' => (Key::Domains, &br#""domains""#[..]),
            _ => (Key::WebPages, &br#""web_pages""#[..]),
        };
        let key = if self.take_all(written).is_some() {
            key
        } else {
            match self.quoted()? {
                Text::Plain(_) => Key::Unknown,
                // It may be any.
                Text::Decoded(_) => return None,
            }
        };
        self.take(b':')?;
        Some(key)
    }

    /// A text or a null, in place of nothing.
    fn text(&mut self, text: &mut Option<Text<'de>>) -> Option<()> {
        if self.take_all(b"null").is_none() {
            *text = Some(self.quoted()?);
        }
        Some(())
    }

    /// A list of texts or a null, in place of an empty list.
    fn texts(&mut self, texts: &mut Vec<Text<'de>>) -> Option<()> {
        if self.take_all(b"null").is_some() {
            return Some(());
        }
        self.take(b'[')?;
        if self.take_all(b"]").is_some() {
            return Some(());
        }
        while texts.len() < MOST_ADDRESSES {
            texts.push(self.quoted()?);
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
        let text = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    fn quoted(&mut self) -> Option<Text<'de>> {
        self.take_all(b"\"")?;
        let begin = self.at;
        self.at += plain(self.rest());
        let text = match self.rest().first()? {
            b'"' => Text::Plain(self.text.get(begin..self.at)?),
            b'\\' => {
                self.escaped()?;
                // With its quotes.
                let written = self.text.get(begin - 1..=self.at)?;
                Text::Decoded(serde_json::from_str(written).ok()?)
            }
            _ => return None,
        };
        self.at += 1;
        Some(text)
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
    let (words, last) = bytes.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let found = ends(u64::from_le_bytes(*word));
        if found != 0 {
            return place * size_of::<u64>() + (found.trailing_zeros() / u8::BITS) as usize;
        }
    }
    let found = last
        .iter()
        .position(|byte| matches!(byte, ..b' ' | b'"' | b'\\'));
    words.len() * size_of::<u64>() + found.unwrap_or(last.len())
}

/// The highest bit of each byte that ends what is plain, up to the first that does: bytes behind it may be
/// taken for others. As in Mycroft's test for a zero byte.
fn ends(word: u64) -> u64 {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let is = |byte: u8| is_zero(word ^ (ONES * u64::from(byte)));
    let is_control = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
    (is(b'"') | is(b'\\') | is_control) & HIGHEST
}

#[cfg(test)]
mod tests;
