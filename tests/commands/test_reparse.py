"""``pecan reparse``: blanks filled from names, and nothing else touched."""

import datetime

from sqlalchemy import text

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_job, make_run, run_of

RUN = "teuthology-2026-01-31_23:00:06-rados-main-distro-default-smithi"
BLANK = text("UPDATE runs SET username = '', suite = '', branch = '', machine_type = '', scheduled = posted")


def blank(database: Database) -> None:
    """Forget what the names of all runs said."""
    with database.writer.begin() as session:
        session.execute(BLANK)


def test_blanks_are_filled(client: Client, database: Database, pecan: Pecan) -> None:
    """User, time, suite, branch and machine type come from the name, and are printed."""
    make_run(client, RUN)
    blank(database)

    printed = pecan("reparse")

    run = run_of(client, RUN)
    assert [run[key] for key in ("user", "suite", "branch", "machine_type")] == [
        "teuthology",
        "rados",
        "main",
        "smithi",
    ]
    assert run["scheduled"] == "2026-01-31 23:00:06"
    assert printed.startswith(f"{RUN}: user teuthology, suite rados, branch main, machine_type smithi, scheduled 2026")
    assert printed.endswith("1 runs read, 1 changed\n")


def test_what_jobs_corrected_stays(client: Client, pecan: Pecan) -> None:
    """A job knows its branch better than the name does."""
    make_job(client, RUN, branch="wip/x", machine_type="smithi,mira")

    printed = pecan("reparse")

    assert (run_of(client, RUN)["branch"], run_of(client, RUN)["machine_type"]) == ("wip/x", "smithi,mira")
    assert printed == "1 runs read, 0 changed\n"


def test_one_blank_is_filled_beside_what_is_known(client: Client, database: Database, pecan: Pecan) -> None:
    """Each field is judged by itself."""
    make_job(client, RUN, branch="wip/x")
    with database.writer.begin() as session:
        session.execute(text("UPDATE runs SET suite = ''"))

    pecan("reparse")

    assert (run_of(client, RUN)["suite"], run_of(client, RUN)["branch"]) == ("rados", "wip/x")


def test_a_name_that_says_nothing_changes_nothing(client: Client, pecan: Pecan) -> None:
    """Its time of scheduling stays that of posting, in whatever zone this runs."""
    make_run(client, "hello")
    before = run_of(client, "hello")

    assert pecan("reparse") == "1 runs read, 0 changed\n"
    assert run_of(client, "hello") == before


def test_a_time_that_a_run_has_is_not_moved(client: Client, database: Database, pecan: Pecan) -> None:
    """A run scheduled at another moment than it was posted has its time from somewhere."""
    make_run(client, RUN)
    with database.writer.begin() as session:
        known = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
        session.execute(text("UPDATE runs SET scheduled = :known"), {"known": known})

    pecan("reparse")

    assert run_of(client, RUN)["scheduled"] == "2025-01-01 00:00:00"


def test_repeating_it_changes_nothing(client: Client, database: Database, pecan: Pecan) -> None:
    """The second time there is no blank left that the name could fill."""
    make_run(client, RUN)
    blank(database)
    pecan("reparse")

    assert pecan("reparse") == "1 runs read, 0 changed\n"
