"""What the ranking of what turns understands: cases or jobs, since when, of which lineages, and by what."""

import datetime
from typing import Any, Literal, cast

from pydantic import create_model

from paddles.analysis import flaky
from paddles.controllers.list_queries import ListQuery, Values
from paddles.listing import fields, filters
from paddles.listing.fields import Source
from paddles.listing.search import Asked

USUAL_SINCE = "30d"


class Ranking(ListQuery):
    """Cases or jobs, since when, of which lineages, and by what they are ranked."""

    kind: Literal["case", "job"] = "case"
    by: Literal["flips", "retries"] = "flips"

    def ranked(self, now: datetime.datetime) -> tuple[Source, Asked, list[str]]:
        """What has turned, what is shown of it, and the parameters that mean nothing here. Raises Invalid."""
        wanted, ignored = filters.asked(self.pairs, flaky.KINDS[self.kind])
        since, _ = self.model_copy(update={"since": self.since or USUAL_SINCE}).times(now)
        source = flaky.ranking(self.kind, wanted, cast("datetime.datetime", since), self.by)
        return source, Asked(sort=self.sort, names=fields.checked(self.fields, source)), ignored


Ranking.single = frozenset(Ranking.model_fields)


def of(base: type[Ranking] = Ranking) -> type[Ranking]:
    """Return the query of a ranking, in which its filters are declared."""
    filtered: dict[str, Any] = {name: (Values, []) for kind in flaky.KINDS.values() for name in kind.asked}
    return cast("type[Ranking]", create_model("FlakyQuery", __base__=base, __doc__=base.__doc__, **filtered))
