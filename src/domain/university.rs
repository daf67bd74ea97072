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
        write_domains(&mut key, self.domains.iter().map(String::as_str));
        UniversityKey(key)
    }
}

/// What stands between the parts of a key; no folded name and no domain has one.
const BREAK: char = '\n';

/// Writes domains as they are compared: in lower case, each once, in order.
pub(super) fn write_domains<'a>(key: &mut String, domains: impl ExactSizeIterator<Item = &'a str>) {
    if domains.len() == 1 {
        // Nearly all have one, and nothing to sort.
        domains.for_each(|domain| push_lower(key, domain));
        return;
    }
    let mut domains: Vec<_> = domains.map(str::to_lowercase).collect();
    domains.sort_unstable();
    domains.dedup();
    for domain in domains {
        push_lower(key, &domain);
    }
}

fn push_lower(key: &mut String, domain: &str) {
    key.push(BREAK);
    if domain.is_ascii() {
        let begin = key.len();
        key.push_str(domain);
        key[begin..].make_ascii_lowercase();
    } else {
        key.push_str(&domain.to_lowercase());
    }
}
