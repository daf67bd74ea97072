//! Texts of an upstream's list, read where texts should be and without copying them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
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

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
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

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Plain(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::Decoded(text.to_owned()))
    }
}
