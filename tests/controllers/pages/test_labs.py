"""Labs as pages."""

import datetime
from urllib.parse import quote

import pytest

from paddles.controllers.pages import addresses
from paddles.db.engine import Database
from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, harmless, links, page, told
from tests.controllers.test_statements import statements_of
from tests.kernels.rows import make_boot
from tests.units import register

EVIL = "<script>alert(1)</script>{{ 7*7 }}"
LAB = addresses.path("labs", EVIL)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def lab(client: Client, database: Database) -> Client:
    """A lab, of which every word is hostile, with a device that was busy and one that is offline, and a quiet one."""
    now = datetime.datetime.now(datetime.UTC)
    register(database, "d2", up=False, locked=True, locked_by=EVIL, locked_since=now)
    times = {"details": {"started": (now - 2 * HOUR).isoformat()}, "ended": now - HOUR}
    make_boot(database, 1, now=now - HOUR, lab=EVIL, device=EVIL, board=EVIL, **times)
    make_boot(database, 2, now=now - HOUR, lab=EVIL, device="d2", result="fail")
    make_boot(database, 3, now=now - 2000 * HOUR, lab="quiet")
    client.send("POST", f"/ingest/lava?lab_name={quote(EVIL)}", EVIL.encode(), status=422)
    return client


def test_labs_are_shown(lab: Client) -> None:
    """Each leads to its page and to its errors, one that is quiet too."""
    shown = page(lab, "/labs/")

    assert f"{LAB}?since=7d" in links(shown)
    assert "/labs/quiet/?since=7d" in links(shown)
    assert f"/ingest/errors{addresses.changed([], lab=EVIL)}" in links(shown)
    assert "100 %" in told(shown)
    assert "No device booted in this time: the last one did" in told(page(lab, "/labs/quiet/"))
    assert "/labs/quiet/" in links(page(lab, "/boots"))
    assert "/labs/" in links(page(lab, "/nodes/"))


def test_a_lab_is_shown(lab: Client) -> None:
    """Its devices, those that are offline first, with who has them; how busy they were; what nobody could read."""
    shown = page(lab, f"{LAB}?since=24h&interval=day")
    rows = shown.find_all("tr", attrs={"data-row": True})

    assert ["d2", EVIL] == [row.find("td", attrs={"data-label": "Device"}).get_text().strip() for row in rows]
    assert "/nodes/d2/" in links(shown)
    assert "1:00:00 in all" in told(shown)
    assert "Hours that jobs had devices" in told(shown)
    assert "is not JSON" in told(shown)
    assert "ignored: interval" in told(shown)


def test_where_nothing_is_it_is_said(client: Client) -> None:
    """How a lab is to tell of boots."""
    assert "/callback/lava/test" in told(page(client, "/labs/"))
    client.get("/labs/none/", headers=BROWSER, status=404)


@pytest.mark.parametrize("asked", ["since=later", f"since={quote(EVIL)}", f"nothing={quote(EVIL)}", "fragment=x"])
def test_what_is_asked_is_only_text(lab: Client, asked: str) -> None:
    """Answered or refused."""
    for path in ("/labs/", LAB):
        answer = lab.get(f"{path}?{asked}", headers=BROWSER, status="*")
        assert answer.status_int in (200, 400, 404)
        harmless(answer.html)


def test_parts_are_fetched_alone(lab: Client) -> None:
    """Of each page its one section."""
    for path, name in (("/labs/", "list"), (LAB, "lab")):
        text = lab.get(f"{path}?fragment={name}", headers=BROWSER, status=200).text.strip()
        assert text.startswith(f'<section id="{name}"')
        assert text.endswith("</section>")


def test_pages_take_few_statements(lab: Client, database: Database) -> None:
    """However many labs and devices there are."""
    for number in range(10, 20):
        make_boot(database, number, lab=f"l{number}", device=f"d{number}")

    assert [1, 4] == [len(statements_of(lab, f"{path}?format=html")) for path in ("/labs/", LAB)]
