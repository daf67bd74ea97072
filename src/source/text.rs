//! Texts of an upstream's list, read where texts should be and without copying them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::{self, write_plain, write_text};

/// A text of a record.
#[derive(Debug)]
pub(super) enum Text<'de> {
    /// One without escapes, as it stands in the document: it is written as it was read.
    Plain(&'de str),
    /// What one with escapes means.
    Decoded(String),
}

/// What a value is, where a text should be.
pub(super) enum Value<'de> {
    Text(Text<'de>),
    Null,
    Other,
}

impl<'de> Text<'de> {
    /// What it says, without copying it where that can be done.
    pub(super) fn to_cow(&self) -> Cow<'de, str> {
        match self {
            Self::Plain(text) => Cow::Borrowed(text),
            Self::Decoded(text) => Cow::Owned(text.clone()),
        }
    }

    /// What it says.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Decoded(text) => text,
        }
    }

    /// Whether there is something in it.
    pub(super) fn is_given(&self) -> bool {
        let text = self.as_str();
        // Most begin with a letter, and need not be looked at further.
        text.starts_with(|first: char| first.is_ascii_graphic()) || !text.trim().is_empty()
    }
}

impl domain::Text for Text<'_> {
    fn write(&self, json: &mut Vec<u8>) {
        match self {
            Self::Plain(text) => write_plain(text, json),
            Self::Decoded(text) => write_text(text, json),
        }
    }
}

/// Takes every kind of scalar that is no text for one of no use.
macro_rules! other_scalars {
    ($self:ident => $value:expr) => {
        fn visit_bool<E: Error>($self, _: bool) -> Result<Self::Value, E> {
            $value
        }

        fn visit_i64<E: Error>($self, _: i64) -> Result<Self::Value, E> {
            $value
        }

        fn visit_u64<E: Error>($self, _: u64) -> Result<Self::Value, E> {
            $value
        }

        fn visit_f64<E: Error>($self, _: f64) -> Result<Self::Value, E> {
            $value
        }
    };
}

pub(super) use other_scalars;

/// Reads the rest of a list, of which nothing is wanted.
pub(super) fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads the rest of an object, of which nothing is wanted.
pub(super) fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Text::Plain(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Text::Decoded(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value<'de>, A::Error> {
        skip_list(seq)?;
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<'de>, A::Error> {
        skip_object(map)?;
        Ok(Value::Other)
    }

    other_scalars!(self => Ok(Value::Other));
}
