//! Names of hosts, in the one form in which they are compared.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// A host name: lower case, international labels in their ASCII form (UTS #46), no final dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(String);

impl HostName {
    /// Reads a host name in either form, `hochschule-münchen.de` or `xn--hochschule-mnchen-e3b.de`.
    ///
    /// `None` for what is none: an empty label, a label of over 63 characters, letters that no
    /// label may have, an IP address, an address with a scheme or a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = Uts46::new().to_ascii(
            text.trim().as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::VerifyAllowRootDot,
        );
        let mut name = name.ok()?.into_owned();
        if name.ends_with('.') {
            name.pop();
        }
        // No top-level domain is a number, and an address of four numbers is no name.
        let last = name.rsplit('.').next()?;
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
        (!is_number).then_some(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name and those above it, the longest first: `cs.usc.edu`, `usc.edu`, `edu`.
    pub fn and_above(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| {
            name.split_once('.').map(|(_, above)| above)
        })
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Option<String> {
        HostName::parse(text).map(|name| name.to_string())
    }

    #[test]
    fn both_forms_and_every_case_are_one_name() {
        for text in [
            "hochschule-münchen.de",
            "HOCHSCHULE-MÜNCHEN.DE",
            "xn--hochschule-mnchen-e3b.de",
            " hochschule-münchen.de. ",
            "hochschule-münchen。de",
            "hochschule-münchen。de。",
        ] {
            let expected = Some("xn--hochschule-mnchen-e3b.de".to_owned());
            assert_eq!(name(text), expected, "{text}");
        }
        assert_eq!(name("edu").as_deref(), Some("edu"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            ".",
            "a..b",
            "-a.b",
            "a-.b",
            "a.b..",
            "https://usc.edu",
            "usc.edu/x",
            "a@usc.edu",
            "127.0.0.1",
            "[::1]",
            "a b.edu",
            "xn--a.edu",
            "a_b.edu",
            &format!("{}.edu", "a".repeat(64)),
            &"a.".repeat(200),
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn above_a_name_are_its_parents() {
        let name = HostName::parse("cs.usc.edu").expect("a name");
        let names: Vec<_> = name.and_above().collect();
        assert_eq!(names, ["cs.usc.edu", "usc.edu", "edu"]);
    }

    proptest! {
        #[test]
        fn a_name_is_read_as_itself(text in "\\PC{0,40}") {
            if let Some(name) = HostName::parse(&text) {
                prop_assert_eq!(HostName::parse(name.as_str()), Some(name));
            }
        }
    }
}
