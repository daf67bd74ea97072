//! Any query to any operation is answered, by data or by a problem, and never by a defect of ours.
//!
//! The first byte of the input chooses the operation, the others are its query as it stands in a
//! request line. The whole API answers, in front of a source that knows the bundled sample.

#![no_main]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use libfuzzer_sys::{Corpus, fuzz_target};
use poem::http::Uri;
use poem::{Endpoint, Request, Response};
use serde_json::Value;
use tokio::runtime::Runtime;
use universities::api::{self, Readiness, Surface};
use universities::app;
use universities::catalogue::{Catalogue, Location};
use universities::domain::{About, Country, CountryListing, Origin, University, UpstreamAbout};
use universities::service::{Edition, UniversityService};
use universities::source::{SourceError, UniversitySource};
use universities::telemetry::Metrics;

const PATHS: [&str; 6] = [
    "/universities/",
    "/universities/async",
    "/v1/universities",
    "/v1/universities/lookup",
    "/v1/countries",
    "/search",
];

/// The sample, without any upstream in between.
#[derive(Debug)]
struct Sample(Vec<University>);

impl UniversitySource for Sample {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        let theirs = self
            .0
            .iter()
            .filter(|university| university.alpha_two_code == country.code());
        let listing = CountryListing {
            universities: Arc::new(theirs.collect()),
            origin: Origin::Live,
            age: Duration::ZERO,
            attempts: 1,
            upstream: "the sample".into(),
        };
        future::ready(Ok(listing)).boxed()
    }
}

fn service(catalogue: Catalogue) -> UniversityService {
    let upstream = UpstreamAbout {
        embedded: true,
        url: String::new(),
        latency: Duration::ZERO,
    };
    let about = About {
        upstream,
        catalogue: catalogue.about(),
    };
    let source = Arc::new(Sample(catalogue.universities().to_vec()));
    UniversityService::new(Edition {
        revalidating: source.clone(),
        source,
        catalogue: Arc::new(catalogue),
        about,
    })
}

type Api = Box<dyn Fn(Uri) -> BoxFuture<'static, Response> + Send + Sync>;

/// The API and what it runs on, made once.
fn api() -> &'static (Runtime, Api) {
    static API: OnceLock<(Runtime, Api)> = OnceLock::new();
    API.get_or_init(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        let catalogue = runtime
            .block_on(app::load(&Location::Sample))
            .expect("a sample");
        let api = api::api(
            Arc::new(service(catalogue)),
            Arc::new(Readiness::default()),
            Metrics::default(),
            api::Settings::default(),
            Surface::Whole,
        );
        let endpoint = api.endpoint;
        let answer = move |uri: Uri| {
            let endpoint = Arc::clone(&endpoint);
            async move {
                endpoint
                    .get_response(Request::builder().uri(uri).finish())
                    .await
            }
            .boxed()
        };
        (runtime, Box::new(answer) as Api)
    })
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((path, query)) = input.split_first() else {
        return Corpus::Reject;
    };
    let path = PATHS[usize::from(*path) % PATHS.len()];
    let line = [path.as_bytes(), b"?", query].concat();
    // What is no address is refused before it reaches us.
    let Ok(uri) = Uri::try_from(line) else {
        return Corpus::Reject;
    };
    let (runtime, api) = api();
    runtime.block_on(async {
        let mut response = api(uri).await;
        let status = response.status().as_u16();
        let json = response.take_body().into_json::<Value>().await;
        let body = json.expect("every answer is JSON");
        assert!(status < 500, "{status}: {body}");
        if status != 200 {
            assert_eq!(body["status"], status, "{body}");
            for member in ["type", "title", "detail", "instance"] {
                assert!(body[member].is_string(), "{member}: {body}");
            }
        }
    });
    Corpus::Keep
});
