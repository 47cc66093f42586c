"""``/result/``: what a machine's job leaves behind, file by file."""

from typing import Any, ClassVar

from paddles.archive import contents, files
from paddles.boot import uploads
from paddles.boot.uploads import Upload
from paddles.controllers.scheduler import face, words
from paddles.db.session import Session
from paddles.errors import Closed, Conflict, Forbidden, NotFound, Unauthenticated
from paddles.web import query
from paddles.web.face import Call, File, Then
from paddles.web.resource import Form, Resource


class UploadQuery(query.Query):
    """Whose file it is, and by which right it comes."""

    job_id: query.Text | None = None
    job_token: query.Text | None = None


def upload(path: tuple[str, ...], call: Call) -> Any:
    """Take a file, unless it is refused: expected first, then written to the disk, then noted."""
    settings, content = call.settings, call.body
    job_id = words.required_number(call.query.job_id)
    said = Upload(job_id, path, call.query.job_token or "", contents.digest(content), len(content))
    if not uploads.expected(call.session, said, settings.job_token_key, call.now):
        return words.DONE

    def record(session: Session) -> str:
        uploads.record(session, said, settings.job_token_key, call.now)
        return words.DONE

    return Then(lambda: contents.keep(contents.store(settings), content), record)


class ResultsController(Resource):
    """``/result/<path>``, below the result root of a job."""

    face = face
    needs = "machine"
    chain: ClassVar[bool] = True
    forms = (Form("{suite}/{job}/{file}/", str),)
    refusals = (Unauthenticated, Forbidden, NotFound, Conflict, Closed)

    @face.endpoint(answers=bytes)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Give a file that a job left behind: 200 with an ETag, as text where it is UTF-8 and without NUL; 404."""
        if len(path) < 3:
            raise NotFound("results are files of jobs: /result/<suite>/<job>/<path>")
        suite, job_id, *names = path
        name = files.one(call.session, suite, words.number(job_id), "/".join(names))
        content = contents.fetch(contents.store(call.settings), name)
        return File(content, name.hex(), words.kind(content))

    @face.endpoint(body=bytes, query=UploadQuery, answers=str, refuses=refusals)
    def post_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Take a file that a job leaves behind: 200 ``Done``, the same one again too.

        401 without the job's token, 403 with another or elsewhere than below its result root, 409 when there is
        another file of this name or no machine has the job yet, 413, 423 when the job is over.
        """
        return upload(path, call)

    @face.endpoint(body=bytes, query=UploadQuery, answers=str, refuses=refusals)
    def put_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Do the same, as ``curl -T`` does."""
        return upload(path, call)
