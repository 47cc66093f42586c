"""Builds are started, handed out and told of once, whoever is killed in the middle of that, and wherever."""

import asyncio
import datetime
import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pecan.commands import CommandRunner

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.commands.conftest import write_config
from tests.controllers.jobserv.test_workers import KEY, ROOM, registered, wanting
from tests.controllers.jobserv.wire import Api
from tests.faults import servers
from tests.faults.servers import WORKERS, Server
from tests.faults.sweeps import locked, sweeping, waits
from tests.projects.definitions import definition, trigger
from tests.projects.held import write
from tests.projects.repositories import Served, serving
from tests.sweep.conftest import DEFINITIONS
from tests.sweep.receiver import Receiver, receiving
from tests.sweep.test_post import AnyPort, Sink
from tests.sweep.test_starters import add, builds, define, fault, look, watches
from tests.units import rows
from tests.waiting import until

REFS, COMMIT = "/p.git/info/refs", "/p.git/git-upload-pack"


class Patient(Sink):
    """A mail server that answers for no mail while its gate is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> Any:  # noqa: N802
        """Take a mail, and say so later."""
        answer = await super().handle_DATA(server, session, envelope)
        while not self.gate.is_set():
            await asyncio.sleep(0.02)
        return answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told by webhooks."""
    with receiving() as made:
        yield made


@pytest.fixture
def sink() -> Iterator[tuple[Patient, int]]:
    """A mail server, and its port."""
    handler = Patient()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    yield handler, controller.port
    handler.gate.set()
    controller.stop(no_assert=True)


@pytest.fixture
def api(database: Database, settings: Settings, sink: tuple[Patient, int]) -> Api:
    """The service with one project, which may ask and tell this machine."""
    said = {"git_to_private": True, "webhooks_to_private": True, "hand_out_lease_s": 1}
    made = Api(database, settings, smtp_host="127.0.0.1", smtp_port=sink[1], **said)
    made.project("p")
    return made


@pytest.fixture
def served() -> Iterator[Served]:
    """A server with the repository that is watched, and the one of definitions."""
    with serving() as made:
        made.make()
        made.make(DEFINITIONS, "refs/heads/trunk")
        yield made


def recounted(api: Api, place: Path) -> None:
    """Have everything counted; the command would end the program where something is to be repaired."""
    CommandRunner().run(["recount", str(write_config(place, api.settings.database_url))])


def again(api: Api) -> None:
    """Let the time be over for which those who were killed keep what they took."""
    write(api.database, "UPDATE polls SET next_try = now()")
    write(api.database, "UPDATE notices SET next_try = now()")
    write(api.database, "UPDATE mails SET due = now()")


def looked(api: Api) -> datetime.datetime:
    """Return when the only trigger looked the last time."""
    (row,) = rows(api.database, "SELECT polled FROM polls")
    polled: datetime.datetime = row.polled
    return polled


def test_a_commit_is_built_once_wherever_the_sweep_is_killed(api: Api, served: Served, place: Path) -> None:
    """While it asks the repository, while it makes the build, and when it has made it but did not come to its end."""
    define(served, watches(served))
    add(api, served)
    served.commit("first")
    look(api)
    sha = served.commit("second")
    before, sweeps = looked(api), (api.database, api.settings)

    again(api)
    served.asked.clear()
    with served.holding(REFS), sweeping(*sweeps) as sweep:
        until(lambda: REFS in [path for path, _ in served.asked])
        sweep.kill()
    again(api)
    with locked(api.database, "projects"), sweeping(*sweeps) as sweep:
        sweep.kill_at("projects")
    assert [] == builds(api)
    again(api)
    served.asked.clear()
    with ExitStack() as stack, sweeping(*sweeps) as sweep:
        with served.holding(COMMIT):
            until(lambda: COMMIT in [path for path, _ in served.asked])
            stack.enter_context(locked(api.database, "polls"))
        sweep.kill_at("polls")
    assert before == looked(api)
    again(api)
    with sweeping(*sweeps):
        until(lambda: looked(api) > before)

    assert [sha] == [json.loads(build.params)["GIT_SHA"] for build in builds(api)]
    assert "" == fault(api)
    recounted(api, place)


def asked(server: Server, path: str, token: str, *, method: str = "GET", **headers: str) -> tuple[int, Any]:
    """Ask as a machine does; return the status and the data of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers={"Authorization": f"Token {token}", **headers})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said.get("data")


def given(server: Server, name: str) -> list[Any]:
    """Return the runs that a machine is given."""
    status, data = asked(server, f"/workers/{name}/?{ROOM}", KEY)
    assert 200 == status
    return [json.loads(found) for found in data["worker"].get("run-defs", ())]


def spoken(server: Server, found: Any) -> int:
    """Say as the holder of a run that it passed; return the status of the answer."""
    path = "/" + found["run_url"].split("/", 3)[3]
    return asked(server, path, found["api_key"], method="POST", **{"X-RUN-STATUS": "PASSED"})[0]


def test_a_run_is_one_machines_whoever_is_killed(api: Api, place: Path) -> None:
    """The server while it hands it out, the sweep while it takes it back from somebody who never got the answer."""
    for name in ("w1", "w2"):
        registered(api, name, host_tags="x")
    build, url = api.build(of=wanting()), api.settings.database_url
    request = f"GET /workers/w1/?{ROOM} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {KEY}\r\n\r\n"

    with servers.served(place, url, PADDLES_HAND_OUT_LEASE_S="1", PADDLES_FILES_DIR=str(place / "files")) as server:
        with locked(api.database, "builds"), server.connect(request.encode()):
            until(lambda: waits(api.database, "builds"))
            for worker in server.workers():
                os.kill(worker, signal.SIGKILL)
            until(lambda: server.answers() and len(server.workers()) == WORKERS)
        until(lambda: not waits(api.database, "builds"))
        assert ("QUEUED", []) == (api.status(build), rows(api.database, "SELECT * FROM leases"))
        (lost,) = given(server, "w1")
        with locked(api.database, "builds"), sweeping(api.database, api.settings) as sweep:
            sweep.kill_at("builds")
        assert "RUNNING" == api.status(build)
        with sweeping(api.database, api.settings):
            until(lambda: api.status(build) == "QUEUED")
        with ThreadPoolExecutor(4) as pool:
            (mine,) = (each for found in pool.map(lambda name: given(server, name), ["w1", "w2"] * 2) for each in found)

        assert [401, 200, 401] == [spoken(server, lost), spoken(server, mine), spoken(server, mine)]
    assert "PASSED" == api.status(build)
    assert ["unheard", "pass"] == [row.outcome for row in rows(api.database, "SELECT outcome FROM leases ORDER BY id")]
    recounted(api, place)


def test_everybody_is_told_wherever_the_sweep_is_killed(
    api: Api, receiver: Receiver, sink: tuple[Patient, int], place: Path
) -> None:
    """Of each end at least once, and whoever looks at the number of what comes knows what has come already."""
    hook, mail = {"url": receiver.url, "secret_name": "hook"}, {"users": "ann@example.org"}
    of = definition(trigger("main", webhooks=[hook], email=mail))
    api.done(api.build(of=of, secrets={"hook": "s3cret"}), "unit")
    sweeps, taken = (api.database, api.settings), sink[0].got

    with locked(api.database, "notices"), sweeping(*sweeps) as sweep:
        sweep.kill_at("notices")
    assert [] == receiver.told + rows(api.database, "SELECT id FROM notices UNION ALL SELECT id FROM mails")
    receiver.gate.clear()
    with ExitStack() as stack, sweeping(*sweeps) as sweep:
        until(lambda: receiver.told)
        stack.enter_context(locked(api.database, "notices"))
        receiver.gate.set()
        sweep.kill_at("notices")
    write(api.database, "UPDATE mails SET due = now()")
    many = len(taken)
    with ExitStack() as stack, sweeping(*sweeps) as sweep:
        until(lambda: len(taken) > many)
        stack.enter_context(locked(api.database, "mails"))
        sink[0].gate.set()
        sweep.kill_at("mails")
    again(api)
    with sweeping(*sweeps):
        until(lambda: not rows(api.database, "SELECT id FROM notices UNION ALL SELECT id FROM mails"))

    assert 2 == len(receiver.told)
    assert 1 == len({(headers["X-JobServ-Delivery"], headers["X-JobServ-Sig"]) for headers, _ in receiver.told})
    assert len(taken) >= 2
    assert 1 == len({(message["Message-ID"], message["Subject"]) for message in taken})
    recounted(api, place)
