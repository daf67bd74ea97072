//! One record of an upstream's list, read without copying it.
//!
//! What is of another type than it should be makes the record defective, and the next one may be good.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::text::Text;

/// The most domains or pages of one university; in the public list, seven.
pub(super) const MOST_ADDRESSES: usize = 32;

/// The most bytes of what is read of a record; the longest of the public list has some 400.
pub(super) const LONGEST: usize = 8 * 1024;

/// A record. Unknown keys are ignored, nulls and missing keys are alike. Of two values for the same key, nobody
/// knows which is meant.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    pub(super) country: Option<Text<'a>>,
    pub(super) alpha_two_code: Option<Text<'a>>,
    #[serde(rename = "state-province")]
    pub(super) state_province: Option<Text<'a>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) domains: Vec<Text<'a>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) web_pages: Vec<Text<'a>>,
}

impl<'a> Record<'a> {
    /// What the record says; nothing if it is of no use.
    pub(super) fn of(raw: &'a RawValue) -> Option<Self> {
        // The decoder would take a list of the keys' values for an object.
        let object = Some(raw.get()).filter(|raw| raw.starts_with('{'))?;
        serde_json::from_str(object).ok()
    }

    /// Forgets what was read, and keeps its room for another one.
    pub(super) fn clear(&mut self) {
        self.name = None;
        self.country = None;
        self.alpha_two_code = None;
        self.state_province = None;
        self.domains.clear();
        self.web_pages.clear();
    }

    /// Whether it says more than any university would.
    pub(super) fn is_too_long(&self) -> bool {
        let texts = [
            &self.name,
            &self.country,
            &self.alpha_two_code,
            &self.state_province,
        ];
        let texts = texts.into_iter().flatten();
        let texts = texts.chain(&self.domains).chain(&self.web_pages);
        texts.map(|text| text.as_str().len()).sum::<usize>() > LONGEST
    }
}

/// The texts of a list that are given.
fn given<'de: 'a, 'a, D: Deserializer<'de>>(list: D) -> Result<Vec<Text<'a>>, D::Error> {
    let texts = Option::<Vec<Option<Text<'a>>>>::deserialize(list)?.unwrap_or_default();
    if texts.len() > MOST_ADDRESSES {
        return Err(D::Error::custom("there are too many"));
    }
    Ok(texts.into_iter().flatten().collect())
}
