"""200 countries: in one call against one by one, and how soon a stream begins."""

import statistics

from .. import checks
from ..client import Connection
from ..comparison import comparison
from ..queries import countries_query
from ..records import SMALL
from ..rounds import alternate, summary
from ..run import Run, say
from .latency import UPSTREAM_MS

COUNTRIES = 200
#: So many that each takes far longer than the clock's tick of 10 ms.
_REPETITIONS = {"one call": 1000, "one by one": 100}
_QUICK_REPETITIONS = {"one call": 50, "one by one": 5}
_STREAMS = 20
_QUICK_STREAMS = 2


def measure(run: Run) -> dict:
    """Two comparisons."""
    return {"calls": _calls(run), "stream": _stream(run)}


def _calls(run: Run) -> dict:
    """CPU time of the warm service for the same countries, asked in two ways."""
    countries = run.records.codes()[:COUNTRIES]
    # The same form of the same question, so that only the number of calls differs.
    paths = {
        "one call": [([*countries], f"/universities/async?{countries_query(countries)}")],
        "one by one": [([name], f"/universities/async?{countries_query([name])}") for name in countries],
    }
    with run.servers() as servers:
        service = servers.service(servers.upstream(), keep=True)
        with Connection(service.port) as connection:
            # The first round of each fills the cache; the bodies it gets are compared by content.
            wanted: dict[str, bytes] = {}
            for asked in paths.values():
                for names, path in asked:
                    check = checks.dictionary(run.records, names)
                    wanted[path] = checks.ask("service", connection, path, check).body

            def measure(name: str) -> dict:
                say(f"  {COUNTRIES} countries: {name}")
                repetitions = (_QUICK_REPETITIONS if run.quick else _REPETITIONS)[name]
                before = service.process.cpu_s()
                for _ in range(repetitions):
                    for _, path in paths[name]:
                        checks.ask(name, connection, path, checks.same_bytes(wanted[path]))
                return {"cpu_ms": (service.process.cpu_s() - before) * 1e3 / repetitions}

            subjects = alternate(run.rounds, paths, measure)
    size = len(wanted[paths["one call"][0][1]])
    return comparison(f"{COUNTRIES} countries, warm, {size} bytes in one call", "cpu_ms", subjects, "one by one")


def _stream(run: Run) -> dict:
    """The first byte of a cold stream against one answer of the upstream itself."""
    countries = run.records.codes()[:COUNTRIES]
    path = f"/v1/universities/stream?strategy=concurrent&{countries_query(countries)}"
    direct_path = f"/search?country={SMALL}"
    whole, direct_whole = checks.stream(run.records, countries), checks.country(run.records, SMALL)
    rounds = []
    with run.servers() as servers:
        upstream = servers.upstream(UPSTREAM_MS)
        service = servers.service(upstream, keep=False)
        with Connection(service.port) as connection, Connection(upstream.port) as direct_connection:
            # The first opens the connections behind.
            checks.ask("stream", connection, path, whole)
            for number in range(run.rounds):
                say(f"  stream: round {number + 1}")
                direct_ms, first_ms = [], []
                for _ in range(_QUICK_STREAMS if run.quick else _STREAMS):
                    direct = checks.ask("upstream", direct_connection, direct_path, direct_whole)
                    direct_ms.append(direct.total_s * 1e3)
                    first_ms.append(checks.ask("stream", connection, path, whole).first_byte_s * 1e3)
                rounds.append((statistics.median(direct_ms), statistics.median(first_ms)))
    subjects = {
        "upstream, one answer": summary([{"ms": direct, "added_ms": 0.0} for direct, _ in rounds]),
        "stream, first byte": summary([{"ms": first, "added_ms": first - direct} for direct, first in rounds]),
    }
    return comparison(f"Stream of {COUNTRIES} countries, cold, upstream with {UPSTREAM_MS} ms", "ms", subjects)
