"""What a measurement is given, and how it says how far it is."""

import sys
from dataclasses import dataclass

from .install import Tools
from .records import Records
from .servers import Servers


@dataclass(frozen=True)
class Run:
    """One run of the harness."""

    tools: Tools
    records: Records
    seconds: float
    rounds: int
    #: Proves that everything works; measures nothing worth keeping.
    quick: bool

    def servers(self) -> Servers:
        return Servers(self.tools, self.records.path)


def say(what: str) -> None:
    """Progress, apart from results."""
    print(what, file=sys.stderr, flush=True)
