"""What time does to nodes: their timeouts, holdoffs and ends, a batch at a time.

A node that somebody else has locked is passed over and looked at again in the next round. Each move is an update like
any other: it has its event, and the node's parent hears of it.
"""

import datetime
from typing import Any

from sqlalchemy import Row, TextClause

from paddles.db.session import Session
from paddles.lab import reports
from paddles.nodes import moves, statements, states, verdicts
from paddles.nodes.kinds import KINDS
from paddles.nodes.states import Move, Standing


def time_out(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` nodes whose time is over, those without a result as incomplete; return how many."""
    return _move(session, statements.TIMED_OUT, now, limit)


def hold_off(session: Session, now: datetime.datetime, limit: int) -> int:
    """Close up to ``limit`` available nodes whose holdoff is over, end those without open children; return how many."""
    return _move(session, statements.HELD_OFF, now, limit)


def close(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` closing nodes that wait for no child; return how many."""
    return _move(session, statements.CLOSED, now, limit)


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` nodes created before that moment, done and with none below them, and return how many.

    Checkouts stay: what was tested is known for ever.
    """
    kinds = [kind for kind in KINDS if kind != "checkout"]
    return int(session.execute(statements.FORGET, {"kinds": kinds, "before": before, "limit": limit}).rowcount)


def start_over(session: Session) -> None:
    """Put what was told of open nodes before all that this server will ever tell (``log.start_over``)."""
    session.execute(statements.START_OVER)


def orphans(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` nodes whose job was deleted, those without a result as incomplete; return how many."""
    nodes = session.execute(statements.ORPHANED, {"now": now, "limit": limit}).all()
    moves.make(session, nodes, [verdicts.of_nothing(node.id, node.result) for node in nodes], now)
    return len(nodes)


def _move(session: Session, chosen: TextClause, now: datetime.datetime, limit: int) -> int:
    nodes = session.execute(chosen, {"now": now, "limit": limit}).all()
    after = [_moved(node, now) for node in nodes]
    # Nobody waits for the jobs behind those that are over.
    over = [node.job_id for node, move in zip(nodes, after, strict=True) if node.job_id and move.state == "done"]
    if over:
        reports.cancel(session, over, "node_timeout" if chosen is statements.TIMED_OUT else "cancel", now)
    moves.make(session, nodes, after, now)
    return len(nodes)


def _moved(node: Row[Any], now: datetime.datetime) -> Move:
    standing = Standing(node.state, node.timeout, node.holdoff, node.open_children)
    state = states.due(standing, now)
    if node.result is None and states.timed_out(standing, now):
        return Move(node.id, state, "incomplete", states.TIMED_OUT)
    return Move(node.id, state, node.result)
