//! One record of an upstream's list.

use serde::Deserialize;

use super::SourceError;
use crate::domain::{Country, University, country_of};

/// One record. Unknown keys are ignored, nulls and missing keys are alike.
#[derive(Deserialize)]
pub(super) struct Record {
    name: Option<String>,
    country: Option<String>,
    alpha_two_code: Option<String>,
    #[serde(rename = "state-province")]
    state_province: Option<String>,
    domains: Option<Vec<Option<String>>>,
    web_pages: Option<Vec<Option<String>>>,
}

/// The most domains or pages of one university; in the public list, seven.
const MOST_ADDRESSES: usize = 32;

impl Record {
    /// Whether it has no more addresses than a university may have.
    pub(super) fn is_plausible(&self) -> bool {
        let few = |list: &Option<Vec<_>>| list.as_ref().is_none_or(|l| l.len() <= MOST_ADDRESSES);
        few(&self.domains) && few(&self.web_pages)
    }

    /// The record as a university of the country that was asked for by `spelling`; `None` when
    /// it has no name.
    ///
    /// # Errors
    ///
    /// [`SourceError::Mixup`], when it says it belongs to another country.
    pub(super) fn university(
        self,
        country: Country,
        spelling: &str,
    ) -> Result<Option<University>, SourceError> {
        let code = self.alpha_two_code.filter(|code| !code.trim().is_empty());
        let named = self.country.filter(|name| !name.trim().is_empty());
        if let Some(got) = another_country(code.as_deref(), named.as_deref(), country, spelling) {
            return Err(SourceError::Mixup {
                asked: country.code(),
                got: got.chars().take(40).collect(),
            });
        }
        let Some(name) = self.name.filter(|name| !name.trim().is_empty()) else {
            return Ok(None);
        };
        Ok(Some(University {
            name,
            country: named.unwrap_or_else(|| spelling.to_owned()),
            alpha_two_code: country.code().to_owned(),
            state_province: self.state_province,
            domains: present(self.domains),
            web_pages: present(self.web_pages),
        }))
    }
}

/// What a record says of its country, if that is another one than was asked for. A name that
/// is nobody's says nothing: upstreams spell as they like.
fn another_country<'a>(
    code: Option<&'a str>,
    named: Option<&'a str>,
    country: Country,
    spelling: &str,
) -> Option<&'a str> {
    let other_code = code.filter(|code| !code.eq_ignore_ascii_case(country.code()));
    let other_name = named.filter(|named| {
        let asked_for = *named == spelling || country.upstream_spellings().contains(named);
        !asked_for && country_of(named).is_some_and(|other| other != country)
    });
    other_code.or(other_name)
}

fn present(list: Option<Vec<Option<String>>>) -> Vec<String> {
    list.into_iter().flatten().flatten().collect()
}
