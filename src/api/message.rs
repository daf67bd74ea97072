//! What every request must hold to, whatever it asks for.

use poem::Request;
use poem::http::header::HOST;
use poem::http::uri::Authority;
use poem::http::{self, HeaderMap, HeaderValue, Method, Uri, Version};

use super::problem::{Problem, ProblemType};

/// The most bytes of a path and its query: 250 countries by names of a hundred letters.
const LONGEST_ADDRESS: usize = 32 * 1024;

/// The most headers. HTTP/1 has its own limit before; HTTP/2 has only one for their size.
pub(super) const MOST_HEADERS: usize = 100;

/// The head of a request, whoever has read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) version: Version,
    pub(super) headers: &'a HeaderMap,
}

impl<'a> From<&'a Request> for Head<'a> {
    fn from(request: &'a Request) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
        }
    }
}

impl<'a, B> From<&'a http::Request<B>> for Head<'a> {
    fn from(request: &'a http::Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
        }
    }
}

/// Checks the address's length and the number of headers, and that it is clear which host is asked (RFC
/// 9112 §3.2): two recipients that disagree about that are what request smuggling is made of.
///
/// # Errors
///
/// The problem with it.
pub(super) fn check(head: Head<'_>) -> Result<(), Problem> {
    let uri = head.uri;
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > LONGEST_ADDRESS {
        return Err(ProblemType::UriTooLong.problem(format!(
            "the address has {length} bytes, and at most {LONGEST_ADDRESS} are read"
        )));
    }
    let headers = head.headers.len();
    if headers > MOST_HEADERS {
        return Err(ProblemType::HeadTooLarge.problem(format!(
            "the request has {headers} headers, and at most {MOST_HEADERS} are read"
        )));
    }
    let hosts = head.headers.get_all(HOST).iter().count();
    let allowed = match head.version {
        Version::HTTP_11 => hosts == 1,
        _ => hosts <= 1,
    };
    if !allowed {
        return Err(ProblemType::BadRequest.problem(format!(
            "the request has {hosts} Host headers, and must have one"
        )));
    }
    let host = head.headers.get(HOST);
    // It may be empty where the address has none.
    if host.is_some_and(|host| !host.is_empty() && !is_host(host)) {
        let detail = "the Host header is not a host with or without a port";
        return Err(ProblemType::BadRequest.problem(detail));
    }
    Ok(())
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), which is an authority without a user.
fn is_host(host: &HeaderValue) -> bool {
    if is_plain_host(host.as_bytes()) {
        return true;
    }
    let authority = Authority::try_from(host.as_bytes());
    authority.is_ok_and(|authority| !authority.as_str().contains('@'))
}

/// Whether it is letters and digits in labels, with or without a port, as most are: that is seen faster
/// than an authority is read.
pub(super) fn is_plain_host(host: &[u8]) -> bool {
    let colon = host.iter().position(|byte| *byte == b':');
    let (name, port) = host.split_at(colon.unwrap_or(host.len()));
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    // Five digits may be more than there are ports.
    let is_port = port.len() <= 5 && port.iter().skip(1).all(u8::is_ascii_digit);
    !name.is_empty() && name.iter().all(is_in_name) && port.len() != 1 && is_port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plainly_a_host_is_one() {
        let plain = ["localhost", "localhost:8080", "a-b.example", "127.0.0.1:1"];
        for host in plain {
            assert!(is_plain_host(host.as_bytes()), "{host}");
        }
        let others = [
            "[::1]:80", "a_b", "a:65535", "", ":80", "a:", "a:x", "a@b", "a:1:2",
        ];
        for host in others {
            assert!(!is_plain_host(host.as_bytes()), "{host}");
        }
        for host in plain.into_iter().chain(["[::1]:80", "a_b", "a:65535"]) {
            let authority = Authority::try_from(host.as_bytes()).expect(host);
            assert_eq!(authority.as_str(), host);
        }
    }
}
