"""What callers do with the client, against a service whose upstream does as it is told."""

import os

import httpx

from lines import lines
from universities_client import Client
from universities_client.api.universities import (
    fetch_universities,
    get_universities,
    lookup_universities,
    lookup_university,
    search_universities,
    stream_universities,
)
from universities_client.models import (
    Lookup,
    LookupRequest,
    LookupResults,
    Outcome,
    Problem,
    Report,
    Summary,
    SummaryLine,
    UniversitiesByCountry,
)


def given(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: run this by clients/test"
    return value


client = Client(given("UNIVERSITIES_URL"), raise_on_unexpected_status=True)


def dictionary() -> None:
    lists = get_universities.sync(client=client, country=["turkey", "argentina"])
    assert isinstance(lists, UniversitiesByCountry)
    assert lists.additional_keys == ["turkey", "argentina"]
    assert lists["turkey"][0].alpha_two_code == "TR"


def report_with_a_failed_country() -> None:
    report = fetch_universities.sync(
        client=client, country=["turkey", "kenya"], strategy="concurrent"
    )
    assert isinstance(report, Report)
    assert not report.complete
    turkey, kenya = report.outcomes
    assert turkey.universities
    assert kenya.universities is None
    assert kenya.problem
    assert kenya.problem.type_ == "/problems/upstream-unavailable"
    assert kenya.problem.upstream_status == 503


def stream_line_by_line() -> None:
    # What is generated makes the request, but cannot read the answer.
    request = stream_universities._get_kwargs(country=["turkey", "india"])
    arrived: list[Outcome] = []
    summary: Summary | None = None
    with client.get_httpx_client().stream(**request) as stream:
        assert stream.status_code == 200
        for line in lines(stream):
            if isinstance(line, SummaryLine):
                summary = line.summary
                continue
            arrived.append(line.outcome)
            # India is held back until the first country is here.
            if len(arrived) == 1:
                httpx.get(given("UNIVERSITIES_GATE_URL")).raise_for_status()
    assert summary and summary.complete
    countries = [outcome.country for outcome in arrived]
    assert [country and country.code for country in countries] == ["TR", "IN"]
    assert all(outcome.universities for outcome in arrived)


def lookup() -> None:
    one = lookup_university.sync(client=client, domain="cs.metu.edu.tr")
    assert isinstance(one, Lookup)
    assert one.matches[0].match == "parent"
    assert one.matches[0].university.name == "Middle East Technical University"
    many = lookup_universities.sync(
        client=client, body=LookupRequest(queries=["student@metu.edu.tr", "edu.tr"])
    )
    assert isinstance(many, LookupResults)
    known, unknown = many.results
    assert known.matches
    assert known.matches[0].match == "exact"
    assert unknown.problem
    assert unknown.problem.type_ == "/problems/unknown-domain"


def search_page_by_page() -> None:
    names: list[str] = []
    limit, total = 10, 1
    while len(names) < total:
        page = search_universities.sync_detailed(
            client=client, country="turkey", limit=limit, offset=len(names)
        )
        assert isinstance(page.parsed, list)
        assert 0 < len(page.parsed) <= limit
        names += [university.name for university in page.parsed]
        total = int(page.headers["X-Total-Count"])
    everything = search_universities.sync(client=client, country="turkey")
    assert isinstance(everything, list)
    assert len(names) > limit
    assert names == [university.name for university in everything]


def problems() -> None:
    wrong = search_universities.sync_detailed(client=client, limit=0)
    assert wrong.status_code == 400
    assert isinstance(wrong.parsed, Problem)
    assert wrong.parsed.type_ == "/problems/invalid-parameter"
    assert wrong.parsed.errors
    assert wrong.parsed.errors[0].parameter == "limit"
    assert wrong.parsed.errors[0].given == "0"

    unknown = get_universities.sync_detailed(client=client, country=["turky"])
    assert unknown.status_code == 404
    assert isinstance(unknown.parsed, Problem)
    assert unknown.parsed.type_ == "/problems/unknown-country"
    assert unknown.parsed.suggestions == ["Türkiye"]


def deadline() -> None:
    report = fetch_universities.sync(
        client=client, country=["turkey", "australia"], deadline_ms=300
    )
    assert isinstance(report, Report)
    turkey, australia = report.outcomes
    assert turkey.universities
    assert australia.problem
    assert australia.problem.type_ == "/problems/deadline-exceeded"


for step in (
    dictionary,
    report_with_a_failed_country,
    stream_line_by_line,
    lookup,
    search_page_by_page,
    problems,
    deadline,
):
    step()
    print(f"  {step.__name__}")
