"""Every page, in one table: each is opened with and without JavaScript, in both themes, wide and narrow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """An address, in which names in braces are those of ``filled.Names``, and a text that everybody must see there.

    ``chart``: one can be zoomed there. ``html``: how many bytes it may have, packed. ``login``: it is shown to who has
    logged in, as ``filled.NAME`` with ``filled.PASSWORD``.
    """

    address: str
    seen: str
    chart: bool = False
    html: int = 30_000
    login: bool = False


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
    Page("/jobs/{number}/log", "Search"),
    Page("/jobs/", "hide infra"),
    Page("/failures/", "whatever failed most first"),
    Page("{failure}", "Jobs"),
    Page("/queue/", "Jobs in no queue"),
    Page("/nodes/", "smithi"),
    Page("/nodes/{machine}/", "Jobs"),
    Page("/nodes/bcm2711-rpi-4-b-03/", "Health checks"),
    Page("/compare", "Two runs"),
    Page("/compare?a={before}&b={run}", "broken or mended"),
    Page("/compare?a={before}&b={run}&facet=objectstore:none", "of these facets"),
    Page("/projects/", "demo-os"),
    Page("/projects/demo-os/", "Builds"),
    Page("/projects/demo-os/builds/", "Promoted as"),
    Page("/projects/demo-os/builds/1/", "Runs"),
    Page("{built}", "Tests"),
    Page("/workers/", "demo-1-builder"),
    Page("/latest/events", "Events"),
    Page("/actions/pause?queue=smithi", "smithi"),
    Page("/actions/resume?queue=braggi", "braggi"),
    Page("/actions/unlock?machine={machine}", "smithi"),
    Page("/actions/mark?machine={machine}", "smithi"),
    Page("/actions/kill?run={going}", "Kill"),
    Page("/actions/priority?run={going}&job={queued}", "Priority"),
    Page("/actions/hold?run={going}&job={queued}", "Hold"),
    Page("/actions/let-go?run={going}", "Let go"),
    Page("/actions/clone?run={run}&job={job}", "with changes"),
    Page("/actions/regression?regression={regression}", "What is known"),
    Page("/labs/", "lab-south"),
    Page("/ingest/documents/{document}", "SHA-256"),
    Page("/actions/read-again?document={document}", "Back, without it"),
    Page("/actions/read-again?document=1", "has not failed"),
    Page("/login", "Log in"),
    Page("/workers/demo-1-builder/", "What it had"),
    Page("/labs/lab-south?since=14d", "When its devices ran"),
    Page("/ingest", "The last that nobody reads"),
    Page("/ingest/errors", "not JSON"),
    Page("/ingest/documents", "processed"),
    Page("/ingest/sources", "it answers 503"),
    Page("/builds/", "Builds"),
    Page("/known-issues/", "Slow ops while OSDs are thrashed"),
    Page("/actions/note?run={run}&kind=pin", "Pin for the whole lab"),
    Page("/actions/known-issue", "Try a pattern"),
    Page("/actions/end-note?note={note}", "End this"),
    Page("/actions/end-known-issue?known_issue={issue}", "It will explain no failure any more."),
    Page("/boots/", "Boots"),
    Page("/logs/", "Words:"),
    Page("/tests/", "Tests"),
    Page("/tests/{test}", "Turned within 30d"),
    Page("/tests/{case}", "Turned within 30d"),
    Page("/regressions/", "Flaky suspects"),
    Page("/regressions/{regression}", "First bad"),
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
    Page("/latest/nodes", "Nodes of result trees"),
    Page("/latest/nodes?kind=test&result=fail&sort=created", "Result: fail"),
    Page("{node}", "Below it"),
    Page("/latest/events?channel=node&limit=1", "kernel_revision"),
    Page("/latest/groups", "User groups"),
    Page("/latest/group/{group}", "Shown to users."),
    Page("/help/keys", "Keys"),
    Page("/about", "paddles"),
    Page("/actions/kill?run={run}", "Back, without it"),
    Page("/actions/rerun?run={run}", "Back, without it"),
    Page("/actions/lock?machine={machine}", "Back, without it"),
)
# What is shown to users alone, or to administrators.
OF_USERS = (
    Page("/latest/whoami", "Make a token", login=True),
    Page("/latest/user/me", "Make a token", login=True),
    Page("/latest/users", "ann", login=True),
    Page("/latest/user/{user}", "root@example.org", login=True),
    Page("/latest/group/{group}", "ann", login=True),
    Page("/actions/cancel-build?project=demo-os&build={build}", "workers hear of it", login=True),
    Page("/actions/rerun-build?project=demo-os&build=1&run={again}", "queued once more", login=True),
)
