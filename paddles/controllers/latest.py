"""The newest run that matches: one address that always leads to it."""

from urllib.parse import urlencode

from paddles.archive import links
from paddles.archive.sources import RUNS
from paddles.controllers.archive_queries import RunsQuery
from paddles.errors import NotFound
from paddles.listing import search
from paddles.listing.search import Part
from paddles.web import query
from paddles.web.answers import Reply
from paddles.web.face import Call

# What the address of a run is called that leads to the newest; a run of that name comes before it.
LATEST = "latest"


def lead(call: Call) -> Reply:
    """Return what leads to the newest run that matches the filters of the address, in the form that is asked for.

    Raises:
        NotFound: none does.
        Invalid: a filter cannot be.
    """
    asked = query.parse(RunsQuery, call.headers.get("QUERY_STRING", ""))
    wanted, _ = asked.asked(call.now, call.settings.zone, "name")
    for row in search.page(call.session, RUNS, wanted, Part(1)).rows:
        form = f"?{urlencode({'format': asked.format})}" if asked.format else ""
        return Reply(302, headers={"Location": f"{call.settings.base_url}{links.run(row['name'])}{form}"})
    said = ", ".join(f"{name}={value}" for name, value in asked.said())
    raise NotFound(f"no run matches {said}" if said else "there is no run yet")
