"""Every page, in one table: each is opened with and without JavaScript, in both themes, wide and narrow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """An address, in which names in braces are those of ``filled.Names``, and a text that everybody must see there.

    ``chart``: one can be zoomed there. ``html``: how many bytes it may have, packed.
    """

    address: str
    seen: str
    chart: bool = False
    html: int = 30_000


PAGES = (
    Page("/builds/", "Builds"),
    Page("/runs/", "with failures"),
    Page("/runs/?status=finished+fail&suite=rados&nothing=1&sort=name", "ignored: nothing"),
    Page("/runs/branch/", "main"),
    Page("/runs/{run}/", "Failures of tests by their reasons"),
    Page("/runs/{run}/?tab=jobs", "hide infra"),
    Page("/runs/{run}/?tab=matrix", "Across"),
    Page("/runs/{run}/?tab=timeline", "Timeline"),
    Page("/runs/{run}/?tab=raw", "The same as data"),
    Page("/runs/{run}/jobs/{job}/", "History of this description"),
    Page("/jobs/", "hide infra"),
    Page("/failures/", "whatever failed most first"),
    Page("/boots/", "Boots"),
    Page("/logs/", "Words:"),
    Page("/tests/", "Tests"),
    Page("/regressions/", "Flaky suspects"),
    Page("/flaky/", "Jobs by turns"),
    Page("/matrix?rows=tree,branch&cols=arch,board&cell=boot", "Across, then"),
    Page("/dashboards/", "KernelCI - Home"),
    Page("/dashboards/home", "Builds per tree"),
    Page("/dashboards/boots", "Boot results"),
    Page("/queue/", "Jobs in no queue"),
    Page("/actions/kill?run={run}", "Back, without it"),
    Page("/actions/rerun?run={run}", "Back, without it"),
    Page("/compare", "Two runs"),
    Page("/projects/", "Projects"),
)
