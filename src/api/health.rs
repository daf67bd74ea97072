//! Probes: alive, and able to answer.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::payload::Json;
use super::problem::{Failed, Probing, ProblemType, Reading};
use super::{Readiness, Tag};

/// The probes' operations.
#[derive(Debug, Default)]
pub(super) struct Health;

/// What a probe says when all is well.
#[derive(Debug, Object, Serialize)]
struct Status {
    /// `alive` or `ready`.
    status: String,
}

#[derive(ApiResponse)]
enum Answer {
    /// All is well.
    #[oai(status = 200)]
    Well(Json<Status>),
}

#[OpenApi(tag = "Tag::Service")]
impl Health {
    /// Whether the service is alive
    ///
    /// Answers as long as the process can answer at all.
    #[oai(path = "/healthz", method = "get", operation_id = "getHealth")]
    async fn get_health(&self) -> Result<Answer, Failed<Reading>> {
        Ok(well("alive"))
    }

    /// Whether the service should be sent requests
    ///
    /// Turns to 503 when the service is told to stop, before it closes its listener.
    #[oai(path = "/readyz", method = "get", operation_id = "getReadiness")]
    async fn get_readiness(
        &self,
        readiness: Data<&Arc<Readiness>>,
    ) -> Result<Answer, Failed<Probing>> {
        if readiness.is_ready() {
            Ok(well("ready"))
        } else {
            let detail = "the service is stopping: running requests finish, new ones go elsewhere";
            Err(ProblemType::NotReady.problem(detail).into())
        }
    }
}

fn well(status: &str) -> Answer {
    let status = status.to_owned();
    Answer::Well(Json::of(&Status { status }))
}
