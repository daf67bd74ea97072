import os

from universities_client import Client
from universities_client.api.universities import fetch_universities
from universities_client.models import Report

client = Client(os.environ.get("UNIVERSITIES_URL", "http://localhost:9000"))
report = fetch_universities.sync(client=client, country=["turkey", "turky"])
if not isinstance(report, Report):
    raise SystemExit(report and report.detail)
for outcome in report.outcomes:
    if outcome.universities is not None:
        print(*outcome.requested, len(outcome.universities))
    elif outcome.problem is not None:
        print(*outcome.requested, outcome.problem.suggestions)
