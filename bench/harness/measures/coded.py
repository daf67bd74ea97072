"""Answers in gzip and br: the service against bare servers with the very same coded bytes."""

from .. import checks
from ..comparison import compare_loads
from ..load import Subject
from ..run import Run
from ..warm_set import FULL, warm_set

_CONNECTIONS = 32


def measure(run: Run) -> dict:
    """Comparisons by coding."""
    with run.servers() as servers:
        warm = warm_set(run, servers)
        zipped = warm.bodies["full.json.gz"]
        gzip = [
            warm.from_service("service", FULL, checks.decodes_to(warm.bodies["full.json"]), accept_encoding="gzip"),
            warm.from_ready("ready", "full.json.gz", "gzip"),
            Subject(
                "nginx, gzip_static",
                warm.nginx.nopush_on,
                "/full.json",
                checks.same_bytes(zipped, "gzip"),
                {"accept-encoding": "gzip"},
            ),
        ]
        pressed = checks.same_bytes(warm.bodies["full.json.br"], "br")
        br = [
            warm.from_service("service", FULL, pressed, accept_encoding="br"),
            warm.from_ready("ready", "full.json.br", "br"),
        ]
        return {
            "gzip": compare_loads(run, f"gzip, {len(zipped)} bytes", gzip, _CONNECTIONS, "ready"),
            "br": compare_loads(run, f"br, {len(warm.bodies['full.json.br'])} bytes", br, _CONNECTIONS, "ready"),
        }
