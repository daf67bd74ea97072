//! `GET /`: who answers here, and from what.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use serde::Serialize;

use super::Tag;
use super::payload::Json;
use super::problem::{Asking, Failed};
use super::schema::{date, milliseconds};
use crate::domain;
use crate::service::UniversityService;

/// The description's operation.
#[derive(Debug, Default)]
pub(super) struct About;

/// What the service is, which upstream and catalogue it answers from, where its documents are.
#[derive(Debug, Object, Serialize)]
struct Description {
    /// The service's name.
    service: String,
    /// Its version.
    version: String,
    /// Where its data comes from.
    upstream: Upstream,
    /// The list that the service holds itself.
    catalogue: Catalogue,
    /// Where to read on.
    documents: Documents,
}

/// An upstream.
#[derive(Debug, Object, Serialize)]
struct Upstream {
    /// Whether it is the service's own, answering from the catalogue, or a remote one.
    kind: UpstreamKind,
    /// Its base address.
    url: String,
    /// How long the embedded upstream waits before each answer, in milliseconds.
    latency_ms: f64,
}

/// Whose upstream it is.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename = "UpstreamKind", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum UpstreamKind {
    /// The service's own, on a loopback port.
    Embedded,
    /// Someone else's.
    Remote,
}

/// A list of universities in memory.
#[derive(Debug, Object, Serialize)]
struct Catalogue {
    /// `sample`, the file's name, or the address.
    name: String,
    /// Whether it is the bundled sample, which is not the whole world.
    sample: bool,
    /// Which list it is: the beginning of its SHA-256, in hexadecimal digits.
    data_version: String,
    /// When it was last changed, as far as its location says (RFC 3339).
    data_date: String,
    /// How many universities it has.
    universities: usize,
    /// How many countries they are in.
    countries: usize,
}

/// Where to read on.
#[derive(Debug, Object, Serialize)]
struct Documents {
    /// Swagger UI.
    docs: String,
    /// Redoc.
    redoc: String,
    /// The OpenAPI document as JSON.
    openapi_json: String,
    /// The OpenAPI document as YAML.
    openapi_yaml: String,
    /// Its 3.1 edition as JSON.
    openapi_3_1_json: String,
}

#[derive(ApiResponse)]
enum Answer {
    /// The description.
    #[oai(status = 200)]
    Description(Json<Description>),
}

#[OpenApi(tag = "Tag::Service")]
impl About {
    /// What answers here
    ///
    /// The service and its version, the upstream and the catalogue it answers from, and where
    /// its documents are.
    #[oai(path = "/", method = "get", operation_id = "describeService")]
    async fn describe_service(
        &self,
        service: Data<&Arc<UniversityService>>,
    ) -> Result<Answer, Failed<Asking>> {
        let domain::About {
            upstream,
            catalogue,
        } = service.edition().about.clone();
        Ok(Answer::Description(Json::of(&Description {
            service: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            upstream: Upstream {
                kind: if upstream.embedded {
                    UpstreamKind::Embedded
                } else {
                    UpstreamKind::Remote
                },
                url: upstream.url,
                latency_ms: milliseconds(upstream.latency),
            },
            catalogue: Catalogue {
                name: catalogue.name,
                sample: catalogue.sample,
                data_version: catalogue.version.hash.as_ref().to_owned(),
                data_date: date(catalogue.version.changed),
                universities: catalogue.universities,
                countries: catalogue.by_country.len(),
            },
            documents: Documents {
                docs: "/docs".to_owned(),
                redoc: "/redoc".to_owned(),
                openapi_json: "/openapi.json".to_owned(),
                openapi_yaml: "/openapi.yaml".to_owned(),
                openapi_3_1_json: "/openapi-3.1.json".to_owned(),
            },
        })))
    }
}
