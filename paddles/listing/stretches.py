"""Stretches of time cut into steps, and series of points over them in which nothing is left out. Pure."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paddles.errors import Invalid

STEPS = {
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
    "week": datetime.timedelta(weeks=1),
}
# Steps begin with the hour, the day and the week, in UTC: a Monday, from which PostgreSQL's ``date_bin`` counts, too.
ORIGIN = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
MOST_POINTS, MOST_SERIES = 3000, 20
# Stretches up to this are shown by the hour where no step is named.
BY_HOUR = datetime.timedelta(days=2)


@dataclass(frozen=True)
class Stretch:
    """From ``since`` up to ``until``, in steps of ``step``, a word of ``STEPS``."""

    since: datetime.datetime
    until: datetime.datetime
    step: str = "day"

    @property
    def length(self) -> datetime.timedelta:
        """How long a step is."""
        return STEPS[self.step]

    @property
    def moments(self) -> list[datetime.datetime]:
        """When the steps begin; the first may begin before ``since``, of which what is before is not looked at."""
        first = self.since - (self.since - ORIGIN) % self.length
        number = -((first - self.until) // self.length)
        return [first + place * self.length for place in range(number)]


def stretch(since: datetime.datetime, until: datetime.datetime, step: str | None = None) -> Stretch:
    """Return a stretch, by the day or, where it is short, by the hour unless a step is named.

    Raises:
        Invalid: there would be more than ``MOST_POINTS`` steps.
    """
    found = Stretch(since, until, step or ("hour" if until - since <= BY_HOUR else "day"))
    if (until - since) / found.length > MOST_POINTS:
        raise Invalid(f"interval {found.step} makes more than {MOST_POINTS} points: take a longer one, or less time")
    return found


@dataclass(frozen=True)
class Point:
    """What is so in the step that begins ``at``, by name; a value of None is one that nothing can be said of."""

    at: datetime.datetime
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Series:
    """Points of one key, one for every step."""

    key: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Chart:
    """Series, those of which there is most first; ``others`` is how many there are besides."""

    series: Sequence[Series]
    others: int = 0


def chart(
    found: Stretch,
    rows: Iterable[tuple[str, datetime.datetime, Mapping[str, Any]]],
    empty: Mapping[str, Any],
    most: int = MOST_SERIES,
    keys: Iterable[str] = (),
) -> Chart:
    """Return up to ``most`` series of rows, each of a key, a step and values; with ``empty`` where there is no row.

    Values that are 0 where nothing is are counts: by these it is decided of which there is most. The series of
    ``keys`` are there in any case.
    """
    by_key: dict[str, dict[datetime.datetime, Mapping[str, Any]]] = {key: {} for key in keys}
    for key, at, values in rows:
        by_key.setdefault(key, {})[at] = values
    counts = [name for name, value in empty.items() if value == 0]
    weights = {
        key: sum(values[name] for values in points.values() for name in counts) for key, points in by_key.items()
    }
    order, moments = sorted(by_key, key=lambda key: (-weights[key], key)), found.moments
    series = [Series(key, [Point(at, by_key[key].get(at, empty)) for at in moments]) for key in order[:most]]
    return Chart(series, len(order) - len(series))
