//! The first call.

use std::env;

use universities_client::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = env::var("UNIVERSITIES_URL");
    let client = Client::new(base_url.as_deref().unwrap_or("http://localhost:9000"));

    let countries = ["turkey", "turky"].map(String::from);
    let report = match client.fetch_universities().country(countries).send().await {
        Err(Error::ErrorResponse(problem)) => return Err(problem.detail.as_str().into()),
        answer => answer?,
    };
    for outcome in &report.outcomes {
        let requested = outcome.requested.join(",");
        if let Some(universities) = &outcome.universities {
            println!("{requested} {}", universities.len());
        } else if let Some(problem) = &outcome.problem {
            println!("{requested} {}", problem.detail);
        }
    }
    Ok(())
}
