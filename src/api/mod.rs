//! The HTTP API: parses requests, calls the service once, converts what comes back.
//!
//! Owns everything HTTP on the caller's side. What was answered a moment ago is `ready`. Any other request
//! passes, outermost first: `ready/keeping` (what may be given again) → `metrics` (counted) → `edge` (headers
//! of every answer, problems, panics) → `cors` (pages of other origins) → `admission` (how many
//! at a time) → `rate` (how much for each client) → `conditional` (what a caller
//! has already) → `coding` (compressed) → `guard` (only what the document promises gets in) → the
//! handler of its group. Wire types are in `schema`, error statuses in `problem`.

mod about;
mod accept_encoding;
mod admission;
mod article;
mod body;
mod client_address;
mod coding;
mod complete;
mod conditional;
mod cors;
mod countries;
mod docs;
mod document;
mod edge;
mod examples;
mod guard;
mod gzip;
mod health;
mod lookup;
mod media;
mod mend;
mod message;
mod metrics;
mod paging;
mod parameter;
mod params;
mod payload;
mod pieces;
mod poem_type;
mod problem;
mod problems;
mod query;
mod rate;
mod ready;
mod refusal;
mod request_id;
mod schema;
mod search;
mod stamp;
mod stream;
mod surface;
mod timing;
mod traced;
mod universities;
mod version_3_1;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::Tags;
use tokio::sync::watch;

use crate::service::UniversityService;
use crate::telemetry;
use admission::Admission;
use coding::Coded;
use conditional::Conditional;
use cors::Cors;
use metrics::Counted;
use rate::Limited;
use ready::Keeping;

pub use admission::Room;
pub use cors::Origins;
pub use document::{document, to_json_text, to_yaml_text};
pub use edge::Edge;
pub(crate) use guard::Routes;
pub use rate::Rate;
pub use ready::Ready;
pub use surface::Surface;
pub use version_3_1::in_3_1;

/// Every group of operations; one struct for each path, since the document keeps only the last
/// of two with the same.
type Apis = (
    article::Article,
    universities::Universities,
    stream::Stream,
    lookup::Lookup,
    search::Search,
    countries::Countries,
    about::About,
    health::Health,
    metrics::Metrics,
    problems::Problems,
);

/// How the document groups operations.
#[derive(Tags)]
enum Tag {
    /// Fetching the universities of countries.
    Universities,
    /// What may be asked for.
    Countries,
    /// The service itself.
    Service,
}

/// Whether the service wants requests.
#[derive(Debug, Default)]
pub struct Readiness {
    stopping: AtomicBool,
    /// Whether streams are to end with what they have.
    ending: watch::Sender<bool>,
}

impl Readiness {
    /// Says that the service stops.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Has running streams end with what they have, which their summaries say, because the service
    /// will not wait for more.
    pub fn end_streams(&self) {
        self.ending.send_replace(true);
    }

    /// Completes when streams are to end.
    fn streams_end(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ending = self.ending.subscribe();
        async move {
            // When the service is gone, so are its streams.
            let _ending = ending.wait_for(|ending| *ending).await;
        }
    }

    fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed)
    }
}

/// Who may ask, and how much.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The origins whose pages may ask.
    pub origins: Origins,
    /// How many requests there may be at a time.
    pub room: Room,
    /// How much one client may ask for.
    pub rate: Rate,
}

/// The API, as far as the surface has it: one endpoint, and what of its answers is ready.
#[derive(Debug)]
pub struct Api<E> {
    /// What answers every request.
    pub endpoint: Arc<E>,
    /// What need not be asked for again.
    pub ready: Arc<Ready>,
}

/// Makes the API.
pub fn api(
    service: Arc<UniversityService>,
    readiness: Arc<Readiness>,
    metrics: telemetry::Metrics,
    settings: Settings,
    surface: Surface,
) -> Api<impl Endpoint<Output = Response> + 'static> {
    let operations = surface.of(document::operations());
    let (route, pages) = if surface.has_pages() {
        (docs::routes(Route::new(), surface), docs::pages())
    } else {
        (Route::new(), Vec::new())
    };
    let is_limited = settings.rate.per_minute.is_some();
    let ready = Ready::new(Arc::clone(&service), metrics.clone(), is_limited);
    let ready = Arc::new(ready);
    let route = route
        .nest("/", document::openapi_service())
        .data(service)
        .data(readiness)
        .data(metrics.clone());
    let routes = pages
        .iter()
        .fold(Routes::of(&operations), |routes, page| routes.page(page))
        .served_at(mend::WITH_SLASH, mend::WITHOUT_SLASH);
    let guarded = routes.guard(route);
    let answered = Conditional::new(Coded::new(guarded));
    let admitted = Admission::new(settings.room, Limited::new(settings.rate, answered));
    let edge = Edge::new(Cors::new(settings.origins, admitted));
    let counted = Counted::new(metrics, edge);
    let endpoint = Arc::new(Keeping::new(Arc::clone(&ready), counted));
    Api { endpoint, ready }
}
