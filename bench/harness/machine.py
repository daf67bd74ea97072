"""The machine and the versions that a result belongs to."""

import hashlib
import json
import os
import platform
import re
import subprocess
from pathlib import Path

from .install import REPOSITORY, Tools


def describe(tools: Tools) -> dict:
    """What another must know to compare."""
    return {
        "cpu": _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text()),
        "cores": os.cpu_count(),
        "memory_kib": int(_first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "versions": {
            "commit": _says(["git", "describe", "--always", "--dirty"]),
            "service": _says([tools.service, "--version"]),
            # A binary that was given need not be that of the commit.
            "service_built_here": "UNIVERSITIES_BENCH_BINARY" not in os.environ,
            "service_sha256": hashlib.sha256(tools.service.read_bytes()).hexdigest(),
            "rustc": _says(["rustc", "--version"]),
            "nginx": _first(r"nginx/(\S+)", _says([tools.nginx, "-v"])),
            "wrk": _first(r"wrk (\S+)", _says([tools.wrk, "--version"])),
            "python": platform.python_version(),
            "packages": _packages(tools),
            "crates of the peers": _crates(),
        },
    }


def _packages(tools: Tools) -> dict[str, str]:
    listed = json.loads(_says([tools.python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]))
    return {package["name"]: package["version"] for package in listed}


def _crates() -> dict[str, str]:
    """The versions of what the Rust peers are measured for."""
    lock = (REPOSITORY / "bench" / "peers" / "Cargo.lock").read_text()
    found = re.findall(r'^name = "(hyper|hyper-util|reqwest|tokio)"\nversion = "([^"]+)"', lock, re.MULTILINE)
    return dict(found)


def _says(argv: list) -> str:
    """What a program answers, on whichever side; nothing if there is none."""
    command = [str(part) for part in argv]
    try:
        return subprocess.run(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ).stdout.strip()
    except OSError:
        return ""


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else ""
