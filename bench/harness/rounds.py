"""Rounds in which all subjects take turns, so that the machine's mood hits all alike."""

import statistics
from collections.abc import Callable, Iterable


def alternate(rounds: int, names: Iterable[str], measure: Callable[[str], dict]) -> dict[str, dict]:
    """Measures each subject once a round, in changing order; figures by subject."""
    order = list(names)
    measured: dict[str, list[dict]] = {name: [] for name in order}
    for number in range(rounds):
        for name in order if number % 2 == 0 else reversed(order):
            measured[name].append(measure(name))
    return {name: summary(results) for name, results in measured.items()}


def summary(results: list[dict]) -> dict:
    """Median and spread of each figure over rounds, beside the rounds themselves."""
    figures = {key: spread([result[key] for result in results]) for key in results[0]}
    return {"figures": figures, "rounds": results}


def spread(values: list[float]) -> dict:
    """Median, least and most."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
