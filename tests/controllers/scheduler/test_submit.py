"""POST of jobs: the number as text, or the later clients' list; what a job may not be."""

import base64

import orjson
import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.scheduler.wire import MACHINE, SUBMIT, container, job, shown, submit
from tests.factories import names_of

LISTS = ("/submit_job", "/scheduler/submit_job")
EVERYWHERE = (SUBMIT, *LISTS)


def test_the_answer_is_the_number_and_nothing_else(client: Client) -> None:
    """Plain decimal text, without a line's end; numbers grow."""
    first, second = (client.post_json(SUBMIT, job(), status=200) for _ in range(2))

    assert first.body.isdigit()
    assert int(first.body) < int(second.body)
    assert str(int(first.body)).encode() == first.body


@pytest.mark.parametrize("path", LISTS)
def test_later_clients_are_answered_a_list(client: Client, path: str) -> None:
    """With the number as text and where results go."""
    answered = client.post_json(path, job(), status=200).json

    number = answered[0]["job_id"]
    where = f"/result/nap/{number}"
    assert [{"job_id": number, "message": "", "job_state": "submit", "result_root": where}] == answered


@pytest.mark.parametrize(("accept", "listed"), [
    ("application/json", True), ("text/html, application/json;q=0.9", True), ("*/*", False), ("", False),
    ("text/plain", False)])  # fmt: skip
def test_who_accepts_json_is_answered_the_list(client: Client, accept: str, listed: bool) -> None:
    """At the first address, too."""
    answered = client.post_json(SUBMIT, job(), headers={"Accept": accept}).json

    assert listed == isinstance(answered, list)


@pytest.mark.parametrize("label", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_body_is_json_whatever_it_is_labelled(client: Client, path: str, label: str) -> None:
    """curl labels it as a form, Ruby's client not at all."""
    client.post(path, orjson.dumps(job()), headers={"Content-Type": label}, status=200)

    assert 1 == len(client.get("/jobs/").json)


def test_a_job_is_kept_as_it_was_sent(client: Client) -> None:
    """In its order, with comments, blanks in keys, nulls, numbers and nesting; what is missing is completed behind."""
    extra = {"if role server": {"server": None}, "perf-stat": {"freq": 800}, "x": 1.5, "y": 2**63, "z": [None, True]}

    found = shown(client, number := submit(client, **extra))

    assert {**job(), **extra} == {name: found[name] for name in (*job(), *extra)}
    assert [*job(), *extra] == list(found)[: len(job()) + len(extra)]
    assert (number, "vm-2p8g", "nfs") == (found["id"], found["tbox_group"], found["os_mount"])
    assert ("debian/x86_64/sid", "submit") == (found["os_dir"], found["job_state"])


def test_fields_are_picked(client: Client) -> None:
    """In the order asked; what the job has not is null."""
    number = submit(client)

    answer = client.get(f"/scheduler/v1/jobs/{number}?fields=suite,,nope,%20id").json

    assert [("suite", "nap"), ("nope", None), ("id", number)] == list(answer.items())


@pytest.mark.parametrize("name", [
    "secrets", "my_email", "my_ssh_pubkey", "my_token", "job_token", "api_TOKEN", "pkg_data", "stats"])  # fmt: skip
def test_what_is_private_or_packed_is_not_shown(client: Client, name: str) -> None:
    """Nor when it is asked for by name, nor by the archive's addresses."""
    treasure = {"key": "hidden treasure"} if name in ("secrets", "pkg_data") else "hidden treasure"
    number = submit(client, **{name: treasure})

    for path in (f"/scheduler/v1/jobs/{number}", f"/scheduler/v1/jobs/{number}?fields={name}", "/jobs/", "/runs/"):
        assert b"treasure" not in client.get(path).body, path


def test_several_megabytes_are_a_job(client: Client) -> None:
    """Clients pack their sources."""
    packed = {"lkp-tests": {"tag": "v1", "md5": "x", "content": base64.b64encode(b"x" * 9_000_000).decode()}}

    number = submit(client, pkg_data=packed)

    assert container(client)["job"].endswith(f"/{number}/job.cgz")
    assert len(client.get(f"/job_initrd_tmpfs/{number}/job.cgz").body) < 100_000


def test_a_body_has_its_bounds(database: Database, settings: Settings) -> None:
    """Beyond the limit it is 413."""
    client = Client(serve(database, settings.model_copy(update={"max_body_bytes": 1024})))

    for path in EVERYWHERE:
        assert "a request body has at most 1024 bytes" == client.refused("POST", path, 413, b"x" * 1025)


@pytest.mark.parametrize("name", ["__class__", "model_config", "model_extra", "document", "__pydantic_extra__", ""])
def test_no_name_of_a_field_is_special(client: Client, name: str) -> None:
    """Whatever our code calls its own things."""
    assert {"x": 1} == shown(client, submit(client, **{name: {"x": 1}}))[name]


@pytest.mark.parametrize("number", [
    "0", "1", "007", "-1", "+1", "1.0", "1e3", "x", "9" * 19, "9" * 30, "%F0%9D%9F%99", "..", "%2e%2e", "a%2fb",
    "__class__", "1%0a", "%20"])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/scheduler/v1/jobs/{}"), ("POST", "/scheduler/v1/jobs/{}/cancel"),
    ("POST", "/scheduler/v1/jobs/{}/terminate"), ("GET", "/job_initrd_tmpfs/{}/job.cgz")])  # fmt: skip
def test_a_job_that_is_not_there_is_404(client: Client, method: str, path: str, number: str) -> None:
    """Whatever is given for its number."""
    assert client.refused(method, path.format(number), 404)


def test_a_waiting_job_is_cancelled_once(client: Client) -> None:
    """Then it is over, and no machine is given it; a running one is not cancelled."""
    waiting, running = submit(client, testbox="a"), submit(client, testbox="b")
    assert container(client, "b")

    assert "Success" == client.post(f"/scheduler/v1/jobs/{waiting}/cancel", status=200).text
    for number in (waiting, running):
        assert "Job already running" == client.refused("POST", f"/scheduler/v1/jobs/{number}/cancel", 403)

    assert {} == container(client, "a")
    assert ("cancel", "cancel") == (shown(client, waiting)["job_state"], shown(client, waiting)["job_health"])
    assert "boot" == shown(client, running)["job_state"]


def test_a_running_job_is_terminated_once(client: Client) -> None:
    """A waiting one is not; its machine is given the next job when it asks."""
    first, second = submit(client), submit(client)
    assert container(client)

    assert "Success" == client.post(f"/scheduler/v1/jobs/{first}/terminate", status=200).text
    for number in (first, second):
        assert "Job not running" == client.refused("POST", f"/scheduler/v1/jobs/{number}/terminate", 403)

    assert "terminate" == shown(client, first)["job_state"]
    assert container(client)["job"].endswith(f"/{second}/job.cgz")
    assert "terminate" == shown(client, first)["job_health"]


def test_submitted_jobs_stand_in_a_run(client: Client) -> None:
    """The label of the submission is its name."""
    numbers = [submit(client, submit_id="s-1") for _ in range(2)]

    run = client.get("/runs/s-1/").json

    assert (numbers, "queued", 2) == (names_of(run["jobs"], "job_id"), run["status"], run["jobs_count"])
    assert MACHINE == job()["testbox"]
