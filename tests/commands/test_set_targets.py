"""``pecan set_targets``: jobs linked afterwards to the machines that they name."""

import json

from sqlalchemy import text

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_job, make_node, names_of, node_of


def unlink(database: Database) -> None:
    """Forget all links and machines."""
    with database.writer.begin() as session:
        session.execute(text("DELETE FROM machines"))


def jobs_on(client: Client, name: str) -> list[str]:
    """Return the ids of the jobs that are linked to a machine."""
    return names_of(client.get(f"/nodes/{name}/jobs/").json, "job_id")


def test_jobs_are_linked_to_what_they_name(client: Client, database: Database, pecan: Pecan) -> None:
    """With and without a user in front; machines that nobody knows are registered with the job's type."""
    make_job(client, "r", job_id=1, machine_type="smithi", targets={"ubuntu@smithi001": "k", "smithi002": "k"})
    make_job(client, "r", job_id=2, targets={})
    make_job(client, "r", job_id=3)
    unlink(database)

    assert pecan("set_targets") == "1 jobs linked, 0 machine types guessed\n"

    assert jobs_on(client, "smithi001") == jobs_on(client, "smithi002") == ["1"]
    assert node_of(client, "smithi001")["machine_type"] == "smithi"


def test_repeating_it_changes_nothing(client: Client, database: Database, pecan: Pecan) -> None:
    """Linked jobs are left alone."""
    make_job(client, "r", targets={"smithi001": "k"})
    unlink(database)
    pecan("set_targets")

    assert pecan("set_targets") == "0 jobs linked, 0 machine types guessed\n"


def test_types_are_guessed_from_names(client: Client, database: Database, pecan: Pecan) -> None:
    """From types that are known here or of old; a job for several types says nothing of one machine."""
    make_node(client, "smithi001", machine_type="smithi")
    make_job(client, "r", machine_type="multi", targets={"smithi002": "k", "vpm003.lab": "k", "miranda": "k"})
    make_job(client, "s", machine_type="smithi,mira", targets={"mira004": "k"})
    with database.writer.begin() as session:
        session.execute(text("DELETE FROM machines WHERE name <> 'smithi001'"))

    printed = pecan("set_targets")

    *types, last = printed.splitlines()
    assert sorted(types) == ["mira004: mira", "smithi002: smithi", "vpm003.lab: vps"]
    assert last == "2 jobs linked, 3 machine types guessed"
    assert node_of(client, "miranda")["machine_type"] is None
    assert node_of(client, "vpm003.lab")["machine_type"] == "vps"


def test_what_is_known_of_a_machine_stays(client: Client, database: Database, pecan: Pecan) -> None:
    """Neither a job nor a name overrides it."""
    make_job(client, "r", machine_type="smithi", targets={"smithi001": "k"})
    unlink(database)
    make_node(client, "smithi001", machine_type="special")

    assert pecan("set_targets").startswith("1 jobs linked")
    assert node_of(client, "smithi001")["machine_type"] == "special"


def test_a_target_that_cannot_be_is_said_and_1(client: Client, database: Database, pecan: Pecan) -> None:
    """The others are linked all the same."""
    make_job(client, "r", job_id=1, targets={"smithi001": "k"})
    make_job(client, "r", job_id=2, targets={"smithi002": "k"})
    unlink(database)
    with database.writer.begin() as session:
        document = json.dumps({"targets": {"ubuntu@": "k"}})
        session.execute(text("UPDATE jobs SET document = CAST(:d AS json) WHERE key = '1'"), {"d": document})

    printed = pecan("set_targets", code=1)

    assert "1 jobs linked" in printed
    assert "paddles: r/1: target 'ubuntu@' names no node" in printed
    assert jobs_on(client, "smithi002") == ["2"]
