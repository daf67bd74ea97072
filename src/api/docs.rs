//! The documents and the pages that show them.
//!
//! Owns `/openapi.json`, `/openapi.yaml`, `/docs` and `/redoc`: each made once, served as it is.

use std::sync::LazyLock;

use hyper::body::Bytes;
use poem::{Endpoint, IntoEndpoint, Response, Route, endpoint::make_sync};
use serde_json::Value;

use super::document::{openapi_service, to_json_text, to_yaml_text};

/// The paths, which are no operations of the document.
pub(super) const PAGES: [&str; 4] = ["/openapi.json", "/openapi.yaml", "/docs", "/redoc"];

/// Redoc's page asks for fonts elsewhere; no request of ours leaves the caller's machine.
const OUTSIDE_FONTS: &str = r#"<link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">"#;

/// Adds the documents and their pages to the routes.
pub(super) fn routes(route: Route, document: &Value) -> Route {
    let json = to_json_text(document);
    let yaml = to_yaml_text(document);
    let (for_docs, for_redoc) = (json.clone(), json.clone());
    let [json_path, yaml_path, docs_path, redoc_path] = PAGES;
    let html = "text/html; charset=utf-8";
    route
        .at(json_path, page("application/json", || json))
        .at(yaml_path, page("application/yaml", || yaml))
        .at(docs_path, page(html, move || swagger_ui(&for_docs)))
        .at(redoc_path, page(html, move || redoc(&for_redoc)))
}

fn swagger_ui(document: &str) -> String {
    let service = openapi_service();
    with_document(&service.swagger_ui_html(), &service.spec(), document)
}

fn redoc(document: &str) -> String {
    let service = openapi_service();
    with_document(&service.redoc_html(), &service.spec(), document).replace(OUTSIDE_FONTS, "")
}

/// The framework's page with our document in place of the derived one, and our name.
fn with_document(page: &str, derived: &str, document: &str) -> String {
    // `<` would let a description end the script element that the page has the document in.
    page.replace(derived, &document.replace('<', "\\u003c"))
        .replacen("<title>Swagger UI<", "<title>Universities<", 1)
        .replacen("<title>Redoc<", "<title>Universities<", 1)
}

/// A page that is made when it is first asked for: most processes never show it, and it is
/// larger than everything else they hold.
fn page(
    content_type: &'static str,
    make: impl FnOnce() -> String + Send + 'static,
) -> impl Endpoint + IntoEndpoint {
    let body = LazyLock::new(|| Bytes::from(make()));
    poem::get(make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .body(Bytes::clone(&body))
    }))
}
