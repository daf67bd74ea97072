"""Whether answers are right: before, while and after a load."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .client import Answer, Connection, fetch
from .errors import WrongAnswer
from .records import Records, canonical, in_order

#: Raises `WrongAnswer` with what is wrong.
Check = Callable[[Answer], None]


def same_bytes(body: bytes, coding: str | None = None) -> Check:
    """The body is these bytes, in this coding."""

    def check(answer: Answer) -> None:
        _ok(answer)
        _coding(answer, coding)
        if answer.body != body:
            place = next((i for i, pair in enumerate(zip(answer.body, body)) if pair[0] != pair[1]), "the end")
            raise WrongAnswer(f"{len(answer.body)} bytes instead of {len(body)}, different from {place} on")

    return check


def decodes_to(body: bytes) -> Check:
    """The body is gzip of these bytes."""

    def check(answer: Answer) -> None:
        _ok(answer)
        _coding(answer, "gzip")
        if gzip.decompress(answer.body) != body:
            raise WrongAnswer("the gzip body decodes to other bytes")

    return check


def dictionary(records: Records, countries: list[str] | tuple[str, ...]) -> Check:
    """The body is a dictionary of these countries with every record of the list."""
    return _parsed(lambda document: _compare(records, countries, document))


def report(records: Records, countries: list[str] | tuple[str, ...]) -> Check:
    """The body is a report of these countries with every record of the list."""

    def compare(document: dict) -> None:
        if not document["complete"]:
            raise WrongAnswer("the report is not complete")
        lists = {outcome["requested"][0]: outcome["universities"] for outcome in document["outcomes"]}
        _compare(records, countries, lists)

    return _parsed(compare)


def stream(records: Records, countries: list[str] | tuple[str, ...]) -> Check:
    """The body is a line for each of these countries and a summary that says complete."""

    def check(answer: Answer) -> None:
        _ok(answer)
        *outcomes, last = [json.loads(line) for line in answer.body.splitlines()]
        if not last["summary"]["complete"]:
            raise WrongAnswer("the stream is not complete")
        lists = {line["outcome"]["requested"][0]: line["outcome"]["universities"] for line in outcomes}
        _compare(records, countries, lists)

    return check


def country(records: Records, name: str) -> Check:
    """The body is the upstream's own list of one country."""
    return _parsed(lambda document: _compare(records, [name], {name: document}))


def _parsed(compare: Callable[[object], None]) -> Check:
    """Parses a body; one that was right before is right again."""
    right: set[bytes] = set()

    def check(answer: Answer) -> None:
        _ok(answer)
        _coding(answer, None)
        if answer.body in right:
            return
        compare(json.loads(answer.body))
        # Reports differ in their times, so only a few are kept.
        if len(right) < 4:
            right.add(answer.body)

    return check


def _ok(answer: Answer) -> None:
    if answer.status != 200:
        raise WrongAnswer(f"status {answer.status}: {answer.body[:300]!r}")


def _coding(answer: Answer, coding: str | None) -> None:
    if answer.headers.get("content-encoding") != coding:
        raise WrongAnswer(f"coding {answer.headers.get('content-encoding')} instead of {coding}")


def _compare(records: Records, countries: list[str] | tuple[str, ...], lists: dict[str, list[dict]]) -> None:
    if sorted(lists) != sorted(countries):
        missing, other = set(countries) - set(lists), set(lists) - set(countries)
        raise WrongAnswer(f"countries missing: {sorted(missing)[:5]}, not asked for: {sorted(other)[:5]}")
    for name in countries:
        got, wanted = in_order([canonical(record) for record in lists[name]]), records.of(name)
        if got != wanted:
            different = next((pair for pair in zip(got, wanted) if pair[0] != pair[1]), None)
            raise WrongAnswer(f"{name}: {len(got)} records instead of {len(wanted)}, first difference {different}")


def ask(name: str, connection: Connection, path: str, check: Check) -> Answer:
    """An answer over an open connection, checked."""
    with _named(name, path):
        answer = connection.get(path)
        check(answer)
    return answer


@contextmanager
def _named(name: str, path: str) -> Iterator[None]:
    """Says whose answer is wrong; one that cannot even be read is wrong too, whatever the reader met."""
    try:
        yield
    except WrongAnswer as wrong:
        raise WrongAnswer(f"{name}, {path[:80]}: {wrong}") from wrong
    except Exception as error:
        raise WrongAnswer(f"{name}, {path[:80]}: cannot be read: {error!r}") from error


class Checker(threading.Thread):
    """Asks for whole answers at a modest rate, and checks each one."""

    def __init__(self, name: str, port: int, path: str, headers: dict[str, str], check: Check, per_second: float):
        super().__init__(name=f"checker of {name}", daemon=True)
        self.answers = 0
        self._subject = name
        self._request = (port, path, headers)
        self._check = check
        self._pause_s = 1 / per_second
        self._stopped = threading.Event()
        self._wrong: WrongAnswer | None = None

    def look(self) -> Answer:
        """One answer, checked."""
        port, path, headers = self._request
        with _named(self._subject, path):
            answer = fetch(port, path, headers)
            self._check(answer)
        self.answers += 1
        return answer

    def run(self) -> None:
        try:
            while not self._stopped.is_set():
                next_look = time.monotonic() + self._pause_s
                self.look()
                self._stopped.wait(max(0, next_look - time.monotonic()))
        except WrongAnswer as wrong:
            self._wrong = wrong

    def finish(self) -> None:
        """Stops, and raises what went wrong meanwhile."""
        self._stopped.set()
        self.join()
        if self._wrong:
            raise self._wrong
        if not self.answers:
            raise WrongAnswer(f"{self._subject}: no answer was checked")
