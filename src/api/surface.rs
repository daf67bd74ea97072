//! Which operations are answered where.

use serde_json::Value;

/// Operations for those who run the service.
pub(super) const OPERATORS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Which operations an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// All.
    Whole,
    /// Those for callers.
    Callers,
    /// Those for who runs the service.
    Operators,
}

impl Surface {
    /// Whether it has the pages that show the document.
    pub(super) fn has_pages(self) -> bool {
        self != Self::Operators
    }

    /// What the document says of the operations that are answered.
    pub(super) fn of(self, mut document: Value) -> Value {
        if let Some(paths) = document["paths"].as_object_mut() {
            paths.retain(|path, _| match self {
                Self::Whole => true,
                Self::Callers => !OPERATORS.contains(&path.as_str()),
                Self::Operators => OPERATORS.contains(&path.as_str()),
            });
        }
        document
    }
}
