"""The command line."""

import argparse
import os
from pathlib import Path

from .measures import MEASURES

_SECONDS, _ROUNDS = 4.0, 3
#: wrk under load for a moment; enough to see that answers are right.
_QUICK_SECONDS, _QUICK_ROUNDS = 0.3, 1


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The options, with what `--quick` stands for filled in."""
    given_list = os.environ.get("UNIVERSITIES_TEST_LIST")
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures the service against its peers.")
    parser.add_argument("--quick", action="store_true", help="only prove that everything works, in short loads")
    parser.add_argument("--only", type=_names, default=list(MEASURES), metavar="NAME[,NAME]", help=", ".join(MEASURES))
    parser.add_argument("--seconds", type=_positive, help=f"length of a load [default: {_SECONDS:g}]")
    parser.add_argument("--rounds", type=int, choices=range(1, 100), metavar="N", help=f"[default: {_ROUNDS}]")
    parser.add_argument(
        "--list",
        type=Path,
        default=Path(given_list) if given_list else None,
        help="list of universities in the public format [env: UNIVERSITIES_TEST_LIST] [default: a generated one]",
    )
    parser.add_argument("--out", type=Path, help="folder of the result [default: bench/results; a temporary one with --quick]")
    options = parser.parse_args(argv)
    options.seconds = options.seconds or (_QUICK_SECONDS if options.quick else _SECONDS)
    options.rounds = options.rounds or (_QUICK_ROUNDS if options.quick else _ROUNDS)
    if options.list and not options.list.is_file():
        parser.error(f"--list: {options.list} is no file")
    return options


def _names(value: str) -> list[str]:
    names = value.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not among {', '.join(MEASURES)}")
    return [name for name in MEASURES if name in names]


def _positive(value: str) -> float:
    seconds = float(value)
    if not seconds > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
