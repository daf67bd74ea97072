"""Query strings that name countries."""

from collections.abc import Iterable
from urllib.parse import urlencode


def countries_query(countries: Iterable[str]) -> str:
    """The parameter `country` once for each."""
    return urlencode([("country", country) for country in countries])
