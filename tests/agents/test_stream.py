"""The log on its way: when it is sent, what a silent run does, how it ends without a server."""

import subprocess
import threading
from email.message import Message
from pathlib import Path

import pytest

from paddles.agents.jobserv_runner import process, stream
from paddles.agents.jobserv_runner.console import Stopped
from paddles.agents.jobserv_runner.process import Deadline, TimedOut, Watch, follow
from paddles.agents.jobserv_runner.wire import Answer, Unreachable, send
from tests.waiting import until

SILENT = ["sh", "-c", "echo begun; exec tail -f /dev/null"]


class Heard:
    """What a server heard, and what it answers."""

    def __init__(self, *answers: int) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answers = list(answers)
        self.cancel = False

    def append(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Keep what is said; a status of 0 is no answer."""
        self.bodies.append(body)
        self.headers.append(headers)
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise Unreachable("no answer")
        said: Message[str, str] = Message()
        if self.cancel:
            said["x-jobserv-cancel"] = "1"
        return Answer(status, said, b"")


def opened(tmp_path: Path, heard: Heard, base: int = 0, interval_s: float = 600) -> stream.Stream:
    """Return a log that is sent to a server of the test."""
    return stream.Stream(tmp_path, heard.append, base, interval_s)


def test_nothing_is_sent_before_there_is_enough(tmp_path: Path) -> None:
    """1 KiB is sent at once, less of it waits for its time or the end."""
    heard = Heard()
    log = opened(tmp_path, heard)
    log.write(b"x" * 1023)
    assert [] == heard.bodies

    log.write(b"y")
    until(lambda: heard.bodies)
    log.write(b"z")
    log.close()

    assert [b"x" * 1023 + b"y", b"z"] == heard.bodies
    assert ["0", "1024"] == [headers["X-Log-Offset"] for headers in heard.headers]


def test_a_silent_run_says_that_it_lives(tmp_path: Path) -> None:
    """When its time has passed an empty request is sent, and tells whether the run was cancelled."""
    heard = Heard()
    heard.cancel = True
    log = opened(tmp_path, heard, interval_s=0.01)

    until(lambda: log.stopped)
    log.close()

    assert b"" == heard.bodies[0]
    assert "cancelled" in log.stopped


def test_a_status_comes_after_what_was_said_before(tmp_path: Path) -> None:
    """Bytes that are written after a status are not sent with it."""
    heard = Heard()
    log = opened(tmp_path, heard)
    log.write(b"before")
    log.status("UPLOADING")
    log.write(b"after")
    log.status("PASSED")
    log.close()

    said = [(body, headers.get("X-RUN-STATUS")) for body, headers in zip(heard.bodies, heard.headers, strict=True)]
    assert (b"before", "UPLOADING") in said
    assert (b"after", "PASSED") == said[-1]


def test_offsets_go_on_after_a_reboot(tmp_path: Path) -> None:
    """What others sent under the key is counted, and what was sent before the boot is not sent again."""
    heard = Heard()
    first = opened(tmp_path, heard, base=10)
    first.write(b"one")
    first.close()
    second = opened(tmp_path, heard, base=10)
    second.write(b"two")
    second.close()

    assert [(b"one", "10"), (b"two", "13")] == [
        (body, headers["X-Log-Offset"]) for body, headers in zip(heard.bodies, heard.headers, strict=True) if body
    ]


def test_a_request_is_repeated_as_it_was(tmp_path: Path) -> None:
    """The offset tells the server that it may know the bytes already."""
    heard = Heard(0, 500)
    log = opened(tmp_path, heard)
    log.write(b"once")
    log.status("PASSED")
    log.close()

    assert 3 == len(heard.bodies)
    assert [(b"once", heard.headers[0])] * 3 == list(zip(heard.bodies, heard.headers, strict=True))


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413])
def test_a_refusal_ends_the_run(tmp_path: Path, status: int) -> None:
    """Another try cannot mend it: the run is not ours any more."""
    heard = Heard(status)
    log = opened(tmp_path, heard)
    log.write(b"x" * 2000)
    until(lambda: log.stopped)
    log.write(b"y" * 2000)
    log.close()

    assert 1 == len(heard.bodies)
    assert log.lost


def test_an_end_without_a_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes a log waits for so long and no longer."""
    monkeypatch.setattr(stream, "PATIENCE_S", 0)
    heard = Heard(*[0] * 1000)
    log = opened(tmp_path, heard)
    log.write(b"x")
    log.close()

    assert heard.bodies


def test_a_program_that_prints_nothing_is_looked_at(tmp_path: Path) -> None:
    """Once in each time of quiet; it ends when its time is over, with what it said before."""
    log = opened(tmp_path, Heard())

    class Impatient(Watch):
        hung_s = 0.05
        looked = 0

        def hung(self) -> None:
            self.looked += 1

    watch = Impatient()
    with pytest.raises(TimedOut):
        follow(process.start(SILENT), log, Deadline(0.02), watch)
    log.close()

    assert 1 == watch.looked
    assert b"begun\n" == (tmp_path / "console.log").read_bytes()


def test_a_program_ends_when_the_run_is_stopped(tmp_path: Path) -> None:
    """Also one that prints nothing."""
    log = opened(tmp_path, Heard())
    started = process.start(SILENT)
    threading.Timer(0, setattr, (log, "stopped", "it was cancelled")).start()

    with pytest.raises(Stopped, match="cancelled"):
        follow(started, log, Deadline(1))
    log.close()

    assert isinstance(started, subprocess.Popen)
    assert -9 == started.returncode


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "", "http://127.0.0.1:1/"])
def test_only_servers_are_spoken_to(url: str) -> None:
    """What is no address of one, or where nobody answers, is unreachable."""
    with pytest.raises(Unreachable):
        send("GET", url)
