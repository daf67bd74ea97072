//! TLS 1.2 and 1.3 for connections to us, with a certificate that may be renewed while we run.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::aside::aside;
use crate::telemetry;

/// How often the files are read again.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why connections cannot be secured.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file is unreadable, or holds nothing of the kind.
    #[error("{} has no {what} in PEM form", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// What the reader said.
        #[source]
        cause: rustls::pki_types::pem::Error,
    },
    /// The certificate and the key do not belong together, or cannot be used.
    #[error("the certificate and the key cannot be used together")]
    Pair(#[source] rustls::Error),
}

/// What connections are secured with. Clones share the certificate.
#[derive(Debug, Clone)]
pub struct Tls {
    certificate: Arc<Certificate>,
    config: Arc<ServerConfig>,
}

/// The certificate in use.
#[derive(Debug)]
struct Certificate {
    files: Files,
    in_use: ArcSwap<CertifiedKey>,
}

#[derive(Debug)]
struct Files {
    certificates: PathBuf,
    key: PathBuf,
}

impl Tls {
    /// Reads a certificate chain and its key.
    ///
    /// # Errors
    ///
    /// [`TlsError`], naming the file.
    pub fn open(certificates: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files {
            certificates: certificates.to_owned(),
            key: key.to_owned(),
        };
        let certificate = Arc::new(Certificate {
            in_use: ArcSwap::from_pointee(files.read()?),
            files,
        });
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            certificate,
            config: Arc::new(config),
        })
    }

    /// Reads the files again and secures new connections with what is in them; whether that is
    /// something new. Connections that are open stay so.
    ///
    /// # Errors
    ///
    /// [`TlsError`], naming the file; the certificate in use stays.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let read = self.certificate.files.read()?;
        let is_new = read.cert != self.certificate.in_use.load().cert;
        if is_new {
            self.certificate.in_use.store(Arc::new(read));
        }
        Ok(is_new)
    }

    /// Reads the files again now and again, for ever. A certificate is renewed by replacing files,
    /// which may be links into directories that are replaced as a whole, so looking is more reliable
    /// than being told.
    pub(super) async fn keep_fresh(&self) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let ours = self.clone();
            match aside(move || ours.reload()).await {
                Ok(true) => tracing::info!("certificate has been renewed"),
                Ok(false) => {}
                Err(error) => tracing::warn!(
                    error = telemetry::chain(&error),
                    "certificate cannot be renewed, the one in use stays"
                ),
            }
        }
    }

    /// Secures a connection.
    ///
    /// # Errors
    ///
    /// Those of the connection, and what the client does wrong.
    pub(super) async fn accept<S>(&self, socket: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.config))
            .accept(socket)
            .await
    }
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, TlsError> {
        let none = |path: &Path, what, cause| TlsError::File {
            path: path.to_owned(),
            what,
            cause,
        };
        let certificates = CertificateDer::pem_file_iter(&self.certificates)
            .and_then(Iterator::collect)
            .and_then(|all: Vec<_>| {
                let first = rustls::pki_types::pem::Error::NoItemsFound;
                if all.is_empty() { Err(first) } else { Ok(all) }
            })
            .map_err(|cause| none(&self.certificates, "certificate", cause))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|cause| none(&self.key, "private key", cause))?;
        CertifiedKey::from_der(certificates, key, &ring::default_provider()).map_err(TlsError::Pair)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.in_use.load_full())
    }
}
