"""What the harness needs: installed or built when it is missing."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import NotInstalled

REPOSITORY = Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "bench"
_VENV = BENCH / ".venv"
_REQUIREMENTS = BENCH / "requirements.txt"
#: Where the service is built for the profiler.
PERF_TARGET = BENCH / ".perf-target"


@dataclass(frozen=True)
class Tools:
    """Programs that the measurements run."""

    service: Path
    peers: Path
    python: Path
    nginx: Path
    wrk: Path


def install(quick: bool) -> Tools:
    """Everything but the profiler; quickly, with a service that is not what is released."""
    nginx, wrk = _packaged("nginx", "nginx-light"), _packaged("wrk", "wrk")
    return Tools(_service(quick), _peers(), _python(), nginx, wrk)


def profiler() -> Path | None:
    """The kernel's profiler, if there is one or it can be installed."""
    try:
        return _packaged("perf", "linux-perf")
    except NotInstalled:
        return None


def service_with_symbols() -> Path:
    """The service as released, but with the names of its functions."""
    extra = {"CARGO_PROFILE_RELEASE_STRIP": "none", "CARGO_PROFILE_RELEASE_DEBUG": "1"}
    return _released(extra | {"CARGO_TARGET_DIR": str(PERF_TARGET)})


def _service(quick: bool) -> Path:
    if given := os.environ.get("UNIVERSITIES_BENCH_BINARY"):
        if not os.access(given, os.X_OK):
            raise NotInstalled(f"UNIVERSITIES_BENCH_BINARY is {given}, which is no program")
        return Path(given).resolve()
    if not quick:
        return _released({})
    _run(["cargo", "build", "--release", "--locked"])
    return REPOSITORY / "target" / "release" / "universities"


def _released(env: dict[str, str]) -> Path:
    """Built in two steps, which takes some ten minutes."""
    _packaged("curl", "curl")
    version = _run(["rustc", "-vV"], stdout=subprocess.PIPE)
    llvm = re.search(r"^LLVM version: (\d+)", version, re.MULTILINE)[1]
    toolchain = Path(_run(["rustc", "--print", "target-libdir"], stdout=subprocess.PIPE).strip()).parent
    if not (toolchain / "bin" / "llvm-profdata").exists():
        _packaged(f"llvm-profdata-{llvm}", f"llvm-{llvm}")
    return Path(_run([REPOSITORY / "pgo" / "build"], os.environ | env, stdout=subprocess.PIPE).strip())


def _peers() -> Path:
    folder = BENCH / "peers"
    target = folder / "target"
    manifest = folder / "Cargo.toml"
    _run(["cargo", "build", "--release", "--locked", "--manifest-path", manifest, "--target-dir", target])
    return target / "release" / "peers"


def _python() -> Path:
    """The interpreter of an environment with the packages, made again when their list changes."""
    python = _VENV / "bin" / "python"
    stamp = _VENV / "requirements.sha256"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        _run([sys.executable, "-m", "venv", _VENV])
        _run([python, "-m", "pip", "install", "--quiet", "--requirement", _REQUIREMENTS])
        stamp.write_text(wanted)
    return python


def _packaged(program: str, package: str) -> Path:
    """A program of the system, which root can have installed."""
    # Not every user has the system's folders among those that are searched.
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    if not shutil.which(program, path=path):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise NotInstalled(f"{program} is missing: install the package {package}")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], env=quiet)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], env=quiet)
    found = shutil.which(program, path=path)
    if not found:
        raise NotInstalled(f"{program} is not in the package {package}")
    return Path(found)


def _run(argv: list, env: dict[str, str] | None = None, stdout=None) -> str | None:
    """What the command says, if it is to be caught: else that belongs with our progress, not with the result."""
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(command, check=True, cwd=REPOSITORY, env=env, stdout=stdout or sys.stderr, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalled(f"{' '.join(command)}: {error}") from error
    return done.stdout
