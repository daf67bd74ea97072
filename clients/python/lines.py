"""The stream of outcomes, line by line."""

import json
from collections.abc import Iterator

from universities_client import Client
from universities_client.api.universities import stream_universities
from universities_client.models import OutcomeLine, Problem, SummaryLine


class Refused(Exception):
    """There is no stream, and the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def lines(client: Client, countries: list[str]) -> Iterator[OutcomeLine | SummaryLine]:
    """The lines of the stream of these countries, each as soon as it has come."""
    request = stream_universities._get_kwargs(country=countries)
    with client.get_httpx_client().stream(**request) as response:
        if response.is_error:
            raise Refused(Problem.from_dict(json.loads(response.read())))
        for line in map(json.loads, response.iter_lines()):
            yield OutcomeLine.from_dict(line) if "outcome" in line else SummaryLine.from_dict(line)
