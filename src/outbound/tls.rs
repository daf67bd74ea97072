//! TLS for calls that we make: rustls with the Mozilla roots built in, so that an image without
//! a CA bundle can call https addresses, and no process-wide default is touched.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// The client side of TLS 1.2 and 1.3.
///
/// # Errors
///
/// Those of rustls, should its own defaults not fit together.
pub fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}
