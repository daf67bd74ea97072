//! What every request must hold to, whatever it asks for.

use poem::Request;
use poem::http::Version;
use poem::http::header::HOST;

use super::problem::{Problem, ProblemType};

/// The most bytes of a path and its query: 250 countries by names of a hundred letters.
const LONGEST_ADDRESS: usize = 32 * 1024;

/// Checks the address's length, and that it is clear which host is asked (RFC 9112 §3.2): two
/// recipients that disagree about that are what request smuggling is made of.
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
    Ok(())
}
