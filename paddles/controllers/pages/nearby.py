"""What else there is where somebody looked for what there is not."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paddles.dashboards import nearest
from paddles.dashboards.finding import Hit
from paddles.db import work
from paddles.db.session import Session
from paddles.errors import NoAddress, NotFound, PaddlesError
from paddles.web.resource import Found

log = logging.getLogger(__name__)

# What is named in addresses that begin so: kinds of ``nearest``, the likeliest first, and the place of each name.
NAMED = (
    ("/runs/*/jobs/*/", (("job", 1), ("run", 0))),
    ("/runs/*/", (("run", 0),)),
    ("/nodes/*/", (("machine", 0),)),
    ("/projects/*/", (("project", 0),)),
    ("/tests/", (("test", 0),)),
)
TITLES = {"run": "Runs", "job": "Jobs", "machine": "Machines", "project": "Projects", "test": "Tests"}


@dataclass(frozen=True)
class Near:
    """Things of one kind that are called much like what was looked for."""

    title: str
    hits: Sequence[Hit]


def offered(environ: Mapping[str, Any], error: Exception) -> Near | None:
    """Return what is called much like the thing that a request names and that is not there; None where nothing is.

    Who gets there was let in to look. A fault on the way is noted and says nothing: the refusal itself stands.
    """
    if not isinstance(error, NotFound) or isinstance(error, NoAddress):
        return None
    found: Found = environ["paddles.found"]
    asked = list(_asked(found))
    if not asked:
        return None
    try:
        made: Near | None = work.browse(environ["paddles.context"].database, lambda session: _near(session, asked))
    except PaddlesError:
        log.warning("nothing is offered instead of what was looked for", exc_info=True)
        return None
    return made


def _near(session: Session, asked: Sequence[tuple[str, str, str]]) -> Near | None:
    for kind, name, within in asked:
        hits = nearest.near(session, kind, name, within)
        if hits:
            return Near(TITLES[kind], hits)
    return None


def _asked(found: Found) -> Iterator[tuple[str, str, str]]:
    """Yield what an address may name: the kind, the name, and the first name in the address."""
    names = ["/".join(each) if isinstance(each, tuple) else str(each) for each in found.ids]
    kinds = next((kinds for begins, kinds in NAMED if found.route.startswith(begins)), ())
    for kind, place in kinds if names else ():
        yield kind, "/".join(names) if kind == "test" else names[place], names[0]
