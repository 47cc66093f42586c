"""``/projects/<project>/builds/``, and beside it builds that were promoted, made elsewhere, and the past of a run."""

import hashlib
from typing import Any, ClassVar

import orjson
import yaml

from paddles.accounts import access
from paddles.controllers.jobserv import bodies, build_words, face, words
from paddles.controllers.jobserv.build_words import Shown
from paddles.controllers.jobserv.envelope import ACCEPTED, CREATED, Success, base, page, success
from paddles.controllers.jobserv.runs import RunsController
from paddles.controllers.jobserv.words import PageQuery
from paddles.errors import Conflict
from paddles.projects import builds, orders, run_files, search
from paddles.projects.builds import Made, Wanted
from paddles.web import query
from paddles.web.answers import File
from paddles.web.endpoint import Yaml
from paddles.web.face import Call
from paddles.web.resource import Resource

Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class LatestQuery(query.Query):
    """Which build is wanted, of those that passed."""

    promoted: query.Boolean = False
    all: query.Boolean = False
    trigger_name: query.Text | None = None

    @property
    def status(self) -> str | None:
        """The status that it has to have."""
        if self.promoted:
            return "promoted"
        return None if self.all else "pass"


def shown(project: str, call: Call) -> Shown:
    """Return for whom builds are shown."""
    return Shown(base(call), project, call.settings)


def listing(call: Call, name: str, items: list[Any], total: int) -> Any:
    """Return the page that was asked for."""
    asked: words.PageQuery = call.query
    return success(page(call, name, items, total, asked.part.limit or 1, asked.page))


class Latest(Resource):
    """``/projects/<project>/builds/latest/``"""

    face = face

    @face.endpoint(query=LatestQuery, answers=Success)
    def get_all(self, project: str, call: Call) -> Any:
        """Show the newest build that passed, was promoted, or of any status: 200, 404."""
        asked: LatestQuery = call.query
        found = search.newest(call.session, project, asked.status, asked.trigger_name)
        return success({"build": next(build_words.detailed(shown(project, call), found))})


class Definition(Resource):
    """``/projects/<project>/builds/<number>/project.yml``"""

    face = face

    @face.endpoint(answers=Yaml)
    def get_all(self, project: str, number: str, call: Call) -> Any:
        """Give the definition that a build was made of, as YAML: 200, 404."""
        stored = search.definition(call.session, project, query.number(number, "build"))
        text = yaml.dump(orjson.loads(stored), Dumper=Dumper, sort_keys=False, allow_unicode=True)
        return File(text.encode(), hashlib.sha256(stored).hexdigest())


class Cancel(Resource):
    """``/projects/<project>/builds/<number>/cancel``"""

    face = face

    @face.endpoint(answers=ACCEPTED, who=access.administrator)
    def post(self, project: str, number: str, call: Call) -> Any:
        """Cancel what of a build has not ended: 202, 404."""
        orders.cancel(call.session, project, query.number(number, "build"), call.now)
        return success()


class Promote(Resource):
    """``/projects/<project>/builds/<number>/promote``"""

    face = face

    @face.endpoint(body=bodies.Promotion, answers=CREATED, refuses=(Conflict,), who=access.administrator)
    def post(self, project: str, number: str, call: Call) -> Any:
        """Keep a build under a name: 201; 400 unless it has ended, 404, 409 where another one has the name."""
        said: bodies.Promotion = call.body
        place = (project, query.number(number, "build"))
        orders.promote(call.session, *place, words.segment(said.name, "name"), said.annotation, call.now)
        return success()


class BuildsController(Resource):
    """The builds of a project, and one."""

    face = face
    words: ClassVar[dict[str, Resource]] = {"latest": Latest()}
    nested: ClassVar[dict[str, Resource]] = {
        "runs": RunsController(),
        "cancel": Cancel(),
        "promote": Promote(),
        "project.yml": Definition(),
    }

    @face.endpoint(query=PageQuery, answers=Success)
    def get_all(self, project: str, call: Call) -> Any:
        """List builds, the newest first: 200 with a page, 404."""
        told = search.builds(call.session, project, call.query.part)
        return listing(call, "builds", build_words.listed(shown(project, call), told), told.total)

    @face.endpoint(body=bodies.NewBuild, answers=CREATED, who=access.administrator)
    def post(self, project: str, call: Call) -> Any:
        """Build: 201 with the build's number and address, 400 where the definition is none, 404."""
        said: bodies.NewBuild = call.body
        wanted = Wanted(
            trigger_name=said.trigger_name,
            definition=said.project_definition,
            reason=said.reason or "",
            params=said.params or {},
            secrets=said.secrets or {},
            priority=-(said.queue_priority or 0),
            trigger_type=said.trigger_type,
            trigger_id=said.trigger_id,
            by=call.principal.username,
        )
        number = builds.create(call.session, project, wanted, base(call), call.settings, call.now)
        place = shown(project, call)
        web = place.web_url(call.settings.build_url_format, number)
        return success({"url": place.build_url(number), "build_id": number, "web_url": web.get("web_url")})

    @face.endpoint(answers=Success)
    def get_one(self, project: str, number: str, call: Call) -> Any:
        """Show a build: 200, 404."""
        found = search.one(call.session, project, query.number(number, "build"))
        return success({"build": next(build_words.detailed(shown(project, call), found))})

    @face.endpoint(body=bodies.Annotation, answers=Success, who=access.administrator)
    def patch(self, project: str, number: str, call: Call) -> Any:
        """Note something of a build: 200, 404."""
        orders.annotate(call.session, project, query.number(number, "build"), call.body.annotation)
        return success()


class ExternalBuildsController(Resource):
    """``/projects/<project>/external-builds/``"""

    face = face

    @face.endpoint(body=bodies.ExternalBuild, answers=CREATED, who=access.administrator)
    def post(self, project: str, call: Call) -> Any:
        """Note a build that was made elsewhere, and passed: 201 with its number, 404."""
        said: bodies.ExternalBuild = call.body
        made = [
            Made(
                words.segment(run.name, "name of a run"),
                [(words.file_path(link.name), link.url, link.size_bytes) for link in run.artifact_links],
            )
            for run in said.runs
        ]
        start, settings = base(call), call.settings
        number = builds.note_made(call.session, project, said.trigger_name, made, start, settings, call.now)
        return success({"build_id": number})


class PromotedQuery(PageQuery):
    """Which promoted builds, and whether files are shown as where they are and how large."""

    version: query.Text | None = None


class PromotedController(Resource):
    """``/projects/<project>/promoted-builds/``"""

    face = face

    @face.endpoint(query=PromotedQuery, answers=Success)
    def get_all(self, project: str, call: Call) -> Any:
        """List promoted builds, the newest first, with tests and files: 200 with a page, 404."""
        found = search.promoted(call.session, project, call.query.part)
        return listing(call, "builds", _promoted(project, call, found), found.total)

    @face.endpoint(query=PromotedQuery, answers=Success)
    def get_one(self, project: str, name: str, call: Call) -> Any:
        """Show the build that was promoted by a name: 200, 404."""
        found = search.promoted_as(call.session, project, name)
        return success({"build": _promoted(project, call, found)[0]})


class HistoryController(Resource):
    """``/projects/<project>/history/<run>/``"""

    face = face

    @face.endpoint(query=PageQuery, answers=Success)
    def get_one(self, project: str, run: str, call: Call) -> Any:
        """List the runs of one name in the builds of a project, the newest first: 200 with a page, 404."""
        rows, changes, total = search.history(call.session, project, run, call.query.part)
        place = shown(project, call)
        return listing(call, "runs", [build_words.past(place, row, changes[row.id]) for row in rows], total)


def _promoted(project: str, call: Call, found: search.History) -> list[dict[str, Any]]:
    job_ids = [job.id for jobs in found.jobs.values() for job in jobs]
    files = run_files.listed(call.session, job_ids)
    tests = search.tests(call.session, job_ids, None)
    sized = call.query.version == "v2"
    return list(build_words.promoted(shown(project, call), found, files, tests, sized=sized))
