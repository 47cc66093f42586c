"""The table of periodic work. A task handles one batch in one transaction and is repeated while batches are full."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from paddles.accounts import limits
from paddles.archive import contents, files, jobs, receipts
from paddles.boot import waits
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.events import lists, log, subscriptions
from paddles.events import webhooks as hooks
from paddles.ingest import entries, intake
from paddles.kernels import refusals
from paddles.lab import leases, machine_logs, pullers, surges, sweeps
from paddles.nodes import following
from paddles.nodes import upkeep as nodes
from paddles.projects import ends, filing, hand_out
from paddles.projects import notices as notices_of_builds
from paddles.projects import offers as changes_offered
from paddles.settings import Settings
from paddles.sweep import administrator, callbacks, documents, notices, offers, post, starters, webhooks
from paddles.telemetry import signals

BATCH = 500
Task = Callable[[Session, datetime.datetime, int, Settings], int]


@dataclass(frozen=True)
class Periodic:
    """``task`` is due every ``every_s`` seconds; it takes the moment, a batch size and the settings, and returns how
    many rows it handled."""

    name: str
    every_s: float
    task: Task


@dataclass(frozen=True)
class Errand:
    """``run`` is due every ``every_s`` seconds and reaches beyond the database: it makes its own units of work, so that
    no transaction waits for others meanwhile, and several sweeps may run it at once. It returns what it handled."""

    name: str
    every_s: float
    run: Callable[[Database, Settings, datetime.datetime], int]


def expire_leases(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Offer jobs again whose taker was not heard of in time, and end those whose time is over."""
    return leases.expire(session, now, limit, settings.max_attempts)


def expire_running(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """End jobs under way of which nothing was heard for ``expire_running_minutes``; 0 keeps them."""
    if not settings.expire_running_minutes:
        return 0
    silent_since = now - datetime.timedelta(minutes=settings.expire_running_minutes)
    return jobs.expire(session, jobs.UNDER_WAY, silent_since, now, limit)


def expire_queued(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """End jobs that have waited, without news, for ``expire_queued_days``; 0 keeps them."""
    if not settings.expire_queued_days:
        return 0
    silent_since = now - datetime.timedelta(days=settings.expire_queued_days)
    return jobs.expire(session, jobs.NOT_BEGUN, silent_since, now, limit)


def wake_waiting(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Let jobs go that wait for others which ended without anybody's saying so, or are gone; or give them up."""
    return waits.wake_due(session, now, limit)


def promote_builds(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Let builds go that wait for older ones of their project which have all ended."""
    return ends.promote_waiting(session, now, limit)


def expire_builds(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Take jobs of builds back from machines that were not heard of in time, for others or for good."""
    return hand_out.expire(session, now, limit, settings)


def look_for_surges(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Let the machines that are kept for surges have work, or no more of it."""
    return min(surges.look(session, now, settings.surge_ratio, pullers.SILENT), limit - 1)


def forget_machine_logs(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete what machines sent of themselves some days ago."""
    return machine_logs.forget(contents.directory(settings), now, limit)


def forget_events(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete events older than ``events_keep_days``; 0 keeps them."""
    if not settings.events_keep_days:
        return 0
    return log.forget(session, now - datetime.timedelta(days=settings.events_keep_days), limit)


def forget_subscriptions(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete subscriptions that nobody listened to for as long as the settings say; 0 keeps them."""
    plain, durable = settings.subscriptions_keep_hours, settings.durable_subscriptions_keep_days
    long_ago = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    plain_before = now - datetime.timedelta(hours=plain) if plain else long_ago
    durable_before = now - datetime.timedelta(days=durable) if durable else long_ago
    return subscriptions.forget(session, plain_before, durable_before, limit)


def forget_deliveries(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete what no webhook took and was given up ``events_keep_days`` ago; 0 keeps it."""
    if not settings.events_keep_days:
        return 0
    return hooks.forget(session, now - datetime.timedelta(days=settings.events_keep_days), limit)


def forget_notices(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete what of builds was not told, or built, and given up ``events_keep_days`` ago; 0 keeps it."""
    if not settings.events_keep_days:
        return 0
    before = now - datetime.timedelta(days=settings.events_keep_days)
    return max(notices_of_builds.forget(session, before, limit), changes_offered.forget(session, before, limit))


def forget_list_items(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete items that nobody took off their list within ``list_items_keep_days``; 0 keeps them."""
    if not settings.list_items_keep_days:
        return 0
    return lists.forget(session, now - datetime.timedelta(days=settings.list_items_keep_days), limit)


def clean_files(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Take away what lies in the file store and belongs to no job any more."""
    return files.clean(session, contents.store(settings), now, limit)


def time_out_nodes(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """End nodes whose time is over."""
    return nodes.time_out(session, now, limit)


def hold_off_nodes(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Close available nodes whose holdoff is over."""
    return nodes.hold_off(session, now, limit)


def close_nodes(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """End closing nodes that wait for no child."""
    return nodes.close(session, now, limit)


def follow_jobs(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Bring nodes up to date with what happened to the jobs behind them."""
    return following.follow(session, now, limit)


def end_orphans(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """End nodes whose job was deleted."""
    return nodes.orphans(session, now, limit)


def forget_nodes(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete nodes older than ``nodes_keep_days``; 0 keeps them."""
    if not settings.nodes_keep_days:
        return 0
    return nodes.forget(session, now - datetime.timedelta(days=settings.nodes_keep_days), limit)


def forget_signals(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete telemetry older than ``telemetry_keep_days``; 0 keeps it."""
    if not settings.telemetry_keep_days:
        return 0
    return signals.forget(session, now - datetime.timedelta(days=settings.telemetry_keep_days), limit)


def forget_receipts(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Delete documents that were read or refused, and what waits in vain, of before ``receipts_keep_days``; 0: none."""
    if not settings.receipts_keep_days:
        return 0
    before = now - datetime.timedelta(days=settings.receipts_keep_days)
    handled = receipts.forget(session, [documents.KCIDB, *intake.KINDS], before, limit)
    return max(handled, refusals.forget(session, before, limit), entries.forget(session, before, limit))


def forget_attempts(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Forget who tried to log in or asked for mail, once it counts no more."""
    return limits.forget(session, now, limit)


TASKS = (
    Periodic("waiting jobs", 5, wake_waiting),
    Periodic(sweeps.LEASES, 10, expire_leases),
    Periodic("jobs of nodes", 2, follow_jobs),
    Periodic("orphaned nodes", 5, end_orphans),
    Periodic("leases of builds", 5, expire_builds),
    Periodic("waiting builds", 60, promote_builds),
    Periodic("surges", 120, look_for_surges),
    Periodic("node timeouts", 5, time_out_nodes),
    Periodic("node holdoffs", 5, hold_off_nodes),
    Periodic("closing nodes", 5, close_nodes),
    Periodic("running jobs", 60, expire_running),
    Periodic("queued jobs", 60, expire_queued),
    Periodic("events", 3600, forget_events),
    Periodic("old nodes", 3600, forget_nodes),
    Periodic("telemetry", 3600, forget_signals),
    Periodic("subscriptions", 3600, forget_subscriptions),
    Periodic("dead letters", 3600, forget_deliveries),
    Periodic("notices given up", 3600, forget_notices),
    Periodic("list items", 3600, forget_list_items),
    Periodic("receipts", 3600, forget_receipts),
    Periodic("files", 3600, clean_files),
    Periodic("logs of machines", 3600, forget_machine_logs),
    Periodic("attempts", 600, forget_attempts),
)
ERRANDS = (
    Errand("administrator", 60, administrator.ensure),
    Errand(post.NAME, 5, post.send),
    Errand(callbacks.NAME, 2, callbacks.act),
    Errand(webhooks.NAME, 2, webhooks.send),
    Errand(starters.NAME, 5, starters.start),
    Errand(offers.NAME, 2, offers.act),
    Errand(notices.NAME, 2, notices.send),
    Errand(documents.NAME, 2, documents.read),
    Errand(filing.NAME, 10, filing.file_logs),
)
ALL: tuple[Periodic | Errand, ...] = (*TASKS, *ERRANDS)
