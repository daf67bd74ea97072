"""What the warm measurements share: the service's own answers, kept by it and by its peers."""

import subprocess
from dataclasses import dataclass

from . import checks
from .checks import Check, Checker
from .errors import WrongAnswer
from .load import Subject
from .records import COUNTRIES, SMALL
from .run import Run
from .servers import Nginx, Server, Servers

FULL = "/universities/async"
ONE = f"/universities/async?country={SMALL}"
REPORT = "/v1/universities?" + "&".join(f"country={country}" for country in COUNTRIES)

_DECODE_BR = "import brotli, sys; sys.stdout.buffer.write(brotli.decompress(sys.stdin.buffer.read()))"


@dataclass(frozen=True)
class WarmSet:
    """The service with every answer kept, and peers that have the same bytes."""

    service: Server
    ready: Server
    nginx: Nginx
    bodies: dict[str, bytes]

    def from_service(self, name: str, path: str, check: Check, **headers: str) -> Subject:
        return Subject(name, self.service.port, path, check, _spelled(headers), self.service.process)

    def from_ready(self, name: str, file: str, coding: str | None = None) -> Subject:
        check = checks.same_bytes(self.bodies[file], coding)
        return Subject(name, self.ready.port, f"/{file}", check, process=self.ready.process)

    def from_nginx(self, file: str) -> list[Subject]:
        """A file, in both of nginx's ways to send it."""
        check = checks.same_bytes(self.bodies[file])
        return [
            Subject("nginx, tcp_nopush on", self.nginx.nopush_on, f"/{file}", check),
            Subject("nginx, tcp_nopush off", self.nginx.nopush_off, f"/{file}", check),
        ]


def warm_set(run: Run, servers: Servers) -> WarmSet:
    """Starts them; the service's answers are checked before they become what others serve."""
    upstream = servers.upstream()
    service = servers.service(upstream, keep=True)

    def ask(path: str, check: Check, **headers: str) -> bytes:
        return Checker("service", service.port, path, _spelled(headers), check, 1).look().body

    full = ask(FULL, checks.dictionary(run.records, COUNTRIES))
    report = checks.report(run.records, COUNTRIES)
    # The first report says how long the upstream took; later ones are all alike.
    ask(REPORT, report)
    bodies = {
        "full.json": full,
        "full.json.gz": ask(FULL, checks.decodes_to(full), accept_encoding="gzip"),
        "full.json.br": ask(FULL, _br_of(run, full), accept_encoding="br"),
        "report.json": ask(REPORT, report),
        "small.json": ask(ONE, checks.dictionary(run.records, [SMALL])),
    }
    folder = servers.folder()
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    return WarmSet(service, servers.ready(folder), servers.nginx(folder, service), bodies)


def _br_of(run: Run, body: bytes) -> Check:
    """The body is br of these bytes, which Python's own library cannot tell."""

    def check(answer):
        checks.same_bytes(answer.body, "br")(answer)
        decoded = subprocess.run([run.tools.python, "-c", _DECODE_BR], input=answer.body, capture_output=True)
        if decoded.stdout != body:
            raise WrongAnswer("the br body decodes to other bytes")

    return check


def _spelled(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
