"""A result's plots: run with the environment's Python, which has matplotlib.

    plots.py RESULT.json FOLDER
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams["svg.hashsalt"] = "universities"
matplotlib.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot  # noqa: E402  (after the back end is chosen)


def throughput(compared: dict):
    """Throughput against connections, by subject."""
    by_connections = {int(key): one for key, one in compared.items() if key.isdigit()}
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name in next(iter(by_connections.values()))["subjects"]:
        _line(axes, by_connections, name, "per_second")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(by_connections), [str(number) for number in by_connections])
    axes.set_ylim(bottom=0)
    axes.set(xlabel="connections", ylabel="requests/s", title="Warm, three countries")
    # Beside the lines, which may be anywhere.
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


def strategies(compared: dict):
    """Time of an answer against the number of countries, by strategy."""
    by_count = {int(key): one for key, one in compared.items()}
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name in next(iter(by_count.values()))["subjects"]:
        _line(axes, by_count, name, "ms")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(list(by_count), [str(number) for number in by_count])
    axes.set(xlabel="countries", ylabel="ms", title="Time of a cold answer, upstream with 50 ms")
    # Beside the lines, which may be anywhere.
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


def cold(compared: dict):
    """Throughput with nothing kept."""
    return _bars(compared["cold"], "per_second", "requests/s", "Cold, three countries", logarithmic=True)


def profile(compared: dict):
    """Where the CPU time of a cold request goes."""
    return _bars(compared["profile"], "percent", "% of CPU time", "Where a cold request's CPU time goes")


def _line(axes, by_number: dict[int, dict], name: str, figure: str) -> None:
    spreads = [one["subjects"][name]["figures"][figure] for one in by_number.values()]
    medians = [spread["median"] for spread in spreads]
    below = [spread["median"] - spread["min"] for spread in spreads]
    above = [spread["max"] - spread["median"] for spread in spreads]
    axes.errorbar(list(by_number), medians, yerr=[below, above], marker="o", capsize=3, label=name)


def _bars(compared: dict, figure: str, unit: str, title: str, logarithmic: bool = False):
    subjects = compared["subjects"]
    values = [subject["figures"][figure]["median"] for subject in subjects.values()]
    drawn, axes = pyplot.subplots(figsize=(8, 0.5 * len(values) + 1.5))
    bars = axes.barh(list(subjects), values)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    if logarithmic:
        axes.set_xscale("log")
    axes.set(xlabel=unit, title=title)
    return drawn


PLOTS = {
    "throughput": ("warm", throughput),
    "strategies": ("strategies", strategies),
    "cold": ("cold", cold),
    "profile": ("profile", profile),
}


def main(result: Path, folder: Path) -> None:
    """Draws those plots whose measurement was run."""
    measurements = json.loads(result.read_text())["measurements"]
    for name, (measure, draw) in PLOTS.items():
        if compared := measurements.get(measure):
            folder.mkdir(parents=True, exist_ok=True)
            figure = draw(compared)
            figure.savefig(folder / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
            pyplot.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
