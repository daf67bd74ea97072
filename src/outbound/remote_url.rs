//! An address that we call, which may carry credentials and never shows them.

use std::fmt;

use url::Url;

/// The address of someone else's service.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl(Url);

impl RemoteUrl {
    /// The address as it is called, credentials included.
    #[must_use]
    pub fn exposed(&self) -> &Url {
        &self.0
    }
}

impl From<Url> for RemoteUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        // Both fail only for addresses without an authority, which have nothing to hide.
        let _no_authority = (url.set_username(""), url.set_password(None));
        // A key may also be given as a parameter.
        url.set_query(None);
        url.set_fragment(None);
        url.fmt(f)
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({self})")
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
        let url = RemoteUrl::from(url);
        assert_eq!(url.to_string(), "http://a.example/b");
        assert_eq!(format!("{url:?}"), "RemoteUrl(http://a.example/b)");
    }
}
