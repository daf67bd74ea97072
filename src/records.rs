//! The public list's form: one JSON array of records, read one at a time.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Why reading ended before the array did.
#[derive(Debug)]
pub(crate) enum Ended<E> {
    /// The document is not one JSON array.
    NotAnArray(serde_json::Error),
    /// The reader wants no more.
    Refused(E),
}

/// Shows every record of a document to `read`, until it refuses one. A document never takes more
/// memory than it has bytes, however many records are in it.
///
/// # Errors
///
/// [`Ended`], with the decoder's or the reader's error.
pub(crate) fn each_record<'de, E>(
    document: &'de [u8],
    read: impl FnMut(&'de RawValue) -> Result<(), E>,
) -> Result<(), Ended<E>> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let mut refused = None;
    let mut json = serde_json::Deserializer::from_slice(document);
    let array = Array {
        read,
        refused: &mut refused,
    };
    let whole = array.deserialize(&mut json).and_then(|()| json.end());
    match refused {
        Some(refusal) => Err(Ended::Refused(refusal)),
        None => whole.map_err(Ended::NotAnArray),
    }
}

/// Hands a refusal over beside serde's error, which could not carry it.
struct Array<'a, F, E> {
    read: F,
    refused: &'a mut Option<E>,
}

impl<'de, E, F: FnMut(&'de RawValue) -> Result<(), E>> DeserializeSeed<'de> for Array<'_, F, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, E, F: FnMut(&'de RawValue) -> Result<(), E>> Visitor<'de> for Array<'_, F, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(record) = list.next_element::<&'de RawValue>()? {
            if let Err(refusal) = (self.read)(record) {
                *self.refused = Some(refusal);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}
