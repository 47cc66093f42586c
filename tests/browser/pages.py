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
    Page("/", "What needs attention"),
    Page("/runs/", "with failures"),
    Page("/runs/?status=finished+fail&suite=rados&nothing=1&sort=name", "ignored: nothing"),
    Page("/runs/?suite=nothing", "No runs match"),
    Page("/runs/branch/", "main"),
    Page("/runs/{run}/", "Failures of tests by their reasons"),
    Page("/runs/{run}/?tab=jobs", "hide infra"),
    Page("/runs/{run}/?tab=matrix", "Across"),
    Page("/runs/{run}/?tab=timeline", "Timeline"),
    Page("/runs/{run}/?tab=raw", "The same as data"),
    Page("/runs/{run}/jobs/", "hide infra"),
    Page("/runs/{run}/failures/", "Reason"),
    Page("/runs/{run}/jobs/{job}/", "History of this description"),
    Page("/runs/demo-1-lkp/jobs/{booted}/", "job.cgz"),
    Page("{boot}", "History of this description"),
    Page("{boot}log", "Search"),
    Page("/jobs/", "hide infra"),
    Page("/failures/", "whatever failed most first"),
    Page("{failure}", "Jobs"),
    Page("/queue/", "Jobs in no queue"),
    Page("/nodes/", "smithi"),
    Page("/nodes/{machine}/", "Jobs"),
    Page("/compare", "Two runs"),
    Page("/compare?a={before}&b={run}", "broken or mended"),
    Page("/projects/", "demo-os"),
    Page("/projects/demo-os/", "Builds"),
    Page("/projects/demo-os/builds/", "Promoted as"),
    Page("/projects/demo-os/builds/1/", "Runs"),
    Page("{built}", "Tests"),
    Page("/builds/", "Builds"),
    Page("/known-issues/", "No issue explains any failure"),
    Page("/actions/note?run={run}&kind=pin", "Pin for the whole lab"),
    Page("/actions/known-issue", "Try a pattern"),
    Page("/boots/", "Boots"),
    Page("/logs/", "Words:"),
    Page("/tests/", "Tests"),
    Page("{test}", "Turned within 30d"),
    Page("/regressions/", "Flaky suspects"),
    Page("{regression}", "First bad"),
    Page("/flaky/", "Jobs by turns"),
    Page("/matrix?rows=tree,branch&cols=arch,board&cell=boot", "Across, then"),
    Page("/dashboards/", "KernelCI - Home"),
    Page("/dashboards/home", "Builds per tree"),
    Page("/dashboards/builds", "Builds"),
    Page("/dashboards/boots", "Boot results"),
    Page("/dashboards/tests", "Test"),
    Page("/dashboards/logs", "Log"),
    Page("/dashboards/build-details", "Build"),
    Page("/dashboards/boot-details", "Boot"),
    Page("/stats/", "Figures over time", chart=True),
    Page("/stats/?since=90d", "Figures over time", chart=True),
    Page("/search?q=smithi", "smithi"),
    Page("/help/keys", "Keys"),
    Page("/about", "paddles"),
)
