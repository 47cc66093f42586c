"""What keys do, while nobody types."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from paddles.controllers.pages.help import KEYS
from tests.browser.filled import Names
from tests.browser.living import Lab, said
from tests.browser.looking import Seen, arrived, looking
from tests.waiting import until

ACTIVE = "() => [document.activeElement.getAttribute('href') ?? '', document.activeElement.localName]"
RUNS = ("keys-1", "keys-2", "keys-3")


def opened(seen: Seen, address: str) -> Page:
    """Go to an address, and wait until keys are heard there."""
    seen.open_whole(address)
    until(lambda: _heard(seen.page))
    return seen.page


def _heard(page: Page) -> bool:
    page.keyboard.press("?")
    dialog = page.locator("dialog")
    if not dialog.count():
        return False
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    return True


@pytest.fixture(scope="module")
def lab_of_runs(lab: Lab) -> Lab:
    """Three runs of a suite, one after the other; the first two have failures."""
    for name in RUNS:
        lab.fill(name, 3, "running", suite="keyed")
    for name in RUNS[:2]:
        for job in (1, 2, 3):
            lab.say(name, job, status="pass" if job == 1 else "fail", failure_reason=f"failure of {job}")
    return lab


@pytest.fixture
def seen(browser: Browser, lab_of_runs: Lab) -> Iterator[Seen]:
    """A window."""
    with looking(browser, lab_of_runs.url) as made:
        yield made
        assert [] == made.complaints


def test_all_keys_are_listed(seen: Seen) -> None:
    """`?` shows them on the page, Esc takes them away; the page of keys has the same."""
    page = opened(seen, "/runs/")
    page.keyboard.press("?")
    listed = {key for each in page.locator("dialog kbd").all_inner_texts() for key in each.replace(",", " ").split()}
    assert {key for keys, _ in KEYS for key in keys.split()} == listed
    page.keyboard.press("Escape")
    assert 0 == page.locator("dialog").count()


def test_rows_are_walked_and_opened(seen: Seen, lab_of_runs: Lab) -> None:
    """There and back, with the focus on what Enter opens; `o` opens it in another tab."""
    page = opened(seen, "/runs/?suite=keyed")
    rows = [page.locator("[data-row]").nth(at).get_attribute("data-href") for at in range(len(RUNS))]
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert [rows[at], "a"] == page.evaluate(ACTIVE)
        assert "true" == page.locator("[data-row]").nth(at).get_attribute("aria-selected")
        assert 1 == page.locator("[aria-selected]").count()
    with page.context.expect_page() as other:
        page.keyboard.press("o")
    arrived(other.value, str(rows[1]))
    seen.leave("Enter", str(rows[1]))


def test_failures_are_walked(seen: Seen) -> None:
    """`n` and `p` go from one to the next, the newest first, and leave out what passed."""
    page = opened(seen, f"/runs/{RUNS[0]}/?tab=jobs")
    for key, job in (("n", 3), ("n", 2), ("n", 2), ("p", 3)):
        page.keyboard.press(key)
        assert [f"/runs/{RUNS[0]}/jobs/{job}/", "a"] == page.evaluate(ACTIVE)


def test_runs_are_chosen_and_compared(seen: Seen) -> None:
    """`x` chooses the row at hand or no more; `c` compares two of them, and says so where there are fewer."""
    page = opened(seen, "/runs/?suite=keyed")
    for key in "jxc":
        page.keyboard.press(key)
    assert "Select 2 to 6 rows to compare" == said(page)
    for key in "jxjxx":
        page.keyboard.press(key)
    assert "2 selected" == said(page)
    seen.leave("c", "/compare")
    page.locator("#compared table").first.wait_for()
    assert 2 == page.locator("#compared table").first.locator("tbody tr").count()


@pytest.mark.parametrize(
    ("key", "where"),
    [("r", "/runs/"), ("q", "/queue/"), ("n", "/nodes/"), ("m", "/matrix/"), ("t", "/tests/"), ("e", "/regressions/")],
)
def test_places_are_gone_to(seen: Seen, key: str, where: str) -> None:
    """By `g` and another key."""
    page = opened(seen, "/help/keys")
    page.keyboard.press("g")
    seen.leave(key, where)


def test_a_run_leads_to_the_ones_beside_it(seen: Seen) -> None:
    """`[` and `]`, as they are typed on keyboards that need AltGr for them, too."""
    page = opened(seen, f"/runs/{RUNS[1]}/")
    seen.leave("[", f"/runs/{RUNS[0]}/")
    page.keyboard.up("[")
    opened(seen, f"/runs/{RUNS[1]}/")
    page.evaluate(
        """() => document.dispatchEvent(new KeyboardEvent('keydown',
            { key: ']', ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true }))"""
    )
    arrived(page, f"/runs/{RUNS[2]}/")


@pytest.mark.parametrize(("key", "name"), [("/", "q"), ("f", "status")])
def test_fields_are_gone_to_and_left(seen: Seen, key: str, name: str) -> None:
    """Where one types keys are letters; Esc leaves the field."""
    page = opened(seen, "/runs/")
    page.keyboard.press(key)
    focused = "() => document.activeElement.getAttribute('name')"
    assert name == page.evaluate(focused)
    if key == "/":
        page.keyboard.type("jtg?")
        assert "jtg?" == page.locator("input[name=q]").first.input_value()
    page.keyboard.press("Escape")
    assert page.evaluate(focused) is None
    assert 0 == page.locator("dialog").count()


def test_keys_with_others_held_are_the_browsers(seen: Seen) -> None:
    """Ctrl+T and the like are not for the page."""
    page = opened(seen, "/runs/")
    before = page.locator("html").get_attribute("data-theme")
    for held in ("Control", "Alt", "Meta"):
        page.keyboard.press(f"{held}+t")
    assert before == page.locator("html").get_attribute("data-theme")


def test_a_run_is_run_again(seen: Seen) -> None:
    """By `r`, which leads to the form that asks for it."""
    opened(seen, f"/runs/{RUNS[0]}/")
    seen.leave("r", "/actions/rerun")


def test_the_log_of_a_job_is_gone_to(browser: Browser, url: str, names: Names) -> None:
    """By `l`, wherever it is kept."""
    with looking(browser, url) as seen:
        page = opened(seen, names.boot)
        offered = page.locator("[data-key=l]").first.evaluate("(link) => link.href")
        seen.leave("l", urlsplit(offered).path)
