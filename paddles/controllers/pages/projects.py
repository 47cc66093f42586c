"""``/projects/``: projects, their builds, the runs of these, and what they tested."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from paddles.accounts import access
from paddles.accounts.access import Principal
from paddles.controllers import log_queries
from paddles.controllers.pages import addresses, frame
from paddles.controllers.pages import jobserv as face
from paddles.db.pages import Page
from paddles.errors import Invalid, PaddlesError
from paddles.projects import consoles, links, polls, projects, run_files, search, triggers
from paddles.projects.search import Span
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Found, Resource

ALL = ("Projects", "/projects/")
# How many results of tests are shown at the most, and how much of what each has put out.
MOST_RESULTS, MOST_OUTPUT = 500, 600
MOST_BUILDS = 1000


class BuildsQuery(frame.PageQuery):
    """Which part of the builds of a project, its pages numbered from 0."""

    limit: Annotated[query.Whole, Field(ge=1)] = 25
    page: query.Whole = 0

    @property
    def part(self) -> Page:
        """The part of the list."""
        size = min(self.limit, MOST_BUILDS)
        return Page(size, size * min(self.page, query.MOST))


def _anybody(principal: Principal) -> Principal:
    """Let everybody in, once it is known who it is."""
    return principal


class RunPage(Resource):
    """A run of a build."""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, project: str, number: str, run: str, call: Call) -> Any:
        """Show a run, what it tested and its files: 200, 404."""
        job, changes = search.job(call.session, project, query.number(number, "build"), run)
        results = search.tests(call.session, [job.id], MOST_RESULTS + 1)
        here = links.run(project, job.number, run)
        return frame.show(
            call,
            "pages/projects/run.html",
            title=run,
            crumbs=(*_crumbs(project), (f"Build {job.number}", links.build(project, job.number))),
            job=job,
            project=project,
            build=str(job.number),
            administers=_administers(call),
            changes=changes,
            status=job.state,
            results=[(each.test, case) for each in results for case in each.cases][:MOST_RESULTS],
            tests=[each.test for each in results][:MOST_RESULTS],
            more=len(results) > MOST_RESULTS or sum(len(each.cases) for each in results) > MOST_RESULTS,
            most=MOST_OUTPUT,
            log=links.file(here, consoles.CONSOLE),
            lines=f"/jobs/{job.id}/log" if _has_lines(call, job) else "",
            simulate=f"{here}.simulate.sh" if job.host_tag else "",
            files=[(file, links.file(here, file.path)) for file in run_files.listed(call.session, [job.id])[job.id]],
        )


class BuildsPage(Resource):
    """The builds of a project, and one."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"runs": RunPage()}

    @face.endpoint(query=BuildsQuery, answers=Html)
    def get_all(self, project: str, call: Call) -> Any:
        """Show builds, the newest first: 200, 404."""
        asked: BuildsQuery = call.query
        part = asked.part
        told = search.builds(call.session, project, part)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        further = part.offset + len(told.builds) < told.total and told.builds
        return frame.show(
            call,
            "pages/projects/builds.html",
            title=f"Builds of {project}",
            crumbs=_crumbs(project)[:2],
            builds=[
                (row, row.status, links.build(project, row.number), told.spans.get(row.run_id)) for row in told.builds
            ],
            jobs=told.jobs,
            total=told.total,
            next=addresses.moved(said, page=str(asked.page + 1)) if further else "",
            first=addresses.changed(said) if asked.page else "",
        )

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, project: str, number: str, call: Call) -> Any:
        """Show a build and its runs: 200, 404."""
        told = search.one(call.session, project, query.number(number, "build"))
        build = told.builds[0]
        spans = {place: Span(changes[0].at, changes[-1].at) for place, changes in told.changes.items()}
        return frame.show(
            call,
            "pages/projects/build.html",
            title=f"Build {build.number}",
            crumbs=_crumbs(project),
            build=build,
            project=project,
            administers=_administers(call),
            status=build.status,
            span=spans.get(build.run_id),
            runs=[
                (
                    job,
                    job.state,
                    links.run(project, build.number, job.key),
                    spans.get((build.run_id, job.id)),
                )
                for job in told.jobs[build.run_id]
            ],
        )


class ProjectsPage(Resource):
    """All projects, and one."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"builds": BuildsPage()}

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes once the project's name, which may have slashes, is one segment."""
        if {".", ".."} & set(path):
            return Found(self.face, refusal=Invalid("no part of an address is . or .."), route=route)
        end = next((at for at, part in enumerate(path) if at and part in projects.RESERVED), len(path))
        named = ["/".join(path[:end]), *path[end:]] if path else []
        return super().locate(named, method, ids, route)

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show projects, by name: 200."""
        rows = [(row, links.project(row.name)) for row in projects.listed(call.session)]
        return frame.show(call, "pages/projects/list.html", title="Projects", projects=rows)

    @face.endpoint(query=frame.PageQuery, answers=Html, who=_anybody)
    def get_one(self, project: str, call: Call) -> Any:
        """Show a project, and to its administrators what starts its builds, but for the secrets: 200, 404."""
        row, administers = projects.one(call.session, project), _administers(call)
        return frame.show(
            call,
            "pages/projects/one.html",
            title=project,
            crumbs=(ALL,),
            project=row,
            builds=f"{links.project(project)}builds/",
            triggers=triggers.listed(call.session, project, None) if administers else None,
            looks={poll.id: poll for poll in polls.listed(call.session, project)} if administers else {},
        )


def _administers(call: Call) -> bool:
    """Return whether who asks may see triggers, which the JSON shows to administrators alone."""
    try:
        access.administrator(call.principal)
    except PaddlesError:
        return False
    return True


def _has_lines(call: Call, job: Any) -> bool:
    """Return whether there is a log of a run by now, and its lines are shown to whom results are."""
    settings = call.settings
    shown = settings.results_access != "closed" and log_queries.shows(settings, settings.jobserv_access)
    return bool(job.log_size) and shown


def _crumbs(project: str) -> tuple[tuple[str, str], ...]:
    start = links.project(project)
    return (ALL, (project, start), ("Builds", f"{start}builds/"))
