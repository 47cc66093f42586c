"""The JobServ face as its clients use it: requests that are signed, projects and builds, and what holders report."""

import datetime
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.projects import changes, ends, hand_out, locks
from paddles.settings import Settings
from tests.client import Client
from tests.projects.definitions import definition
from tests.units import at, rows

KEY = "the service's own key"
HOST = "http://localhost:80"
TOKEN = "t" * 43
LONG = datetime.timedelta(days=10_000)

BEGIN = text("""
    UPDATE jobs SET status = 'running', started = :now, attempt = attempt + 1, leased = true WHERE id = :id
""")
COUNT = text("""
    UPDATE runs SET n_queued = n_queued - 1, n_running = n_running + 1
    WHERE id = (SELECT run_id FROM jobs WHERE id = :id)
""")
LEASE = text("INSERT INTO leases (job_id, granted, expires, digest) VALUES (:id, :now, :expires, :digest)")


class Api:
    """A service and its administrator, who signs each request."""

    def __init__(self, database: Database, settings: Settings, **said: Any) -> None:
        self.database = database
        self.settings = settings.model_copy(update={"jobserv_internal_api_key": KEY, **said})
        self.client = Client(serve(database, self.settings))

    def send(self, method: str, path: str, body: Any = None, *, status: int = 200, **environ: Any) -> Any:
        """Send a signed request and return what the answer brings."""
        shown = {**signed(method, path), **environ}
        answer = self.client.send(method, path, body, status=status, **shown)
        assert answer.content_type == "application/json", answer.body
        assert ("error" if status >= 400 else "success") == answer.json["status"]
        return answer.json["message"] if status >= 400 else answer.json["data"]

    def get(self, path: str, status: int = 200) -> Any:
        """Read as anybody does."""
        answer = self.client.get(path, status=status).json
        return answer["message"] if status >= 400 else answer["data"]

    def project(self, name: str = "p", **said: Any) -> str:
        """Make a project and return its path."""
        self.send("POST", "/projects/", {"name": name, **said}, status=201)
        return f"/projects/{quote(name)}/"

    def build(self, project: str = "p", of: Any = None, **said: Any) -> str:
        """Make a build, of the trigger main unless another is named, and return its path."""
        wanted = {"trigger-name": "main", "project-definition": of or definition(), **said}
        made = self.send("POST", f"/projects/{quote(project)}/builds/", wanted, status=201)
        return str(made["url"]).removeprefix(HOST)

    def status(self, build: str) -> str:
        """Return the status of a build."""
        return str(self.get(build)["build"]["status"])

    def runs(self, build: str) -> dict[str, str]:
        """Return the status of each run of a build."""
        return {run["name"]: run["status"] for run in self.get(f"{build}runs/")["runs"]}

    def begin(self, build: str, key: str) -> None:
        """Have somebody hold a run that is queued."""
        project, number = place(build)

        def work(session: Session) -> None:
            locked = locks.build(session, project, number)
            job = locks.job(session, locked, key)
            assert "queued" == job.status
            now = at(0)
            session.execute(BEGIN, {"id": job.id, "now": now})
            session.execute(COUNT, {"id": job.id})
            digest = hand_out.digest(TOKEN)
            session.execute(LEASE, {"id": job.id, "now": now, "expires": now + LONG, "digest": digest})
            changes.note(session, locked.run_id, job.id, "running", now, machine="w")
            ends.recompute(session, locked, now)

        transact(self.database, work)

    def end(self, build: str, key: str, verdict: str = "pass", **said: Any) -> str:
        """Have the holder of a run say its last word; return what became of the run."""
        project, number = place(build)

        def work(session: Session) -> str:
            locked = locks.build(session, project, number)
            return ends.settle(session, locked, locks.job(session, locked, key), verdict, at(1), **said)

        return transact(self.database, work)

    def done(self, build: str, key: str, verdict: str = "pass") -> str:
        """Have a run begun and ended."""
        self.begin(build, key)
        return self.end(build, key, verdict)

    def row(self, key: str) -> Any:
        """Return the row of the last job of a key."""
        return rows(self.database, "SELECT * FROM jobs WHERE key = :key ORDER BY id DESC LIMIT 1", key=key)[0]


def signed(method: str, path: str, at: datetime.datetime | None = None, key: str = KEY) -> dict[str, str]:
    """Return what a program shows that knows the service's own key."""
    moment = str(int((at or datetime.datetime.now(datetime.UTC)).timestamp()))
    said = f"{method},{moment},{HOST}{path.partition('?')[0]}"
    signature = hmac.new(key.encode(), said.encode(), hashlib.sha1).hexdigest()
    return {"HTTP_X_TIME": moment, "HTTP_X_JOBSERV_SIG": signature}


def place(build: str) -> tuple[str, int]:
    """Return the project and the number that the path of a build names."""
    project, _, number = build.removeprefix("/projects/").strip("/").rpartition("/builds/")
    return project, int(number)
