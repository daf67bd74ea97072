//! The hottest paths, so many times over, for callgrind to count: `bench/instructions` runs it and
//! compares with the counts that are kept.
//!
//! Instructions do not depend on the machine's mood, so that a path which has become dearer is seen.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use poem::http::{self, Uri};
use poem::{Endpoint, Request, Response};
use universities::api::{self, Api, Readiness, Surface};
use universities::catalogue::{Catalogue, Filter};
use universities::domain::{
    About, Country, CountryListing, Listed, Origin, UpstreamAbout, country_of, resolve,
};
use universities::service::{Edition, UniversityService};
use universities::source::{CacheSettings, Cached, SourceError, UniversitySource, decode};
use universities::telemetry::Metrics;

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

fn sample() -> Catalogue {
    Catalogue::sample().expect("a good list")
}

fn listed(catalogue: &Catalogue, country: Country) -> Listed {
    catalogue.of(country).collect()
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

fn whole_api() -> Api<impl Endpoint<Output = Response>> {
    api::api(
        Arc::new(service(sample())),
        Arc::new(Readiness::default()),
        Metrics::default(),
        api::Settings::default(),
        Surface::Whole,
    )
}

/// A request to the whole API, of which every country is in the cache.
fn answering(endpoint: &impl Endpoint<Output = Response>, address: &'static str, times: usize) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    let answer = || {
        runtime.block_on(async {
            let uri = Uri::from_static(address);
            let request = Request::builder().uri(uri).header("Host", "x").finish();
            let response = endpoint.get_response(request).await;
            assert!(response.status().is_success(), "{:?}", response.status());
            response.into_body().into_bytes().await.expect("a body")
        })
    };
    // The first fetches the lists, and the second finds them.
    answer();
    repeat(times, answer);
}

/// A request whose answer is ready.
fn giving(address: &'static str, times: usize) {
    let Api { endpoint, ready } = whole_api();
    answering(&endpoint, address, 1);
    let request = http::Request::get(address).header("Host", "x");
    let request = request.body(()).expect("a request");
    repeat(times, || ready.look_up(&request).expect("a ready answer"));
}

/// The sample, without any upstream in between.
#[derive(Debug)]
struct Sample(Catalogue);

impl UniversitySource for Sample {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        let listing = CountryListing {
            universities: Arc::new(listed(&self.0, *country)),
            origin: Origin::Live,
            age: Duration::ZERO,
            attempts: 1,
            upstream: "the sample".into(),
        };
        future::ready(Ok(listing)).boxed()
    }
}

fn service(catalogue: Catalogue) -> UniversityService {
    let about = About {
        upstream: UpstreamAbout {
            embedded: true,
            url: String::new(),
            latency: Duration::ZERO,
        },
        catalogue: catalogue.about(),
    };
    let settings = CacheSettings {
        ttl: Duration::from_secs(600),
        max_stale: Duration::from_secs(600),
        max_bytes: 64 << 20,
    };
    let cached = Cached::new(Arc::new(Sample(sample())), settings, Metrics::default());
    UniversityService::new(Edition {
        revalidating: Arc::new(cached.revalidating()),
        source: Arc::new(cached),
        catalogue: Arc::new(catalogue),
        about,
    })
}
