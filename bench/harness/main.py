"""The whole run: install, measure, judge, write."""

import datetime
import json
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from . import options, page, records
from .errors import BenchError
from .install import BENCH, REPOSITORY, install
from .machine import describe
from .measures import MEASURES
from .processes import stop_all_at_exit
from .run import Run, say
from .targets import judge


def main() -> int:
    """The exit code."""
    chosen = options.parse()
    stop_all_at_exit()
    try:
        with tempfile.TemporaryDirectory(prefix="universities-bench-") as work:
            result = _measure(chosen, Path(work))
        say(f"result: {_write(result, chosen)}")
    except BenchError as error:
        say(f"bench/run: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(chosen: Namespace, work: Path) -> dict:
    tools = install(chosen.quick)
    # CI has no list of its own, and a quick run is to be the same everywhere.
    generated = chosen.quick or not chosen.list
    path = records.generate(REPOSITORY / "data" / "countries.json", work / "list.json") if generated else chosen.list
    run = Run(tools, records.Records(path), chosen.seconds, chosen.rounds, chosen.quick)
    measurements = {}
    for name in chosen.only:
        say(name)
        measurements[name] = MEASURES[name](run)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": describe(tools),
        "settings": {
            "seconds": chosen.seconds,
            "rounds": chosen.rounds,
            "quick": chosen.quick,
            "list": "a generated list" if generated else "the public list",
            "only": chosen.only,
        },
        "targets": [] if chosen.quick else judge(measurements),
        "measurements": measurements,
    }


def _write(result: dict, chosen: Namespace) -> Path:
    """The JSON file, the plots and the page; the page's path."""
    if not chosen.out and chosen.quick:
        folder = Path(tempfile.mkdtemp(prefix="universities-bench-result-"))
    else:
        folder = (chosen.out or BENCH / "results").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # A part must not take the place of the whole.
    part = "" if chosen.only == list(MEASURES) else "-" + "-".join(chosen.only)
    stem = folder / f"{result['date']}{part}"
    file, page_file = stem.with_suffix(".json"), stem.with_suffix(".md")
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    python = BENCH / ".venv" / "bin" / "python"
    drawn = subprocess.run([python, Path(__file__).with_name("plots.py"), file, stem], stdout=sys.stderr)
    if drawn.returncode:
        raise BenchError("the plots could not be drawn")
    page.write(result, sorted(stem.glob("*.svg")), page_file)
    return page_file
