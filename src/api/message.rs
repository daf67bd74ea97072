//! What every request must hold to, whatever it asks for.

use poem::Request;
use poem::http::header::HOST;
use poem::http::uri::Authority;
use poem::http::{HeaderValue, Version};

use super::problem::{Problem, ProblemType};

/// The most bytes of a path and its query: 250 countries by names of a hundred letters.
const LONGEST_ADDRESS: usize = 32 * 1024;

/// The most headers. HTTP/1 has its own limit before; HTTP/2 has only one for their size.
const MOST_HEADERS: usize = 100;

/// Checks the address's length and the number of headers, and that it is clear which host is asked (RFC
/// 9112 §3.2): two recipients that disagree about that are what request smuggling is made of.
///
/// # Errors
///
/// The problem with it.
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > LONGEST_ADDRESS {
        return Err(ProblemType::UriTooLong.problem(format!(
            "the address has {length} bytes, and at most {LONGEST_ADDRESS} are read"
        )));
    }
    let headers = request.headers().len();
    if headers > MOST_HEADERS {
        return Err(ProblemType::HeadTooLarge.problem(format!(
            "the request has {headers} headers, and at most {MOST_HEADERS} are read"
        )));
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    let allowed = match request.version() {
        Version::HTTP_11 => hosts == 1,
        _ => hosts <= 1,
    };
    if !allowed {
        return Err(ProblemType::BadRequest.problem(format!(
            "the request has {hosts} Host headers, and must have one"
        )));
    }
    let host = request.headers().get(HOST);
    // It may be empty where the address has none.
    if host.is_some_and(|host| !host.is_empty() && !is_host(host)) {
        let detail = "the Host header is not a host with or without a port";
        return Err(ProblemType::BadRequest.problem(detail));
    }
    Ok(())
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), which is an authority without a user.
fn is_host(host: &HeaderValue) -> bool {
    let authority = Authority::try_from(host.as_bytes());
    authority.is_ok_and(|authority| !authority.as_str().contains('@'))
}
