"""Memory of the service, how soon it is ready, and the size of its program."""

import os
import time
from pathlib import Path

from .. import checks
from ..comparison import comparison
from ..load import Subject, run_load
from ..processes import Process, free_port
from ..records import COUNTRIES
from ..rounds import alternate, summary
from ..run import Run, say
from ..servers import Server, service_command
from ..warm_set import FULL

_CONNECTIONS = 256
_IDLE_S = 5
_QUICK_IDLE_S = 0.5
_STARTS = 5
_MIB = 1 << 20


def measure(run: Run) -> dict:
    """Comparisons of memory, of starts, and of size."""
    with run.servers() as servers:
        upstream = servers.upstream()

        def idle() -> dict:
            _read_anew(run.tools.service)
            with run.servers() as fresh:
                process = fresh.service(upstream, keep=True).process
                time.sleep(_QUICK_IDLE_S if run.quick else _IDLE_S)
                return {
                    "mib": process.resident_bytes() / _MIB,
                    "anon_mib": process.resident_bytes("RssAnon") / _MIB,
                    "file_mib": process.resident_bytes("RssFile") / _MIB,
                }

        def loaded(keep: bool) -> dict:
            with run.servers() as fresh:
                service = fresh.service(upstream, keep)
                check = checks.dictionary(run.records, COUNTRIES)
                subject = Subject("service", service.port, FULL, check, process=service.process)
                result = run_load(subject, _CONNECTIONS, run.seconds)
                return {
                    "mib": result["peak_bytes"] / _MIB,
                    "anon_mib": service.process.resident_bytes("RssAnon") / _MIB,
                    "file_mib": service.process.resident_bytes("RssFile") / _MIB,
                }

        states = {
            "idle": idle,
            f"warm, {_CONNECTIONS} connections": lambda: loaded(keep=True),
            f"cold, {_CONNECTIONS} connections": lambda: loaded(keep=False),
        }

        def state(name: str) -> dict:
            say(f"  memory: {name}")
            return states[name]()

        memory = alternate(run.rounds, states, state)
        starts = alternate(1 if run.quick else _STARTS, ["service"], lambda _: {"ms": _start_ms(run, upstream)})
    size = {"service": summary([{"bytes": run.tools.service.stat().st_size}])}
    return {
        "memory": comparison("Resident memory: after the start, and the most under load", "mib", memory),
        "start": comparison("From the start to the first 200 of /readyz", "ms", starts),
        "size": comparison("Size of the program", "bytes", size),
    }


def _read_anew(program: Path) -> None:
    """Has the system forget what it holds of a program, which it maps in larger pieces when it was just built."""
    with program.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _start_ms(run: Run, upstream: Server) -> float:
    """From before the process exists until it says that it is ready."""
    port = free_port()
    start = time.perf_counter()
    with Process("service", service_command(run.tools.service, port, upstream.url, keep=True)) as process:
        process.wait_ready(port, "/readyz", every_s=0.001)
        return (time.perf_counter() - start) * 1e3
