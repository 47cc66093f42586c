"""``/runs/`` and ``/runs/<name>/``: the shape of runs, and creating, showing, tagging and deleting them."""

import re

import pytest

from tests.client import Client
from tests.factories import RUN, SHA1, job_of, make_job, make_node, make_run, names_of, run_of

KEYS = set(
    """name href user status results jobs_count posted scheduled started updated branch suite machine_type sha1 priority
    flavor""".split()
)
COUNTS = set("queued pass running waiting fail dead unknown total".split())
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\Z")

# The counts of jobs by status and the run's status that the first fitting rule gives.
DERIVED = [
    ((), "empty"),
    (("queued", "queued"), "queued"),
    (("running", "queued", "fail", "pass"), "running"),
    (("waiting", "fail", "dead"), "waiting"),
    (("running", "waiting"), "running"),
    (("dead", "dead"), "finished dead"),
    (("fail", "pass"), "finished fail"),
    (("fail", "unknown"), "finished fail"),
    (("queued", "fail"), "finished fail"),
    (("dead", "pass"), "finished fail"),
    (("queued", "dead"), "finished fail"),
    (("pass", "pass"), "finished pass"),
    (("queued", "pass"), "queued"),
    (("unknown", "queued"), "queued"),
    (("unknown", "pass"), "unknown"),
    (("unknown",), "unknown"),
]


def test_an_empty_archive_lists_nothing(client: Client) -> None:
    """Without runs the list is empty."""
    assert [] == client.get("/runs/").json


def test_creating_a_run_answers_an_empty_object(client: Client) -> None:
    """A run is created by its name alone."""
    answer = client.post_json("/runs/", {"name": RUN}, status=200)

    assert {} == answer.json
    assert "empty" == run_of(client)["status"]


def test_a_run_has_the_documented_keys(client: Client) -> None:
    """A run of a list has the sixteen keys and its tags, and no jobs."""
    make_job(client)

    [run] = client.get("/runs/").json

    assert KEYS | {"tags"} == set(run)


def test_a_run_counts_its_jobs_by_status(client: Client) -> None:
    """``results`` has a number for each of the seven statuses, their total, and the first job's sha1 and flavor."""
    for number, status in enumerate(("pass", "pass", "fail", "dead", "queued", "running", "waiting")):
        make_job(client, job_id=number, status=status, sha1=SHA1, flavor="basic")
    client.post_json(f"/runs/{RUN}/jobs/", {"job_id": 99})

    run = run_of(client)

    counts = {"pass": 2, "fail": 1, "dead": 1, "queued": 1, "running": 1, "waiting": 1, "unknown": 1, "total": 8}
    assert {**counts, "sha1": SHA1, "flavor": "basic"} == run["results"]
    assert 8 == run["jobs_count"]


def test_a_run_without_jobs_has_no_sha1_flavor_or_priority(client: Client) -> None:
    """What the first job would say is null, all counts are zero, and nothing was updated or started yet."""
    make_run(client)

    run = run_of(client)

    assert dict.fromkeys(COUNTS, 0) | {"sha1": None, "flavor": None} == run["results"]
    assert [None] * 5 == [run[key] for key in ("sha1", "flavor", "priority", "updated", "started")]


def test_a_run_takes_sha1_flavor_and_priority_of_its_first_job(client: Client) -> None:
    """The first job is the first by its id as text, whichever was posted first."""
    make_job(client, job_id="2", sha1="b" * 40, flavor="second", priority=2)
    make_job(client, job_id="1", sha1="a" * 40, flavor="first", priority=1)

    run = run_of(client)

    assert ("a" * 40, "first", 1) == (run["sha1"], run["flavor"], run["priority"])


def test_a_runs_first_job_may_say_nothing(client: Client) -> None:
    """sha1, flavor and priority are null when the first job has none, whatever the second has."""
    make_job(client, job_id="1")
    make_job(client, job_id="2", sha1=SHA1, flavor="basic", priority=5)

    run = run_of(client)

    assert (None, None, None) == (run["sha1"], run["flavor"], run["priority"])


def test_a_runs_href_is_one_text(client: Client) -> None:
    """The link is the public base, ``/runs/``, the name and a slash; not a list."""
    make_run(client)

    assert f"http://paddles.example/runs/{RUN}/" == run_of(client)["href"]


def test_times_are_utc_with_a_space_and_no_zone(client: Client) -> None:
    """Every time of a run and of its job reads ``YYYY-MM-DD HH:MM:SS[.ffffff]``."""
    make_job(client, status="running")

    run, job = run_of(client), job_of(client)

    for shown in (run["posted"], run["scheduled"], run["started"], run["updated"], job["posted"], job["updated"]):
        assert TIME.match(shown), shown


def test_a_whole_second_is_written_without_fraction(client: Client) -> None:
    """The fraction is absent when it is zero."""
    make_run(client)

    assert "2026-01-31 23:00:06" == run_of(client)["scheduled"]


@pytest.mark.parametrize(("statuses", "expected"), DERIVED)
def test_a_runs_status_follows_from_its_jobs(client: Client, statuses: tuple[str, ...], expected: str) -> None:
    """The first rule that fits the counts of the jobs gives one of the eight words."""
    make_run(client)
    for number, status in enumerate(statuses):
        make_job(client, job_id=number, status=status)

    assert expected == run_of(client)["status"]
    assert [expected] == names_of(client.get("/runs/").json, "status")


def test_runs_are_listed_newest_posted_first(client: Client) -> None:
    """The order is that of creation, backwards, whatever time the names tell."""
    for name in ("u-2026-01-03_00:00:00-a-b-c-d-e", "u-2026-01-01_00:00:00-a-b-c-d-e", "third"):
        make_run(client, name)

    listed = names_of(client.get("/runs/").json)

    assert ["third", "u-2026-01-01_00:00:00-a-b-c-d-e", "u-2026-01-03_00:00:00-a-b-c-d-e"] == listed


def test_a_list_of_runs_is_cut_into_pages(client: Client) -> None:
    """25 runs by default; ``count`` and ``page`` choose others, page 0 is the first, past the end is empty."""
    for number in range(27):
        make_run(client, f"run-{number:02}")

    assert 25 == len(client.get("/runs/").json)
    assert ["run-26", "run-25"] == names_of(client.get("/runs/?count=2").json)
    assert ["run-24", "run-23"] == names_of(client.get("/runs/?count=2&page=2").json)
    assert ["run-26", "run-25"] == names_of(client.get("/runs/?count=2&page=0").json)
    assert 2 == len(client.get("/runs/?page=2").json)
    assert [] == client.get("/runs/?page=3").json
    assert [] == client.get("/runs/?count=0").json
    assert 27 == len(client.get("/runs/?count=9999").json)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_of_a_run_may_be_asked_for(client: Client, key: str) -> None:
    """``fields=`` takes each key of a run, in the list and on the run itself, and answers that key alone."""
    make_job(client, priority=7)

    whole = run_of(client)

    assert [{key: whole[key]}] == client.get(f"/runs/?fields={key}").json
    assert {key: whole[key]} == client.get(f"/runs/{RUN}/?fields={key}").json


def test_stray_commas_in_fields_are_nothing(client: Client) -> None:
    """``fields=,name,,status,`` asks for two keys, and ``fields=`` for all."""
    make_run(client)

    assert [{"name": RUN, "status": "empty"}] == client.get("/runs/?fields=,name,,status,").json
    assert KEYS < set(client.get("/runs/?fields=").json[0])


@pytest.mark.parametrize("field", ["nope", "_id", "metadata", "delete", "__class__", "jobs", "name;status"])
def test_an_unknown_field_is_refused(client: Client, field: str) -> None:
    """A field that runs of a list do not have is a 400, whether or not there are runs."""
    assert "an invalid field was specified" == client.refused("GET", f"/runs/?fields=name,{field}", 400)


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}, {"nome": "x"}])
def test_a_run_needs_a_name(client: Client, body: object) -> None:
    """A name that is absent, null or empty is a missing key."""
    assert "could not find required key: 'name'" == client.refused("POST", "/runs/", 400, body)


@pytest.mark.parametrize("name", [7, 1.5, True, ["x"], {"x": 1}])
def test_a_runs_name_is_text(client: Client, name: object) -> None:
    """A name that is no text is refused, and names the key."""
    assert client.refused("POST", "/runs/", 400, {"name": name}).startswith("name")
    assert [] == client.get("/runs/").json


@pytest.mark.parametrize("body", [b"", b"{", b"nope"])
def test_a_run_needs_json(client: Client, body: bytes) -> None:
    """A body that is empty or not JSON cannot be decoded."""
    assert "could not decode JSON body" == client.refused("POST", "/runs/", 400, body)


@pytest.mark.parametrize("name", [RUN, "a&b;c%41+d", "größe – 尺寸"])
def test_a_run_exists_once(client: Client, name: str) -> None:
    """The refusal names the run in full, whatever letters are in it, and ends as teuthology expects."""
    make_run(client, name)

    assert f"run with name {name} already exists" == client.refused("POST", "/runs/", 400, {"name": name})


def test_a_run_is_shown_with_its_jobs_whole(client: Client) -> None:
    """The run's own page holds every job as that job's page does, in order of their ids."""
    for key in ("10", "9", "b", "a"):
        make_job(client, job_id=key)

    run = run_of(client)

    assert KEYS | {"tags", "jobs"} == set(run)
    assert [job_of(client, job_id=key) for key in ("9", "10", "a", "b")] == run["jobs"]


def test_jobs_are_left_out_unless_they_are_among_the_fields(client: Client) -> None:
    """``fields=`` on a run answers only those keys, the jobs too when they are named."""
    make_job(client)

    whole = run_of(client)

    assert {"name": RUN} == client.get(f"/runs/{RUN}/?fields=name").json
    assert {"jobs": whole["jobs"]} == client.get(f"/runs/{RUN}/?fields=jobs").json
    assert {"name": RUN, "jobs": whole["jobs"]} == client.get(f"/runs/{RUN}/?fields=jobs,name").json
    assert "an invalid field was specified" == client.refused("GET", f"/runs/{RUN}/?fields=no", 400)


def test_a_missing_run_is_not_found(client: Client) -> None:
    """Nothing is at the address of a run that nobody created."""
    assert "no run is called nope" == client.refused("GET", "/runs/nope/", 404)
    assert "no run is called nope" == client.refused("PUT", "/runs/nope/", 404, {"tags": []})
    assert "attempted to delete a non-existent run" == client.refused("DELETE", "/runs/nope/", 404)


def test_runs_are_probed_by_head(client: Client) -> None:
    """HEAD answers 200 for a run there is and 404 for one there is not, both without a body."""
    make_run(client)

    assert b"" == client.head(f"/runs/{RUN}/", status=200).body
    assert b"" == client.head("/runs/nope/", status=404).body


def test_deleting_a_run_takes_its_jobs_and_leaves_the_machines(client: Client) -> None:
    """Jobs and their links go with the run; the machines that they ran on stay."""
    make_node(client, "smithi001")
    make_job(client, targets={"ubuntu@smithi001": "key"})

    answer = client.delete(f"/runs/{RUN}/", status=200)

    assert {} == answer.json
    client.get(f"/runs/{RUN}/", status=404)
    client.get(f"/runs/{RUN}/jobs/1/", status=404)
    assert [] == client.get("/nodes/smithi001/jobs/").json


def test_a_runs_tags_are_replaced(client: Client) -> None:
    """Tags come with the run or by PUT, which replaces them all; a run knows them and nothing else changes."""
    make_run(client, tags=["nightly", "x/y"])
    first = run_of(client)

    answer = client.put_json(f"/runs/{RUN}/", {"tags": ["weekly"]}, status=200)

    assert {} == answer.json
    assert ["nightly", "x/y"] == first["tags"]
    assert {**first, "tags": ["weekly"]} == run_of(client)


@pytest.mark.parametrize("body", [{"name": "other"}, {"tags": "nightly"}, {"tags": None}, {"tags": [{}]}])
def test_nothing_else_of_a_run_can_be_put(client: Client, body: object) -> None:
    """A PUT that does not replace the tags is refused, and changes nothing."""
    make_run(client, tags=["kept"])
    before = run_of(client)

    assert "tags" in client.refused("PUT", f"/runs/{RUN}/", 400, body)
    assert before == run_of(client)
