//! One institution, in our shape.

use super::fold;

/// A university as its listing gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct University {
    /// The institution's name.
    pub name: String,
    /// The country, as the listing spells it (`Turkiye`), not as the caller asked for it.
    pub country: String,
    /// The country's ISO 3166-1 alpha-2 code; `XK` for Kosovo.
    pub alpha_two_code: String,
    /// State, province or region, where the listing has one.
    pub state_province: Option<String>,
    /// Domains of the institution's web and e-mail addresses, without scheme.
    pub domains: Vec<String>,
    /// Addresses of its home pages.
    pub web_pages: Vec<String>,
}

/// What makes two records one university: folded name, country code and the set of domains.
///
/// The spelling of the country is left out: the public list keeps part of Viet Nam under
/// `Viet Nam` and part under `Vietnam`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UniversityKey(String);

/// Whose a domain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    /// The domain that they have, with its international labels in their ASCII form.
    pub domain: String,
    /// Whether it is the one that was asked for, and not one above it.
    pub exact: bool,
    /// The universities that have it; never empty.
    pub universities: Vec<University>,
}

impl UniversityKey {
    /// The name in it, as it is compared.
    #[must_use]
    pub fn into_folded_name(mut self) -> String {
        let end = self.0.find(BREAK).unwrap_or(self.0.len());
        self.0.truncate(end);
        self.0
    }
}

impl University {
    /// The key by which duplicates are known.
    #[must_use]
    pub fn key(&self) -> UniversityKey {
        let mut key = fold(&self.name);
        key.push(BREAK);
        key.push_str(&self.alpha_two_code.to_uppercase());
        key.push(BREAK);
        write_domains(&mut key, &self.domains);
        UniversityKey(key)
    }
}

/// What stands between the parts of a key; no folded name and no domain has one.
const BREAK: char = '\n';

/// Writes domains as they are compared: in lower case, each once, in order. An empty one is none.
pub(super) fn write_domains(key: &mut String, domains: &[impl AsRef<str>]) {
    let domains = domains.iter().map(|domain| domain.as_ref().to_lowercase());
    let mut domains: Vec<_> = domains.filter(|domain| !domain.is_empty()).collect();
    domains.sort_unstable();
    domains.dedup();
    for (place, domain) in domains.iter().enumerate() {
        if place > 0 {
            key.push(BREAK);
        }
        key.push_str(domain);
    }
}

/// Whether a domain is written as it is compared: in ASCII, and no letter is a capital.
pub(super) fn is_folded(domain: &str) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = ONES << 7;
    // Eight bytes at a time, all of which are ASCII: the highest bit of each that is not below.
    let not_below = |word: u64, byte: u8| word + ONES * u64::from(0x80 - byte);
    let has_capital = |word: u64| not_below(word, b'A') & !not_below(word, b'Z' + 1) & HIGHEST != 0;
    let is_folded = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        word & HIGHEST == 0 && !has_capital(word)
    };
    let domain = domain.as_bytes();
    let Some(last) = domain.last_chunk() else {
        return domain
            .iter()
            .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    };
    let (words, _in_the_last) = domain.as_chunks();
    words.iter().all(is_folded) && is_folded(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_folded_need_not_be_folded(domain in "[ -~]{0,20}|[@-\\[`-{é]{0,20}") {
            let folded = domain.is_ascii() && domain == domain.to_lowercase();
            prop_assert_eq!(is_folded(&domain), folded);
        }
    }
}
