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
pub struct UniversityKey {
    name: String,
    alpha_two_code: String,
    domains: Vec<String>,
}

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
    pub fn into_folded_name(self) -> String {
        self.name
    }
}

impl University {
    /// The key by which duplicates are known.
    #[must_use]
    pub fn key(&self) -> UniversityKey {
        let mut domains: Vec<String> = self.domains.iter().map(|d| d.to_lowercase()).collect();
        domains.sort_unstable();
        domains.dedup();
        UniversityKey {
            name: fold(&self.name),
            alpha_two_code: self.alpha_two_code.to_uppercase(),
            domains,
        }
    }
}
