//! The public list's form: one JSON array of records, read one at a time.

use std::fmt;
use std::io;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Why reading ended before the array did.
#[derive(Debug)]
pub(crate) enum Ended<E> {
    /// The document is not one JSON array.
    NotAnArray(serde_json::Error),
    /// The reader wants no more.
    Refused(E),
}

/// What is done with each record.
pub(crate) trait EachRecord<'de> {
    /// Why no more are wanted.
    type Refusal;

    /// Reads the record that a text begins with, if it is of a form that is known at sight. Gives its length too;
    /// the error ends the reading.
    fn scan(&mut self, _text: &'de str) -> Option<(usize, Result<(), Self::Refusal>)> {
        None
    }

    /// Reads one record; the error ends the reading.
    fn read(&mut self, record: &'de RawValue) -> Result<(), Self::Refusal>;
}

/// Shows every record of a document to `reader`, until it refuses one. A document never takes more
/// memory than it has bytes, however many records are in it.
///
/// # Errors
///
/// [`Ended`], with the decoder's or the reader's error.
pub(crate) fn each_record<'de, R: EachRecord<'de>>(
    document: &'de [u8],
    reader: &mut R,
) -> Result<(), Ended<R::Refusal>> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    // All at once: text by text, it takes as long as all the rest.
    let (text, rest) = match str::from_utf8(document) {
        Ok(text) => (text, None),
        Err(error) => {
            let (text, _) = document.split_at(error.valid_up_to());
            (str::from_utf8(text).unwrap_or_default(), Some(error))
        }
    };
    let is_array = read_array(text, reader).map_err(Ended::Refused)?;
    match rest {
        // What ends within a letter has been cut off, and the decoder says the same of it.
        Some(error) if error.error_len().is_some() || is_array => {
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            Err(Ended::NotAnArray(serde_json::Error::io(error)))
        }
        _ if is_array => Ok(()),
        _ => Err(Ended::NotAnArray(why_not(text))),
    }
}

/// Shows the records of a text to `reader`, and says whether the text is one JSON array.
fn read_array<'de, R: EachRecord<'de>>(text: &'de str, reader: &mut R) -> Result<bool, R::Refusal> {
    let Some(mut text) = after(text, '[') else {
        return Ok(false);
    };
    if !text.starts_with(']') {
        loop {
            let Some(length) = read_record(text, reader)? else {
                return Ok(false);
            };
            text = &text[length..];
            let Some(rest) = after(text, ',') else {
                break;
            };
            text = rest;
        }
    }
    Ok(after(text, ']').is_some_and(str::is_empty))
}

/// Shows the record that a text begins with to `reader`. Gives its length, or nothing if it is not JSON.
fn read_record<'de, R: EachRecord<'de>>(
    text: &'de str,
    reader: &mut R,
) -> Result<Option<usize>, R::Refusal> {
    if let Some((length, read)) = reader.scan(text) {
        read?;
        return Ok(Some(length));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let Some(Ok(record)) = values.next() else {
        return Ok(None);
    };
    reader.read(record)?;
    Ok(Some(values.byte_offset()))
}

/// What follows a character and the space around it.
fn after(text: &str, character: char) -> Option<&str> {
    trimmed(text).strip_prefix(character).map(trimmed)
}

/// Without the JSON whitespace that it begins with.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches([' ', '\n', '\r', '\t'])
}

/// The decoder's word on a text that is not one JSON array.
fn why_not(text: &str) -> serde_json::Error {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Array::deserialize(&mut json).and_then(|Array| json.end());
    read.err()
        .unwrap_or_else(|| serde_json::Error::custom("no list of records"))
}

/// An array, of which nothing is wanted.
struct Array;

impl<'de> Deserialize<'de> for Array {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for Array {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }
}

/// Reads each record as the text that it is.
pub(crate) struct Raw<F>(pub(crate) F);

impl<'de, E, F: FnMut(&'de RawValue) -> Result<(), E>> EachRecord<'de> for Raw<F> {
    type Refusal = E;

    fn read(&mut self, record: &'de RawValue) -> Result<(), E> {
        (self.0)(record)
    }
}
