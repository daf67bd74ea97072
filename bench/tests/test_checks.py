"""That the checks find what is wrong: `python3 -m unittest discover -s bench/tests -t bench`."""

import gzip
import json
import tempfile
import unittest
from pathlib import Path

from harness import checks
from harness.client import Answer
from harness.errors import WrongAnswer
from harness.load import Subject, _account
from harness.records import Records, generate

COUNTRIES_FILE = Path(__file__).resolve().parents[2] / "data" / "countries.json"


def answer(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer as the client hands it on."""
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, spelled, body, len(body), 0.0, 0.0)


class Checks(unittest.TestCase):
    """Each check passes what is right, and raises for each way to be wrong."""

    @classmethod
    def setUpClass(cls) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = generate(COUNTRIES_FILE, Path(folder) / "list.json")
            cls.records = Records(path)
            cls.list = json.loads(path.read_bytes())

    def armenia(self) -> dict:
        """A right dictionary, to be spoilt."""
        return {"armenia": [dict(record) for record in self.list if record["country"] == "Armenia"]}

    def wrong(self, check: checks.Check, spoilt: Answer) -> None:
        with self.assertRaises(WrongAnswer):
            check(spoilt)

    def test_generated_list_has_the_public_ones_shape(self) -> None:
        self.assertEqual(len(self.list), 10_000)
        self.assertEqual(len(self.records.codes()), 200)
        self.assertEqual([len(self.records.of(name)) for name in ("turkey", "india", "australia")], [188, 475, 59])

    def test_bytes(self) -> None:
        check = checks.same_bytes(b"right")
        check(answer(b"right"))
        for spoilt in (answer(b"wrong"), answer(b"righ"), answer(b"right", 500)):
            self.wrong(check, spoilt)
        self.wrong(check, answer(b"right", content_encoding="gzip"))

    def test_gzip(self) -> None:
        check = checks.decodes_to(b"right")
        check(answer(gzip.compress(b"right"), content_encoding="gzip"))
        self.wrong(check, answer(gzip.compress(b"wrong"), content_encoding="gzip"))
        self.wrong(check, answer(b"right"))

    def test_dictionary(self) -> None:
        check = checks.dictionary(self.records, ["armenia"])
        right = self.armenia()
        right["armenia"].reverse()
        check(answer(json.dumps(right).encode()))

        fewer, changed, twice, other = (self.armenia() for _ in range(4))
        fewer["armenia"].pop()
        changed["armenia"][3]["domains"] = ["another.example"]
        twice["armenia"][1] = twice["armenia"][0]
        other["india"] = []
        for spoilt in (fewer, changed, twice, other, {}):
            self.wrong(check, answer(json.dumps(spoilt).encode()))

    def test_bytes_of_a_load(self) -> None:
        subject = Subject("subject", 0, "/", checks.same_bytes(b""))
        right = dict.fromkeys(("connect", "read", "write", "status", "timeout"), 0)
        right |= {"requests": 1000, "bytes": 1000 * 2500}
        _account(subject, right, 32, 2500)
        for spoilt in ({"status": 1}, {"timeout": 1}, {"requests": 0}, {"bytes": 1000 * 2300}, {"bytes": 1100 * 2700}):
            with self.assertRaises(WrongAnswer):
                _account(subject, right | spoilt, 32, 2500)


if __name__ == "__main__":
    unittest.main()
