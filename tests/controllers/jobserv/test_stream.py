"""What runs say of themselves: the log byte for byte, and what else stands in the same request."""

import datetime
from typing import Any

import pytest

from paddles.app import serve
from paddles.archive import contents, logs
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.concurrency.threads import together
from tests.controllers.test_statements import counted
from tests.projects.held import Held, hand_over, held, queued, write
from tests.units import rows

FIRST = b"# Run sent to worker: w1\n"


@pytest.fixture
def job(database: Database) -> Held:
    """A job that a machine was given."""
    return held(database)


def post(client: Client, job: Held, data: bytes, status: int = 200, **headers: Any) -> Any:
    """Send a piece of the log."""
    said = {**job.headers, **{name.replace("_", "-"): str(value) for name, value in headers.items()}}
    return client.post(job.path, data, headers=said, status=status)


def log_of(client: Client, job: Held) -> bytes:
    """Return the log of a job that has not ended."""
    return bytes(client.get(f"{job.path}console.log", status=200).body)


def state(database: Database, job: Held) -> Any:
    """Return what is known of a job."""
    return rows(database, "SELECT * FROM build_jobs JOIN jobs ON jobs.id = job_id WHERE job_id = :id", id=job.job_id)[0]


@pytest.mark.parametrize("data", [b"", b"a\n", b"\0\xff\xfe\r\n\x1b[0m" * 1000, "ü😀".encode(), b"{", b"x" * 1_000_000])
def test_bytes_are_kept_as_they_are(client: Client, job: Held, data: bytes) -> None:
    """One piece behind the other, whatever is in them; the first line says where the run was sent."""
    for _ in range(2):
        assert {"status": "success", "data": {}} == post(client, job, data).json

    assert FIRST + data + data == log_of(client, job)


def test_a_piece_that_comes_again_is_there_once(client: Client, job: Held) -> None:
    """Where it says what it begins with: all of what is known is left out, and the answer tells how much that is."""
    for offset, data in ((0, b"abc"), (0, b"abc"), (1, b"bcd"), (4, b"e"), (0, b"abcde"), (2, b"")):
        answer = post(client, job, data, X_Log_Offset=offset)

    assert "5" == answer.headers["X-Log-Offset"]
    assert FIRST + b"abcde" == log_of(client, job)


def test_pieces_that_do_not_say_where_they_begin_are_all_kept(client: Client, job: Held) -> None:
    """They are not counted either: a worker that knows nothing of offsets comes before a runner that does."""
    post(client, job, b"worker\n")
    post(client, job, b"a", X_Log_Offset=0)
    post(client, job, b"a", X_Log_Offset=0)
    post(client, job, b"a")
    post(client, job, b"a")

    assert FIRST + b"worker\naaa" == log_of(client, job)


def test_a_runner_that_begins_behind_what_others_sent_goes_on_from_there(client: Client, job: Held) -> None:
    """What it skipped was sent by somebody who did not count."""
    post(client, job, b"seven..")
    for _ in range(2):
        post(client, job, b"abc", X_Log_Offset=7)

    assert FIRST + b"seven..abc" == log_of(client, job)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Log-Offset", "x"), ("X-Log-Offset", "-1"), ("X-Log-Offset", "1" * 19), ("X-Log-Offset", ""),
        ("X-RUN-STATUS", "passed"), ("X-RUN-STATUS", "WAITING"), ("X-RUN-STATUS", "CANCELLING"),
        ("X-RUN-STATUS", "PROMOTED"), ("X-RUN-STATUS", "'; DROP TABLE jobs"), ("X-RUN-STATUS", "\xff"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    client: Client, database: Database, job: Held, header: str, value: str
) -> None:
    """400, as JSON with words."""
    answer = post(client, job, b"lost", 400, **{header: value})

    assert "error" == answer.json["status"]
    assert header in answer.json["message"]
    assert 0 == state(database, job).log_size


@pytest.mark.parametrize("authorization", ["", "Token ", "Token x", "Bearer x", "Basic eDp5", "x", "Token \xff", None])
def test_without_its_key_nobody_speaks_for_a_run(
    client: Client, database: Database, job: Held, authorization: str | None
) -> None:
    """401, for a run that is there."""
    headers = {} if authorization is None else {"Authorization": authorization}
    client.post(job.path, b"x", headers=headers, status=401)
    client.post(f"{job.path}?apikey=x", b"x", status=401)

    assert 0 == state(database, job).log_size


def test_the_key_is_taken_in_every_way_that_runs_have(client: Client, job: Held) -> None:
    """As a token, as a bearer's, as the password of somebody, in the address."""
    client.authorization = None
    client.post(job.path, b"1", headers=job.headers)
    client.post(job.path, b"2", headers={"Authorization": f"Bearer {job.token}"})
    client.post(f"{job.path}?apikey={job.token}", b"3")
    client.authorization = ("Basic", ("run", job.token))
    client.post(job.path, b"4")

    assert FIRST + b"1234" == log_of(client, job)


@pytest.mark.parametrize(
    "path", ["/projects/p/builds/1/runs/x/", "/projects/p/builds/2/runs/r/", "/projects/x/builds/1/runs/r/"]
)
def test_a_run_that_is_not_there_is_not_found(client: Client, job: Held, path: str) -> None:
    """404, whatever is shown."""
    client.post(path, b"x", headers=job.headers, status=404)
    client.get(f"{path}console.log", status=404)
    client.post("/projects/p/builds/x/runs/r/", b"x", headers=job.headers, status=404)


def test_a_run_that_waits_takes_nothing(client: Client, database: Database) -> None:
    """401: nobody has its key yet."""
    job = queued(database)
    client.post(job.path, b"x", headers=job.headers, status=401)


@pytest.mark.parametrize(("said", "status"), [("PASSED", "pass"), ("FAILED", "fail")])
def test_the_last_word_ends_a_run(client: Client, database: Database, job: Held, said: str, status: str) -> None:
    """What came with it is in the log; after it nothing is taken, however it is asked."""
    post(client, job, b"done\n", X_RUN_STATUS=said)

    assert status == state(database, job).status
    for path in (job.path, f"{job.path}?apikey={job.token}"):
        client.post(path, b"late", headers=job.headers, status=401)
    address = client.get(f"{job.path}console.log", status=302).location
    assert FIRST + b"done\n" == client.get(address).body


def test_a_run_goes_to_and_fro_between_running_and_uploading(client: Client, database: Database, job: Held) -> None:
    """Each change is noted once."""
    for said in ("RUNNING", "UPLOADING", "UPLOADING", "RUNNING"):
        post(client, job, b"", X_RUN_STATUS=said)
        assert said == client.get(f"{job.path}console.log").headers["X-RUN-STATUS"]

    noted = rows(database, "SELECT status FROM build_changes WHERE job_id = :id ORDER BY id", id=job.job_id)
    assert ["queued", "uploading", "running"] == [row.status for row in noted]


def test_a_run_that_is_to_stop_is_told_so_with_every_answer(client: Client, database: Database, job: Held) -> None:
    """Until it has ended; it stays as it is meanwhile."""
    assert "X-JOBSERV-CANCEL" not in post(client, job, b"").headers
    write(database, "UPDATE build_jobs SET cancelled = true WHERE job_id = :id", id=job.job_id)

    for said in ("", "RUNNING", "UPLOADING"):
        assert "1" == post(client, job, b"", X_RUN_STATUS=said).headers["X-JOBSERV-CANCEL"]
        assert "CANCELLING" == client.get(f"{job.path}console.log").headers["X-RUN-STATUS"]
    assert "X-JOBSERV-CANCEL" not in post(client, job, b"", X_RUN_STATUS="FAILED").headers


def test_a_note_is_kept(client: Client, database: Database, job: Held) -> None:
    """As much of it as there is room for; a request without one leaves it."""
    post(client, job, b"", X_RUN_METADATA="x" * 2000)
    post(client, job, b"")

    assert "x" * 1024 == state(database, job).said


def test_the_first_word_keeps_the_run_and_every_other_one_does(
    client: Client, database: Database, job: Held, settings: Settings
) -> None:
    """It is the holder's for as long as the settings say; not every request writes that down."""
    lease = "SELECT heard, expires, xmin::text AS version FROM leases WHERE job_id = :id"
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=15)
    write(database, "UPDATE leases SET expires = :soon WHERE job_id = :id", id=job.job_id, soon=soon)

    post(client, job, b"a")
    first = rows(database, lease, id=job.job_id)[0]
    post(client, job, b"b")
    second = rows(database, lease, id=job.job_id)[0]

    assert first.heard is not None
    assert first.expires - soon > datetime.timedelta(seconds=settings.build_lease_s - 60)
    assert (first.heard, first.expires) == (second.heard, second.expires)
    write(database, "UPDATE leases SET expires = :soon WHERE job_id = :id", id=job.job_id, soon=soon)
    post(client, job, b"c")
    assert rows(database, lease, id=job.job_id)[0].expires > first.expires - datetime.timedelta(seconds=1)


def test_two_who_add_at_once_are_both_heard(client: Client, database: Database, settings: Settings) -> None:
    """Real threads, many times: each piece is there once and whole, and the length that is known is the file's."""
    job = held(database)

    def add(number: int) -> None:
        for turn in range(20):
            post(client, job, b"<%d.%d>" % (number, turn))

    together(4, add)

    text = log_of(client, job).removeprefix(FIRST).decode()
    said = text.removeprefix("<").removesuffix(">").split("><")
    assert sorted(f"{number}.{turn}" for number in range(4) for turn in range(20)) == sorted(said)
    assert all(said.index(f"{n}.{t}") < said.index(f"{n}.{t + 1}") for n in range(4) for t in range(19))
    size = logs.size(contents.directory(settings), job.job_id, 1)
    assert state(database, job).log_size == size == len(FIRST) + len(text)


def test_an_end_and_a_piece_at_once_lose_nothing(client: Client, database: Database) -> None:
    """The piece is in the log, or its sender hears that the run is over."""
    for _ in range(10):
        job = held(database)

        def send(which: int, job: Held = job) -> int:
            headers = {**job.headers, **({"X-RUN-STATUS": "PASSED"} if which else {})}
            return int(client.post(job.path, b"<%d>" % which, headers=headers, expect_errors=True).status_int)

        statuses = together(2, send)
        address = client.get(f"{job.path}console.log", status=302).location
        text = client.get(address).body
        assert 200 == statuses[1]
        assert (b"<0>" in text) == (statuses[0] == 200)
        assert b"<1>" in text


def test_what_a_killed_server_left_is_written_over(
    client: Client, database: Database, job: Held, settings: Settings
) -> None:
    """Only what is known of counts: readers never see the rest, and the next piece begins where that ended."""
    post(client, job, b"known")
    size = state(database, job).log_size
    logs.append(contents.directory(settings), job.job_id, 1, size, b"left behind by somebody who died")

    assert FIRST + b"known" == log_of(client, job)
    post(client, job, b"!")
    assert FIRST + b"known!" == log_of(client, job)


def test_a_new_holder_begins_a_new_log(client: Client, database: Database, job: Held) -> None:
    """And the one before is out."""
    post(client, job, b"first", X_Log_Offset=0)
    write(database, "UPDATE leases SET ended = now(), outcome = 'lost' WHERE job_id = :id", id=job.job_id)
    write(database, "UPDATE jobs SET status = 'queued', leased = false WHERE id = :id", id=job.job_id)
    assert b"amd64" in log_of(client, job)
    again = hand_over(database, job, token="u" * 43, machine="w2")

    post(client, job, b"late", 401)
    assert b"# Run sent to worker: w2\n" == log_of(client, again)
    post(client, again, b"second", X_Log_Offset=0)
    assert b"# Run sent to worker: w2\nsecond" == log_of(client, again)


def test_a_log_has_an_end(database: Database, settings: Settings) -> None:
    """Beyond the limit nothing is kept, the log says so, and the run goes on."""
    limited = settings.model_copy(update={"log_max_bytes": 2000})
    client = Client(serve(database, limited))
    job = held(database)
    for _ in range(4):
        post(client, job, b"x" * 1000)

    text = log_of(client, job)
    assert text.startswith(FIRST + b"x" * (2000 - len(FIRST)) + b"\n== The log is full")
    assert text.endswith(b"was not kept.\n")
    post(client, job, b"the end", X_RUN_STATUS="PASSED")
    assert "pass" == state(database, job).status


def test_a_piece_takes_two_statements(client: Client, database: Database, job: Held) -> None:
    """One that locks and one that writes; the first piece of a log has to ask who has the run, too."""
    for number in (3, 2, 2):
        with counted() as statements:
            post(client, job, b"x" * 1024)
        assert number == len(statements), statements
