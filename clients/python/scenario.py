"""What callers do with the client, against a service whose upstream does as it is told."""

import os
import urllib.request
from http import HTTPStatus
from typing import TypeVar

from lines import Refused, lines
from universities_client import Client
from universities_client.api.universities import (
    fetch_universities,
    get_universities,
    lookup_universities,
    lookup_university,
    search_universities,
)
from universities_client.models import (
    FetchUniversitiesStrategy,
    GetUniversitiesResponse200,
    Lookup,
    LookupRequest,
    LookupResults,
    MatchKind,
    Outcome,
    Problem,
    Report,
    SummaryLine,
)

T = TypeVar("T")

client = Client(os.environ["UNIVERSITIES_URL"])


def an(kind: type[T], answer: object) -> T:
    """The answer, which has to be of this kind."""
    assert isinstance(answer, kind), answer
    return answer


def dictionary() -> None:
    answer = get_universities.sync(client=client, country=["turkey", "argentina"])
    lists = an(GetUniversitiesResponse200, answer)
    assert lists.additional_keys == ["turkey", "argentina"]
    assert lists["turkey"][0].alpha_two_code == "TR"


def report_with_a_failed_country() -> None:
    answer = fetch_universities.sync(
        client=client, country=["turkey", "kenya"], strategy=FetchUniversitiesStrategy.CONCURRENT
    )
    report = an(Report, answer)
    assert not report.complete
    turkey, kenya = report.outcomes
    assert turkey.universities
    assert kenya.universities is None
    assert kenya.problem is not None
    assert kenya.problem.type_ == "/problems/upstream-unavailable"
    assert kenya.problem.upstream_status == 503


def stream_line_by_line() -> None:
    arrived: list[Outcome] = []
    for line in lines(client, ["turkey", "india"]):
        if isinstance(line, SummaryLine):
            assert line.summary.complete
            break
        arrived.append(line.outcome)
        if len(arrived) == 1:
            # India is held back until the first country is here.
            urllib.request.urlopen(os.environ["UNIVERSITIES_GATE_URL"])
    assert [outcome.country and outcome.country.code for outcome in arrived] == ["TR", "IN"]
    assert all(outcome.universities for outcome in arrived)


def lookup() -> None:
    one = an(Lookup, lookup_university.sync(client=client, domain="cs.metu.edu.tr"))
    assert one.matches[0].match == MatchKind.PARENT
    assert one.matches[0].university.name == "Middle East Technical University"
    queries = LookupRequest(queries=["student@metu.edu.tr", "edu.tr"])
    many = an(LookupResults, lookup_universities.sync(client=client, body=queries))
    known, nobodys = many.results
    assert known.matches and known.matches[0].match == MatchKind.EXACT
    assert nobodys.problem is not None
    assert nobodys.problem.type_ == "/problems/unknown-domain"


def search_page_by_page() -> None:
    names: list[str] = []
    limit, total = 10, 1
    while len(names) < total:
        page = search_universities.sync_detailed(
            client=client, country="turkey", limit=limit, offset=len(names)
        )
        found = an(list, page.parsed)
        assert 0 < len(found) <= limit
        names += [university.name for university in found]
        total = int(page.headers["X-Total-Count"])
    everything = an(list, search_universities.sync(client=client, country="turkey"))
    assert len(names) > limit
    assert names == [university.name for university in everything]


def problems() -> None:
    wrong = search_universities.sync_detailed(client=client, limit=0)
    assert wrong.status_code == HTTPStatus.BAD_REQUEST
    problem = an(Problem, wrong.parsed)
    assert problem.type_ == "/problems/invalid-parameter"
    assert problem.errors
    assert (problem.errors[0].parameter, problem.errors[0].given) == ("limit", "0")

    unknown = get_universities.sync_detailed(client=client, country=["turky"])
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    problem = an(Problem, unknown.parsed)
    assert problem.type_ == "/problems/unknown-country"
    assert problem.suggestions == ["Türkiye"]

    try:
        next(lines(client, ["turky"]))
    except Refused as refused:
        assert refused.problem.type_ == "/problems/unknown-country"
    else:
        raise AssertionError("there is no such country")


def deadline() -> None:
    answer = fetch_universities.sync(
        client=client, country=["turkey", "australia"], deadline_ms=300
    )
    turkey, australia = an(Report, answer).outcomes
    assert turkey.universities
    assert australia.problem is not None
    assert australia.problem.type_ == "/problems/deadline-exceeded"


for step in [
    dictionary,
    report_with_a_failed_country,
    stream_line_by_line,
    lookup,
    search_page_by_page,
    problems,
    deadline,
]:
    step()
    print(f"  {step.__name__}")
