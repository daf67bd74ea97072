//! `universities serve`: the service.

use std::path::PathBuf;

use tokio::sync::oneshot;

use super::signals::{StopSignals, hangups};
use super::{CliError, listen};
use crate::app::{App, Listeners};
use crate::aside::aside;
use crate::config::Serve;
use crate::outbound::Collector;
use crate::server::{self, Tls};
use crate::telemetry::{self, Export, ExportSettings};

/// Serves until a stop signal, then lets running requests finish; ends at once at the second.
pub(super) async fn run(settings: Serve) -> Result<(), CliError> {
    telemetry::init(&settings.log);
    let traces = settings.traces.as_ref().map(exported).transpose()?;
    let served = serve(settings).await;
    // Who ends the service by force does not wait for its last traces.
    if let Some(traces) = traces
        && served.is_ok()
    {
        aside(|| traces.finish()).await;
    }
    served
}

/// Has traces exported.
fn exported(settings: &ExportSettings) -> Result<Export, CliError> {
    let collector = Collector::new(settings.timeout).map_err(CliError::Traces)?;
    telemetry::export(collector, settings).map_err(|error| CliError::Traces(error.into()))
}

async fn serve(settings: Serve) -> Result<(), CliError> {
    let mut signals = StopSignals::listen()?;
    let mut hangups = hangups()?;
    let server = fitted(settings.server, settings.tls)?;
    let scheme = if server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    // A list may take its time to arrive; whoever wants the service gone does not wait for it.
    let app = tokio::select! {
        app = App::start(&settings.app) => app?,
        () = signals.next() => return Ok(()),
    };
    let callers = listen(settings.bind)?;
    let operators = settings.admin_bind.map(listen).transpose()?;
    let address = callers.local_addr()?;
    if let Some(operators) = &operators {
        let address = operators.local_addr()?;
        tracing::info!(server.address = %address, "probes are on http://{address}/readyz");
    }
    let listeners = Listeners { callers, operators };
    tracing::info!(
        server.address = %address,
        "serving on {scheme}://{address}, documented at {scheme}://{address}/docs"
    );
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _at_the_first_signal = stopped.await;
    };
    let stopped_by_force = async {
        signals.next().await;
        let _still_serving = stop.send(());
        signals.next().await;
    };
    let refreshed_when_told = async {
        loop {
            hangups.recv().await;
            tracing::info!("looking for a new catalogue at SIGHUP");
            app.refresh().await;
        }
    };
    tokio::select! {
        cut_off = app.serve(listeners, stopped, server) => {
            tracing::info!(connections.cut_off = cut_off, "stopped");
            Ok(())
        }
        () = stopped_by_force => Err(CliError::Failed("stopped by a second signal".to_owned())),
        never = refreshed_when_told => never,
    }
}

/// The server's settings, as far as the system and the files allow.
fn fitted(
    mut settings: server::Settings,
    tls: Option<(PathBuf, PathBuf)>,
) -> Result<server::Settings, CliError> {
    let room = server::room_for_connections();
    if settings.max_connections > room {
        tracing::info!(
            connections.most = room,
            "the system has room for fewer connections than are allowed"
        );
        settings.max_connections = room;
    }
    let tls = tls.map(|(certificates, key)| Tls::open(&certificates, &key));
    settings.tls = tls.transpose()?;
    Ok(settings)
}
