"""``/ingest/{junit,tap,ltp}``: what programs print that test, about one job."""

from typing import Any

from paddles.archive import job_search
from paddles.controllers.kcing import taking
from paddles.controllers.kcing.ingest import REFUSALS, Taken, answered
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.ingest import intake
from paddles.web import query
from paddles.web.face import Call
from paddles.web.incoming import Incoming
from paddles.web.resource import Resource

face = taking.face


class JobQuery(query.Query):
    """Of which job a document tells: ``job`` in its ``run``, a run's only job, or the job of this number."""

    run: query.Text = ""
    job: query.Text = ""


def job_of(session: Session, asked: JobQuery) -> int:
    """Return the number of the job that is meant.

    Raises:
        Invalid: none is named.
        NotFound: there is none, or a run has several.
    """
    if asked.run and asked.job:
        return int(job_search.one(session, asked.run, asked.job, "bare").id)
    if asked.run:
        found = job_search.of_run(session, job_search.run_id(session, asked.run), depth="bare")
        if len(found) != 1:
            raise NotFound(f"run {asked.run} has {len(found)} jobs: say which one, by job=")
        return int(found[0].id)
    if not asked.job:
        raise Invalid("run: of which job is this? run= and job= say it")
    return int(job_search.numbered(session, query.number(asked.job, "job")).id)


class PrintedController(Resource):
    """``/ingest/<kind>``"""

    face = face

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @face.endpoint(
        body=Incoming,
        query=JobQuery,
        answers={200: str, 201: Taken},
        refuses=(*REFUSALS, NotFound),
        who=taking.asker,
    )
    def post(self, call: Call) -> Any:
        """Take a document, of which a job's tests are made: 200 ``ok``, or as ``/ingest/build`` says it in JSON.

        404 where there is no such job, or a run has several and none is named.
        """
        taking.believed(call)
        job_id = job_of(call.session, call.query)
        return taking.take(
            call,
            self.kind,
            "",
            lambda content: intake.prepare(self.kind, content),
            lambda received: answered(call, received),
            job_id=job_id,
        )
