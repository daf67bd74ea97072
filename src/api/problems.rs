//! `GET /problems/{slug}`: what a problem type means, and what to do about it.

use poem_openapi::param::Path;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::params::Slug;
use super::payload::Json;
use super::problem::{Explaining, Failed};
use super::schema::Explanation;

/// The explanation's operation.
#[derive(Debug, Default)]
pub(super) struct Problems;

#[derive(ApiResponse)]
enum Answer {
    /// What it means and what to do.
    #[oai(status = 200)]
    Explanation(Json<Explanation>),
}

#[OpenApi(tag = "Tag::Service")]
impl Problems {
    /// What a problem type means
    ///
    /// Every error has a `type`, which is the address of its explanation here.
    #[oai(
        path = "/problems/:slug",
        method = "get",
        operation_id = "explainProblem"
    )]
    async fn explain_problem(
        &self,
        /// The last segment of a problem's `type`.
        slug: Path<Slug>,
    ) -> Result<Answer, Failed<Explaining>> {
        Ok(Answer::Explanation(Json::of(&Explanation::of(slug.0.0))))
    }
}
