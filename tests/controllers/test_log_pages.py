"""The page of a log: it opens where things went wrong, all of it is a link away, and nothing in it runs."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin

import pytest

from paddles.db.engine import Database
from paddles.joblogs.indexes import AT_ONCE
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.results.test_text_logs import put
from tests.controllers.test_statements import counted
from tests.factories import make_job
from tests.ingest.kernel_units import LAVA_KEY, LAVA_RUN, lava, load
from tests.ingest.lavas import log as lava_log
from tests.units import rows

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ADDRESS = "/runs/r/jobs/1/log"
LONG = 3000


class Seen(HTMLParser):
    """What a browser sees: the elements with their attributes, the ids of lines, links, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """See text."""
        self.text += data

    @property
    def lines(self) -> list[int]:
        """The numbers of the lines."""
        ids = [str(found.get("id", "")) for tag, found in self.elements if tag == "div"]
        return [int(each[1:]) for each in ids if each[:1] == "L"]

    @property
    def links(self) -> dict[str, str]:
        """The addresses of links, by what their text would be if there were none twice."""
        return {str(found["href"]): tag for tag, found in self.elements if tag == "a" and found.get("href")}


def content(number: int, trouble: int = 0) -> bytes:
    """Return a log of so many lines, one of which may tell of trouble."""
    return "".join(f"{'BUG: ' if at == trouble else ''}line {at}\n" for at in range(1, number + 1)).encode()


@pytest.fixture
def job_id(client: Client, database: Database) -> int:
    """A job that has ended."""
    make_job(client, "r", job_id="1", status="fail")
    return int(rows(database, "SELECT id FROM jobs")[0].id)


def page(client: Client, query: str = "", address: str = ADDRESS, **more: Any) -> Seen:
    """Return the page of a log."""
    return Seen(client.get(f"{address}{query}", headers=BROWSER, **more).text)


@pytest.mark.parametrize(
    ("number", "trouble", "wanted"),
    [
        (LONG, 1500, [*range(1460, 1541), *range(2901, 3001)]),
        (LONG, 5, [*range(1, 46), *range(2901, 3001)]),
        (LONG, 2890, list(range(2850, 3001))),
        (LONG, 2990, list(range(2901, 3001))),
        (LONG, 0, list(range(2901, 3001))),
        (3, 2, [1, 2, 3]),
        (0, 0, []),
    ],
)
def test_it_opens_where_it_went_wrong(
    client: Client, database: Database, settings: Settings, job_id: int, number: int, trouble: int, wanted: list[int]
) -> None:
    """The first line of trouble with 40 lines on each side of it, and the last hundred; each line is there once."""
    put(database, settings, job_id, "console.log", content(number, trouble))

    assert wanted == page(client).lines


def test_all_of_it_is_a_link_away(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """From part to part, without a script, and never in more than some hundred lines at once."""
    put(database, settings, job_id, "console.log", content(LONG, 1500))
    seen, waiting, done = set[int](), ["?"], set[str]()
    while waiting:
        address = waiting.pop()
        done.add(address)
        found = page(client, address)
        assert 500 >= len(found.lines)
        seen |= set(found.lines)
        parts = (link.partition("#")[0] for link in found.links if link.startswith("?lines="))
        waiting += [each for each in parts if each not in done and each not in waiting]

    assert set(range(1, LONG + 1)) == seen


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?lines=100-102", [100, 101, 102]),
        ("?tail=2", [2999, 3000]),
        ("?search=line+29.9%24", [2909, 2919, 2929, 2939, 2949, 2959, 2969, 2979, 2989, 2999]),
        ("?errors=1", [1500]),
        ("?lvl=error", []),
    ],
)
def test_lines_are_found(
    client: Client, database: Database, settings: Settings, job_id: int, query: str, wanted: list[int]
) -> None:
    """By number, by what they say, by what they tell of."""
    put(database, settings, job_id, "console.log", content(LONG, 1500))

    assert wanted == page(client, query).lines


def test_a_long_list_goes_on(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """Each line that was found is there once, and leads to its place in the log."""
    put(database, settings, job_id, "console.log", content(LONG, 1500))
    seen, address = list[int](), "?search=line"
    while address:
        found = page(client, address)
        seen += found.lines
        address = next((str(each["href"]) for tag, each in found.elements if each.get("rel") == "next"), "")

    assert list(range(1, LONG + 1)) == seen
    assert "?lines=1-41#L1" in page(client, "?search=line").links


def test_scripts_are_given_parts(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """The lines alone, the list of trouble alone, how long the log is; what they have they are not sent again."""
    put(database, settings, job_id, "console.log", content(LONG, 1500))

    assert list(range(501, 1001)) == page(client, "?lines=501-1000&fragment=lines").lines
    assert "<html" not in client.get(f"{ADDRESS}?lines=1-9&fragment=lines", headers=BROWSER).text
    state = client.get(f"{ADDRESS}?fragment=state", headers=BROWSER)
    assert 'data-lines="3000" data-growing="no"' in state.text
    assert 'data-line="1500"' in client.get(f"{ADDRESS}?fragment=errors", headers=BROWSER).text
    client.get(f"{ADDRESS}?fragment=state", headers={**BROWSER, "If-None-Match": state.headers["ETag"]}, status=304)
    client.get(f"{ADDRESS}?fragment=nothing", headers=BROWSER, status=404)


def test_a_long_log_says_how_far_it_was_looked_through(
    client: Client, database: Database, settings: Settings, job_id: int
) -> None:
    """And is looked through further with each request; until then it opens at its end."""
    line = b"x" * 99 + b"\n"
    put(database, settings, job_id, "console.log", line * (AT_ONCE // 100 + 1000) + b"BUG: x\n")
    number = AT_ONCE // 100 + 1001
    opened = client.get(ADDRESS, headers=BROWSER).text

    assert 'data-looked="part"' in opened
    assert f"?errors=1&amp;from={AT_ONCE // 100 + 1}" in opened
    assert list(range(number - 99, number + 1)) == Seen(opened).lines
    looked = client.get(f"{ADDRESS}?fragment=errors", headers=BROWSER).text
    assert 'data-looked="whole"' in looked
    assert f'data-line="{number}"' in looked


HOSTILE = (
    b'<script>alert(1)</script> "onclick=alert(1) \x1b[31m<img src=x onerror=alert(1)>\x1b[0m',
    b"\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    b"\xff\xfe\x00\x1b[999;999m\x1b[",
    "\u202ereversed {{ 7 * 7 }}".encode(),
    b"BUG: <b>" + b"x" * 200_000,
)


@pytest.mark.parametrize("query", ["", "?errors=1", "?search=alert|BUG", "?lines=1-5&fragment=lines"])
def test_what_a_log_says_runs_nowhere(
    client: Client, database: Database, settings: Settings, job_id: int, query: str
) -> None:
    """It is text: in spans with classes, cut where it is long, with a link to the rest."""
    put(database, settings, job_id, "console.log", b"\n".join(HOSTILE))
    seen = page(client, query)

    scripts = [found for tag, found in seen.elements if tag == "script"]
    assert all(str(found.get("src", "")).startswith("/static/") for found in scripts)
    assert not [tag for tag, found in seen.elements if tag in ("img", "b") or {"style", "onclick"} & found.keys()]
    assert not [link for link in seen.links if link.lower().startswith("javascript")]
    assert "alert(1)</script>" in seen.text or "alert(1)" not in seen.text
    assert 50_000 > len(seen.text)
    assert "?lines=5&format=text" in seen.links


def test_silence_is_shown(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """Where nothing was said for more than a minute."""
    said = b"2026-01-31T12:00:00 a\n2026-01-31T12:00:59 b\n2026-01-31T13:00:59 c\n"
    put(database, settings, job_id, "console.log", said)

    assert 1 == page(client).text.count("without a word")
    assert "1:00:00 without a word" in page(client).text


def test_logs_of_labs_have_levels_and_colours(client: Client, database: Database, settings: Settings) -> None:
    """Also where the character is lost that colours begin with."""
    said = lava_log(("info", "start"), ("target", "[0;31mred[0m"), ("error", "no link"), ("target", "\x1b[32mgreen"))
    load(client, database, settings, "lava", lava(log=said))
    address = f"/runs/{quote(LAVA_RUN, safe='')}/jobs/{quote(LAVA_KEY, safe='')}/log"
    html = client.get(address, headers=BROWSER).text

    assert '<span class="ansi-fg-1">red</span>' in html
    assert '<span class="ansi-fg-2">green</span>' in html
    assert [3] == page(client, "?lvl=error", address).lines
    assert [3] == page(client, "?errors=1", address).lines
    assert "<option>target</option>" in html
    by_number = f"/jobs/{rows(database, 'SELECT id FROM jobs')[0].id}/log"
    assert page(client, "", by_number).lines == page(client, "", address).lines


def test_every_link_leads_somewhere(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """To a part of the log, the whole of it, or what it belongs to; other files stay other files."""
    put(database, settings, job_id, "sub/a log", content(LONG, 1500))
    seen = page(client, "?file=sub/a+log&wrap=1")
    ours = [link for link in seen.links if link.startswith("?")]

    assert all("file=" in link for link in ours)
    for link in ours:
        client.get(urljoin(ADDRESS, link.partition("#")[0]), headers=BROWSER, status=200)
    assert {"?file=sub/a+log&wrap=1&format=raw", "?file=sub/a+log&wrap=1&format=gz"} <= set(ours)


@pytest.mark.parametrize("address", ["/runs/r/jobs/2/log", "/jobs/9/log", "/jobs/x/log", "/runs/r/jobs/1/log"])
def test_what_is_not_there_is_said_on_a_page(client: Client, job_id: int, address: str) -> None:
    """404."""
    assert "text/html" == client.get(address, headers=BROWSER, status=404).content_type


@pytest.mark.parametrize("query", ["?search=(", "?lines=2-1", "?count=x"])
def test_what_cannot_be_asked_is_said_on_a_page(
    client: Client, database: Database, settings: Settings, job_id: int, query: str
) -> None:
    """400."""
    put(database, settings, job_id, "console.log", b"x")

    assert "text/html" == client.get(f"{ADDRESS}{query}", headers=BROWSER, status=400).content_type


def test_a_page_takes_three_statements(client: Client, database: Database, settings: Settings, job_id: int) -> None:
    """Which job it is, which log it has, and where that lies, or what was kept of it; however long it is."""
    load(client, database, settings, "lava", lava(log=lava_log(("error", "no link"))))
    of_lab = f"/runs/{quote(LAVA_RUN, safe='')}/jobs/{quote(LAVA_KEY, safe='')}/log"
    for number in (1, LONG):
        put(database, settings, job_id, f"{number}.log", content(number, 1))
    addresses = (f"{ADDRESS}?file=1.log", f"{ADDRESS}?file={LONG}.log", of_lab)

    taken = []
    for address in addresses:
        with counted() as statements:
            client.get(address, headers=BROWSER)
        taken.append(len(statements))

    assert [2, 2, 3] == taken
