"""Child processes: started, measured and stopped by process id, and never left behind."""

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .client import fetch
from .errors import PeerFailed

_PR_SET_PDEATHSIG = 1
_TICKS = os.sysconf("SC_CLK_TCK")
_LIBC = ctypes.CDLL(None)
_running: set["Process"] = set()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _end_with_parent() -> None:
    """Lets the kernel end the child when the harness is killed outright."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """Ours without the service's settings, so that every run measures the defaults."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("UNIVERSITIES_")}
    return kept | extra


class Process:
    """A server and all its children, which form a process group of their own."""

    def __init__(self, name: str, argv: list, env: dict[str, str] | None = None):
        self.name = name
        self._log = tempfile.TemporaryFile()
        try:
            self._child = subprocess.Popen(
                [str(part) for part in argv],
                env=_environment(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        except OSError as error:
            raise PeerFailed(f"{name} did not start: {error}") from error
        _running.add(self)

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_ready(self, port: int, path: str, every_s: float = 0.01, within_s: float = 30) -> None:
        """Waits until `path` answers 200."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise PeerFailed(f"{self.name} ended with {self._child.returncode}:\n{self.log()}")
            try:
                if fetch(port, path).status == 200:
                    return
            except OSError:
                pass  # Not listening yet.
            time.sleep(every_s)
        raise PeerFailed(f"{self.name} was not ready within {within_s} s:\n{self.log()}")

    def log(self) -> str:
        """The end of what it wrote."""
        self._log.seek(0)
        return self._log.read()[-2000:].decode(errors="replace")

    def tree(self) -> list[int]:
        """Its process id and those of all its descendants."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))):
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        tree = [self.pid]
        for pid in tree:
            tree.extend(children.get(pid, []))
        return tree

    def cpu_s(self) -> float:
        """CPU time of the whole tree, in and out of the kernel, ended children included."""
        return sum(self.cpu_modes_s())

    def cpu_modes_s(self) -> tuple[float, float]:
        """CPU time of the whole tree out of the kernel, and in it."""
        stats = [list(map(int, fields[11:15])) for pid in self.tree() if (fields := _stat(pid))]
        user = sum(own + ended for own, _, ended, _ in stats)
        kernel = sum(own + ended for _, own, _, ended in stats)
        return user / _TICKS, kernel / _TICKS

    def interrupt(self) -> None:
        """Asks it to finish its work, and waits."""
        self._child.send_signal(signal.SIGINT)
        self._child.wait(30)

    def reset_peak(self) -> None:
        """Makes the peak start again from what is resident now."""
        for pid in self.tree():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Most resident memory since `reset_peak`, summed over the tree."""
        return sum(_status(pid, "VmHWM") for pid in self.tree())

    def resident_bytes(self, field: str = "VmRSS") -> int:
        """Resident memory now, or a part of it (`RssAnon`, `RssFile`), summed over the tree."""
        return sum(_status(pid, field) for pid in self.tree())

    def stop(self) -> None:
        """Ends the group politely, then for certain."""
        _running.discard(self)
        for ending, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.pid, ending)
            except ProcessLookupError:
                break
            try:
                self._child.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
        self._child.wait()
        self._log.close()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _stat(pid: int) -> list[str] | None:
    """The fields of `/proc/PID/stat` from the state on, or nothing when it has ended."""
    try:
        # The name before it is in brackets, and may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _status(pid: int, field: str) -> int:
    """A size from `/proc/PID/status` in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0


def stop_all() -> None:
    """Stops whatever still runs."""
    for process in list(_running):
        process.stop()


def stop_all_at_exit() -> None:
    """Sees to it that nothing outlives the harness, however it ends."""
    atexit.register(stop_all)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
