"""Logs that labs sent of jobs: by lines, from the end, by level, packed; and the lines that people look for."""

import gzip
import json
from typing import Any

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.kernels import logs
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.factories import make_job
from tests.ingest.kernel_units import ENDED, LAVA_KEY, LAVA_RUN, lava, load
from tests.ingest.lavas import log
from tests.units import rows

LONG = 1200
LATER = ENDED.replace("12:30", "12:50")


def entry(level: str, message: Any) -> str:
    """Return a line of a log."""
    return f"- {json.dumps({'dt': '2026-01-31T12:00:00.123456', 'lvl': level, 'msg': message})}\n"


LEVELS = ("info", "target", "debug")
WHOLE = "".join(entry(LEVELS[at % 3], f"line {at + 1}") for at in range(LONG))


@pytest.fixture
def place(client: Client, database: Database, settings: Settings) -> str:
    """The address of the log of a job, of ``LONG`` lines."""
    load(client, database, settings, "lava", lava(log=WHOLE))
    return f"/jobs/{rows(database, 'SELECT id FROM jobs')[0].id}/log"


def numbers(client: Client, address: str) -> list[int]:
    """Return the numbers of the lines at an address."""
    return [line["lineno"] for line in client.get(address).json["items"]]


def test_a_log_says_how_long_it_is(client: Client, place: str) -> None:
    """In lines, of each level, and what each says."""
    said = client.get(place).json

    assert (LONG, {level: LONG // 3 for level in LEVELS}) == (said["lines"], said["levels"])
    first = {"lineno": 1, "dt": "2026-01-31T12:00:00.123456", "lvl": "info", "msg": "line 1"}
    assert first == said["items"][0]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("from=3&to=5", [3, 4, 5]),
        ("from=499&to=502", [499, 500, 501, 502]),
        ("from=1001&to=1001", [1001]),
        ("from=1199", [1199, 1200]),
        ("from=1201", []),
        ("from=999999", []),
        ("from=0&to=1", [1]),
        ("tail=2", [1199, 1200]),
        ("to=10&tail=2", [9, 10]),
        ("from=1&to=7&lvl=target", [2, 5]),
        ("from=1&to=4&lvl=target,info", [1, 2, 4]),
        ("lvl=none", []),
    ],
)
def test_lines_are_asked_for_by_number(client: Client, place: str, query: str, wanted: list[int]) -> None:
    """From 1, at both ends of a part too, from the end, of some levels."""
    assert wanted == numbers(client, f"{place}?{query}")
    assert [f"line {number}" for number in wanted] == [
        line["msg"] for line in client.get(f"{place}?{query}").json["items"]
    ]


def test_a_long_log_goes_on(client: Client, place: str) -> None:
    """Where it stopped; each line is there once."""
    found, address = [], f"{place}?count=350&lvl=target"
    while address:
        page = client.get(address).json
        found += [line["lineno"] for line in page["items"]]
        address = page["next"] and place + page["next"]

    assert list(range(2, LONG + 1, 3)) == found


def test_it_is_kept_as_it_came(client: Client, place: str) -> None:
    """Packed, whole or in part."""
    answer = client.get(f"{place}?format=raw")

    assert WHOLE == gzip.decompress(answer.body).decode()
    assert "application/gzip" == answer.content_type
    part = client.get(f"{place}?format=raw", headers={"Range": "bytes=0-9"}, status=206)
    assert answer.body[:10] == part.body


def test_programs_read_text(client: Client, place: str) -> None:
    """What was said, line by line."""
    assert "line 1\nline 2\n" == client.get(f"{place}?to=2&format=text").text


@pytest.mark.parametrize("query", ["from=5&to=2", "from=x", "to=-1", "format=xml", "count=x"])
def test_what_cannot_be_asked(client: Client, place: str, query: str) -> None:
    """400."""
    client.get(f"{place}?{query}", status=400)


def test_jobs_without_a_log(client: Client) -> None:
    """404, as for jobs that are not there."""
    make_job(client, "r", job_id="1")
    for address in ("/runs/r/jobs/1/log", "/runs/r/jobs/2/log", "/jobs/0/log", "/jobs/x/log", f"/jobs/{'9' * 30}/log"):
        client.get(address, status=404)


def test_a_log_told_again_replaces_the_one_before(client: Client, database: Database, settings: Settings) -> None:
    """In its lines and in what is looked for; the packed one of before stays among the job's files."""
    load(client, database, settings, "lava", lava(log=log(("error", "old"))))
    load(client, database, settings, "lava", lava(log=log(("error", "new"), ("info", "x")), end_time=LATER))
    address = f"/runs/{LAVA_RUN}/jobs/{LAVA_KEY}/"

    assert ["new", "x"] == [line["msg"] for line in client.get(f"{address}log").json["items"]]
    assert ["new"] == [row.message for row in rows(database, "SELECT message FROM log_lines")]
    assert 2 == len(rows(database, "SELECT FROM files"))

    load(client, database, settings, "lava", lava(log=None, end_time=LATER.replace("12:50", "12:55")))
    client.get(f"{address}log", status=404)
    assert [] == rows(database, "SELECT FROM log_lines")


TOLD = (
    ("info", "start"),
    ("error", "no link"),
    ("exception", "it broke"),
    ("warning", "odd"),
    ("results", {"case": "a"}),
    ("target", "Kernel panic - not syncing"),
    ("target", "not ok 1 - x"),
    ("target", "all is well"),
    ("debug", "panic is no word of the board's"),
    ("feedback", "BUG: here"),
    ("target", ""),
)


@pytest.mark.parametrize(
    ("index", "wanted"), [("errors", [2, 3, 4, 5, 6, 7, 10]), ("all", list(range(1, 11))), ("none", [])]
)
def test_lines_that_people_look_for(database: Database, settings: Settings, index: str, wanted: list[int]) -> None:
    """Those that say what went wrong, all, or none, by the settings; with the words in them."""
    chosen = settings.model_copy(update={"log_index": index})
    client = Client(serve(database, chosen))
    client.send("POST", "/ingest/lava", lava(log=log(*TOLD)))
    documents.read(database, chosen, NOW)

    found = rows(database, "SELECT line, level, at FROM log_lines ORDER BY line")
    assert wanted == [row.line for row in found]
    words = rows(database, "SELECT line FROM log_lines WHERE words @@ to_tsquery('simple', 'syncing')")
    assert ([6] if wanted else []) == [row.line for row in words]
    assert all("2026-01-31T12:00:" in row.at.isoformat() for row in found)


@pytest.mark.parametrize("content", ["", "no entry\n", "\n\n"])
def test_a_log_without_an_entry_is_none(content: str) -> None:
    """Nothing is packed."""
    assert logs.pack(content) is None


def test_what_stands_below_an_entry_is_its_own() -> None:
    """It is packed with it, and counts for nothing; what stands in front goes with the first."""
    packed = logs.pack("# head\n" + "- a\n  b\n" * 501)

    assert packed is not None
    assert (501, 2) == (packed.lines, len(packed.parts))
    assert b"- a\n  b\n" == gzip.decompress(packed.content[packed.parts[1] :])
