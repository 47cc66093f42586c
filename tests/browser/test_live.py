"""A page stays as the service is, and whoever reads it is not disturbed."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.living import PARTS, Lab, asked, forgive, refuse, said, until_badge, until_shown, watching
from tests.waiting import until

JOBS = 60
# Where a row stands in the window.
TOP = "(element) => element.closest('[data-row]').getBoundingClientRect().top"
FOCUSED = "() => document.activeElement.getAttribute('href')"
MARK = "(element) => document.getSelection().selectAllChildren(element)"
MARKED = "() => document.getSelection().toString()"


def row(run: str, job: int) -> str:
    """Return what selects the link of a job's row."""
    return f"[data-row] a[href='/runs/{run}/jobs/{job}/']"


def status(page: Page, run: str, job: int) -> str:
    """Return what the row of a job says of it."""
    return page.locator(f"[data-row]:has(a[href='/runs/{run}/jobs/{job}/']) .c-status").inner_text().strip()


def until_status(page: Page, run: str, job: int, words: str) -> None:
    """Wait until the row of a job says that."""
    until(lambda: words == status(page, run, job))


def most_in_a_second(times: list[float]) -> int:
    """Return how many moments there are in the second that has most of them."""
    return max(sum(begin <= each < begin + 1000 for each in times) for begin in times)


def test_what_is_read_stays_where_it_is(browser: Browser, lab: Lab) -> None:
    """While many jobs change, and those above it grow: the row, the focus, and the window; few requests do that."""
    lab.fill("busy", JOBS)
    with watching(browser, lab, "/runs/busy/?tab=jobs") as seen:
        link = seen.page.locator(row("busy", 40))
        link.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
        link.focus()
        top, before = link.evaluate(TOP), len(asked(seen.page))
        for state in ("running", "fail"):
            for job in range(1, JOBS + 1):
                lab.say("busy", job, status=state, **({"failure_reason": "no " * 60} if state == "fail" else {}))

        until_shown(seen.page, "#summary [data-subject]", "finished fail")
        until_status(seen.page, "busy", JOBS, "fail")
        assert "/runs/busy/jobs/40/" == seen.page.evaluate(FOCUSED)
        assert abs(top - seen.page.locator(row("busy", 40)).evaluate(TOP)) < 2
        assert 2 >= most_in_a_second(asked(seen.page)[before:])
        assert [] == seen.complaints


def test_a_part_that_appears_is_shown_where_it_belongs(browser: Browser, lab: Lab) -> None:
    """A run begins without failures; the first one does not take away the list of jobs that is looked at."""
    lab.fill("first", 2)
    with watching(browser, lab, "/runs/first/") as seen:
        lab.say("first", 1, status="fail", failure_reason="no")

        until_status(seen.page, "first", 1, "fail")
        until_shown(seen.page, "#tabs", "Failures 1")
        assert 0 == seen.page.locator(".stale").count()


def test_what_is_unfolded_stays_so(browser: Browser, lab: Lab) -> None:
    """Though other failures come before it."""
    lab.fill("folds", 3)
    for job, reason in ((1, "alpha failed"), (2, "beta failed")):
        lab.say("folds", job, status="fail", failure_reason=reason)
    with watching(browser, lab, "/runs/folds/?tab=failures") as seen:
        group = seen.page.locator("tr[data-failure]")
        group.filter(has_text="beta").locator("summary").click()
        lab.say("folds", 3, status="fail", failure_reason="alpha failed")

        until(lambda: "2" in group.filter(has_text="alpha").locator("td").first.inner_text())
        opened = "(all) => all.map((each) => each.querySelector('details').open)"
        assert [True] == group.filter(has_text="beta").evaluate_all(opened)
        assert [False] == group.filter(has_text="alpha").evaluate_all(opened)


def test_what_is_marked_stays_marked(browser: Browser, lab: Lab) -> None:
    """As long as text is marked its part waits; then it is as it should be."""
    lab.fill("marked", 3)
    with watching(browser, lab, "/runs/marked/?tab=jobs") as seen:
        seen.page.locator(row("marked", 2)).evaluate(MARK)
        lab.say("marked", 1, status="running")
        until(lambda: "1 running" in (seen.page.locator("#summary .counts").get_attribute("title") or ""))
        assert "queued" == status(seen.page, "marked", 1)
        assert "2" == seen.page.evaluate(MARKED)

        seen.page.evaluate("() => document.getSelection().removeAllRanges()")
        until_status(seen.page, "marked", 1, "running")


def test_new_rows_are_announced(browser: Browser, lab: Lab) -> None:
    """And shown when somebody asks for them; rows that are there change where they are."""
    lab.fill("old", 1)
    with watching(browser, lab, "/runs/?sort=-scheduled") as seen:
        link = seen.page.locator("[data-row] a[href='/runs/old/']")
        link.focus()
        top, rows = link.evaluate(TOP), seen.page.locator("[data-row]").count()
        for name in ("new-1", "new-2", "new-3"):
            lab.fill(name, 1)
        lab.say("old", 1, status="running")

        news = seen.page.locator(".news button")
        until(lambda: news.count() and "3 new runs - show" == news.inner_text())
        until_shown(seen.page, "[data-row]:has(a[href='/runs/old/']) .c-status", "running")
        assert (rows, top) == (seen.page.locator("[data-row]").count(), link.evaluate(TOP))
        assert "/runs/old/" == seen.page.evaluate(FOCUSED)
        news.click()
        assert rows + 3 == seen.page.locator("[data-row]").count()
        assert 0 == news.count()


def test_who_listens_is_told_what_the_page_is_about(browser: Browser, lab: Lab) -> None:
    """That the run has ended and how, and nothing of its jobs before; its icon is another."""
    lab.fill("heard", 3, "running")
    with watching(browser, lab, "/runs/heard/?tab=jobs") as seen:
        icon = seen.page.locator("link[rel=icon]")
        assert "icon-running" in (icon.get_attribute("href") or "")
        for job in (1, 2):
            lab.say("heard", job, status="pass")
            until_status(seen.page, "heard", job, "pass")
        assert "" == said(seen.page)
        lab.say("heard", 3, status="pass")

        until(lambda: "heard: finished pass" == said(seen.page))
        assert "icon-pass" in (icon.get_attribute("href") or "")


def test_what_cannot_be_fetched_says_so_where_it_is(browser: Browser, lab: Lab) -> None:
    """Its part keeps what it had, and can be tried again; the rest of the page goes on."""
    lab.fill("errs", 1)
    with watching(browser, lab, "/runs/errs/?tab=jobs") as seen:
        seen.page.route(PARTS, refuse)
        lab.say("errs", 1, status="running")
        again = seen.page.locator("#jobs > .stale button")
        again.wait_for()
        assert ("queued", "Try again") == (status(seen.page, "errs", 1), again.inner_text())
        seen.page.unroute(PARTS)
        again.click()

        until_status(seen.page, "errs", 1, "running")
        assert 0 == seen.page.locator("#jobs > .stale").count()
        forgive(seen)


@pytest.mark.parametrize("address", ["/", "/runs/", "/queue/", "/nodes/"])
def test_pages_of_many_things_change_too(browser: Browser, lab: Lab, address: str) -> None:
    """The first page, and lists: without a word of parts that could not be brought up to date."""
    lab.fill("many", 2)
    lab.server.send("POST", "/nodes/", {"name": "machine", "machine_type": "t", "up": True})
    with watching(browser, lab, address) as seen:
        before = len(asked(seen.page))
        for status in ("queued", "running", "queued"):
            lab.say("many", 1, status=status)
        for up in (True, False):
            lab.server.send("PUT", "/nodes/machine/", {"up": up})

        until(lambda: len(asked(seen.page)) > before)
        until_badge(seen.page, "live")
        assert 0 == seen.page.locator(".stale").count()
        assert [] == seen.complaints


def test_nothing_is_asked_for_while_nothing_happens(browser: Browser, lab: Lab) -> None:
    """Where all is quiet a page that is connected asks for none of its parts, and none twice for one change."""
    lab.fill("quiet", 1)
    with watching(browser, lab, "/runs/quiet/?tab=jobs") as seen:
        lab.say("quiet", 1, status="running")
        until_status(seen.page, "quiet", 1, "running")
        times = asked(seen.page)

        assert 2 >= most_in_a_second(times)
        assert 4 >= len(times)
