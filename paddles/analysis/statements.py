"""The statements that judge the results of a job, however many they are."""

from sqlalchemy import text

from paddles.db.prepared import hot

# What a lab does itself to run a job is none of what it tests.
OWN_SUITE = "lava"
# LAVA puts before the name of a suite how many it ran before it, which is another number with every plan.
NUMBERED = "^[0-9]+_(?=.)"
# What a boot ``b`` calls its kernel; blank where there is no such boot any more.
KERNEL = "COALESCE(NULLIF(b.kernel, ''), NULLIF(b.git_describe, ''), b.git_commit, '')"
FACTS = hot(
    f"""
    SELECT b.tree, b.branch, b.arch, b.board, b.lab, b.defconfig_full, b.build_environment, b.plan,
        {KERNEL} AS kernel, b.git_commit, b.happened,
        jobs.status, old.lineage_id AS old_id, old.happened AS old_at
    FROM kernel_boots AS b JOIN jobs ON jobs.id = b.job_id
    LEFT JOIN LATERAL (
        SELECT lineage_id, happened FROM marks WHERE marks.job_id = b.job_id ORDER BY marks.path_id LIMIT 1
    ) AS old ON true
    WHERE b.job_id = :job_id""",
    "tree branch arch board lab defconfig_full build_environment plan kernel git_commit happened status old_id old_at",
)


def results(job: str) -> str:
    """Return the statement for the results of a job, which the SQL ``job`` names: suite, name, status and digest."""
    # A path that has several results in a job passed when all of them did, whichever of its parts are the suite's.
    # Nothing of a dead job counts: whatever ended it was none of its tests.
    return f"""
    SELECT left(path, length) AS suite, substr(path, length + 2) AS name, status,
        sha256(convert_to(path, 'UTF8')) AS digest
    FROM (
        SELECT path, min(length(suite)) AS length,
            CASE WHEN bool_or(status = 'fail') THEN 'fail' ELSE 'pass' END AS status
        FROM (
            SELECT named.suite, cases.status, concat_ws('/', named.suite, NULLIF(cases.context, ''), cases.name) AS path
            FROM tests JOIN cases ON cases.test_id = tests.id JOIN jobs ON jobs.id = tests.job_id
            CROSS JOIN LATERAL (SELECT regexp_replace(tests.name, '{NUMBERED}', '') AS suite) AS named
            WHERE tests.job_id = {job} AND tests.name <> '{OWN_SUITE}' AND jobs.status <> 'dead'
                AND cases.status IN ('pass', 'fail') AND NOT cases.waived
        ) AS said GROUP BY path
    ) AS of_path
    UNION ALL
    SELECT '', 'boot', b.result, sha256('boot') FROM kernel_boots AS b JOIN jobs ON jobs.id = b.job_id
    WHERE b.job_id = {job} AND b.result IN ('pass', 'fail') AND jobs.status <> 'dead'"""


RESULTS = results(":job_id")
# In one order, so that two who add the same paths never wait for each other.
ADD_PATHS = hot(f"""
    INSERT INTO paths (digest, suite, name)
    SELECT digest, suite, name FROM ({RESULTS}) AS found
    WHERE NOT EXISTS (SELECT FROM paths WHERE paths.digest = found.digest)
    ORDER BY digest ON CONFLICT (digest) DO NOTHING
""")
RESULTS_OF = text(f"""
    SELECT paths.id, found.status FROM ({RESULTS}) AS found JOIN paths ON paths.digest = found.digest
""")
# What an event says of a regression, a row of ``told`` with its type.
TELL = """
    INSERT INTO events (channel, type, subject, data)
    SELECT 'regression', told.type, 'regressions/' || told.id, jsonb_build_object(
        'id', told.id, 'path', CASE WHEN paths.suite = '' THEN paths.name ELSE paths.suite || '/' || paths.name END,
        'good', told.good_kernel, 'bad', told.bad_kernel, 'fixed', told.fixed_kernel, 'owner', told.owner,
        'tree', l.tree, 'branch', l.branch, 'arch', l.arch, 'board', l.board, 'lab', l.lab,
        'defconfig_full', l.defconfig_full, 'build_environment', l.build_environment, 'plan', l.plan)
    FROM told JOIN paths ON paths.id = told.path_id JOIN lineages AS l ON l.id = told.lineage_id ORDER BY told.id"""
TOLD = "id, lineage_id, path_id, good_kernel, bad_kernel, fixed_kernel, owner"
# For a job behind all others of its lineage, which has no marks yet. All parts see what was there before. Most paths
# were in the latest job of the lineage, all of whose marks lie together; the others are looked for one by one.
NEXT = hot(f"""
    WITH new AS MATERIALIZED (
        SELECT paths.id AS path_id, found.status, COALESCE(near.job_id, far.job_id) AS job_id,
            COALESCE(near.happened, far.happened) AS happened, COALESCE(near.status, far.status) AS before
        FROM ({RESULTS}) AS found JOIN paths ON paths.digest = found.digest
        LEFT JOIN marks AS near ON near.job_id = :latest_job_id AND near.path_id = paths.id
            AND near.lineage_id = :lineage_id AND near.happened = :latest
        LEFT JOIN LATERAL (
            SELECT marks.job_id, marks.happened, marks.status FROM marks
            WHERE near.job_id IS NULL AND marks.lineage_id = :lineage_id AND marks.path_id = paths.id
            ORDER BY marks.happened DESC, marks.job_id DESC LIMIT 1
        ) AS far ON true
    ),
    latest AS (UPDATE lineages SET latest = :at, latest_job_id = :job_id WHERE id = :lineage_id),
    marked AS (
        INSERT INTO marks (job_id, path_id, lineage_id, happened, status, flip)
        SELECT :job_id, path_id, :lineage_id, :at, status, COALESCE(before <> status, false) FROM new ORDER BY path_id
    ),
    worse AS (
        UPDATE regressions AS r
        SET last_job_id = :job_id, last_kernel = :kernel, last_at = :at, n_failures = r.n_failures + 1
        FROM new WHERE r.lineage_id = :lineage_id AND r.path_id = new.path_id AND r.state = 'open'
            AND new.status = 'fail'
    ),
    better AS (
        UPDATE regressions AS r
        SET state = 'fixed', fixed_job_id = :job_id, fixed_kernel = :kernel, fixed_at = :at
        FROM new WHERE r.lineage_id = :lineage_id AND r.path_id = new.path_id AND r.state = 'open'
            AND new.status = 'pass'
        RETURNING {", ".join(f"r.{name.strip()}" for name in TOLD.split(","))}
    ),
    opened AS (
        INSERT INTO regressions (lineage_id, path_id, state, good_job_id, good_kernel, good_commit, good_at, bad_job_id,
            bad_kernel, bad_commit, bad_at, last_job_id, last_kernel, last_at, n_failures)
        SELECT :lineage_id, new.path_id, 'open', new.job_id,
            {KERNEL}, COALESCE(b.git_commit, ''),
            new.happened, :job_id, :kernel, :commit, :at, :job_id, :kernel, :at, 1
        FROM new LEFT JOIN kernel_boots AS b ON b.job_id = new.job_id
        WHERE new.status = 'fail' AND new.before = 'pass' AND NOT EXISTS (
            SELECT FROM regressions AS r
            WHERE r.lineage_id = :lineage_id AND r.path_id = new.path_id AND r.state = 'open')
        ORDER BY new.path_id RETURNING {TOLD}
    ),
    told AS (
        SELECT 'regression.opened' AS type, {TOLD} FROM opened
        UNION ALL SELECT 'regression.fixed', {TOLD} FROM better
    )
    {TELL}
""")
# Whatever else is judged: rows are read, thought over (``spells``), and written.
LATER = text(f"""
    SELECT marks.job_id, marks.path_id, marks.happened, marks.status, marks.flip,
        {KERNEL} AS kernel,
        COALESCE(b.git_commit, '') AS commit
    FROM marks LEFT JOIN kernel_boots AS b ON b.job_id = marks.job_id
    WHERE marks.lineage_id = :lineage_id AND marks.path_id = ANY (:path_ids)
        AND (marks.happened, marks.job_id) >= (:at, :job_id)
    ORDER BY marks.happened, marks.job_id
""")
AROUND = text(f"""
    SELECT wanted.path_id, before.job_id, before.happened, before.status, next.status AS next,
        {KERNEL} AS kernel,
        COALESCE(b.git_commit, '') AS commit
    FROM unnest(CAST(:path_ids AS bigint[])) AS wanted (path_id)
    LEFT JOIN LATERAL (
        SELECT marks.job_id, marks.happened, marks.status FROM marks
        WHERE marks.lineage_id = :lineage_id AND marks.path_id = wanted.path_id
            AND (marks.happened, marks.job_id) < (:at, :job_id)
        ORDER BY marks.happened DESC, marks.job_id DESC LIMIT 1
    ) AS before ON true
    LEFT JOIN LATERAL (
        SELECT marks.status FROM marks
        WHERE marks.lineage_id = :lineage_id AND marks.path_id = wanted.path_id
            AND (marks.happened, marks.job_id) > (:at, :job_id)
        ORDER BY marks.happened, marks.job_id LIMIT 1
    ) AS next ON true
    LEFT JOIN kernel_boots AS b ON b.job_id = before.job_id
""")
TOUCHED = text("""
    SELECT id, path_id, good_job_id, good_kernel, good_commit, good_at, bad_job_id, bad_kernel, bad_commit, bad_at,
        last_job_id, last_kernel, last_at, n_failures, fixed_job_id, fixed_kernel, fixed_at
    FROM regressions WHERE lineage_id = :lineage_id AND path_id = ANY (:path_ids)
        AND (state = 'open' OR (fixed_at, fixed_job_id) >= (:at, :job_id))
    ORDER BY bad_at, bad_job_id
""")
MARKED = text("SELECT path_id, status, flip FROM marks WHERE job_id = :job_id")
UNMARK = text("DELETE FROM marks WHERE job_id = :job_id")
MARK = text("""
    INSERT INTO marks (job_id, path_id, lineage_id, happened, status, flip)
    SELECT :job_id, path_id, :lineage_id, :at, status, flip
    FROM unnest(CAST(:path_id AS bigint[]), CAST(:status AS text[]), CAST(:flip AS boolean[]))
        AS new (path_id, status, flip) ORDER BY path_id
""")
TURN = text("""
    UPDATE marks SET flip = NOT flip
    FROM unnest(CAST(:job_id AS bigint[]), CAST(:path_id AS bigint[])) AS turned (job_id, path_id)
    WHERE marks.job_id = turned.job_id AND marks.path_id = turned.path_id
""")
LATEST = text("""
    UPDATE lineages SET latest = :at, latest_job_id = :job_id
    WHERE id = :lineage_id AND (latest IS NULL OR (latest, latest_job_id) < (:at, :job_id))
""")
# The columns of a regression that marks decide.
DECIDED = {
    **dict.fromkeys(("good_job_id", "bad_job_id", "last_job_id", "fixed_job_id", "n_failures"), "bigint"),
    **dict.fromkeys(("good_kernel", "good_commit", "bad_kernel", "bad_commit", "last_kernel", "fixed_kernel"), "text"),
    **dict.fromkeys(("good_at", "bad_at", "last_at", "fixed_at"), "timestamptz"),
}
_NEW = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in DECIDED.items())
_NAMES = ", ".join(DECIDED)
_STATE = "CASE WHEN new.fixed_at IS NULL THEN 'open' ELSE 'fixed' END"
WITHDRAW = text(f"""
    WITH gone AS (DELETE FROM regressions WHERE id = ANY (:ids) RETURNING {TOLD}),
    told AS (SELECT 'regression.withdrawn' AS type, {TOLD} FROM gone)
    {TELL}
""")
REWRITE = text(f"""
    WITH changed AS (
        UPDATE regressions AS r SET state = {_STATE}, {", ".join(f"{name} = new.{name}" for name in DECIDED)}
        FROM unnest(CAST(:id AS bigint[]), {_NEW}) AS new (id, {_NAMES})
        JOIN regressions AS old ON old.id = new.id
        WHERE r.id = new.id
        RETURNING {", ".join(f"r.{name.strip()}" for name in TOLD.split(","))}, old.state AS before, r.state AS after
    ),
    told AS (
        SELECT CASE after WHEN 'open' THEN 'regression.opened' ELSE 'regression.fixed' END AS type, {TOLD}
        FROM changed WHERE before <> after
    )
    {TELL}
""")
OPEN = text(f"""
    WITH added AS (
        INSERT INTO regressions (lineage_id, path_id, state, {_NAMES})
        SELECT :lineage_id, path_id, {_STATE}, {_NAMES.replace("fixed_kernel", "COALESCE(fixed_kernel, '')")}
        FROM unnest(CAST(:path_id AS bigint[]), {_NEW}) AS new (path_id, {_NAMES})
        RETURNING {TOLD}, state
    ),
    told AS (
        SELECT 'regression.opened' AS type, {TOLD} FROM added
        UNION ALL SELECT 'regression.fixed', {TOLD} FROM added WHERE state = 'fixed'
    )
    {TELL}
""")
