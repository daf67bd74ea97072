//! One record of an upstream's list, read without copying it.
//!
//! What is of another type than it should be makes the record defective, and the next one may be good.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::{Text, Value, other_scalars, skip_list, skip_object};

/// The most domains or pages of one university; in the public list, seven.
const MOST_ADDRESSES: usize = 32;

/// The most bytes of what is read of a record; the longest of the public list has some 400.
const LONGEST: usize = 8 * 1024;

/// A record, which gives its room to the next one. Unknown keys are ignored, nulls and missing keys are
/// alike.
#[derive(Debug, Default)]
pub(super) struct Record<'de> {
    pub(super) name: Option<Text<'de>>,
    pub(super) country: Option<Text<'de>>,
    pub(super) alpha_two_code: Option<Text<'de>>,
    pub(super) state_province: Option<Text<'de>>,
    pub(super) domains: Vec<Text<'de>>,
    pub(super) web_pages: Vec<Text<'de>>,
    seen: u8,
    length: usize,
    is_defective: bool,
}

/// The keys of a record.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum Key {
    Name,
    Country,
    AlphaTwoCode,
    #[serde(rename = "state-province")]
    StateProvince,
    Domains,
    WebPages,
    #[serde(other)]
    Unknown,
}

impl<'de> Record<'de> {
    /// Reads another one in place of this.
    ///
    /// # Errors
    ///
    /// The decoder's, when the document is no JSON from there on.
    pub(super) fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        self.clear();
        deserializer.deserialize_any(Fields(self))
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.name = None;
        self.country = None;
        self.alpha_two_code = None;
        self.state_province = None;
        self.domains.clear();
        self.web_pages.clear();
        (self.seen, self.length, self.is_defective) = (0, 0, false);
    }

    /// Whether every field is what it should be.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_defective && self.length <= LONGEST
    }

    /// Says that it is of no use.
    pub(super) fn spoil(&mut self) {
        self.is_defective = true;
    }

    /// Notes a key. Of two values for the same one, nobody knows which is meant.
    pub(super) fn note(&mut self, key: Key) {
        let place = 1 << key as u8;
        self.is_defective |= self.seen & place != 0;
        self.seen |= place;
    }

    /// What is to be kept of a value.
    pub(super) fn text(&mut self, value: Value<'de>) -> Option<Text<'de>> {
        match value {
            Value::Text(text) => {
                self.length += text.as_str().len();
                Some(text)
            }
            Value::Null => None,
            Value::Other => {
                self.spoil();
                None
            }
        }
    }

    /// Adds a value to one of its lists, in which so many stand before.
    pub(super) fn add(&mut self, of: Of, before: usize, value: Value<'de>) {
        let text = self.text(value);
        if before >= MOST_ADDRESSES {
            return self.spoil();
        }
        match of {
            Of::Domains => self.domains.extend(text),
            Of::WebPages => self.web_pages.extend(text),
        }
    }
}

/// Fills a record with the fields of an object.
struct Fields<'a, 'de>(&'a mut Record<'de>);

impl<'de> Visitor<'de> for Fields<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(record) = self;
        while let Some(key) = map.next_key::<Key>()? {
            if matches!(key, Key::Unknown) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            record.note(key);
            match key {
                Key::Name => record.name = record.text(map.next_value()?),
                Key::Country => record.country = record.text(map.next_value()?),
                Key::AlphaTwoCode => record.alpha_two_code = record.text(map.next_value()?),
                Key::StateProvince => record.state_province = record.text(map.next_value()?),
                Key::Domains | Key::Unknown => map.next_value_seed(List(record, Of::Domains))?,
                Key::WebPages => map.next_value_seed(List(record, Of::WebPages))?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        skip_list(seq)?;
        self.0.spoil();
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.spoil();
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.0.spoil();
        Ok(())
    }

    other_scalars!(self => {
        self.0.spoil();
        Ok(())
    });
}

/// Which list of a record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Domains,
    WebPages,
}

/// Fills a list of a record.
struct List<'a, 'de>(&'a mut Record<'de>, Of);

impl<'de> DeserializeSeed<'de> for List<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self(record, of) = self;
        let mut number = 0;
        while let Some(value) = seq.next_element::<Value<'de>>()? {
            record.add(of, number, value);
            number += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        skip_object(map)?;
        self.0.spoil();
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.0.spoil();
        Ok(())
    }

    other_scalars!(self => {
        self.0.spoil();
        Ok(())
    });
}
