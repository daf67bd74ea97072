"""Where a cold request's CPU time goes, by the kernel's profiler."""

import re
import subprocess
from collections import Counter
from pathlib import Path

from .. import checks
from ..comparison import comparison
from ..errors import BenchError
from ..install import profiler, service_with_symbols
from ..load import Subject, run_load
from ..processes import Process
from ..records import COUNTRIES
from ..rounds import summary
from ..run import Run, say
from ..symbols import GROUPS, KERNEL, group
from ..warm_set import FULL

_CONNECTIONS = 32
#: Not a divisor of anything that a service does at regular times.
_SAMPLES_PER_S = 997
_TOP = 12


def measure(run: Run) -> dict:
    """Shares by group, or nothing where there is no profiler."""
    perf = None if run.quick else profiler()
    if not perf:
        say("  profile: left out")
        return {}
    binary = service_with_symbols()
    with run.servers() as servers:
        service = servers.service(servers.upstream(), keep=False, binary=binary)
        data = servers.folder() / "perf.data"
        check = checks.dictionary(run.records, COUNTRIES)
        subject = Subject("service", service.port, FULL, check, process=service.process)
        # Samples of the kernel are often not allowed, so its share is taken from its own clock.
        options = ["-e", "cpu-clock:u", "-F", _SAMPLES_PER_S, "-p", service.process.pid, "-o", data]
        before = service.process.cpu_modes_s()
        with Process("perf", [perf, "record", "-q", *options]) as recorder:
            run_load(subject, _CONNECTIONS, max(run.seconds, 5))
            recorder.interrupt()
        user_s, kernel_s = (now - then for now, then in zip(service.process.cpu_modes_s(), before))
        symbols = _symbols(perf, data)
    kernel_share = kernel_s / (user_s + kernel_s)
    counts, tops = Counter(), {}
    for symbol, count in symbols.most_common():
        counts[group(symbol)] += count
        tops.setdefault(group(symbol), []).append([symbol, count])
    user = (1 - kernel_share) * 100 / counts.total()
    shares = {name: counts[name] * user for name in GROUPS} | {KERNEL: kernel_share * 100}
    subjects = {name: summary([{"percent": share}]) for name, share in shares.items()}
    for name, top in tops.items():
        subjects[name]["top"] = top[:_TOP]
    return {"profile": comparison("CPU time of a cold request by part, percent", "percent", subjects)}


def _symbols(perf: Path, data: Path) -> Counter:
    """Samples by function."""
    argv = [perf, "script", "-i", data, "-F", "ip,sym"]
    said = subprocess.run(argv, capture_output=True, text=True)
    counted = Counter(re.findall(r"^\s*[0-9a-f]+\s+(.+?)\s*$", said.stdout, re.MULTILINE))
    if not counted:
        raise BenchError(f"perf has no samples: {said.stderr[-1000:]}")
    return counted
