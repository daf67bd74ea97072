"""What the service is to reach, and whether a run shows that it does."""

from collections.abc import Callable
from dataclasses import dataclass

from .comparison import faster, median, ratio

_NGINX = ("nginx, tcp_nopush on", "nginx, tcp_nopush off")


@dataclass(frozen=True)
class Target:
    """A limit, and how its figure is read from a measurement's comparisons."""

    what: str
    measure: str
    at_least: bool
    limit: float
    unit: str
    #: The figure, and which subject it was held against where the run decides.
    read: Callable[[dict], tuple[float, str]]


def _ratio(key: str, reference: str, subject: str = "service") -> Callable[[dict], tuple[float, str]]:
    return lambda compared: (ratio(compared[key], subject, reference), "")


def _fastest(key: str, names: tuple[str, ...]) -> Callable[[dict], tuple[float, str]]:
    def read(compared: dict) -> tuple[float, str]:
        best = faster(compared[key], names)
        return ratio(compared[key], "service", best), best

    return read


def _median(key: str, subject: str, figure: str) -> Callable[[dict], tuple[float, str]]:
    return lambda compared: (median(compared[key], subject, figure), "")


def _calls(compared: dict) -> tuple[float, str]:
    return ratio(compared["calls"], "one call", "one by one", "cpu_ms"), ""


TARGETS = [
    Target("Warm, 32 connections, against bare hyper", "warm", True, 0.95, "x", _ratio("32", "ready")),
    Target("Warm, 256 connections, against bare hyper", "warm", True, 0.95, "x", _ratio("256", "ready")),
    Target("Warm, 32 connections, against nginx's faster", "warm", True, 0.85, "x", _fastest("32", _NGINX)),
    Target("Warm, 256 connections, against nginx's faster", "warm", True, 0.85, "x", _fastest("256", _NGINX)),
    Target("gzip against bare hyper", "coded", True, 0.9, "x", _ratio("gzip", "ready")),
    Target("br against bare hyper", "coded", True, 0.9, "x", _ratio("br", "ready")),
    Target("Small answer against bare hyper", "small", True, 0.8, "x", _ratio("small", "ready")),
    Target("Cold against the article, at once", "cold", True, 400, "x", _ratio("cold", "article, concurrent")),
    Target("Cold against the article, one by one", "cold", True, 400, "x", _ratio("cold", "article, sequential", "service, sequential")),
    Target("Cold against Python well done", "cold", True, 4, "x", _ratio("cold", "well done")),
    Target("Cold against bytes passed through, reqwest", "cold", True, 0.45, "x", _ratio("cold", "through, reqwest")),
    Target("Added latency, median", "latency", False, 1, "ms", _median("latency", "service", "added_p50_ms")),
    Target("Added latency, p99", "latency", False, 3, "ms", _median("latency", "service", "added_p99_ms")),
    Target("Memory, idle", "memory", False, 12, "MiB", _median("memory", "idle", "mib")),
    Target("Memory, warm, 256 connections", "memory", False, 40, "MiB", _median("memory", "warm, 256 connections", "mib")),
    Target("Memory, cold, 256 connections", "memory", False, 120, "MiB", _median("memory", "cold, 256 connections", "mib")),
    Target("Start to ready", "memory", False, 50, "ms", _median("start", "service", "ms")),
    Target("CPU of 200 countries in one call against one by one", "many", False, 1.5, "x", _calls),
    Target("First byte of a stream after the upstream's answer", "many", False, 2, "ms", _median("stream", "stream, first byte", "added_ms")),
]


def judge(measurements: dict[str, dict]) -> list[dict]:
    """Each target whose measurement was run."""
    judged = []
    for target in TARGETS:
        if target.measure in measurements:
            value, against = target.read(measurements[target.measure])
            holds = value >= target.limit if target.at_least else value < target.limit
            judged.append(
                {
                    "target": f"{target.what} ({against})" if against else target.what,
                    "limit": f"{'>=' if target.at_least else '<'} {target.limit:g} {target.unit}",
                    "value": value,
                    "unit": target.unit,
                    "holds": holds,
                }
            )
    return judged
