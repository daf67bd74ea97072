"""Nothing kept: every request asks the upstream for three countries."""

import re

from .. import checks
from ..client import fetch
from ..comparison import compare_loads
from ..errors import WrongAnswer
from ..load import Subject
from ..records import COUNTRIES
from ..run import Run
from ..servers import Server
from ..warm_set import FULL

_CONNECTIONS = 32
#: An answer of the article's service takes seconds then, and one that the end of a load cuts off is
#: not counted: a load has to be many answers long.
_ARTICLE_SECONDS = 30
_ONE_BY_ONE = "/universities/"


def measure(run: Run) -> dict:
    """One comparison, and how many upstream requests an answer of the service took."""
    with run.servers() as servers:
        upstream = servers.upstream()
        service = servers.service(upstream, keep=False)
        check = checks.dictionary(run.records, COUNTRIES)

        def subject(name: str, server: Server, path: str = FULL, **slow: float | None) -> Subject:
            return Subject(name, server.port, path, check, process=server.process, **slow)

        article = servers.article(upstream)
        slow = {
            "connections": 2 if run.quick else None,
            "least_seconds": 3 if run.quick else _ARTICLE_SECONDS,
            "checks_per_second": 0.5,
        }
        subjects = [
            subject("service", service),
            subject("service, sequential", service, _ONE_BY_ONE),
            subject("through, reqwest", servers.through(upstream, "reqwest")),
            subject("through, hyper", servers.through(upstream, "hyper")),
            subject("well done", servers.well_done(upstream)),
            subject("article, sequential", article, _ONE_BY_ONE, **slow),
            subject("article, concurrent", article, FULL, **slow),
        ]
        before = _upstream_requests(service)
        compared = compare_loads(run, "Cold, three countries", subjects, _CONNECTIONS, "through, reqwest")
        answers = sum(
            result["requests"] + result["answers_checked"]
            for name in ("service", "service, sequential")
            for result in compared["subjects"][name]["rounds"]
        )
        per_answer = (_upstream_requests(service) - before) / answers
        if per_answer < len(COUNTRIES):
            raise WrongAnswer(f"the cold service asked the upstream only {per_answer:.3f} times per answer")
        return {"cold": compared | {"note": f"The service asked the upstream {per_answer:.2f} times per answer."}}


def _upstream_requests(service: Server) -> int:
    """How often the service has asked its upstream."""
    said = fetch(service.port, "/metrics").body.decode()
    return sum(map(int, re.findall(r"^universities_upstream_attempts_total\{[^}]*\} (\d+)$", said, re.MULTILINE)))
