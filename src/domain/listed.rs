//! A country's universities as they are sent: written once, however many answers they are part of.

use std::mem::size_of;
use std::ptr;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

use super::{Country, Deflated, University};

/// How many times shorter a list is when it is compressed, about: seven times where it is long.
const COMPRESSED: usize = 4;

/// A country's universities, each as [`Written`], as one JSON array.
#[derive(Debug)]
pub struct Listed {
    json: Bytes,
    number: usize,
    hash: u128,
    deflated: OnceLock<Deflated>,
}

/// A list that an answer was made of, as it is known again.
#[derive(Debug, Clone)]
pub struct KnownList {
    /// The country that it was of.
    pub country: Country,
    /// The list, which is not kept for its sake.
    pub list: Weak<Listed>,
}

/// A text that can be written as JSON.
pub trait Text {
    /// Writes it, with the quotes around it.
    fn write(&self, json: &mut Vec<u8>);
}

/// How one university is written, of texts of whatever kind the writer has.
#[derive(Debug)]
pub struct Written<'a, T> {
    /// The institution's name.
    pub name: &'a T,
    /// The country, as the listing spells it.
    pub country: &'a T,
    /// The country's ISO 3166-1 alpha-2 code.
    pub alpha_two_code: &'a str,
    /// State, province or region.
    pub state_province: Option<&'a T>,
    /// Domains of its addresses.
    pub domains: &'a [T],
    /// Addresses of its home pages.
    pub web_pages: &'a [T],
}

/// Writes universities, one after another.
#[derive(Debug)]
pub struct ListWriter {
    json: Vec<u8>,
    number: usize,
}

impl Text for String {
    fn write(&self, json: &mut Vec<u8>) {
        write_text(self, json);
    }
}

/// Writes a text as it is, in which nothing has to be escaped.
pub fn write_plain(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
}

/// Writes a text as JSON.
///
/// # Panics
///
/// Never: every text can be written.
pub fn write_text(text: &str, json: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        // Codes of countries are, and short.
        return write_plain(text, json);
    }
    serde_json::to_writer(json, text).expect("a text is always JSON");
}

impl<'a> From<&'a University> for Written<'a, String> {
    fn from(university: &'a University) -> Self {
        Self {
            name: &university.name,
            country: &university.country,
            alpha_two_code: &university.alpha_two_code,
            state_province: university.state_province.as_ref(),
            domains: &university.domains,
            web_pages: &university.web_pages,
        }
    }
}

impl<T: Text> Written<'_, T> {
    fn write(&self, json: &mut Vec<u8>) {
        json.extend_from_slice(br#"{"name":"#);
        self.name.write(json);
        json.extend_from_slice(br#","country":"#);
        self.country.write(json);
        json.extend_from_slice(br#","alpha_two_code":"#);
        write_text(self.alpha_two_code, json);
        json.extend_from_slice(br#","state-province":"#);
        match self.state_province {
            Some(state) => state.write(json),
            None => json.extend_from_slice(b"null"),
        }
        json.extend_from_slice(br#","domains":"#);
        write_list(self.domains, json);
        json.extend_from_slice(br#","web_pages":"#);
        write_list(self.web_pages, json);
        json.push(b'}');
    }
}

fn write_list<T: Text>(texts: &[T], json: &mut Vec<u8>) {
    json.push(b'[');
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        text.write(json);
    }
    json.push(b']');
}

impl Default for ListWriter {
    fn default() -> Self {
        Self::with_capacity(2)
    }
}

impl KnownList {
    /// Whether it is this one.
    #[must_use]
    pub fn is(&self, list: &Arc<Listed>) -> bool {
        ptr::eq(self.list.as_ptr(), Arc::as_ptr(list))
    }
}

impl ListWriter {
    /// Nothing written yet, with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        let mut json = Vec::with_capacity(bytes);
        json.push(b'[');
        Self { json, number: 0 }
    }

    /// Writes one more.
    pub fn push(&mut self, university: &Written<'_, impl Text>) {
        self.next();
        university.write(&mut self.json);
    }

    /// Takes one more as it is written already: as JSON of the same kind.
    pub fn push_written(&mut self, university: &str) {
        self.next();
        self.json.extend_from_slice(university.as_bytes());
    }

    fn next(&mut self) {
        if self.number > 0 {
            self.json.push(b',');
        }
        self.number += 1;
    }

    /// How many have been written.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The list.
    #[must_use]
    pub fn finish(mut self) -> Listed {
        self.json.push(b']');
        // Lists are kept, and what was set aside for more would be kept with them.
        self.json.shrink_to_fit();
        Listed {
            hash: xxh3_128(&self.json),
            json: self.json.into(),
            number: self.number,
            deflated: OnceLock::new(),
        }
    }
}

impl Listed {
    /// How many universities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.number
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// The JSON array.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// A hash of it.
    #[must_use]
    pub fn hash(&self) -> u128 {
        self.hash
    }

    /// It, compressed when it is first asked for.
    #[must_use]
    pub fn deflated(&self) -> &Deflated {
        self.deflated.get_or_init(|| Deflated::of(&self.json))
    }

    /// Whether it has been asked for compressed.
    #[must_use]
    pub fn is_deflated(&self) -> bool {
        self.deflated.get().is_some()
    }

    /// The bytes that it takes, about, compressed as well.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.json.len() + self.json.len() / COMPRESSED + size_of::<Self>()
    }
}

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for Listed {}

impl<'a> FromIterator<&'a University> for Listed {
    fn from_iter<I: IntoIterator<Item = &'a University>>(universities: I) -> Self {
        let mut list = ListWriter::default();
        for university in universities {
            list.push(&Written::from(university));
        }
        list.finish()
    }
}
