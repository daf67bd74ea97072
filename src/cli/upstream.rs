//! `universities upstream`: an upstream of one's own.

use std::sync::Arc;

use super::signals::StopSignals;
use super::{CliError, listen};
use crate::config::Upstream;
use crate::{app, server, telemetry};

/// Serves the catalogue until a stop signal.
pub(super) async fn run(settings: Upstream) -> Result<(), CliError> {
    telemetry::init(&settings.log);
    let mut signals = StopSignals::listen()?;
    let catalogue = app::load(&settings.catalogue).await?;
    let listener = listen(settings.bind)?;
    let address = listener.local_addr()?;
    let about = catalogue.about();
    tracing::info!(
        server.address = %address,
        catalogue.name = about.name,
        catalogue.universities = about.universities,
        catalogue.countries = about.by_country.len(),
        latency_ms = settings.latency.as_millis(),
        "upstream answers on http://{address}/search?country=India"
    );
    let endpoint = Arc::new(app::upstream(&catalogue, settings.latency));
    let stop = signals.next();
    let settings = app::upstream_server_settings();
    server::serve(listener, endpoint, Arc::new(()), stop, settings).await;
    tracing::info!("stopped");
    Ok(())
}
