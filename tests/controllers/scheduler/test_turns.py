"""Users take turns, small priorities go first, and what is repeated too often is refused."""

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.controllers.scheduler.lkp import JOB, boot, finish, submit
from tests.units import rows

SUBMIT = "/scheduler/v1/jobs/submit"


def served(client: Client, count: int, first: int = 1) -> list[str | None]:
    """Let so many machines of one group ask, and return what they were given."""
    return [boot(client, f"dc-1g-{number}") for number in range(first, first + count)]


def test_users_take_turns(client: Client) -> None:
    """However many jobs one of them has, another's waits for one of each; so does one who is nobody."""
    many = [submit(client, my_account="ann") for _ in range(5)]
    bob = [submit(client, my_account="bob") for _ in range(2)]
    nobody = submit(client)

    assert [many[0], bob[0], nobody, many[1], bob[1], *many[2:], None] == served(client, 9)


def test_a_users_jobs_go_by_priority(client: Client) -> None:
    """Small first, none last, else in their order; but nobody's turn comes sooner for it."""
    priorities: list[dict[str, int]] = [{}, {"priority": 9}, {"priority": 0}, {"priority": 9}]
    last, nine, zero, again = (submit(client, my_account="ann", **said) for said in priorities)
    bob = submit(client, my_account="bob", priority=5)

    assert [zero, bob, nine, again, last] == served(client, 5)


def test_a_turn_is_kept_while_there_is_nothing_to_do(client: Client) -> None:
    """Who was served last is last when both have jobs again."""
    for number, user in enumerate(("ann", "bob")):
        submit(client, my_account=user)
        served(client, 1, number)

    bob, ann = submit(client, my_account="bob"), submit(client, my_account="ann")
    assert [ann, bob] == served(client, 2, 3)


def test_machines_of_another_group_are_not_asked_for(client: Client) -> None:
    """A group's users are its own, even where its name begins as another's."""
    for group in ("dc-1", "dc-1g2", "dc-1g.x", "dc", "vm-1g"):
        submit(client, tbox_group=group, my_account="ann")

    assert [None] == served(client, 1)


def test_a_machine_asks_the_users_of_all_its_queues(client: Client) -> None:
    """Whatever queues it was told."""
    jobs = [submit(client, tbox_group=group, my_account="ann") for group in ("a", "b")]
    client.put("/set_host2queues?host=dc-1g-1&queues=b,a")

    assert jobs[0] == boot(client)
    finish(client, jobs[0])
    assert jobs[1] == boot(client)


def test_a_paused_queue_pauses_its_users(client: Client) -> None:
    """Nothing is handed out of it until the pause is over."""
    jobs = [submit(client), submit(client, my_account="ann")]
    client.put_json("/queue/", {"queue": "dc-1g", "pause_duration": 60, "paused_by": "eve"})

    assert [None] == served(client, 1)

    client.put_json("/queue/", {"queue": "dc-1g", "pause_duration": 0, "paused_by": "eve"})
    assert jobs == served(client, 2, 2)


@pytest.mark.parametrize("account", ["", "a b", "a~b", "a/b", "../x", "x" * 65, 5, None, ["ann"], "~"])
def test_who_is_not_called_like_a_user_is_nobody(client: Client, database: Database, account: object) -> None:
    """The job waits in the queue of its group."""
    submit(client, my_account=account)

    assert [("dc-1g",)] == rows(database, "SELECT name FROM queues")


def test_the_same_is_refused_when_it_was_submitted_often_enough(client: Client) -> None:
    """By ``max_run``, a number or its text; what differs in one parameter is counted for itself."""
    programs = {"sleep": {"secs": 3}}
    for _ in range(2):
        submit(client, max_run=2, pp=programs)

    message = client.refused("POST", SUBMIT, 409, {**JOB, "max_run": "2", "pp": programs})

    assert "2 jobs of these parameters were submitted already" == message
    submit(client, max_run=2, pp={"sleep": {"secs": 4}})
    submit(client, max_run=2, pp=programs, os="fedora")
    submit(client, max_run=3, pp=programs)
    submit(client, pp=programs)
    client.refused("POST", "/submit_job", 409, {**JOB, "max_run": 3, "pp": programs})


def test_a_digest_of_the_clients_own_counts(client: Client) -> None:
    """``all_params_md5`` is taken where it is there."""
    submit(client, max_run=1, all_params_md5="d" * 32)
    body = {"suite": "other", "testbox": "vm-1", "max_run": 1, "all_params_md5": "d" * 32}
    client.refused("POST", SUBMIT, 409, body)


@pytest.mark.parametrize("most", [0, -1, "x", 1.5, True, [], {}, "9" * 20, 2**31])
def test_a_limit_is_a_number(client: Client, most: object) -> None:
    """400 otherwise."""
    assert "max_run must be" in client.refused("POST", SUBMIT, 400, {**JOB, "max_run": most})


def test_what_was_refused_is_not_counted(client: Client) -> None:
    """A job that cannot be is none of the allowed ones."""
    client.refused("POST", SUBMIT, 404, {**JOB, "max_run": 1, "wait_on": {"9999999": None}})
    submit(client, max_run=1)
