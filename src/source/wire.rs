//! The public list's JSON, as upstreams really send it, turned into universities.
//!
//! Owns every upstream quirk: nulls, missing and new keys, a byte order mark, defective
//! records, duplicates, a country split over two spellings. A record that is not usable is
//! dropped and counted, so that one bad line does not cost the caller a country; a document in
//! which none is usable is no answer.

use std::sync::Arc;

use serde::de::Error as _;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::record::{LONGEST, Record};
use super::scan::Sight;
use super::text::Text;
use super::{InvalidReason, SourceError};
use crate::domain::{Country, ListWriter, Listed, Seen, Written, country_of};
use crate::records::{EachRecord, Ended, each_record};

/// The most records of one list; the largest country of the public one has 2,348.
const MOST_RECORDS: usize = 10_000;

/// The least bytes of most records.
const A_RECORD: usize = 150;

/// What came out.
#[derive(Debug)]
pub struct Decoded {
    /// The usable records, in the documents' order, without duplicates.
    pub universities: Listed,
    /// How many records were dropped because they could not be used.
    pub dropped: usize,
    /// How many records were dropped because they had been seen before.
    pub duplicates: usize,
}

/// Reads, checks and writes the universities of one country in one pass, out of documents that should
/// list them, each with the spelling that it was asked for by.
///
/// # Errors
///
/// [`SourceError::Invalid`] when a document is not a whole JSON list or has records of
/// which none is usable, [`SourceError::TooManyRecords`], and [`SourceError::Mixup`] when
/// a record says it belongs to another country.
pub fn decode(country: Country, documents: &[(&[u8], &str)]) -> Result<Decoded, SourceError> {
    // What is written is about as long as what is read.
    let bytes: usize = documents.iter().map(|(document, _)| document.len()).sum();
    let mut decoder = Decoder {
        country,
        seen: Seen::with_capacity((bytes / A_RECORD).min(MOST_RECORDS)),
        list: ListWriter::with_capacity(bytes),
        dropped: 0,
        duplicates: 0,
    };
    for (document, spelling) in documents {
        decoder.add(document, spelling)?;
    }
    Ok(Decoded {
        universities: decoder.list.finish(),
        dropped: decoder.dropped,
        duplicates: decoder.duplicates,
    })
}

/// What has been decoded so far.
struct Decoder<'d> {
    country: Country,
    seen: Seen<'d>,
    list: ListWriter,
    dropped: usize,
    duplicates: usize,
}

impl<'d> Decoder<'d> {
    fn add(&mut self, document: &'d [u8], spelling: &str) -> Result<(), SourceError> {
        let (usable, dropped) = (self.usable(), self.dropped);
        let mut reader = Reader {
            decoder: self,
            spelling,
            record: Record::default(),
        };
        each_record(document, &mut reader).map_err(|ended| match ended {
            Ended::Refused(refusal) => refusal,
            Ended::NotAnArray(error) => invalid(error),
        })?;
        if self.dropped > dropped && self.usable() == usable {
            return Err(invalid(serde_json::Error::custom("no record is usable")));
        }
        Ok(())
    }

    fn usable(&self) -> usize {
        self.list.number() + self.duplicates
    }

    /// Adds a record, if it is of use. `plain` is its text, if that is nearly as we would write it.
    fn add_record(
        &mut self,
        record: Option<&Record<'d>>,
        plain: Option<&str>,
        spelling: &str,
    ) -> Result<(), SourceError> {
        if self.usable() + self.dropped >= MOST_RECORDS {
            return Err(SourceError::TooManyRecords {
                limit: MOST_RECORDS,
            });
        }
        let Some(record) = record.filter(|record| is_short(plain) || !record.is_too_long()) else {
            self.dropped += 1;
            return Ok(());
        };
        let country = given(record.country.as_ref());
        let says = (given(record.alpha_two_code.as_ref()), country);
        if let Some(got) = another_country(says, self.country, spelling) {
            return Err(SourceError::Mixup {
                asked: self.country.code(),
                got: got.chars().take(40).collect(),
            });
        }
        let Some(name) = given(record.name.as_ref()) else {
            self.dropped += 1;
            return Ok(());
        };
        let code = self.country.code();
        if !self.seen.insert(name.to_cow(), &record.domains) {
            self.duplicates += 1;
            return Ok(());
        }
        if let Some(plain) = plain
            && country.is_some()
            && says.0.is_some_and(|said| said.as_str() == code)
        {
            self.list.push_written(plain);
            return Ok(());
        }
        self.list.push(&Written {
            name,
            country: country.unwrap_or(&Text::Plain(spelling)),
            alpha_two_code: code,
            state_province: record.state_province.as_ref(),
            domains: &record.domains,
            web_pages: &record.web_pages,
        });
        Ok(())
    }
}

/// Whether the text of a record is too short for the record to be too long.
fn is_short(plain: Option<&str>) -> bool {
    plain.is_some_and(|plain| plain.len() <= LONGEST)
}

/// The text, if there is something in it.
fn given<'a, 'de>(text: Option<&'a Text<'de>>) -> Option<&'a Text<'de>> {
    text.filter(|text| text.is_given())
}

/// Reads the records of one document, asked for by a spelling.
struct Reader<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    spelling: &'a str,
    record: Record<'de>,
}

impl<'de> EachRecord<'de> for Reader<'_, 'de> {
    type Refusal = SourceError;

    fn scan(&mut self, text: &'de str) -> Option<(usize, Result<(), SourceError>)> {
        let Sight { length, is_plain } = self.record.scan(text)?;
        let plain = text.get(..length).filter(|_| is_plain);
        let added = self
            .decoder
            .add_record(Some(&self.record), plain, self.spelling);
        Some((length, added))
    }

    fn read(&mut self, raw: &'de RawValue) -> Result<(), SourceError> {
        let record = Record::of(raw);
        self.decoder
            .add_record(record.as_ref(), None, self.spelling)
    }
}

/// What a record says of its country, by code and by name, if that is another one than was asked for. A
/// name that is nobody's says nothing: upstreams spell as they like.
fn another_country<'a>(
    (code, named): (Option<&'a Text<'_>>, Option<&'a Text<'_>>),
    country: Country,
    spelling: &str,
) -> Option<&'a str> {
    let (code, named) = (code.map(Text::as_str), named.map(Text::as_str));
    let ours = country.code();
    let other_code = code.filter(|code| *code != ours && !code.trim().eq_ignore_ascii_case(ours));
    let other_name = named.filter(|named| {
        let asked_for = *named == spelling || country.upstream_spellings().contains(named);
        !asked_for && country_of(named).is_some_and(|other| other != country)
    });
    other_code.or(other_name)
}

fn invalid(cause: serde_json::Error) -> SourceError {
    let reason = match cause.classify() {
        Category::Eof => InvalidReason::Truncated,
        Category::Data => InvalidReason::Shape,
        Category::Syntax | Category::Io => InvalidReason::NotJson,
    };
    SourceError::Invalid {
        reason,
        cause: Arc::new(cause),
    }
}

#[cfg(test)]
mod tests;
