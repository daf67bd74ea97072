import os

from universities_client import Client
from universities_client.api.universities import fetch_universities
from universities_client.models import Problem

client = Client(os.environ.get("UNIVERSITIES_URL", "http://localhost:9000"))

report = fetch_universities.sync(client=client, country=["turkey", "turky"])
if isinstance(report, Problem):
    raise SystemExit(report.detail)
assert report, "not an answer that the document has"
for outcome in report.outcomes:
    requested = ",".join(outcome.requested)
    if outcome.universities is not None:
        print(requested, len(outcome.universities))
    elif outcome.problem:
        print(requested, outcome.problem.detail)
