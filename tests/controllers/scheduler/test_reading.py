"""Jobs of machines in the archive's lists: whatever their documents hold under names that the archive knows."""

from typing import Any

import pytest

from tests.client import Client
from tests.controllers.scheduler.wire import CGI, MACHINE, given, shown, submit, told
from tests.factories import make_job, names_of

# What the archive knows by name, checks when its own clients send it, and shows.
KNOWN = """archive_path branch description duration email failure_reason flavor kernel last_in_suite machine_type name
    os_type overrides owner pid priority roles seed sha1 subset success suite_branch targets tasks timestamp
    user verbose queue job_id status posted updated repo comment""".split()
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**31, 2**63, 2**64 - 1, "", "x", "x" * 5000, "<b>'\"\\%s:x", [], ["x"], [[None]],
    {}, {"a": {"b": []}}]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=lambda value: str(value)[:20])
def test_any_value_under_any_name_can_be_read(client: Client, value: Any) -> None:
    """In the run, its jobs, the lists of jobs, of the machine and of the queue, whole and in part; and reported on."""
    number = given(client, submit_id="r", **dict.fromkeys(KNOWN, value))

    for path in (
        "/runs/r/", "/runs/r/?format=summary", "/runs/r/jobs/", f"/runs/r/jobs/{number}/", "/runs/", "/jobs/",
        "/jobs/?fields=job_id,description,priority,sha1,targets,success,duration", "/runs/r/?fields=jobs,sha1,priority",
        f"/nodes/{MACHINE}/jobs/", f"/nodes/{MACHINE}/job_stats/", "/queue/stats/?queue=vm-2p8g", "/runs/sha1/",
        "/runs/branch/", "/runs/suite/nap/", "/runs/user/x/", "/jobs/?description=x", "/jobs/?user=x",
        "/nodes/job_stats", f"/scheduler/v1/jobs/{number}", f"/job_initrd_tmpfs/{number}/job.cgz",
    ):  # fmt: skip
        client.get(path, status=200)
    assert "Done\n" == told(client, number, "job_state=running")
    client.put_json(f"/runs/r/jobs/{number}/", {"branch": "main"}, status=200)
    assert ["r"] == names_of(client.get("/runs/branch/main/").json)
    assert value == shown(client, number)["tasks"]


def test_words_are_searched_as_the_archives_own(client: Client) -> None:
    """Suite, branch, user and sha1 that are text are found by, and told of the run."""
    words = {"branch": "main", "user": "ann", "sha1": "c0ffee", "flavor": "f", "description": "nap for long"}
    number = submit(client, submit_id="r", **words)

    for path in ("branch/main", "suite/nap", "sha1/c0ff", "flavor/f", "queued"):
        assert ["r"] == names_of(client.get(f"/runs/{path}/").json), path
    for query in ("branch=main", "user=ann", "description=for", "status=queued"):
        assert [number] == names_of(client.get(f"/jobs/?{query}").json, "job_id"), query
    assert words.items() <= client.get(f"/runs/r/jobs/{number}/").json.items()


def test_a_word_too_long_is_kept_and_not_searched(client: Client) -> None:
    """No index holds it."""
    number = submit(client, submit_id="r", branch="b" * 513)

    assert [] == client.get(f"/runs/branch/{'b' * 513}/").json
    assert "b" * 513 == client.get(f"/runs/r/jobs/{number}/").json["branch"]


def test_both_kinds_share_a_run_and_a_queue(client: Client) -> None:
    """A dispatcher pops its tests, machines boot for theirs, the run counts both."""
    make_job(client, "r", job_id="t", queue="vm-2p8g")
    number = submit(client, submit_id="r")

    assert 2 == client.get("/queue/stats/?queue=vm-2p8g").json["queued_jobs"]
    assert "t" == client.get("/queue/pop_queue?queue=vm-2p8g").json["job_id"]
    assert client.get("/queue/pop_queue?queue=vm-2p8g").json is None
    assert number in client.get(f"/boot.container/host/{MACHINE}").text
    assert {"queued": 1, "running": 1, "total": 2} == {
        status: count for status, count in client.get("/runs/r/").json["results"].items() if count and status != "sha1"
    }


def test_a_reports_variables_do_not_reach_the_archives_columns(client: Client) -> None:
    """A machine's words may be any: those that are bad for the archive's lists are only kept."""
    number = given(client, submit_id="r")

    told(client, number, "duration=long&description=d&branch=b&targets=x&tasks=y&updated=never&job=z")
    client.get(f"{CGI}/lkp-post-run?job_id={number}")

    found = client.get(f"/runs/r/jobs/{number}/").json
    assert ("pass", "d", "b") == (found["status"], found["description"], found["branch"])
    assert ["r"] == names_of(client.get("/runs/branch/b/").json)
