//! The embedded upstream: the public *Universities List API*, answered from a catalogue.
//!
//! Owns `GET /search?country=…` as the public API answers it: the records whose `country` is
//! spelled so, in any case, and an empty list for every other spelling. Spellings are not
//! understood here, on purpose: coping with that is what the service is for. It is called over
//! real HTTP, be it embedded in `serve` or run by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use poem::web::{Data, Query};
use poem::{Body, Endpoint, EndpointExt, Response, Route, get, handler};
use serde::Deserialize;

use crate::api::{Edge, Routes};
use crate::catalogue::Catalogue;
use crate::domain::{ListWriter, Listed, Written};

/// The only path of the public API that the service calls.
const SEARCH: &str = "/search";

/// Answers made ready: the catalogue does not change, so each is written once.
struct Answers {
    by_country: HashMap<String, Bytes>,
    everything: Bytes,
    latency: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    country: Option<String>,
}

/// An upstream that answers from the catalogue, each time after the latency.
#[must_use]
pub fn endpoint(
    catalogue: &Catalogue,
    latency: Duration,
) -> impl Endpoint<Output = Response> + use<> {
    let mut lists: HashMap<String, ListWriter> = HashMap::new();
    for university in catalogue.universities() {
        let list = lists.entry(university.country.to_lowercase()).or_default();
        list.push(&Written::from(university));
    }
    let everything: Listed = catalogue.universities().iter().collect();
    let written = |list: ListWriter| list.finish().json().clone();
    let answers = Answers {
        everything: everything.json().clone(),
        by_country: lists
            .into_iter()
            .map(|(spelling, list)| (spelling, written(list)))
            .collect(),
        latency,
    };
    let route = Route::new().at(SEARCH, get(search)).data(Arc::new(answers));
    Edge::new(Routes::default().page(SEARCH).guard(route))
}

#[handler]
async fn search(answers: Data<&Arc<Answers>>, query: Query<Search>) -> Response {
    tokio::time::sleep(answers.latency).await;
    let body = match &query.country {
        None => answers.everything.clone(),
        Some(spelling) => {
            let listed = answers.by_country.get(&spelling.to_lowercase());
            listed.cloned().unwrap_or_else(|| Bytes::from_static(b"[]"))
        }
    };
    Response::builder()
        .content_type("application/json")
        .body(Body::from(body))
}
