"""A load by wrk on one subject, whose every answer is accounted for."""

import json
import math
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .checks import Check, Checker
from .errors import BenchError, WrongAnswer
from .processes import Process

_SCRIPT = Path(__file__).with_name("wrk.lua")
#: How far one head may differ from another: times and numbers in headers grow by digits.
_HEAD_TOLERANCE = 96


@dataclass
class Subject:
    """One request to one server, and what its answer has to be."""

    name: str
    port: int
    path: str
    check: Check
    headers: dict[str, str] = field(default_factory=dict)
    #: Whose CPU time and memory are measured, if any.
    process: Process | None = None
    #: Slow subjects get longer loads and fewer checks, and fewer connections in a quick run.
    connections: int | None = None
    least_seconds: float = 0
    checks_per_second: float = 20


def run_load(subject: Subject, connections: int, seconds: float) -> dict:
    """Loads a subject; what was counted, or `WrongAnswer`."""
    connections = subject.connections or connections
    seconds = max(seconds, subject.least_seconds)
    checker = Checker(
        subject.name, subject.port, subject.path, subject.headers, subject.check, subject.checks_per_second
    )
    size = checker.look().wire_bytes
    if subject.process:
        subject.process.reset_peak()
        cpu_before, checked_before = subject.process.cpu_s(), checker.answers
    checker.start()
    try:
        counted = _wrk(subject, connections, seconds)
    finally:
        checker.finish()
    result = {
        "connections": connections,
        "seconds": counted["duration_us"] / 1e6,
        "requests": counted["requests"],
        "bytes": counted["bytes"],
        "answer_bytes": size,
        "per_second": counted["requests"] / (counted["duration_us"] / 1e6),
        "p50_ms": counted["p50_us"] / 1e3,
        "p99_ms": counted["p99_us"] / 1e3,
    }
    if subject.process:
        answers = counted["requests"] + checker.answers - checked_before
        cpu_s = subject.process.cpu_s() - cpu_before
        result["cpu_ms_per_request"] = cpu_s * 1e3 / answers
        result["peak_bytes"] = subject.process.peak_bytes()
    checker.look()
    result["answers_checked"] = checker.answers
    _account(subject, counted, connections, size)
    return result


def _wrk(subject: Subject, connections: int, seconds: float) -> dict:
    """Runs wrk, which takes whole seconds only but ends in order when interrupted."""
    argv = ["wrk", "-t", min(2, connections), "-c", connections, "-d", f"{math.ceil(seconds)}s"]
    argv += ["--timeout", "30s", "-s", _SCRIPT]
    for name, value in subject.headers.items():
        argv += ["-H", f"{name}: {value}"]
    argv.append(f"http://127.0.0.1:{subject.port}{subject.path}")
    with subprocess.Popen(
        [str(part) for part in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as wrk:
        try:
            if seconds != math.ceil(seconds):
                time.sleep(seconds)
                wrk.send_signal(signal.SIGINT)
            said, _ = wrk.communicate(timeout=seconds + 60)
        except BaseException:
            wrk.kill()
            raise
    line = re.search(r"^COUNTED (.*)$", said, re.MULTILINE)
    if not line:
        raise BenchError(f"wrk on {subject.name} said nothing that counts:\n{said[-1000:]}")
    return json.loads(line[1])


def _account(subject: Subject, counted: dict, connections: int, size: int) -> None:
    """Nothing failed, and the bytes read are those of so many whole answers."""
    for error in ("connect", "read", "write", "status", "timeout"):
        if counted[error]:
            raise WrongAnswer(f"{subject.name}, {subject.path[:80]}: {counted[error]} {error} errors under load")
    requests = counted["requests"]
    if not requests:
        raise WrongAnswer(f"{subject.name}, {subject.path[:80]}: no answer under load")
    least = requests * (size - _HEAD_TOLERANCE)
    # At the end each connection may have part of an answer.
    most = (requests + connections) * (size + _HEAD_TOLERANCE)
    if not least <= counted["bytes"] <= most:
        raise WrongAnswer(
            f"{subject.name}, {subject.path[:80]}: {counted['bytes']} bytes for {requests} answers of {size} bytes"
        )
