"""What workers and runners say of a run: ``POST /projects/<project>/builds/<number>/runs/<run>/``."""

import datetime
import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from paddles.archive import contents
from paddles.controllers.jobserv.envelope import success
from paddles.db.session import Session
from paddles.errors import Invalid, Unauthenticated
from paddles.projects import greps, locks, masks, progress
from paddles.projects.consoles import Keeping, Piece
from paddles.projects.greps import Found
from paddles.settings import Settings
from paddles.web import auth, query
from paddles.web.answers import Reply, Then
from paddles.web.face import Call

LONGEST_NOTE = 1024
NUMBER = re.compile(r"\d{1,18}")
# What a run is reported to be; a holder that cannot go on gives it back, to be queued again.
BACK = "queued"
REPORTED = {
    "": "",
    "QUEUED": BACK,
    "RUNNING": "running",
    "UPLOADING": "uploading",
    "PASSED": "pass",
    "FAILED": "fail",
}


class RunQuery(query.Query):
    """The key of the run, of those that cannot send a header."""

    apikey: query.Text | None = None


def token(call: Call) -> str:
    """Return the key that a request shows. Raises Unauthenticated when it shows none."""
    given = auth.sent(call.headers)
    shown = given.secret if given else call.query.apikey
    if not shown:
        raise Unauthenticated("the key of the run is needed")
    return str(shown)


def holder(call: Call, project: str, number: str, run: str) -> Row[Any]:
    """Return the run that whoever asks has the key of, its row locked. Raises NotFound, Unauthenticated."""
    return progress.holder(call.session, project, query.number(number, "build"), run, token(call))


def locked_build(call: Call, project: str, number: str) -> Row[Any]:
    """Return a build, locked before the run of it that is to end. Raises NotFound."""
    return locks.build(call.session, project, query.number(number, "build"))


def lease(settings: Settings) -> datetime.timedelta:
    """Return for how long a run is its holder's who was heard."""
    return datetime.timedelta(seconds=settings.build_lease_s)


def keeping(call: Call, job: Row[Any]) -> Keeping:
    """Return how the log of a run is kept, which ``holder`` has returned."""
    settings = call.settings
    masked = masks.of_job(call.session, settings, job.run_id, job.sealed, token(call))
    return Keeping(contents.directory(settings), settings.log_max_bytes, lease(settings), masked)


def take(project: str, number: str, run: str, call: Call) -> Any:
    """Take what a request says of a run, and answer how much of its log is known, and whether it is to stop."""
    said, piece = _reported(call), _piece(call)
    if said in progress.ENDS:
        return _Last(project, number, run, said, piece).take(call)
    if said == BACK:
        build, job = locked_build(call, project, number), holder(call, project, number, run)
        call.present()
        kept = keeping(call, job)
        return _heard(progress.give_back(call.session, build, job, piece, kept, call.settings, call.now))
    job = holder(call, project, number, run)
    # Who has given up waiting sends it again.
    call.present()
    received = progress.add(call.session, job, piece, said, keeping(call, job), call.now)
    return _heard(received, cancelled=job.cancelled)


@dataclass(frozen=True)
class _Last:
    """The last word of a run."""

    project: str
    number: str
    run: str
    said: str
    piece: Piece

    def take(self, call: Call) -> Any:
        """Take it, after a search of the log where the definition of the run has one."""
        build, job = self._locked(call)
        how = greps.wanted(call.session, job.id) if job.verdict is None else None
        if how is None:
            return self._end(call, build, job, greps.NOTHING)
        found: list[Found] = []
        kept = keeping(call, job)

        def decide(session: Session) -> Any:
            again = replace(call, session=session)
            build, now = self._locked(again)
            greps.confirm(job, now)
            return self._end(again, build, now, found[0])

        return Then(lambda: found.append(greps.search(kept.folder, job, self.piece, how, kept.masked)), decide)

    def _locked(self, call: Call) -> tuple[Row[Any], Row[Any]]:
        return locked_build(call, self.project, self.number), holder(call, self.project, self.number, self.run)

    def _end(self, call: Call, build: Row[Any], job: Row[Any], found: Found) -> Reply:
        call.present()
        kept = keeping(call, job)
        return _heard(progress.end(call.session, build, job, self.piece, self.said, kept, call.now, found))


def _heard(received: int, *, cancelled: bool = False) -> Reply:
    headers = {"X-Log-Offset": str(received)}
    return Reply(200, success(), {**headers, "X-JOBSERV-CANCEL": "1"} if cancelled else headers)


def _reported(call: Call) -> str:
    said = call.headers.get("HTTP_X_RUN_STATUS", "")
    if said not in REPORTED:
        raise Invalid(f"X-RUN-STATUS must be one of: {', '.join(filter(None, REPORTED))}")
    return REPORTED[said]


def _piece(call: Call) -> Piece:
    offset = call.headers.get("HTTP_X_LOG_OFFSET")
    if offset is not None and not NUMBER.fullmatch(offset):
        raise Invalid("X-Log-Offset must be a number of bytes")
    note = call.headers.get("HTTP_X_RUN_METADATA")
    return Piece(call.body, None if offset is None else int(offset), note and note[:LONGEST_NOTE])
