"""Which part of the service a function belongs to, by its name."""

import re

KERNEL = "kernel and network"
REST = "rest"

#: The first pattern that is found decides, so what is narrow comes before what is wide. Copies of
#: bytes are anybody's, and stay in the rest.
_GROUPS = [
    ("allocator", r"_rjem|jemalloc|__rust_(de|re)?alloc|__rdl_|\b(malloc|calloc|realloc|free|cfree)\b"),
    ("telemetry", r"opentelemetry|tracing|prometheus|universities::telemetry|metrics|source::(meter|observed)"),
    ("HTTP client", r"reqwest|hyper::client|hyper_util::client|hyper::proto::h1::role::.*Client|tower|rustls"),
    ("HTTP client", r"universities::(outbound|source::(http|attempt|call|retried|hedged|guarded|limited|queue|breaker))"),
    ("decoding and checking", r"serde_json::(de|read)|serde_core::de|Deserialize|unicode_normalization|source::(record|wire)"),
    ("decoding and checking", r"universities::domain|universities::records|from_utf8|idna|psl|url::|CaseMapping|is_alphanumeric|core::hash|hashbrown|tinyvec"),
    ("writing", r"serde_json::ser|serde_core::ser|Serialize|xxhash|xxh3|api::(body|payload|document|article|coding)|itoa|ryu|zmij"),
    ("HTTP server", r"hyper(_util)?::(server|proto|rt)|httparse|poem|universities::(server|api|service|app)|http::|httpdate"),
    ("HTTP client", r"hyper|universities::(source|fetch)"),
    ("runtime", r"tokio|mio::|parking_lot|futures|pthread|__vdso|clock_gettime|epoll|syscall|eventfd"),
]
_PATTERNS = [(group, re.compile(pattern)) for group, pattern in _GROUPS]

#: In the order of the plot.
GROUPS = [KERNEL, *dict.fromkeys(group for group, _ in _GROUPS), REST]


def group(symbol: str) -> str:
    """The group of a function."""
    return next((name for name, pattern in _PATTERNS if pattern.search(symbol)), REST)
