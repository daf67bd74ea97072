//! The address of an upstream, which may carry credentials and never shows them.

use std::fmt;

use url::Url;

/// An upstream's base address.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamUrl(Url);

impl UpstreamUrl {
    /// The address as it is called, credentials included.
    pub(super) fn exposed(&self) -> &Url {
        &self.0
    }
}

impl From<Url> for UpstreamUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        // Both fail only for addresses without an authority, which have nothing to hide.
        let _no_authority = (url.set_username(""), url.set_password(None));
        // A key may also be given as a parameter.
        url.set_query(None);
        url.fmt(f)
    }
}

impl fmt::Debug for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpstreamUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_never_shown() {
        let url: Url = "http://caller:secret@a.example/b?key=secret"
            .parse()
            .expect("an address");
        let url = UpstreamUrl::from(url);
        assert_eq!(url.to_string(), "http://a.example/b");
        assert_eq!(format!("{url:?}"), "UpstreamUrl(http://a.example/b)");
    }
}
