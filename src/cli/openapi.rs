//! `universities openapi`: the document, without network or settings.

use std::io;

use super::print;
use crate::api;
use crate::config::DocumentFormat;

/// Prints the document.
pub(super) fn run(format: DocumentFormat) -> io::Result<()> {
    let document = api::document();
    let text = match format {
        DocumentFormat::Json => api::to_json_text(&document),
        DocumentFormat::Yaml => api::to_yaml_text(&document),
    };
    print(&text)
}
