//! The documents and the pages that show them.
//!
//! Owns `/openapi.json`, `/openapi.yaml`, `/docs` and `/redoc`: made once, served as they are.

use poem::{Endpoint, IntoEndpoint, Response, Route, endpoint::make_sync};
use serde_json::Value;

use super::document::{openapi_service, to_json_text, to_yaml_text};

/// The paths, which are no operations of the document.
pub(super) const PAGES: [&str; 4] = ["/openapi.json", "/openapi.yaml", "/docs", "/redoc"];

/// Redoc's page asks for fonts elsewhere; no request of ours leaves the caller's machine.
const OUTSIDE_FONTS: &str = r#"<link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">"#;

/// Adds the documents and their pages to the routes.
pub(super) fn routes(route: Route, document: &Value) -> Route {
    let service = openapi_service();
    let shown = service.spec();
    // `<` would let a description end the script element that the pages put the document in.
    let safe = to_json_text(document).replace('<', "\\u003c");
    let swagger = service.swagger_ui_html().replace(&shown, &safe);
    let redoc = service
        .redoc_html()
        .replace(&shown, &safe)
        .replace(OUTSIDE_FONTS, "");
    let [json, yaml, docs, reference] = PAGES;
    route
        .at(json, page("application/json", to_json_text(document)))
        .at(yaml, page("application/yaml", to_yaml_text(document)))
        .at(docs, page("text/html; charset=utf-8", titled(&swagger)))
        .at(reference, page("text/html; charset=utf-8", titled(&redoc)))
}

fn titled(page: &str) -> String {
    page.replacen(
        "<title>Swagger UI</title>",
        "<title>Universities</title>",
        1,
    )
    .replacen("<title>Redoc</title>", "<title>Universities</title>", 1)
}

fn page(content_type: &'static str, body: String) -> impl Endpoint + IntoEndpoint {
    let body = hyper::body::Bytes::from(body);
    poem::get(make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .body(body.clone())
    }))
}
