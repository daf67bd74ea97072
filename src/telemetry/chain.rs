//! Errors as text.

use std::error::Error;

/// The error and its causes, outermost first, separated by colons. For logs and operators;
/// callers of the API never see causes.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
