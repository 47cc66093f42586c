"""``/workers``: machines that register themselves, ask for runs and are given one at a time."""

import contextlib
import datetime
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from sqlalchemy import Row

from paddles.accounts import access, certificates
from paddles.archive import contents
from paddles.controllers.jobserv import face, worker_words
from paddles.controllers.jobserv.envelope import Success, base, page, success
from paddles.controllers.jobserv.words import PageQuery
from paddles.controllers.jobserv.worker_words import Changes, CheckIn, Event, Folders, NewWorker
from paddles.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from paddles.events import log
from paddles.lab import machine_logs, pullers
from paddles.projects import downloads, hand_out, projects, rundefs
from paddles.projects.hand_out import Handed
from paddles.settings import Settings
from paddles.web import auth
from paddles.web.face import Call, Then
from paddles.web.resource import Resource

GZIP = b"\x1f\x8b"
UNKNOWN = {"distro": "", "mem_total": 0, "cpu_total": 0, "cpu_type": "", "concurrency": 1, "surges_only": False}


def known(call: Call, name: str) -> Row[Any]:
    """Return the machine that a request comes from: the one in its address, by its key or by a signed token.

    One with a token is registered when it is first heard of.

    Raises:
        Unauthenticated: it shows nothing that makes it known.
        NotFound: there is no such machine, it was removed, or the token is another one's.
    """
    given = auth.sent(call.headers)
    if given is None:
        raise Unauthenticated("a worker shows its key or a token")
    if given.scheme == "bearer":
        return _signed(call, name, given.secret)
    return pullers.shown(pullers.find(call.session, name), given.secret)


def _signed(call: Call, name: str, token: str) -> Row[Any]:
    shown = certificates.shown(token, certificates.signers(call.settings.machine_certificates_dir), call.now)
    if shown.name != name:
        raise NotFound("the token speaks for another worker")
    try:
        return pullers.find(call.session, name)
    except NotFound:
        if pullers.was_removed(call.session, name):
            raise
    # Whoever asks for the first time twice at once is registered once.
    with contextlib.suppress(Conflict):
        pullers.register(call.session, name, {**UNKNOWN, "tags": sorted(shown.tags)}, key=None)
    return pullers.find(call.session, name)


def enlisted(call: Call, name: str) -> Row[Any]:
    """Return the machine that a request comes from, if it is enlisted. Raises as :func:`known`, and Forbidden."""
    machine = known(call, name)
    if not machine.enlisted:
        raise Forbidden("the worker is not enlisted")
    return machine


class EventsController(Resource):
    """``/workers/<name>/events``"""

    face = face
    needs = "enter"

    @face.endpoint(body=Event, answers={201: Success}, refuses=(Unauthenticated, Forbidden))
    def post(self, name: str, call: Call) -> Any:
        """Tell what happened on a machine: 201, 403 unless it is enlisted."""
        machine, said = enlisted(call, name), call.body
        told = {"machine": machine.name, "title": said.title, "msg": said.msg, "type": said.type}
        log.append(call.session, "machine", "machine.said", f"workers/{machine.name}", told)
        return success()


class LogsController(Resource):
    """``/workers/<name>/logs``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bytes, answers={202: Success}, refuses=(Unauthenticated, Forbidden))
    def put_all(self, name: str, call: Call) -> Any:
        """Keep a log of a machine for some days: 202, 400 unless it is compressed by gzip, 403 unless enlisted."""
        machine = enlisted(call, name)
        if call.headers.get("HTTP_CONTENT_ENCODING") != "gzip" or not call.body.startswith(GZIP):
            raise Invalid("a log is sent compressed, with the header Content-Encoding: gzip")
        store = contents.directory(call.settings)
        return Then(lambda: machine_logs.keep(store, machine.name, call.body, call.now), lambda session: success())


class VolumesController(Resource):
    """``/workers/<name>/volumes-deleted``"""

    face = face
    needs = "enter"

    @face.endpoint(body=Folders, answers=Success, writes=True, refuses=(Unauthenticated, Forbidden))
    def get_all(self, name: str, call: Call) -> Any:
        """Say which folders of volumes belong to no project any more: 200, 403 unless the machine is enlisted."""
        enlisted(call, name)
        return success({"volumes": projects.unknown(call.session, call.body.directories)})


class EnlistController(Resource):
    """``/workers/<name>/enlist``"""

    face = face

    @face.endpoint(answers=Success, who=access.administrator)
    def post(self, name: str, call: Call) -> Any:
        """Let a machine be given runs: 200, 404."""
        pullers.enlist(call.session, pullers.find(call.session, name), True, call.principal.username)
        return success()


class DelistController(Resource):
    """``/workers/<name>/delist``"""

    face = face

    @face.endpoint(answers=Success, who=access.administrator)
    def post(self, name: str, call: Call) -> Any:
        """Give a machine no more runs; what it has it keeps: 200, 404."""
        pullers.enlist(call.session, pullers.find(call.session, name), False, call.principal.username)
        return success()


class WorkersController(Resource):
    """``/workers``"""

    face = face
    needs = "enter"
    nested: ClassVar[Mapping[str, Resource]] = {
        "events": EventsController(),
        "logs": LogsController(),
        "volumes-deleted": VolumesController(),
        "enlist": EnlistController(),
        "delist": DelistController(),
    }
    head = False

    @face.endpoint(query=PageQuery, answers=Success)
    def get_all(self, call: Call) -> Any:
        """List the machines that pull, by name: 200 with a page."""
        asked: PageQuery = call.query
        part = asked.part
        rows, total = pullers.listed(call.session, part)
        shown = [worker_words.worker(row, base(call), call.now) for row in rows]
        return success(page(call, "workers", shown, total, part.limit or 1, asked.page))

    @face.endpoint(body=NewWorker, answers={201: Success}, refuses=(Conflict,))
    def post_one(self, name: str, call: Call) -> Any:
        """Register a machine, which is given no runs until it is enlisted: 201, 409 where there is one of the name."""
        pullers.register(call.session, name, call.body.said, key=call.body.api_key)
        return success()

    @face.endpoint(query=CheckIn, writes=True, answers=Success, refuses=(Unauthenticated,))
    def get_one(self, name: str, call: Call) -> Any:
        """Hear how a machine is, and give it a run where it can take one: 200, 401, 404."""
        machine, asked = known(call, name), call.query
        said = worker_words.worker(machine, base(call), call.now) | _version(call.settings)
        handed = _work(call, machine, asked) if machine.enlisted else None
        if handed:
            sent = rundefs.handed_out(handed.document, base(call), handed.token, handed.secrets)
            said["run-defs"] = [orjson.dumps(sent).decode()]
        return success({"worker": said})

    @face.endpoint(body=Changes, answers=Success, refuses=(Unauthenticated, Forbidden))
    def patch(self, name: str, call: Call) -> Any:
        """Change what is known of a machine: 200, 401, 403 a tag that its certificate does not have, 404."""
        machine, said = known(call, name), call.body.said
        allowed = _limits(call, machine)
        if allowed and not allowed.issuperset(said.get("tags", ())):
            raise Forbidden("the certificate does not have these tags")
        pullers.describe(call.session, machine, said)
        return success()

    @face.endpoint(answers=Success, refuses=(Unauthenticated,))
    def delete(self, name: str, call: Call) -> Any:
        """Forget a machine; afterwards it is 404 everywhere: 200, 401, 404."""
        pullers.remove(call.session, known(call, name), call.now)
        return success()


def _version(settings: Settings) -> dict[str, str]:
    return {"version": downloads.worker(settings.jobserv_worker_file).version}


def _work(call: Call, machine: Row[Any], asked: CheckIn) -> Handed | None:
    settings, busy = call.settings, asked.available_runners < machine.concurrency
    keep = datetime.timedelta(seconds=settings.build_lease_s)
    idle = pullers.check_in(call.session, machine, asked.model_dump(), call.now, busy=busy, keep=keep)
    hand_out.forgotten(call.session, machine, idle, settings, call.now)
    if not asked.available_runners or asked.disk_free < settings.pull_disk_free_bytes:
        return None
    return hand_out.to(call.session, machine, settings, call.now)


def _limits(call: Call, machine: Row[Any]) -> frozenset[str]:
    """Return the tags that the certificate of a machine with a signed token has; none: any."""
    given = auth.sent(call.headers)
    if not machine.signed or given is None:
        return frozenset()
    return certificates.shown(given.secret, certificates.signers(call.settings.machine_certificates_dir), call.now).tags
