"""Answers that are kept: the service against bare servers with the same bytes."""

from .. import checks
from ..comparison import compare_loads
from ..load import Subject
from ..records import COUNTRIES
from ..run import Run
from ..warm_set import FULL, REPORT, warm_set

#: Also the plot of throughput against connections.
CONNECTIONS = (1, 8, 32, 128, 256)
_QUICK_CONNECTIONS = (1, 32, 256)
#: Those of the targets, at which the report is measured too.
_REPORT_CONNECTIONS = (32, 256)


def measure(run: Run) -> dict:
    """Comparisons by number of connections."""
    with run.servers() as servers:
        warm = warm_set(run, servers)
        body = checks.same_bytes(warm.bodies["full.json"])
        main = [
            warm.from_service("service", FULL, body),
            warm.from_ready("ready", "full.json"),
            *warm.from_nginx("full.json"),
            Subject("nginx, proxy_cache", warm.nginx.cache, FULL, body),
        ]
        report = [
            warm.from_service("service, report", REPORT, checks.report(run.records, COUNTRIES)),
            warm.from_ready("ready, report", "report.json"),
        ]
        size = len(warm.bodies["full.json"])
        compared = {}
        for connections in _QUICK_CONNECTIONS if run.quick else CONNECTIONS:
            title = f"Warm, three countries, {size} bytes, {connections} connections"
            compared[str(connections)] = compare_loads(run, title, main, connections, "ready")
        for connections in _REPORT_CONNECTIONS:
            title = f"Warm, report of three countries, {connections} connections"
            compared[f"report {connections}"] = compare_loads(run, title, report, connections, "ready, report")
        return compared
