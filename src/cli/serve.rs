//! `universities serve`: the service.

use super::signals::{hangups, stop_signal};
use super::{CliError, listen};
use crate::app::App;
use crate::config::Serve;
use crate::telemetry;

/// Serves until a stop signal, then lets running requests finish.
pub(super) async fn run(settings: Serve) -> Result<(), CliError> {
    telemetry::init(&settings.log);
    let stop = stop_signal()?;
    let listener = listen(settings.bind)?;
    let address = listener.local_addr()?;
    let app = App::start(&settings.app).await?;
    tracing::info!(
        server.address = %address,
        "serving on http://{address}, documented at http://{address}/docs"
    );
    let mut hangups = hangups()?;
    let refreshed_when_told = async {
        loop {
            hangups.recv().await;
            tracing::info!("looking for a new catalogue at SIGHUP");
            app.refresh().await;
        }
    };
    let cut_off = tokio::select! {
        cut_off = app.serve(listener, stop, settings.server) => cut_off,
        never = refreshed_when_told => never,
    };
    tracing::info!(connections.cut_off = cut_off, "stopped");
    Ok(())
}
