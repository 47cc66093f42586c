"""What is understood where it is told what results come to: parameters, some several times, and a stretch of time."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from paddles.errors import Invalid
from paddles.listing import moments
from paddles.web import auth, query

USUAL_SINCE = "7d"
# Nothing is told of a longer time at once.
LONGEST = datetime.timedelta(days=366)


class Told(query.Query):
    """How an answer is wanted; of parameters that are not ``several`` the last counts, unknown ones are ``ignored``."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    # The names of those that mean alternatives where they are there several times.
    several: ClassVar[frozenset[str]] = frozenset()

    format: Literal["json", "csv", "html"] | None = None

    @classmethod
    def gathered(cls, pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Return the parameters by name, those that may be there several times with all of their values."""
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in cls.several:
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        return found

    @property
    def ignored(self) -> list[str]:
        """The parameters that mean nothing here; a token in the address does."""
        return [name for name in self.model_extra or () if name != auth.PARAMETER]


class Stretch(Told):
    """A stretch of time, ``7d`` or two moments; 7 days where nothing is said."""

    since: query.Text = USUAL_SINCE
    until: query.Text = ""

    def times(self, now: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
        """From when, and until when.

        Raises:
            Invalid: one of them is no moment, the end is not behind the beginning, or it is longer than a year.
        """
        since = moments.moment(self.since or USUAL_SINCE, now, "since")
        until = moments.moment(self.until, now, "until") if self.until else now
        if until <= since:
            raise Invalid("until must be behind since")
        if until - since > LONGEST:
            raise Invalid(f"since must be at most {LONGEST.days} days before until")
        return since, until
