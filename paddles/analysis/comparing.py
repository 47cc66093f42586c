"""Runs beside each other: what has become of each of their tests, classed in SQL (``classes``).

A test is a case of a job. Jobs are told apart by what they are called: a kernel by how it was built, a boot of one by
its plan, board and lab besides; others by their description, else by their key. A job that has no cases in one of the
runs, or is dead there, is a test itself. What several jobs of one name say of one case in a run is one result
(``classes.VERDICTS``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.analysis import classes
from paddles.analysis.classes import CLASSES, VERDICTS
from paddles.analysis.statements import NUMBERED, OWN_SUITE
from paddles.archive import facets
from paddles.archive.status import STATUSES
from paddles.db import limits
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound

FEWEST, MOST = 2, 6
LIMIT_S = 10.0
USUAL_PART = Page(100)
SIDES = range(MOST)
_PLACES = "ARRAY[" + ", ".join(f"'{verdict}'" for verdict in VERDICTS) + "]"
_CLASSES = ", ".join(str(place) for line in classes.table() for place in line)
_PASS, _DEAD = VERDICTS.index("pass") + 1, VERDICTS.index("dead") + 1
_OTHER = CLASSES.index("changed_duration")
# A verdict, and which job it is of, in one number: the largest of several is the strongest.
_SHIFT = 56
_JOB = f"((CAST(1 AS bigint) << {_SHIFT}) - 1)"
RUNS = text(f"""
    SELECT runs.id, runs.name, runs.suite, runs.branch, runs.status, runs.scheduled,
        {", ".join(f"runs.n_{status}" for status in STATUSES)}
    FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS wanted (name, place) JOIN runs ON runs.name = wanted.name
    ORDER BY wanted.place
""")
# What has no facets is not taken apart.
DESCRIBED = text(f"""
    SELECT id, left(text, {facets.LONGEST}) AS text FROM descriptions
    WHERE id IN (SELECT description_id FROM jobs WHERE run_id = ANY (:ids) AND kind <> 'task')
        AND position('{{' IN text) > 0
""")


def _sides(what: str, between: str = ", ") -> str:
    """Return an expression for each run."""
    return between.join(what.format(side=side) for side in SIDES)


_RESULTS = f"""{_sides("max(result) FILTER (WHERE side = {side}) AS r{side}")},
    {_sides("max(duration) FILTER (WHERE side = {side}) AS d{side}")}"""
_OWN = f"{_sides('r{side}')}, {_sides('d{side}')}"
_LAST_RESULT = "(ARRAY[" + _sides("r{side}") + "])[:sides]"
_LAST_DURATION = "(ARRAY[" + _sides("d{side}") + "])[:sides]"
# What jobs there are, what their cases say, and both together, each test once.
_RAN = f"""ran AS MATERIALIZED (
        SELECT wanted.side - 1 AS side, jobs.id, array_position({_PLACES}, jobs.status) AS verdict,
            CAST(EXTRACT(epoch FROM jobs.finished - jobs.started) AS double precision) AS duration,
            COALESCE(CASE WHEN b.job_id IS NOT NULL THEN
                    concat_ws('/', b.plan, b.arch, b.board, b.lab, b.defconfig_full, b.build_environment)
                WHEN built.job_id IS NOT NULL THEN
                    concat_ws('/', built.arch, built.defconfig_full, built.build_environment) END,
                descriptions.text, jobs.key) AS name,
            jobs.status <> 'dead' AND EXISTS (
                SELECT FROM tests WHERE tests.job_id = jobs.id AND tests.name <> '{OWN_SUITE}'
                    AND tests.n_pass + tests.n_fail + tests.n_error + tests.n_skip + tests.n_unknown > 0) AS cased
        FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS wanted (id, side)
        JOIN jobs ON jobs.run_id = wanted.id
        LEFT JOIN descriptions ON descriptions.id = jobs.description_id
        LEFT JOIN kernel_boots AS b ON b.job_id = jobs.id LEFT JOIN kernel_builds AS built ON built.job_id = jobs.id
        WHERE jobs.kind <> 'task'
            AND (CAST(:described AS bigint[]) IS NULL OR jobs.description_id = ANY (:described)))"""
_CASES = f"""said AS (
        SELECT ran.side, ran.name, cases.duration_s AS duration,
            regexp_replace(tests.name, '{NUMBERED}', '') AS suite, NULLIF(cases.context, '') AS context,
            cases.name AS test, (CAST(array_position({_PLACES}, CASE
                WHEN cases.waived THEN 'skip' WHEN cases.status = 'error' THEN 'fail' ELSE cases.status
                END) AS bigint) << {_SHIFT}) + ran.id AS result
        FROM ran JOIN tests ON tests.job_id = ran.id JOIN cases ON cases.test_id = tests.id
        WHERE ran.cased AND tests.name <> '{OWN_SUITE}')"""
_TESTS = f"""tested AS (
        SELECT name, concat_ws('/', suite, context, test) AS test, {_RESULTS} FROM said
        GROUP BY name, suite, context, said.test
        UNION ALL
        SELECT name, '' AS test, {_RESULTS} FROM (
            SELECT side, name, duration, (CAST(verdict AS bigint) << {_SHIFT}) + id AS result,
                bool_and(cased) OVER (PARTITION BY name) AS cased FROM ran) AS jobs
        WHERE NOT cased GROUP BY name),
    lost AS (
        SELECT name FROM ran GROUP BY name
        HAVING max(verdict) FILTER (WHERE side = 0) = {_DEAD} OR max(verdict) FILTER (WHERE side = :sides - 1) = {_DEAD}
    ),
    classed AS MATERIALIZED (
        SELECT name, test, {_OWN}, CASE
            WHEN r0 >> {_SHIFT} = {_PASS} AND {_LAST_RESULT} >> {_SHIFT} = {_PASS}
                AND abs({_LAST_DURATION} - d0) > {classes.SECONDS}
                AND abs({_LAST_DURATION} - d0) > {classes.PART} * d0 THEN {_OTHER}
            ELSE (ARRAY[{_CLASSES}])[
                COALESCE(r0 >> {_SHIFT}, 0) * {len(VERDICTS) + 1} + COALESCE({_LAST_RESULT} >> {_SHIFT}, 0) + 1]
            END AS class
        FROM tested WHERE NOT (test <> '' AND name IN (SELECT name FROM lost))
            AND (:words = '' OR position(lower(:words) IN lower(name || ' ' || test)) > 0))"""
COMPARE = text(f"""
    WITH {_RAN}, {_CASES}, {_TESTS},
    part AS (
        SELECT * FROM classed WHERE class = ANY (:classes) ORDER BY class, name, test LIMIT :limit OFFSET :offset)
    SELECT counts.of_classes, part.class, part.name, part.test,
        {_sides(f"part.r{{side}} >> {_SHIFT} AS v{{side}}")}, {_sides("part.d{side}")},
        {_sides("j{side}.key AS k{side}")}
    FROM (SELECT jsonb_object_agg(class, n) AS of_classes FROM (
        SELECT class, count(*) AS n FROM classed GROUP BY class) AS each) AS counts
    LEFT JOIN part ON true
    {_sides(f"LEFT JOIN jobs AS j{{side}} ON j{{side}}.id = part.r{{side}} & {_JOB}", " ")}
    ORDER BY part.class, part.name, part.test
""")


@dataclass(frozen=True)
class Wanted:
    """Which tests: those of some of ``CLASSES`` whose name has ``words`` in it, of any case.

    With ``facets``, each ``name:value``, those alone of jobs whose descriptions have them (``facets.matching``); None
    does not ask which there are.
    """

    classes: Sequence[str] = classes.USUAL
    words: str = ""
    part: Page = USUAL_PART
    facets: Sequence[str] | None = None


@dataclass(frozen=True)
class Result:
    """What a run says of a test: one of ``VERDICTS``, how many seconds it took, and the key of a job that said it."""

    status: str
    duration: float | None
    job: str


@dataclass(frozen=True)
class Compared:
    """A test: what its job is called, its path, blank for the job itself, its class, and what each run says of it."""

    name: str
    test: str
    kind: str
    results: Sequence[Result | None]


@dataclass(frozen=True)
class Comparison:
    """``runs`` are rows of ``id name suite branch status scheduled`` and ``n_<status>``, in the order asked for.

    ``counts`` is how many tests of each class there are, of all that have the words; ``total`` of the classes asked
    for; ``tests`` is the part of these, by class, name and path. ``facets`` are those by which the jobs of these runs
    differ, with their values, where they were asked for.
    """

    runs: Sequence[Row[Any]]
    counts: Mapping[str, int]
    total: int
    tests: Sequence[Compared]
    facets: Mapping[str, Sequence[str]]


def compare(session: Session, names: Sequence[str], wanted: Wanted) -> Comparison:
    """Compare 2 to 6 runs: classes are of what changed from the first to the last, those between are shown.

    Raises:
        Invalid: there are fewer or more, one of them is named twice, or it would take longer than ``LIMIT_S``.
        NotFound: there is no run of such a name.
    """
    runs = _runs(session, names)
    known = {} if wanted.facets is None else _described(session, [run.id for run in runs])
    values = {
        "ids": [run.id for run in runs],
        "sides": len(runs),
        "classes": [CLASSES.index(each) for each in wanted.classes],
        "words": wanted.words,
        "described": facets.matching(known, wanted.facets) if wanted.facets else None,
        "limit": wanted.part.limit,
        "offset": wanted.part.offset,
    }
    rows = limits.within(session, COMPARE.bindparams(**values), LIMIT_S, sorts=True).all()
    said = orjson.loads(rows[0].of_classes or b"{}")
    counts = {name: said.get(str(place), 0) for place, name in enumerate(CLASSES)}
    tests = [_compared(row, len(runs)) for row in rows if row.name is not None]
    total = sum(counts[each] for each in set(wanted.classes))
    return Comparison(runs, counts, total, tests, facets.choices(known.values()))


def _described(session: Session, run_ids: Sequence[int]) -> dict[int, Mapping[str, str]]:
    """Return the facets of the descriptions of runs' jobs, by the numbers of these."""
    rows = limits.within(session, DESCRIBED.bindparams(ids=list(run_ids)), LIMIT_S)
    return {row.id: facets.of(row.text) for row in rows}


def _runs(session: Session, names: Sequence[str]) -> Sequence[Row[Any]]:
    if not FEWEST <= len(names) <= MOST or len(set(names)) < len(names):
        raise Invalid(f"{FEWEST} to {MOST} different runs can be compared, not {len(names)}")
    runs = session.execute(RUNS, {"names": list(names)}).all()
    known = {run.name for run in runs}
    for name in names:
        if name not in known:
            raise NotFound(f"no run is called {name}")
    return runs


def _compared(row: Row[Any], sides: int) -> Compared:
    said = row._mapping
    results = [_result(said[f"v{side}"], said[f"d{side}"], said[f"k{side}"]) for side in range(sides)]
    return Compared(row.name, row.test, CLASSES[row._mapping["class"]], results)


def _result(place: int | None, duration: float | None, job: str | None) -> Result | None:
    return None if place is None else Result(VERDICTS[place - 1], duration, job or "")
