"""``/flaky``: what passes and fails by turns."""

from typing import Any, Literal, cast

from pydantic import create_model

from paddles.analysis import flaky
from paddles.controllers import lists
from paddles.controllers.kcing import face
from paddles.controllers.list_queries import ListQuery, Values
from paddles.controllers.lists import Listed
from paddles.listing import fields, filters
from paddles.listing.search import Asked
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource

USUAL_SINCE = "30d"


class Ranking(ListQuery):
    """Cases or jobs, since when, of which lineages, and by what they are ranked."""

    kind: Literal["case", "job"] = "case"
    by: Literal["flips", "retries"] = "flips"


Ranking.single = frozenset(Ranking.model_fields)
_FILTERS: dict[str, Any] = {name: (Values, []) for kind in flaky.KINDS.values() for name in kind.asked}
FlakyQuery = cast("type[Ranking]", create_model("FlakyQuery", __base__=Ranking, __doc__=Ranking.__doc__, **_FILTERS))


class FlakyController(Resource):
    """``/flaky``"""

    face = face

    @face.endpoint(query=FlakyQuery, answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """Rank cases, or jobs, by how often they turned from pass to fail or back: 200, as JSON, or as CSV; 400."""
        query: Ranking = call.query
        wanted, ignored = filters.asked(query.pairs, flaky.KINDS[query.kind])
        since, _ = query.model_copy(update={"since": query.since or USUAL_SINCE}).times(call.now)
        source = flaky.ranking(query.kind, wanted, cast("Any", since), query.by)
        asked = Asked(sort=query.sort, names=fields.checked(query.fields, source))
        return lists.of(call, source, asked, ignored)
