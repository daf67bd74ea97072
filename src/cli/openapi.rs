//! `universities openapi`: the document, without network or settings.

use std::io;

use super::print;
use crate::api;
use crate::config::{DocumentFormat, DocumentVersion};

/// Prints the document.
pub(super) fn run(format: DocumentFormat, version: DocumentVersion) -> io::Result<()> {
    let mut document = api::document();
    if version == DocumentVersion::V3_1 {
        document = api::in_3_1(&document);
    }
    let text = match format {
        DocumentFormat::Json => api::to_json_text(&document),
        DocumentFormat::Yaml => api::to_yaml_text(&document),
    };
    print(&text)
}
