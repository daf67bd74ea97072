"""The list of universities: what every answer is compared with."""

import json
import random
from collections import defaultdict
from pathlib import Path

#: The article's countries, as it spells them.
COUNTRIES = ("turkey", "india", "australia")
#: A country whose answer is about 2 kB.
SMALL = "armenia"

_RECORDS = 10_000
#: As many as the public list has of them.
_FIXED = {"Turkiye": 188, "India": 475, "Australia": 59, "Armenia": 12, "United States": 2300}


def canonical(record: dict) -> tuple:
    """What a record says, however it is written."""
    return (
        record["name"],
        record["country"],
        record["alpha_two_code"],
        record.get("state-province"),
        tuple(record["domains"]),
        tuple(record["web_pages"]),
    )


class Records:
    """The list's records by country."""

    def __init__(self, path: Path):
        self.path = path
        by_country = defaultdict(list)
        for record in json.loads(path.read_bytes()):
            by_country[record["country"]].append(canonical(record))
        self._by_country = {name.lower(): in_order(records) for name, records in by_country.items()}
        # The list may spell one country in two ways; asked by its code it is one.
        by_code = defaultdict(list)
        for records in by_country.values():
            by_code[records[0][2]] += records
        self._codes = sorted(by_code, key=lambda code: (-len(by_code[code]), code))
        self._by_country |= {code.lower(): in_order(records) for code, records in by_code.items()}
        # The upstream still knows the name that the article uses.
        self._by_country["turkey"] = self._by_country["turkiye"]

    def of(self, country: str) -> list[tuple]:
        """A country's records by its name or code, in an order of their own."""
        return self._by_country[country.lower()]

    def codes(self) -> list[str]:
        """All countries, those with most records first; as codes, for a name may be that of two."""
        return list(self._codes)


def in_order(records: list[tuple]) -> list[tuple]:
    """Sorted, where a record may lack its state."""
    return sorted(records, key=repr)


def generate(countries: Path, target: Path) -> Path:
    """Writes a list of the public one's size and shape, the same at every run."""
    dice = random.Random(2022)
    known = {name: entry["code"] for entry in json.loads(countries.read_bytes()) for name in entry["upstream"]}
    others = [name for name in sorted(known) if name not in _FIXED]
    counts = _FIXED | _shares(others, _RECORDS - sum(_FIXED.values()))
    records = [
        _record(name, known[name], number, dice) for name, count in counts.items() for number in range(count)
    ]
    # The public list has no order by country.
    dice.shuffle(records)
    target.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return target


def _shares(names: list[str], total: int) -> dict[str, int]:
    """Few large countries and many small ones, `total` records together."""
    weights = [1 / (rank + 3) for rank in range(len(names))]
    shares = {name: max(1, int(total * weight / sum(weights))) for name, weight in zip(names, weights)}
    shares[names[0]] += total - sum(shares.values())
    return shares


def _record(country: str, code: str, number: int, dice: random.Random) -> dict:
    """One made-up university of about 180 bytes, as long as real ones are."""
    kind = dice.choice(["University of", "Université de", "Institute of Technology", "Universität", "College"])
    place = "".join(dice.choice(["an", "be", "cor", "dü", "el", "mar", "ni", "sta", "vo"]) for _ in range(4))
    domain = f"{place.replace('ü', 'u')}{number}.edu.{code.lower()}"
    return {
        "name": f"{kind} {place.capitalize()} {number}",
        "domains": [domain],
        "web_pages": [f"https://www.{domain}/"],
        "country": country,
        "alpha_two_code": code,
        "state-province": f"{place.capitalize()} Province" if dice.random() < 0.1 else None,
    }
