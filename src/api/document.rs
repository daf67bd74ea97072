//! The OpenAPI document: derived from the handlers, then mended and completed.
//!
//! Owns what the document says of the service as a whole, and its texts. Everything that shows the
//! document shows the mended one. No network, no settings.

use poem_openapi::{
    ContactObject, ExternalDocumentObject, ExtraHeader, LicenseObject, OpenApiService, ServerObject,
};
use serde_json::Value;

use super::complete::complete;
use super::mend::mend;
use super::{Apis, request_id, stamp};

/// The list that the public API answers from, and so does everything in front of it.
const PUBLIC_LIST: &str = "https://github.com/Hipo/university-domains-list";

/// The service that poem-openapi derives the document and the routes from.
pub(super) fn openapi_service() -> OpenApiService<Apis, ()> {
    let license = LicenseObject::new("MIT").url("https://spdx.org/licenses/MIT.html");
    OpenApiService::new(Apis::default(), "Universities", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
        .license(license)
        .contact(ContactObject::new().name("The maintainers of Universities"))
        .external_document(
            ExternalDocumentObject::new(PUBLIC_LIST).description("The public list of universities"),
        )
        .server(ServerObject::new("/").description("This service, local or in production"))
        .extra_response_header::<String, _>(
            ExtraHeader::new(stamp::PROCESS_TIME)
                .description("How long the answer took, in seconds, or a stream to begin: `0.5812 sec`."),
        )
        .extra_response_header::<String, _>(ExtraHeader::new(request_id::HEADER).description(
            "The request's id: the caller's own, when it is 1 to 128 of `A-Z a-z 0-9 . _ -`.",
        ))
        .extra_response_header::<Option<String>, _>(ExtraHeader::new("RateLimit").description(
            "What is left of the client's limit, where there is one: `\"countries\";r=597`.",
        ))
        .extra_response_header::<Option<String>, _>(ExtraHeader::new("RateLimit-Policy").description(
            "What a client may ask for, where there is a limit: `\"countries\";q=600;w=60`.",
        ))
        .extra_response_header::<Option<String>, _>(
            ExtraHeader::new("Access-Control-Allow-Origin")
                .description("Whose pages may read the answer, where the request says whose it is."),
        )
        .extra_response_header::<Option<String>, _>(ExtraHeader::new("ETag").description(
            "The answer's tag, where it may be asked for again: with `If-None-Match`, what has not \
             changed is a 304 without a body.",
        ))
        .extra_response_header::<String, _>(ExtraHeader::new(stamp::SERVER_TIMING).description(
            "How long it took in all, and each country that was fetched for it (W3C Server Timing).",
        ))
}

/// The document as it is served.
///
/// # Panics
///
/// If poem-openapi wrote something that is not JSON.
#[must_use]
pub fn document() -> Value {
    complete(operations())
}

/// What the document says of operations, without what only its readers need.
pub(super) fn operations() -> Value {
    let derived = openapi_service().spec();
    mend(serde_json::from_str(&derived).expect("poem-openapi writes JSON"))
}

/// The document as JSON text, indented, with a final newline.
#[must_use]
pub fn to_json_text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// The document as YAML text.
///
/// # Panics
///
/// Never for a JSON value: every one of them is YAML.
#[must_use]
pub fn to_yaml_text(document: &Value) -> String {
    serde_saphyr::to_string(document).expect("any JSON value is YAML")
}
