"""How long an answer takes with more and more countries, by strategy."""

import statistics

from .. import checks
from ..client import Connection
from ..comparison import comparison
from ..queries import countries_query
from ..rounds import summary
from ..run import Run, say
from .latency import UPSTREAM_MS

STRATEGIES = ("sequential", "bounded", "concurrent")
_COUNTS = (1, 2, 4, 8, 16, 32, 64)
_QUICK_COUNTS = (1, 2, 4)
_REQUESTS = 3


def measure(run: Run) -> dict:
    """A comparison for each number of countries."""
    with run.servers() as servers:
        upstream = servers.upstream(UPSTREAM_MS)
        service = servers.service(upstream, keep=False)
        with Connection(service.port) as connection:
            compared = {}
            for count in _QUICK_COUNTS if run.quick else _COUNTS:
                say(f"  strategies: {count} countries")
                countries = run.records.codes()[:count]
                check = checks.dictionary(run.records, countries)
                subjects = {
                    strategy: summary([{"ms": _ms(connection, strategy, countries, check)}])
                    for strategy in STRATEGIES
                }
                title = f"Countries: {count}, upstream with {UPSTREAM_MS} ms"
                compared[str(count)] = comparison(title, "ms", subjects, "sequential")
    return compared


def _ms(connection: Connection, strategy: str, countries: list[str], check: checks.Check) -> float:
    """The median of a few requests."""
    path = f"/universities/?strategy={strategy}&{countries_query(countries)}"
    answers = (checks.ask(strategy, connection, path, check) for _ in range(_REQUESTS))
    return statistics.median(answer.total_s * 1e3 for answer in answers)
