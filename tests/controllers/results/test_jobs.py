"""``/runs/<name>/jobs/`` and its items: jobs created, listed, shown, updated and deleted."""

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_run, names_of, node_of, run_of

JOBS = f"/runs/{RUN}/jobs"
JOB = f"{JOBS}/1/"


def test_the_first_job_creates_its_run(client: Client) -> None:
    """A job may come for a run that nobody created; the answer is its id, as text, and nothing else."""
    answer = client.post_json(f"{JOBS}/", {"job_id": 7}, status=200)

    assert {"job_id": "7"} == answer.json
    assert 1 == run_of(client)["jobs_count"]


def test_a_job_exists_once_in_its_run(client: Client) -> None:
    """A second job of an id is refused in the words whose end teuthology looks at; another run may have it."""
    make_job(client, job_id=1)

    assert "job with job_id 1 already exists" == client.refused("POST", f"{JOBS}/", 400, {"job_id": 1})
    assert "job with job_id 1 already exists" == client.refused("POST", f"{JOBS}/", 400, {"job_id": "1"})
    assert "1" == make_job(client, "other", job_id=1)
    assert 1 == run_of(client)["jobs_count"]


def test_jobs_without_an_id_get_growing_numbers(client: Client) -> None:
    """An id that is absent, null or empty is made: a number, as text, new over all runs, growing, never taken."""
    bodies = ({"queue": "q"}, {"job_id": None}, {"job_id": ""})
    made = [client.post_json(f"/runs/{run}/jobs/", body).json["job_id"] for run in ("a", "b") for body in bodies]

    assert made == sorted(set(made), key=int)
    assert all(isinstance(key, str) for key in made)


def test_a_made_id_passes_over_those_in_use(client: Client) -> None:
    """A number that somebody chose in this run is not given again."""
    first = int(client.post_json(f"{JOBS}/", {"name": "x"}).json["job_id"])
    for key in range(first + 1, first + 6):
        make_job(client, job_id=key)

    made = [client.post_json(f"{JOBS}/", {"name": "x"}).json["job_id"] for _ in range(5)]

    assert len(set(made)) == 5
    assert 11 == run_of(client)["jobs_count"]


def test_an_id_may_be_demanded(database: Database, settings: Settings) -> None:
    """With ``require_job_id`` a job without one is refused, as the first paddles did."""
    strict = Client(serve(database, settings.model_copy(update={"require_job_id": True})))

    assert "could not find required key: 'job_id'" == strict.refused("POST", f"{JOBS}/", 400, {"name": "x"})
    assert {"job_id": "1"} == strict.post_json(f"{JOBS}/", {"job_id": 1}).json


@pytest.mark.parametrize("body", [b"", b"{}", b"{", b"nope"])
def test_a_job_needs_something_in_json(client: Client, body: bytes) -> None:
    """An empty object is as good as no body: nothing was said, and no run is made."""
    assert "could not decode JSON body" == client.refused("POST", f"{JOBS}/", 400, body)
    assert [] == client.get("/runs/").json


def test_jobs_are_listed_newest_posted_first(client: Client) -> None:
    """All of them, whole; only those of a status when one is asked for; none of a run without jobs."""
    for key, status in ((5, "pass"), (3, "fail"), (4, "pass")):
        make_job(client, job_id=key, status=status)
    make_run(client, "empty")

    listed = client.get(f"{JOBS}/").json

    assert [job_of(client, job_id=key) for key in (4, 3, 5)] == listed
    assert ["4", "5"] == names_of(client.get(f"{JOBS}/?status=pass").json, "job_id")
    assert [] == client.get(f"{JOBS}/?status=nope").json
    assert [] == client.get("/runs/empty/jobs/").json


@pytest.mark.parametrize(
    "fields",
    [
        "job_id,status",
        "job_id,status,description,duration,failure_reason,sentry_event,log_href",
        "job_id,description,status,log_href,failure_reason",
        "href",
    ],
)
def test_a_slice_holds_exactly_the_asked_keys(client: Client, fields: str) -> None:
    """``fields=`` answers those keys and no other, in the list and on the job itself."""
    make_job(client, description="d")
    whole = {**job_of(client), "href": f"http://paddles.example{JOB}"}

    expected = {key: whole[key] for key in fields.split(",")}

    assert [expected] == client.get(f"{JOBS}/?fields={fields}").json
    assert expected == client.get(f"{JOB}?fields={fields}").json


def test_fields_of_a_job_are_checked(client: Client) -> None:
    """An unknown field is refused, and no field is all of them."""
    make_job(client)

    assert "an invalid field was specified" == client.refused("GET", f"{JOBS}/?fields=job_id,nope", 400)
    assert "an invalid field was specified" == client.refused("GET", f"{JOB}?fields=_id", 400)
    assert [job_of(client)] == client.get(f"{JOBS}/?fields=").json


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/runs/nope/jobs/", "no run is called nope"),
        ("GET", "/runs/nope/jobs/1/", "no job 1 in run nope"),
        ("PUT", "/runs/nope/jobs/1/", "attempted to update a non-existent job"),
        ("DELETE", "/runs/nope/jobs/1/", "attempted to delete a non-existent job"),
        ("GET", f"{JOBS}/9/", f"no job 9 in run {RUN}"),
        ("PUT", f"{JOBS}/9/", "attempted to update a non-existent job"),
        ("DELETE", f"{JOBS}/9/", "attempted to delete a non-existent job"),
    ],
)
def test_what_is_missing_is_not_found(client: Client, method: str, path: str, message: str) -> None:
    """A job of a run that is missing is as missing as a job that its run does not have."""
    make_job(client)

    assert message == client.refused(method, path, 404, {"status": "dead"})


def test_a_job_cannot_be_renamed(client: Client) -> None:
    """``job_id`` in a PUT is ignored, with 200: teuthology sends its own every time."""
    make_job(client, job_id=1)

    answer = client.put_json(JOB, {"job_id": 2, "name": "n"}, status=200)

    assert {} == answer.json
    assert ("1", "n") == (job_of(client)["job_id"], job_of(client)["name"])
    client.get(f"{JOBS}/2/", status=404)


def test_deleting_a_job_moves_its_run(client: Client) -> None:
    """The run's counts and status follow, down to empty; the machines stay."""
    make_job(client, job_id=1, status="running", targets={"u@smithi001": "k"})
    make_job(client, job_id=2, status="pass")

    answer = client.delete(JOB, status=200)

    assert {} == answer.json
    assert ("finished pass", 1) == (run_of(client)["status"], run_of(client)["jobs_count"])
    assert "smithi001" == node_of(client)["name"]
    client.delete(f"{JOBS}/2/")
    assert "empty" == run_of(client)["status"]


def test_the_first_paddles_address_of_a_job_works(client: Client) -> None:
    """``/runs/<name>/<job_id>/`` reads, updates and deletes as the address with ``jobs`` in it does."""
    make_job(client)

    assert job_of(client) == client.get(f"/runs/{RUN}/1/").json
    client.put_json(f"/runs/{RUN}/1/", {"status": "pass"})
    assert "pass" == job_of(client)["status"]
    client.delete(f"/runs/{RUN}/1/")
    client.get(f"/runs/{RUN}/1/", status=404)
    client.get(f"/runs/{RUN}/1/2/", status=404)


def test_a_jobs_log_is_linked_by_the_template(database: Database, settings: Settings) -> None:
    """``log_href`` is the configured text with the run and the job in it, escaped for an address."""
    template = "http://logs.example/{run_name}/{job_id}/teuthology.log"
    client = Client(serve(database, settings.model_copy(update={"job_log_href_templ": template})))
    make_job(client, "a b")

    assert "http://logs.example/a%20b/1/teuthology.log" == job_of(client, "a b")["log_href"]
