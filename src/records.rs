//! The public list's form: one JSON array of records, read one at a time.

use std::fmt;
use std::io;

use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
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

    /// Reads one record; the inner error ends the reading.
    ///
    /// # Errors
    ///
    /// The decoder's.
    fn read<D: Deserializer<'de>>(
        &mut self,
        record: D,
    ) -> Result<Result<(), Self::Refusal>, D::Error>;
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
    let mut refused = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let array = Array(reader, &mut refused);
    let whole = array.deserialize(&mut json).and_then(|()| json.end());
    match (refused, rest) {
        (Some(refusal), _) => Err(Ended::Refused(refusal)),
        // What ends within a letter has been cut off, and the decoder says the same of it.
        (None, Some(error)) if error.error_len().is_some() || whole.is_ok() => {
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            Err(Ended::NotAnArray(serde_json::Error::io(error)))
        }
        (None, _) => whole.map_err(Ended::NotAnArray),
    }
}

/// The array. A refusal is handed over beside serde's error, which could not carry it.
struct Array<'a, R, E>(&'a mut R, &'a mut Option<E>);

impl<'de, R: EachRecord<'de>> DeserializeSeed<'de> for Array<'_, R, R::Refusal> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: EachRecord<'de>> Visitor<'de> for Array<'_, R, R::Refusal> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(reader, refused) = self;
        while let Some(read) = list.next_element_seed(One(&mut *reader))? {
            if let Err(refusal) = read {
                *refused = Some(refusal);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// One record.
struct One<'a, R>(&'a mut R);

impl<'de, R: EachRecord<'de>> DeserializeSeed<'de> for One<'_, R> {
    type Value = Result<(), R::Refusal>;

    fn deserialize<D: Deserializer<'de>>(self, record: D) -> Result<Self::Value, D::Error> {
        self.0.read(record)
    }
}

/// Reads each record as the text that it is.
pub(crate) struct Raw<F>(pub(crate) F);

impl<'de, E, F: FnMut(&'de RawValue) -> Result<(), E>> EachRecord<'de> for Raw<F> {
    type Refusal = E;

    fn read<D: Deserializer<'de>>(&mut self, record: D) -> Result<Result<(), E>, D::Error> {
        Ok((self.0)(<&RawValue>::deserialize(record)?))
    }
}
