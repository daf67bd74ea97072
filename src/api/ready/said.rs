//! What the headers of a request say that matters to a ready answer, seen in one pass: to look for each by its
//! name took longer than all the rest.

use poem::http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, HOST, IF_NONE_MATCH, ORIGIN};
use poem::http::{HeaderMap, HeaderName, HeaderValue};

use super::super::{message, request_id};
use crate::telemetry::trace::PARENT;

static TRACED: HeaderName = HeaderName::from_static(PARENT);

/// Which headers there are.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a header that is there or not"
)]
pub(super) struct Said {
    /// One that the long way has to see.
    pub(super) more: bool,
    pub(super) encoding: bool,
    pub(super) media_types: bool,
    pub(super) tags: bool,
    pub(super) id: bool,
    /// One host, of the most usual form.
    pub(super) is_plain: bool,
}

impl Said {
    /// By these headers.
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        let mut host: Option<&HeaderValue> = None;
        let mut hosts = 0;
        for (name, value) in headers {
            if *name == HOST {
                host = Some(value);
                hosts += 1;
            } else if *name == ACCEPT_ENCODING {
                said.encoding = true;
            } else if *name == ACCEPT {
                said.media_types = true;
            } else if *name == IF_NONE_MATCH {
                said.tags = true;
            } else if *name == request_id::NAME {
                said.id = true;
            } else if *name == CACHE_CONTROL || *name == ORIGIN || *name == TRACED {
                said.more = true;
            }
        }
        let is_plain = host.is_some_and(|host| message::is_plain_host(host.as_bytes()));
        said.is_plain = is_plain && hosts == 1;
        said
    }
}
