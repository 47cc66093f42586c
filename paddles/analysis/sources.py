"""Regressions, and the results of one test, as sources of rows: what may be asked of each, under which names."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, case, func, select

from paddles.analysis.models import FACETS, MARKS, STATES, Lineage, Mark, Path, Regression
from paddles.archive.links import of_job, of_log
from paddles.archive.models import Job, Run
from paddles.kernels import links
from paddles.kernels.models import KernelBoot
from paddles.listing.fields import MOMENT, NUMBER, TEXT, WORD, Field, Link, Source, named

REGRESSION, MARK = Regression.__table__, Mark.__table__
PATH, LINEAGE, BOOT = Path.__table__, Lineage.__table__, KernelBoot.__table__
JOB, RUN = Job.__table__, Run.__table__
# What kernelci.org's documents call facets.
ALSO = {"tree": "job", "branch": "git_branch", "lab": "lab_name"}
# The moments of a regression at which there was a job.
TURNS = ("good", "bad", "last", "fixed")


def path(suite: ColumnElement[Any], name: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the path as it is written: the suite, a slash, the case; a boot has no suite."""
    return case((suite == "", name), else_=suite + "/" + name)


def facets(table: Any) -> list[Field]:
    """Return the fields that tell one lineage from another."""
    return [Field(name, table.c[name], TEXT, name.replace("_", " ").capitalize()) for name in FACETS]


def of_path(table: Any) -> list[Field]:
    """Return the fields of what is tested."""
    return [
        Field("path", path(table.c.suite, table.c.name), TEXT, "Path"),
        Field("suite", table.c.suite, TEXT, "Test suite"),
        Field("name", table.c.name, TEXT, "Test"),
    ]


def _job(prefix: str, job_id: ColumnElement[Any]) -> list[Field]:
    """Return where a job is found, looked up for the rows that are shown; nothing where it is gone."""
    job = JOB.alias()
    run = select(RUN.c.name).join(job, job.c.run_id == RUN.c.id).where(job.c.id == job_id).scalar_subquery()
    key = select(job.c.key).where(job.c.id == job_id).scalar_subquery()
    return [Field(f"{prefix}run", run, TEXT, dear=True), Field(f"{prefix}key", key, TEXT, dear=True)]


def _link(prefix: str, end: str) -> Link:
    needs = (f"{prefix}_run", f"{prefix}_key")

    def make(row: Mapping[str, Any]) -> str | None:
        found = of_job({"run": row[needs[0]], "key": row[needs[1]]})
        return f"{found}{end}" if found else None

    return Link(f"{prefix}_{'log_' if end else ''}href", needs, make, f"{prefix.capitalize()} {end or 'job'}")


def _history(row: Mapping[str, Any]) -> str:
    return f"/tests/{quote(row['path'])}"


def _href(row: Mapping[str, Any]) -> str:
    return f"/regressions/{row['id']}"


_OF_REGRESSION = REGRESSION.join(PATH, PATH.c.id == REGRESSION.c.path_id).join(
    LINEAGE, LINEAGE.c.id == REGRESSION.c.lineage_id
)
_LINKS = [_link(turn, end) for turn in TURNS for end in ("", "log")]
# How often the path has turned in its lineage at all: a regression of what turns often may be none.
_FLIPS = (
    select(func.count())
    .where(
        MARK.c.lineage_id == REGRESSION.c.lineage_id,
        MARK.c.path_id == REGRESSION.c.path_id,
        MARK.c.flip,
    )
    .scalar_subquery()
)
# What has regressed so often before, and been fixed, turns by itself more likely than by what anybody changed.
OFTEN = 2
_BEFORE = REGRESSION.alias("before")
_EARLIER = (
    select(_BEFORE.c.id)
    .where(
        _BEFORE.c.lineage_id == REGRESSION.c.lineage_id,
        _BEFORE.c.path_id == REGRESSION.c.path_id,
        _BEFORE.c.bad_at < REGRESSION.c.bad_at,
    )
    .offset(OFTEN - 1)
    .limit(1)
    .scalar_subquery()
)
_REMARKS = REGRESSION.c.owner + REGRESSION.c.note + REGRESSION.c.issue
REGRESSIONS = Source(
    "regressions",
    _OF_REGRESSION,
    named(
        Field("@timestamp", REGRESSION.c.bad_at, MOMENT, "Since"),
        Field("id", REGRESSION.c.id, NUMBER, "Id"),
        Field("state", REGRESSION.c.state, WORD, "State", STATES),
        *of_path(PATH),
        Field("path_id", REGRESSION.c.path_id, NUMBER, "Path"),
        *facets(LINEAGE),
        *(
            Field(f"{turn}_kernel", REGRESSION.c[f"{turn}_kernel"], TEXT, f"{turn.capitalize()} kernel")
            for turn in TURNS
        ),
        *(Field(f"{turn}_at", REGRESSION.c[f"{turn}_at"], MOMENT, f"{turn.capitalize()} at") for turn in TURNS),
        Field("good_commit", REGRESSION.c.good_commit, TEXT, "Good commit"),
        Field("bad_commit", REGRESSION.c.bad_commit, TEXT, "Bad commit"),
        Field("n_failures", REGRESSION.c.n_failures, NUMBER, "Failures"),
        Field("owner", REGRESSION.c.owner, TEXT, "Owner"),
        Field("note", REGRESSION.c.note, TEXT, "Note"),
        Field("issue", REGRESSION.c.issue, TEXT, "Issue"),
        Field("reviewed", case((_REMARKS == "", "no"), else_="yes"), WORD, "Reviewed", ("yes", "no")),
        Field("suspect", case((_EARLIER.is_not(None), "yes"), else_="no"), WORD, "Flaky suspect", ("yes", "no")),
        Field("flips", _FLIPS, NUMBER, "Flips", dear=True),
        *(field for turn in TURNS for field in _job(f"{turn}_", REGRESSION.c[f"{turn}_job_id"])),
        also=ALSO,
    ),
    (
        *("id", "state", "path", "suite", "name", *FACETS),
        *(f"{turn}_{what}" for turn in TURNS for what in ("kernel", "at", "href")),
        *("good_commit", "bad_commit", "n_failures", "flips", "owner", "note", "issue", "history_href"),
    ),
    (REGRESSION.c.id,),
    outcome="state",
    links={
        each.name: each
        for each in (
            *_LINKS,
            Link("history_href", ("path",), _history, "History"),
            Link("href", ("id",), _href, "Regression"),
        )
    },
)

RESULTS = Source(
    "results",
    MARK.join(PATH, PATH.c.id == MARK.c.path_id)
    .join(LINEAGE, LINEAGE.c.id == MARK.c.lineage_id)
    .outerjoin(BOOT, BOOT.c.job_id == MARK.c.job_id),
    named(
        Field("@timestamp", MARK.c.happened, MOMENT, "Time"),
        *of_path(PATH),
        Field("path_id", MARK.c.path_id, NUMBER, "Path"),
        *facets(LINEAGE),
        Field("kernel", BOOT.c.kernel, TEXT, "Kernel"),
        Field("git_commit", BOOT.c.git_commit, TEXT, "Commit"),
        Field("device", BOOT.c.device, TEXT, "Device"),
        Field("result", MARK.c.status, WORD, "Result", MARKS),
        Field("job_id", BOOT.c.external_id, TEXT, "Job id"),
        Field("flip", case((MARK.c.flip, "yes"), else_="no"), WORD, "Flip", ("yes", "no")),
        *_job("", MARK.c.job_id),
        also=ALSO,
    ),
    ("@timestamp", "result", "flip", "kernel", "git_commit", *FACETS, "device", "job_id", "href", "log_href"),
    (MARK.c.job_id,),
    outcome="result",
    links={
        "href": links.HREF,
        "log_href": Link("log_href", links.PLACE, of_log, "Log"),
    },
)
