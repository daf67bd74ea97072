import json
from collections.abc import Iterator

import httpx

from universities_client.models import OutcomeLine, SummaryLine

StreamLine = OutcomeLine | SummaryLine


def lines(stream: httpx.Response) -> Iterator[StreamLine]:
    """The lines of a stream, each as soon as it has come."""
    rest = b""
    # Not iter_lines: it also ends lines at characters that JSON has within strings.
    for chunk in stream.iter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        yield from map(decoded, whole)


def decoded(line: bytes) -> StreamLine:
    fields = json.loads(line)
    if "summary" in fields:
        return SummaryLine.from_dict(fields)
    return OutcomeLine.from_dict(fields)
