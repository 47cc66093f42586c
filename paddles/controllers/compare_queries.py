"""Which runs are compared, and which of their tests are shown."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from paddles.analysis.classes import CLASSES, USUAL
from paddles.analysis.comparing import Wanted
from paddles.controllers.told_queries import Told
from paddles.web import query

ROWS, MOST_ROWS = 100, 1000
ALL = "all"
LETTERS = ("a", "b", "c", "d", "e", "f")
MOST_FACETS = 100
Run = Annotated[query.Text, Field(description="the name of a run")]
Facet = Annotated[query.Text, Field(pattern="^[^:]+:", description="name:value of a facet of descriptions")]
Class = Literal[
    "regression", "fixed", "new_failure", "still_failing", "new_pass", "appeared", "disappeared", "changed_duration",
    "undecided", "infra", "unchanged", "all",
]  # fmt: skip


class CompareQuery(Told):
    """Two to six runs, by letters, and behind these by ``run``; of which classes, and whose name has ``q`` in it.

    Of these the jobs whose descriptions have each ``facet``; several values of one are alternatives.
    """

    several: ClassVar[frozenset[str]] = frozenset(("run", "class", "facet"))

    a: Run = ""
    b: Run = ""
    c: Run = ""
    d: Run = ""
    e: Run = ""
    f: Run = ""
    run: list[Run] = Field(default=[])
    kinds: list[Class] = Field(default=[], alias="class")
    infra: Literal["show", "skip"] = "show"
    q: query.Text = ""
    facet: list[Facet] = Field(default=[], max_length=MOST_FACETS)
    count: Annotated[query.Count, Field(ge=1, le=MOST_ROWS)] | None = None
    page: query.Count = 1

    @property
    def names(self) -> list[str]:
        """The runs, in their order."""
        return [*filter(None, (getattr(self, letter) for letter in LETTERS)), *filter(None, self.run)]

    @property
    def classes(self) -> list[str]:
        """The classes that are shown."""
        asked = CLASSES if ALL in self.kinds else tuple(self.kinds) or USUAL
        return [each for each in CLASSES if each in asked and each in self.known]

    @property
    def known(self) -> list[str]:
        """The classes that are counted: trouble of the lab only where it is not to be skipped."""
        return [each for each in CLASSES if each != "infra" or self.infra == "show"]

    @property
    def whole(self) -> bool:
        """That nobody asks for a part."""
        return self.count is None and self.page <= 1

    @property
    def wanted(self) -> Wanted:
        """What the core is asked."""
        return Wanted(self.classes, self.q, query.page(self.count or ROWS, self.page), self.facet or None)
