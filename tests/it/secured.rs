//! TLS for callers: with a certificate from files, which may be renewed while the service runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use universities::app::Upstream;
use universities::server::{self, Tls};

use crate::support::{Answer, TestApp, settings};

/// Writes a new certificate for `localhost`, signed by itself, and its key into the directory.
pub(crate) fn issue(directory: &Path) -> String {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let issued = issued.expect("a certificate");
    let pem = issued.cert.pem();
    fs::write(directory.join("cert.pem"), &pem).expect("room on the disk");
    let key = issued.signing_key.serialize_pem();
    fs::write(directory.join("key.pem"), key).expect("room on the disk");
    pem
}

pub(crate) fn open(directory: &Path) -> Tls {
    let tls = Tls::open(&directory.join("cert.pem"), &directory.join("key.pem"));
    tls.expect("a certificate and its key")
}

pub(crate) async fn served(tls: Tls) -> TestApp {
    let served = server::Settings {
        tls: Some(tls),
        ..server::Settings::default()
    };
    TestApp::start_served(settings(Upstream::Embedded(Duration::ZERO)), served).await
}

/// A client that trusts the certificate and no other.
fn trusting(pem: &str, version: &'static SupportedProtocolVersion) -> Client {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    roots.add(certificate).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .build()
        .expect("a client")
}

fn url(app: &TestApp) -> String {
    format!("https://localhost:{}/healthz", app.address.port())
}

#[tokio::test]
async fn callers_are_answered_over_tls_1_2_and_1_3() {
    let directory = tempfile::tempdir().expect("a directory");
    let pem = issue(directory.path());
    let app = served(open(directory.path())).await;
    for version in [&version::TLS12, &version::TLS13] {
        let response = trusting(&pem, version).get(url(&app)).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), 200, "{version:?}");
        assert_eq!(response.version(), reqwest::Version::HTTP_2, "{version:?}");
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_for_new_connections() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = issue(directory.path());
    let tls = open(directory.path());
    let app = served(tls.clone()).await;
    let early = trusting(&first, &version::TLS13);
    assert_eq!(Answer::of(early.get(url(&app))).await.status, 200);
    assert!(!tls.reload().expect("still good"), "nothing is new yet");
    let second = issue(directory.path());
    assert!(tls.reload().expect("good again"));
    // The connection from before is still there, and a new one needs the new certificate.
    assert_eq!(Answer::of(early.get(url(&app))).await.status, 200);
    let late = trusting(&second, &version::TLS13);
    assert_eq!(Answer::of(late.get(url(&app))).await.status, 200);
    let outdated = trusting(&first, &version::TLS13)
        .get(url(&app))
        .send()
        .await;
    assert!(outdated.is_err());
}

#[tokio::test]
async fn a_renewal_that_cannot_work_leaves_the_certificate_in_use() {
    let directory = tempfile::tempdir().expect("a directory");
    let pem = issue(directory.path());
    let tls = open(directory.path());
    let app = served(tls.clone()).await;
    let other = tempfile::tempdir().expect("a directory");
    issue(other.path());
    fs::copy(
        other.path().join("key.pem"),
        directory.path().join("key.pem"),
    )
    .expect("copied");
    let error = tls.reload().expect_err("another one's key");
    assert!(
        error.to_string().contains("cannot be used together"),
        "{error}"
    );
    fs::write(directory.path().join("cert.pem"), "nothing").expect("room on the disk");
    let error = tls.reload().expect_err("no certificate");
    assert!(error.to_string().contains("cert.pem"), "{error}");
    let client = trusting(&pem, &version::TLS13);
    assert_eq!(Answer::of(client.get(url(&app))).await.status, 200);
}
