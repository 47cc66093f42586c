"""What machines say of their jobs, by GET, byte for byte; and what nobody may say."""

from itertools import product
from urllib.parse import quote

import pytest

from tests.client import Client
from tests.controllers.scheduler.wire import CGI, MACHINE, SUBMIT, container, given, job, shown, submit, told
from tests.factories import names_of

APPEND, POST_RUN = f"{CGI}/lkp-jobfile-append-var", f"{CGI}/lkp-post-run"
STAGE, STEP = f"{CGI}/set-job-stage", f"{CGI}/report-job-step"
REPORTS = (APPEND, POST_RUN, STAGE, STEP)
DONE = b"Done\n"


def test_a_real_clients_report(client: Client) -> None:
    """With blanks escaped, empty values, and nothing between ampersands at its end."""
    number = given(client)

    answer = client.get(
        f"{APPEND}?job_file=/lkp/scheduled/job.yaml&job_id={number}"
        "&loadavg=0.08%200.02%200.01%201/51%20164&start_time=&end_time=1795358539&&"
    )

    assert (DONE, "text/plain; charset=utf-8") == (answer.body, answer.headers["Content-Type"])
    found = shown(client, number)
    assert ("0.08 0.02 0.01 1/51 164", "1795358539") == (found["loadavg"], found["end_time"])
    assert not {"start_time", "job_file", "job_id"} & found.keys()


@pytest.mark.parametrize(("path", "name"), [(STAGE, "job_stage"), (STEP, "job_step")])
def test_stage_and_step(client: Client, path: str, name: str) -> None:
    """Each has an address of its own."""
    number = given(client)

    assert DONE == client.get(f"{path}?{name}=setup&job_id={number}&timeout=5").body

    assert "setup" == shown(client, number)[name]


@pytest.mark.parametrize(("said", "body", "status", "state"), [
    ("", DONE, "pass", "finished"), ("&job_state=finished", DONE, "pass", "finished"),
    ("&job_health=success&source=lifecycle&mem=1&cpu=2", DONE, "pass", "finished"),
    ("&job_state=failed", DONE, "fail", "fail"), ("&job_state=OOM", DONE, "dead", "oom"),
    ("&job_health=return", b'"success"', "pass", "return"),
])  # fmt: skip
def test_the_end_of_a_job(client: Client, said: str, body: bytes, status: str, state: str) -> None:
    """Once, twice, ten times the same answer; the first counts."""
    number = given(client, submit_id="r")

    assert [body] * 3 == [client.get(f"{POST_RUN}?job_file=/x&job_id={number}{said}").body for _ in range(3)]
    client.get(f"{POST_RUN}?job_id={number}&job_health=incomplete")

    assert (status, f"finished {status}") == (
        client.get(f"/runs/r/jobs/{number}/").json["status"],
        client.get("/runs/r/").json["status"],
    )
    assert state == shown(client, number)["job_state"]
    assert {} == container(client)


def test_a_machine_that_is_done_asks_for_the_next(client: Client) -> None:
    """What ended stays what it was."""
    first, second = submit(client), submit(client)
    container(client)
    client.get(f"{POST_RUN}?job_id={first}")

    assert container(client)["job"].endswith(f"/{second}/job.cgz")
    client.get(f"{APPEND}?job_id={second}&job_state=running")
    assert container(client) == {}

    assert ("finished", "abnormal") == (shown(client, first)["job_state"], shown(client, second)["job_state"])


@pytest.mark.parametrize("path", REPORTS)
@pytest.mark.parametrize(("number", "status"), [
    ("", 400), ("&job_id=", 400), ("&job_id=0", 404), ("&job_id=x", 404), ("&job_id=-1", 404), ("&job_id=1.0", 404),
    ("&job_id=" + "9" * 19, 404), ("&job_id=" + "9" * 99, 404), ("&job_id=..%2f..%2fetc", 404), ("&job_id=%00", 400),
    ("&job_id=%ff", 400), ("&job_id=1%27", 404), ("&job_id=%D9%A3", 404),
])  # fmt: skip
def test_a_report_of_no_job_is_refused(client: Client, path: str, number: str, status: int) -> None:
    """Missing is 400, unknown is 404; never a fault of ours."""
    assert client.refused("GET", f"{path}?job_stage=boot&job_step=x{number}", status)


@pytest.mark.parametrize("path", [APPEND, POST_RUN])
@pytest.mark.parametrize("said", [
    "id=7", "tbox_group=x", "testbox=x", "queue=x", "my_email=x", "my_token=x", "job_token=x", "secrets=x", "suite=x",
    "status=pass", "success=1", "priority=-9", "os=x%0areboot", "os_arch=x", "kernel_append_root=/dev/sda",
    "docker_image=x", "job2sh=x", "timeout=9999999", "boot_params=init=/bin/sh", "a%20b=c", "a%00=c", "a=%00", "1=2",
    "a%0a=b", "$x=1", "%c3%a9=1", "a" * 65 + "=x", "a=" + "x" * 65537, "job_state=a%20b", "job_state=$(x)",
    "job_stage=nowhere", "job_health=" + "x" * 65,
    "&".join(f"a{n}=1" for n in range(101)), "&".join(f"a{n}=1" for n in range(300)), "a=%ff",
])  # fmt: skip
def test_what_a_machine_may_not_say(client: Client, path: str, said: str) -> None:
    """400, and nothing of the report is taken."""
    number = given(client)
    before = shown(client, number)

    assert client.refused("GET", f"{path}?job_id={number}&good=1&{said}", 400)

    assert before == shown(client, number)


@pytest.mark.parametrize("text", [
    "<script>alert(1)</script>", "'; DROP TABLE jobs; --", "$(touch x)", "a\nb", "`id`", "%s %(x)s", ":x",
    "é😀", "\x7f", "\\"])  # fmt: skip
def test_any_text_is_a_value(client: Client, text: str) -> None:
    """It is kept as it was said, and is no more than a word in the shell that gets it."""
    number = given(client)

    assert "Done\n" == told(client, number, f"note={quote(text)}")

    assert text == shown(client, number)["note"]
    client.get(f"/job_initrd_tmpfs/{number}/job.cgz", status=200)


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("path", REPORTS)
def test_only_get_reports(client: Client, path: str) -> None:
    """A prefetcher's HEAD, or any other method, changes nothing."""
    number = given(client)
    before = shown(client, number)

    for method, data in product(("HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"), (b"", b"{}")):
        client.send(method, f"{path}?job_id={number}&a=b&job_stage=setup&job_step=x", data, status=405)

    assert before == shown(client, number)


def test_a_result_is_submitted_again(client: Client) -> None:
    """What a job became is sent as a new one: a new number, a new fate."""
    number = given(client)
    told(client, number, "job_state=running&start_time=1")
    client.get(f"{POST_RUN}?job_id={number}&job_health=incomplete")

    again = client.post_json(SUBMIT, shown(client, number)).text

    found = shown(client, again)
    assert int(number) < int(again)
    assert (again, "submit", f"/result/nap/{again}") == (found["id"], found["job_state"], found["result_root"])
    assert not {"start_time", "job_health", "job_stage"} & found.keys()
    assert job()["suite"] == found["suite"]


def test_a_machines_jobs_are_the_archives(client: Client) -> None:
    """They are listed with it, and counted."""
    number = given(client)
    client.get(f"{POST_RUN}?job_id={number}&job_state=failed")

    assert [number] == names_of(client.get(f"/nodes/{MACHINE}/jobs/").json, "job_id")
    assert 1 == client.get(f"/nodes/{MACHINE}/job_stats/").json["fail"]
