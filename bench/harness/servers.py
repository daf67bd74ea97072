"""The servers of a measurement: started on free ports, stopped when it ends."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import nginx
from .install import BENCH, Tools
from .processes import Process, free_port
from .records import SMALL


@dataclass(frozen=True)
class Server:
    """A process and where it listens."""

    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Nginx:
    """One nginx with three ports."""

    nopush_on: int
    nopush_off: int
    cache: int


def service_command(binary: Path, port: int, upstream: str, keep: bool) -> list:
    """The service with its defaults; it keeps answers, or nothing."""
    command = [binary, "serve", "--bind", f"127.0.0.1:{port}", "--upstream-url", upstream]
    command += ["--log-filter", "error"]
    return command if keep else [*command, "--cache-ttl", "0s"]


class Servers(ExitStack):
    """Starts servers, and stops all of them at its end."""

    def __init__(self, tools: Tools, records: Path):
        super().__init__()
        self._tools = tools
        self._list = records

    def folder(self) -> Path:
        """A folder that is removed at the end."""
        return Path(self.enter_context(tempfile.TemporaryDirectory(prefix="universities-bench-")))

    def upstream(self, latency_ms: int = 0) -> Server:
        return self._peer("upstream", f"/search?country={SMALL}", "--list", self._list, "--latency-ms", latency_ms)

    def ready(self, folder: Path) -> Server:
        name = min(folder.iterdir()).name
        return self._peer("ready", f"/{name}", "--folder", folder)

    def through(self, upstream: Server, client: str) -> Server:
        return self._peer("through", "/", "--upstream", upstream.url, "--client", client)

    def _peer(self, kind: str, path: str, *options: object) -> Server:
        port = free_port()
        return self._start(kind, [self._tools.peers, "--port", port, kind, *options], port, path)

    def service(self, upstream: Server, keep: bool, binary: Path | None = None) -> Server:
        port = free_port()
        command = service_command(binary or self._tools.service, port, upstream.url, keep)
        return self._start("service" if keep else "service, cold", command, port, "/readyz")

    def article(self, upstream: Server) -> Server:
        return self._python("article", upstream)

    def well_done(self, upstream: Server) -> Server:
        return self._python("well_done", upstream, "--loop", "uvloop", "--workers", 2)

    def _python(self, module: str, upstream: Server, *options: object) -> Server:
        port = free_port()
        argv = [self._tools.python, "-m", "uvicorn", f"{module}:app", "--app-dir", BENCH / "peers"]
        argv += ["--port", port, "--no-access-log", "--log-level", "warning", *options]
        return self._start(module, argv, port, "/universities/async", env={"BENCH_UPSTREAM": upstream.url})

    def nginx(self, folder: Path, service: Server) -> Nginx:
        ports = Nginx(free_port(), free_port(), free_port())
        work = self.folder()
        file = nginx.configure(work, folder, service.port, ports.nopush_on, ports.nopush_off, ports.cache)
        argv = [self._tools.nginx, "-p", work, "-c", file, "-e", work / "error.log", "-g", "daemon off;"]
        name = min(folder.iterdir()).name
        self._start("nginx", argv, ports.nopush_on, f"/{name}")
        return ports

    def _start(self, name: str, argv: list, port: int, path: str, env: dict | None = None) -> Server:
        process = self.enter_context(Process(name, argv, env))
        process.wait_ready(port, path)
        return Server(process, port)
