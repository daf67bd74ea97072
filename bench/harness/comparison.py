"""Figures of several subjects side by side: the form that all measurements hand in."""

from collections.abc import Iterable

from .load import Subject, run_load
from .rounds import alternate
from .run import Run, say


def comparison(title: str, main: str, subjects: dict[str, dict], reference: str | None = None) -> dict:
    """Subjects with their figures; ratios are those of the main figure to the reference's."""
    return {"title": title, "main": main, "reference": reference, "subjects": subjects}


def compare_loads(run: Run, title: str, subjects: Iterable[Subject], connections: int, reference: str) -> dict:
    """Loads each subject in turn, round after round."""
    by_name = {subject.name: subject for subject in subjects}

    def measure(name: str) -> dict:
        say(f"  {title}: {name}")
        return run_load(by_name[name], connections, run.seconds)

    return comparison(title, "per_second", alternate(run.rounds, by_name, measure), reference)


def median(compared: dict, subject: str, figure: str) -> float:
    """One figure's median over rounds."""
    return compared["subjects"][subject]["figures"][figure]["median"]


def ratio(compared: dict, subject: str, reference: str, figure: str = "per_second") -> float:
    """One subject's median by another's, of the same run."""
    return median(compared, subject, figure) / median(compared, reference, figure)


def faster(compared: dict, names: Iterable[str], figure: str = "per_second") -> str:
    """Which of these has the higher median."""
    return max(names, key=lambda name: median(compared, name, figure))
