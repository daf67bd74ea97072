//! Probes: alive, and able to answer.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::payload::Json;
use super::problem::{Asking, Failed, Probing, ProblemType};
use super::schema::date;
use super::{Readiness, Tag};
use crate::service::UniversityService;

/// The probes' operations.
#[derive(Debug, Default)]
pub(super) struct Health;

/// What a probe says when all is well.
#[derive(Debug, Object, Serialize)]
struct Status {
    /// `alive`.
    status: String,
}

/// What the readiness probe says when all is well.
#[derive(Debug, Object, Serialize)]
struct Ready {
    /// `ready`.
    status: String,
    /// Which list the service holds: the beginning of its SHA-256, in hexadecimal digits.
    data_version: String,
    /// When that list was last changed, as far as its location says (RFC 3339).
    data_date: String,
}

#[derive(ApiResponse)]
enum Alive {
    /// All is well.
    #[oai(status = 200)]
    Well(Json<Status>),
}

#[derive(ApiResponse)]
enum Answer {
    /// All is well, and this is the list that is answered from.
    #[oai(status = 200)]
    Ready(Json<Ready>),
}

#[OpenApi(tag = "Tag::Service")]
impl Health {
    /// Whether the service is alive
    ///
    /// Answers as long as the process can answer at all.
    #[oai(path = "/healthz", method = "get", operation_id = "getHealth")]
    async fn get_health(&self) -> Result<Alive, Failed<Asking>> {
        let status = "alive".to_owned();
        Ok(Alive::Well(Json::of(&Status { status }).untagged()))
    }

    /// Whether the service should be sent requests
    ///
    /// Turns to 503 when the service is told to stop, before it closes its listener.
    #[oai(path = "/readyz", method = "get", operation_id = "getReadiness")]
    async fn get_readiness(
        &self,
        readiness: Data<&Arc<Readiness>>,
        service: Data<&Arc<UniversityService>>,
    ) -> Result<Answer, Failed<Probing>> {
        if readiness.is_ready() {
            let edition = service.edition();
            let version = edition.version();
            Ok(Answer::Ready(
                Json::of(&Ready {
                    status: "ready".to_owned(),
                    data_version: version.hash.as_ref().to_owned(),
                    data_date: date(version.changed),
                })
                .untagged(),
            ))
        } else {
            let detail = "the service is stopping: running requests finish, new ones go elsewhere";
            Err(ProblemType::NotReady.problem(detail).into())
        }
    }
}
