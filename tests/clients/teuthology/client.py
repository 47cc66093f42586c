"""What the parts of the story share: the server as seen by a plain reader, the console scripts, and the log."""

import contextlib
import json
import logging
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import archive
import requests
from expect import BrokenError, same

NIGHTLY, DEVELOPER, ANCIENT = archive.RUNS


class Lab:
    """The server under test and the directory that is reported to it."""

    def __init__(self, url: str, home: pathlib.Path) -> None:
        self.url = url
        self.archive = home / "archive"
        self.scratch = home
        self.nightly: dict[str, str] = {}  # job number -> status, of the run that changes while the story goes on

    def get(self, path: str) -> object:
        """The document at ``path``."""
        response = requests.get(f"{self.url}{path}", timeout=60)
        same(200, response.status_code, f"GET {path}")
        same("application/json", response.headers["Content-Type"].split(";")[0], f"GET {path}: content type")
        return response.json()

    def code(self, path: str) -> int:
        """The status code of ``path``."""
        return requests.get(f"{self.url}{path}", timeout=60).status_code

    def job(self, run: str, key: str) -> dict:
        """One job."""
        return self.get(f"/runs/{run}/jobs/{key}/")

    def jobs(self, run: str) -> dict[str, dict]:
        """The jobs of a run by number."""
        return {job["job_id"]: job for job in self.get(f"/runs/{run}/jobs/")}

    def node(self, short: str) -> dict:
        """One machine."""
        return self.get(f"/nodes/{archive.host(short)}/")

    def directory(self, run: archive.Run, key: str) -> pathlib.Path:
        """Where a job keeps its files."""
        return self.archive / run.name / key

    def script(self, *command: str, code: int = 0) -> str:
        """Run one of teuthology's console scripts, check its exit code and return all it printed."""
        path = pathlib.Path(sys.executable).with_name(command[0])
        process = subprocess.run(
            [path, *command[1:]],
            check=False,
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        logging.info("%s\n%s%s", " ".join(command), process.stdout, process.stderr)
        same(code, process.returncode, f"exit code of {' '.join(command)}:\n{process.stderr}")
        return process.stdout + process.stderr


class Aside:
    """Work that a forked process does; what it returns comes back as JSON.

    A user's commands are processes of their own, and so are the parts of the story: teuthology's event loop is fresh in
    each, and what one leaves behind does not matter to the next.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.reader, writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            with contextlib.suppress(BaseException):
                os.write(writer, json.dumps(self.outcome(work)).encode())
            os._exit(0)
        os.close(writer)

    @staticmethod
    def outcome(work: Callable[[], object]) -> dict:
        """Do the work; never raise."""
        try:
            return {"result": work()}
        except BaseException as error:
            logging.exception("failed")
            text = str(error) if isinstance(error, BrokenError) else f"{type(error).__name__}: {error}"
            return {"error": text[:4000]}

    def result(self) -> object:
        """Wait for the process and return what the work returned, or raise BrokenError."""
        with open(self.reader, encoding="utf-8") as pipe:
            said = pipe.read()
        os.waitpid(self.process, 0)
        answer = json.loads(said) if said else {"error": "the process died"}
        if "error" in answer:
            raise BrokenError(answer["error"])
        return answer["result"]


class Listener(logging.Handler):
    """Keeps what teuthology logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """Listen to the warnings and errors of teuthology: its only sign that an answer was not what it wanted."""
    listener = Listener()
    logging.getLogger().addHandler(listener)
    try:
        yield listener.lines
    finally:
        logging.getLogger().removeHandler(listener)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Insist that teuthology has nothing to complain about, so no request was refused or repeated."""
    with heard() as lines:
        yield
    same([], lines, "complaints of the client")
