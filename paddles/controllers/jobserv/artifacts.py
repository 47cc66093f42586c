"""The log and the files of runs: ``/projects/<project>/builds/<number>/runs/<run>/<path>``, and where they lie."""

import re
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from pydantic import RootModel
from sqlalchemy import Row

from paddles.accounts import identity
from paddles.archive import contents
from paddles.archive.contents import Received
from paddles.archive.status import FINISHED
from paddles.controllers.jobserv import face, stream, words
from paddles.controllers.jobserv.envelope import Success, base, success
from paddles.controllers.jobserv.stream import RunQuery
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, TooLarge, Unauthenticated
from paddles.projects import consoles, file_kinds, run_files, signing
from paddles.projects.run_files import Place
from paddles.projects.signing import Access
from paddles.web import query
from paddles.web.answers import Download, Reply, Then
from paddles.web.endpoint import Anything
from paddles.web.face import Call
from paddles.web.incoming import Incoming
from paddles.web.resource import Form, Resource

SECONDS = re.compile(r"\d{1,7}")
# How long addresses are good for, unless asked for otherwise.
GET_S, PUT_S = 90, 1800
MOST_NAMES = 1000
# What stands in an address as it is; a header has nothing but ASCII.
WRITTEN = "!#$%&'()*+,/:;=?@[]"
UNKNOWN_KIND = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"


class Names(RootModel[list[str]]):
    """Files that a run is about to put."""


class SignedQuery(query.Query):
    """Until when an address is good, and what proves it."""

    expires: query.Text = ""
    signature: query.Text = ""


class FilesController(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/<path>``"""

    face = face
    needs = "read"
    chain: ClassVar[bool] = True
    forms = (Form("{path}", Anything),)

    @face.endpoint(answers=Anything, writes=True)
    def get_chain(self, project: str, number: str, run: str, path: tuple[str, ...], call: Call) -> Any:
        """Give a file of a run, or say where it is: 200 or 302; 404 where there is none, or not yet.

        The log is there from the beginning: 200 with what there is of it, from the byte ``X-OFFSET`` on.
        """
        return given((project, query.number(number, "build"), run), "/".join(path), call)


class CreateSigned(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/create_signed``"""

    face = face
    needs = "enter"

    @face.endpoint(body=Names, query=RunQuery, answers=Success, refuses=(Unauthenticated, NotFound))
    def post(self, project: str, number: str, run: str, call: Call) -> Any:
        """Say where files may be put, each for a while: 200, 400 a name that is no path, 401 without the run's key."""
        names = call.body.root
        if len(names) > MOST_NAMES:
            raise Invalid(f"at most {MOST_NAMES} names at once")
        expires = int(call.now.timestamp()) + _seconds(call, "HTTP_X_URL_EXPIRATION", PUT_S)
        job = stream.holder(call, project, number, run)
        # Made with the first file: who looks for one below ``tests`` writes nothing.
        _key(call)
        return success({"urls": {name: _place(call, job, name, expires) for name in names}})


class SignedController(Resource):
    """``/artifacts/<job>/<path>``, where a file of a run lies for whoever was given the address."""

    face = face
    needs = needs_to_read = "enter"
    chain: ClassVar[bool] = True
    forms = (Form("{job}/{path}", Anything),)

    @face.endpoint(query=SignedQuery, answers=Anything, writes=True, refuses=(Unauthenticated,))
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Give a file: 200, or 206 the part that was asked for; 401 when the address has expired, 404."""
        job_id, name = _file(path)
        signing.check(_key(call), Access("GET", str(job_id), name), call.query.expires, call.query.signature, call.now)
        job = run_files.numbered(call.session, job_id, name)
        kind = file_kinds.kind(name) or UNKNOWN_KIND
        kind = TEXT if kind == "text/plain" else kind
        size = run_files.size(job, name)
        return Download(size, lambda start, stop: run_files.pieces(call.settings, job, start, stop), kind)

    @face.endpoint(
        body=Incoming, query=SignedQuery, answers={201: Success}, refuses=(Unauthenticated, Conflict, TooLarge)
    )
    def put_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Take a file of a run in the place of another of its path: 201; 401 unless the address is good for it, 413."""
        kind = call.headers.get("CONTENT_TYPE", "")
        place = Place(*_file(path), kind, call.query.expires, call.query.signature)
        run_files.admit(call.session, place, stream.lease(call.settings), call.now)
        return _Upload(place, call).receive()


class _Upload:
    """A file on its way into the store: written down, expected, stored, noted."""

    def __init__(self, place: Place, call: Call) -> None:
        self.place, self.call = place, call
        self.folder = contents.directory(call.settings)
        self.received = Received(b"", 0, self.folder)

    def receive(self) -> Then:
        """Return what writes it down and goes on."""
        return Then(self._write, self._expect)

    def _write(self) -> None:
        limit = self.call.settings.upload_max_bytes
        pieces = self.call.body.pieces(limit, self.folder / contents.INCOMING)
        self.received = contents.receive(self.folder, pieces, limit)

    def _expect(self, session: Session) -> Then:
        run_files.expect(session, self.received, self.call.now)
        store = contents.store(self.call.settings)
        return Then(lambda: contents.take(store, self.received), self._record)

    def _record(self, session: Session) -> Any:
        run_files.record(session, self.place, self.received, self.call.now)
        return success()


def given(place: tuple[str, int, str], name: str, call: Call) -> Any:
    """Return a file of a run of a build, or where it is, as :class:`FilesController` says. Raises NotFound."""
    job = run_files.of_build(call.session, *place, name)
    if job.status not in FINISHED:
        return _console(job, name, call)
    headers = {"X-RUN-STATUS": _status(job)}
    if job.url:
        return Reply(302, headers={**headers, "Location": quote(job.url, safe=WRITTEN)})
    size = run_files.size(job, name)
    if name.endswith(".html"):
        return Download(size, lambda start, stop: run_files.pieces(call.settings, job, start, stop), "text/html")
    return Reply(302, headers={**headers, "Location": _signed(call, job, name), "Cache-Control": "private"})


def _console(job: Row[Any], name: str, call: Call) -> Any:
    """Return what there is of the log of a job that has not ended."""
    if name != consoles.CONSOLE:
        raise NotFound(f"run {job.key} has no file {name} yet")
    headers = {"X-RUN-STATUS": _status(job), "Cache-Control": "no-store"}
    offset = call.headers.get("HTTP_X_OFFSET", "0")
    if not stream.NUMBER.fullmatch(offset):
        raise Invalid("X-OFFSET must be a number of bytes")
    if job.status != "running" or job.log_of != job.attempt:
        waiting = f"# Waiting for worker with tag: {job.host_tag}\n".encode()
        text = waiting if job.status != "running" else consoles.heading(job.machine)
        rest = text[int(offset) :]
        return Download(len(rest), lambda start, stop: iter((rest[start:stop],)), TEXT, headers)
    folder, size = contents.directory(call.settings), consoles.size(job)
    skip = min(int(offset), size)
    return Download(
        size - skip, lambda start, stop: consoles.pieces(folder, job, skip + start, skip + stop), TEXT, headers
    )


def _status(job: Row[Any]) -> str:
    return words.JOB[job.state]


def _place(call: Call, job: Row[Any], name: str, expires: int) -> dict[str, str]:
    path, kind = run_files.upload_path(name), file_kinds.kind(name)
    access = Access("PUT", str(job.id), path, kind)
    return {"url": _address(call, bytes(job.digest), access, expires), "content-type": kind}


def _signed(call: Call, job: Row[Any], name: str) -> str:
    expires = int(call.now.timestamp()) + _seconds(call, "HTTP_X_EXPIRATION", GET_S)
    return _address(call, _key(call), Access("GET", str(job.id), name), expires)


def _address(call: Call, key: bytes, access: Access, expires: int) -> str:
    said = urlencode({"expires": expires, "signature": signing.sign(key, access, expires)})
    return f"{base(call)}/artifacts/{access.run}/{quote(access.path)}?{said}"


def _file(path: tuple[str, ...]) -> tuple[int, str]:
    """Return which job's file an address is of, and its path. Raises NotFound: that of none."""
    if len(path) < 2:
        raise NotFound("files are at /artifacts/<job>/<path>")
    job, *parts = path
    return query.number(job, "run"), "/".join(parts)


def _key(call: Call) -> bytes:
    return identity.key(call.session, call.settings, call.now).encode()


def _seconds(call: Call, header: str, usual: int) -> int:
    said = call.headers.get(header, str(usual))
    if not SECONDS.fullmatch(said):
        raise Invalid(f"{header.removeprefix('HTTP_').replace('_', '-')} must be a number of seconds")
    return int(said)
