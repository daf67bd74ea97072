//! `universities serve`: the service.

use super::stop::stop_signal;
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
    let cut_off = app.serve(listener, stop, settings.server).await;
    tracing::info!(connections.cut_off = cut_off, "stopped");
    Ok(())
}
