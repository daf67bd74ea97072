"""What the service adds to a slow upstream's answer, one request at a time."""

import statistics
from contextlib import ExitStack

from .. import checks
from ..client import Connection
from ..comparison import comparison
from ..records import COUNTRIES
from ..rounds import percentile, summary
from ..run import Run, say
from ..warm_set import FULL

UPSTREAM_MS = 50
_REQUESTS = 200
_QUICK_REQUESTS = 10


def measure(run: Run) -> dict:
    """One comparison; the upstream's slowest country is what all others are held against."""
    with run.servers() as servers:
        upstream = servers.upstream(UPSTREAM_MS)
        slowest = _slowest(upstream.port)
        dictionary = checks.dictionary(run.records, COUNTRIES)
        asked = {
            "upstream": (upstream.port, f"/search?country={slowest}", checks.country(run.records, slowest)),
            "service": (servers.service(upstream, keep=False).port, FULL, dictionary),
            "through, reqwest": (servers.through(upstream, "reqwest").port, "/", dictionary),
            "through, hyper": (servers.through(upstream, "hyper").port, "/", dictionary),
        }
        rounds = []
        for number in range(run.rounds):
            say(f"  latency: round {number + 1}")
            rounds.append(_round(asked, _QUICK_REQUESTS if run.quick else _REQUESTS))
    subjects = {name: summary([round_[name] for round_ in rounds]) for name in asked}
    title = f"Added latency, upstream with {UPSTREAM_MS} ms, one connection, slowest country {slowest}"
    return {"latency": comparison(title, "p50_ms", subjects)}


def _slowest(port: int) -> str:
    """The country whose list takes longest."""
    with Connection(port) as connection:
        times = {
            country: statistics.median(connection.get(f"/search?country={country}").total_s for _ in range(5))
            for country in COUNTRIES
        }
    return max(times, key=times.get)


def _round(asked: dict, requests: int) -> dict[str, dict]:
    """Subjects take turns request by request; each has one connection that stays open."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    with ExitStack() as open_ones:
        connections = {name: open_ones.enter_context(Connection(port)) for name, (port, _, _) in asked.items()}
        for name, (_, path, check) in asked.items():
            # The first opens the connections behind.
            checks.ask(name, connections[name], path, check)
        for _ in range(requests):
            for name, (_, path, check) in asked.items():
                times[name].append(checks.ask(name, connections[name], path, check).total_s * 1e3)
    figures = {name: (percentile(ms, 0.5), percentile(ms, 0.99)) for name, ms in times.items()}
    direct_p50, direct_p99 = figures["upstream"]
    return {
        name: {"p50_ms": p50, "p99_ms": p99, "added_p50_ms": p50 - direct_p50, "added_p99_ms": p99 - direct_p99}
        for name, (p50, p99) in figures.items()
    }
