"""The statements that write nodes. Each appends the event of every node that it creates or moves, with it."""

from itertools import chain, combinations

from sqlalchemy import text

from paddles.db.prepared import hot

# The columns of a node in the order in which they are shown, and what each is in the database.
COLUMNS = {
    "id": "text",
    "kind": "text",
    "name": "text",
    "path": "text[]",
    "group": "text",
    "parent_id": "text",
    "state": "text",
    "result": "text",
    "artifacts": "jsonb",
    "data": "jsonb",
    "debug": "jsonb",
    "jobfilter": "text[]",
    "platform_filter": "text[]",
    "created": "timestamptz",
    "updated": "timestamptz",
    "timeout": "timestamptz",
    "holdoff": "timestamptz",
    "owner": "text",
    "submitter": "text",
    "treeid": "text",
    "user_groups": "text[]",
    "processed_by_kcidb_bridge": "boolean",
    "retry_counter": "integer",
    "open_children": "integer",
}
# What is large and seldom changes: written only when it does, since each of them may live apart from its row.
LARGE = ("artifacts", "data", "debug")
# What never changes, and the counter, which is not counted by whoever reports (nodes.ancestors).
FIXED = ("id", "owner", "submitter", "user_groups", "open_children")
SMALL = tuple(column for column in COLUMNS if column not in (*LARGE, *FIXED))

ALL = ", ".join(f'"{column}"' for column in COLUMNS)
# Rows come as one JSON text, so that a thousand of them are one parameter.
ROWS = "json_to_recordset(CAST(:rows AS json)) AS new (" + ", ".join(f'"{c}" {t}' for c, t in COLUMNS.items()) + ")"
# Where a node stood before: nulls for a new one.
_NEW = "NULL AS previous_state, NULL AS previous_result"
_BEFORE = "was.state AS previous_state, was.result AS previous_result"
# Which transaction told of a node last, this one included.
_TELLS = "GREATEST(nodes.told_xid, pg_current_xact_id())"
_TOLD = 'nodes.id, kind, name, path, "group", nodes.state, nodes.result, owner, data'


def _logged(op: str, moved: str, where: str, hierarchy: str = "false") -> str:
    """Return the part of a statement that tells of each row of ``moved``: in the words of KernelCI's node events."""
    previous = "" if op == "created" else ", 'previous_state', previous_state, 'previous_result', previous_result"
    return f"""logged AS (
        INSERT INTO events (channel, type, subject, owner, data)
        SELECT 'node', 'node.{op}', 'node/' || id, owner, jsonb_build_object('op', CAST('{op}' AS text), 'id', id,
            'kind', kind, 'name', name, 'path', path, 'group', "group", 'state', state, 'result', result,
            'owner', owner, 'data', data, 'is_hierarchy', {hierarchy}{previous})
        FROM {moved} WHERE {where})"""


def _sets(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}" = new."{column}"' for column in columns)


def _update(large: tuple[str, ...]) -> str:
    return f"""
    WITH moved AS (
        UPDATE nodes SET {_sets((*SMALL, *large))}, told_xid = {_TELLS} FROM {ROWS} WHERE nodes.id = new.id
        RETURNING nodes.id, nodes.kind, nodes.name, nodes.path, nodes."group", nodes.state, nodes.result, nodes.owner,
            nodes.data, CAST(:previous_state AS text) AS previous_state, CAST(:previous_result AS text) AS
            previous_result),
    {_logged("updated", "moved", "CAST(:tell AS boolean)", "CAST(:hierarchy AS boolean)")}
    SELECT id FROM moved"""


# By which of the large columns change.
UPDATE = {
    large: hot(_update(large), "id")
    for large in chain.from_iterable(combinations(LARGE, size) for size in range(len(LARGE) + 1))
}
INSERT = hot(
    f"""
    WITH added AS (INSERT INTO nodes ({ALL}) SELECT {ALL} FROM {ROWS} RETURNING *),
    {_logged("created", "added", "CAST(:tell AS boolean)")}
    SELECT count(*) AS added FROM added""",
    "added",
)
# Where not a user but the clock, or the job behind them, moves nodes that the caller has locked (nodes.moves).
MOVE = text(f"""
    WITH moved AS (
        UPDATE nodes SET state = new.state, result = new.result,
            data = (nodes.data - new.gone) || new.said,
            updated = CASE WHEN new.told OR new.said <> '{{}}' THEN :now ELSE nodes.updated END,
            processed_by_kcidb_bridge = processed_by_kcidb_bridge AND NOT (new.told OR new.said <> '{{}}'),
            job_status = COALESCE(new.job_status, nodes.job_status),
            told_xid = CASE WHEN new.told THEN {_TELLS} ELSE nodes.told_xid END
        FROM json_to_recordset(CAST(:rows AS json)) AS new (
                id text, state text, result text, said jsonb, gone text[], told boolean, tree boolean, job_status text),
            (SELECT id, state, result FROM nodes WHERE id = ANY (:ids)) AS was
        WHERE nodes.id = new.id AND was.id = new.id
        RETURNING {_TOLD}, {_BEFORE}, new.told, new.tree),
    {_logged("updated", "moved", "told", "tree")}
    SELECT count(*) FROM moved
""")
# Whether the last word on a node is of a transaction that began to write before this one. Events are read in the order
# of transactions: what would be told before something that is told already has to wait for another transaction. A row
# of which nobody told for so long is older, whatever became of transactions' numbers. (Who wrote the row last does
# not say it: the counter is written by others, too.)
_LATEST = "(nodes.told_xid <= pg_current_xact_id() OR nodes.updated < CAST(:now AS timestamptz) - interval '1 hour')"
# Parents that lose or gain open children, locked in one order; one that only waited for its last is done with it.
SHIFT = hot(
    f"""
    WITH was AS MATERIALIZED (
        SELECT nodes.id, state, result, open_children, delta,
            state = 'closing' AND open_children + delta = 0 AND {_LATEST} AS ends
        FROM unnest(CAST(:ids AS text[]), CAST(:deltas AS integer[])) AS new (id, delta)
        JOIN nodes ON nodes.id = new.id ORDER BY nodes.id FOR NO KEY UPDATE OF nodes),
    moved AS (
        UPDATE nodes SET open_children = was.open_children + delta,
            state = CASE WHEN ends THEN 'done' ELSE was.state END,
            updated = CASE WHEN ends THEN :now ELSE updated END,
            processed_by_kcidb_bridge = processed_by_kcidb_bridge AND NOT ends,
            told_xid = CASE WHEN ends THEN {_TELLS} ELSE nodes.told_xid END
        FROM was WHERE nodes.id = was.id
        RETURNING {_TOLD}, parent_id, job_id, nodes.open_children, was.open_children AS previous_children, ends,
            {_BEFORE}),
    {_logged("updated", "moved", "ends")}
    SELECT id, parent_id, job_id, state, open_children, previous_state, previous_children FROM moved""",
    "id parent_id job_id state open_children previous_state previous_children",
)

_STANDING = "id, parent_id, state, result, timeout, holdoff, open_children, job_id"


def _due(condition: str, order: str) -> str:
    return f"""
    SELECT {_STANDING} FROM nodes WHERE {condition} AND {_LATEST}
    ORDER BY {order} LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"""


TIMED_OUT = text(_due("state <> 'done' AND timeout < :now", "timeout"))
HELD_OFF = text(_due("state = 'available' AND holdoff < :now", "holdoff"))
# Among the few that are not done: no index may know the counter, or every child would write to it.
CLOSED = text(_due("state <> 'done' AND state = 'closing' AND open_children = 0", "timeout"))
ORPHANED = text(_due("job_status IS NOT NULL AND job_id IS NULL AND state <> 'done'", "id"))

# Times are read as UTC without saying so, as they are shown.
READ = {c: f"{c} AT TIME ZONE 'UTC'" if kind == "timestamptz" else f'"{c}"' for c, kind in COLUMNS.items()}
SHOWN = ", ".join(f'{expression} AS "{column}"' for column, expression in READ.items())
LOCK = hot(
    f"""SELECT {SHOWN}, data ->> 'runtime' AS runtime, job_id FROM nodes
    WHERE id = :id FOR NO KEY UPDATE""",
    " ".join([*COLUMNS, "runtime", "job_id"]),
)
# Nodes behind which jobs stand; whether this transaction may tell of them.
LOCK_BACKED = text(f"""
    SELECT id, parent_id, state, result, open_children, job_id, job_status, {_LATEST} AS latest FROM nodes
    WHERE id = ANY (:ids) AND job_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE
""")
# A node and all that is above it, locked: whoever puts a node elsewhere has made sure that it is not below itself.
LINEAGE = text("""
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM nodes WHERE id = :id
        UNION SELECT nodes.id, nodes.parent_id FROM above JOIN nodes ON nodes.id = above.parent_id)
    SELECT nodes.id FROM nodes WHERE id IN (SELECT id FROM above) ORDER BY id DESC FOR NO KEY UPDATE
""")
LOCK_MANY = text("""
    SELECT id, owner, user_groups, data ->> 'runtime' AS runtime FROM nodes WHERE id = ANY (:ids) ORDER BY id
    FOR NO KEY UPDATE
""")
MARK = text("UPDATE nodes SET processed_by_kcidb_bridge = :value WHERE id = ANY (:ids)")
# The second condition says nothing new, and finds the index of the few nodes that have groups.
FORGET_GROUP = text("""
    UPDATE nodes SET user_groups = array_remove(user_groups, :name)
    WHERE user_groups @> ARRAY[CAST(:name AS text)] AND user_groups <> '{}'
""")
# Every server counts transactions by itself, and none of them is 0. What is done is told of no more.
START_OVER = text("UPDATE nodes SET told_xid = '0' WHERE state <> 'done'")
# Leaves first: what is above them is one in the next batch, or in the next round.
FORGET = text("""
    DELETE FROM nodes WHERE id IN (
        SELECT id FROM nodes
        WHERE kind = ANY (:kinds) AND created < :before AND state = 'done' AND open_children = 0
            AND NOT EXISTS (SELECT FROM nodes AS child WHERE child.parent_id = nodes.id)
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
