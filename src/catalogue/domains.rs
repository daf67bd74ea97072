//! Which universities have which domains.
//!
//! Owns an index sorted by reversed labels (`edu.usc.cs`), in which a domain and all below it
//! stand together, and the rule that nobody owns a public suffix.

use super::Entry;
use crate::domain::HostName;

/// An index over domains.
#[derive(Debug)]
pub(super) struct Domains {
    /// Sorted; each with its university.
    entries: Vec<(Box<str>, Entry)>,
}

impl Domains {
    /// The index of some domains, each with its university.
    pub(super) fn of<'a>(domains: impl IntoIterator<Item = (&'a str, Entry)>) -> Self {
        let named = domains.into_iter().filter_map(|(domain, entry)| {
            let name = HostName::parse(domain)?;
            is_owned(name.as_str()).then(|| (reversed(name.as_str()).into(), entry))
        });
        let mut entries: Vec<_> = named.collect();
        entries.sort_unstable();
        entries.dedup();
        Self { entries }
    }

    /// The universities that have the domain itself.
    pub(super) fn exactly(&self, domain: &str) -> impl Iterator<Item = Entry> {
        let key = reversed(domain);
        let first = self.entries.partition_point(|(entry, _)| **entry < *key);
        self.entries[first..]
            .iter()
            .take_while(move |(entry, _)| **entry == *key)
            .map(|(_, entry)| *entry)
    }

    /// The universities that have a domain below it.
    pub(super) fn below(&self, domain: &str) -> impl Iterator<Item = Entry> {
        let key = format!("{}.", reversed(domain));
        let first = self.entries.partition_point(|(entry, _)| **entry < *key);
        self.entries[first..]
            .iter()
            .take_while(move |(entry, _)| entry.starts_with(&key))
            .map(|(_, entry)| *entry)
    }
}

/// Whether the domain is somebody's: it is below a public suffix (<https://publicsuffix.org>), or one
/// of the suffixes that an organisation has for itself, as some universities do.
pub(super) fn is_owned(domain: &str) -> bool {
    let is_private = || {
        let suffix = psl::suffix(domain.as_bytes());
        suffix.is_some_and(|suffix| suffix.typ() == Some(psl::Type::Private))
    };
    psl::domain_str(domain).is_some() || is_private()
}

fn reversed(domain: &str) -> String {
    let labels: Vec<_> = domain.rsplit('.').collect();
    labels.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Domains {
        let all = [
            "usc.edu",
            "med.usc.edu",
            "musc.edu",
            "ac.uk",
            "USC.edu.",
            "no name",
            "b.ac.uk",
        ];
        Domains::of(all.into_iter().zip(0..))
    }

    #[test]
    fn a_domain_is_found_by_itself_and_from_above() {
        let domains = domains();
        assert_eq!(domains.exactly("usc.edu").collect::<Vec<_>>(), [0, 4]);
        assert_eq!(domains.below("usc.edu").collect::<Vec<_>>(), [1]);
        assert_eq!(domains.exactly("sc.edu").count(), 0);
        assert_eq!(domains.below("sc.edu").count(), 0);
    }

    #[test]
    fn nobody_has_a_public_suffix() {
        let domains = domains();
        assert_eq!(domains.exactly("ac.uk").count(), 0);
        assert_eq!(domains.exactly("b.ac.uk").collect::<Vec<_>>(), [6]);
        assert!(!is_owned("edu.cn") && !is_owned("com") && is_owned("usc.edu"));
        // Its departments have names of their own, so it has put itself on the list.
        assert!(is_owned("ruhr-uni-bochum.de") && is_owned("x.ruhr-uni-bochum.de"));
    }
}
