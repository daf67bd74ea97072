"""A small answer: what a request costs when there is little to send."""

from .. import checks
from ..comparison import compare_loads
from ..run import Run
from ..warm_set import ONE, warm_set

_CONNECTIONS = 32


def measure(run: Run) -> dict:
    """One comparison."""
    with run.servers() as servers:
        warm = warm_set(run, servers)
        body = warm.bodies["small.json"]
        subjects = [
            warm.from_service("service", ONE, checks.same_bytes(body)),
            warm.from_ready("ready", "small.json"),
            *warm.from_nginx("small.json"),
        ]
        return {"small": compare_loads(run, f"One small country, {len(body)} bytes", subjects, _CONNECTIONS, "ready")}
