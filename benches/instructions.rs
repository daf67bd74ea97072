//! The hottest paths, so many times over, for callgrind to count: `bench/instructions` runs it and
//! compares with the counts that are kept.
//!
//! Instructions do not depend on the machine's mood, so that a path which has become dearer is seen.

mod fixture;

use std::hint::black_box;

use poem::{Endpoint, Response, http};
use universities::api::Api;
use universities::catalogue::Filter;
use universities::domain::{country_of, resolve};
use universities::source::decode;

use fixture::{Caller, listed, sample, whole_api};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // `cargo bench` and `cargo test` say nothing that is understood here, and nothing is to be done.
    let [path, times] = arguments.as_slice() else {
        return;
    };
    let times = times.parse().expect("a number of times");
    match path.as_str() {
        "decoding" => decoding(times),
        "resolving" => resolving(times),
        "searching" => searching(times),
        "report" => answering(
            &whole_api().endpoint,
            "/v1/universities?country=us&country=fr&country=tr",
            times,
        ),
        "ready" => giving(
            "/universities/async?country=us&country=fr&country=tr",
            times,
        ),
        other => panic!("{other} is no path"),
    }
}

/// Does the work once, so that what is made once is made, and then so many times.
fn repeat<T>(times: usize, mut work: impl FnMut() -> T) {
    black_box(work());
    for _ in 0..times {
        black_box(work());
    }
}

/// Reading, checking and writing the largest list of the sample.
fn decoding(times: usize) {
    let country = country_of("US").expect("a country");
    let document = listed(&sample(), country).json().clone();
    let documents = [(&document[..], "United States")];
    repeat(times, || {
        decode(country, black_box(&documents)).expect("a list")
    });
}

/// Understanding names of countries: usual, foreign, and none.
fn resolving(times: usize) {
    repeat(times, || {
        for name in ["turkey", "Côte d’Ivoire", "IN", "Deutschland", "nowhere"] {
            let _ = black_box(resolve(black_box(name)));
        }
    });
}

/// Words of names, in the sample.
fn searching(times: usize) {
    let catalogue = sample();
    let filter = Filter {
        name: Some("univ tech".to_owned()),
        ..Filter::default()
    };
    repeat(times, || catalogue.search(black_box(&filter)).len());
}

/// A request to the whole API, of which every country is in the cache.
fn answering(endpoint: &impl Endpoint<Output = Response>, address: &'static str, times: usize) {
    let caller = Caller::new(endpoint);
    // The first fetches the lists, and the second finds them.
    caller.ask(address);
    repeat(times, || caller.ask(address));
}

/// A request whose answer is ready.
fn giving(address: &'static str, times: usize) {
    let Api { endpoint, ready } = whole_api();
    answering(&endpoint, address, 1);
    let request = http::Request::get(address).header("Host", "x");
    let request = request.body(()).expect("a request");
    repeat(times, || ready.look_up(&request).expect("a ready answer"));
}
