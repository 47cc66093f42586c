"""Parts of the pages of nodes: what a list is narrowed by, the tree below a node, what became of it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import Row

from paddles.controllers.pages import addresses
from paddles.controllers.pages.listing import Chip, Choice
from paddles.db.object_ids import DIGITS, LENGTH
from paddles.nodes import family
from paddles.nodes.family import Branch
from paddles.nodes.kinds import KINDS
from paddles.nodes.states import RESULTS, STATES

REVISION = "data.kernel_revision"
# What the form asks for, and what may be chosen where that is known.
FIELDS = (
    ("kind", "Kind", KINDS),
    ("state", "State", STATES),
    ("result", "Result", RESULTS),
    ("name", "Name", ()),
    ("owner", "Owner", ()),
    (f"{REVISION}.tree", "Tree", ()),
    (f"{REVISION}.branch", "Branch", ()),
    (f"{REVISION}.commit", "Commit", ()),
)
TITLES = {name: title for name, title, _ in FIELDS}
# The operators of filters, as they are said.
OPERATORS = {
    "ne": "is not",
    "re": "matches",
    "in": "is one of",
    "nin": "is none of",
    "int": "is the number",
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
    "exists": "is there:",
}
OF_REVISION = ("tree", "branch", "commit", "describe", "url")
OF_DATA = (
    ("arch", "Architecture"),
    ("platform", "Platform"),
    ("runtime", "Runtime"),
    ("compiler", "Compiler"),
    ("defconfig", "Configuration"),
    ("error_code", "Error"),
    ("error_msg", "What went wrong"),
)
# What regressions are between.
OF_OTHERS = (("pass_node", "Passed last"), ("fail_node", "Failed"))
# How many nodes of a tree are drawn.
MOST_DRAWN = 300
LONGEST = 2000
# The order in which what ended is counted; whatever is not here is not over.
OUTCOMES = ("pass", "fail", "incomplete", "skip", "done")


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed by, for the form and beside the rows."""

    choices: Sequence[Choice]
    chips: Sequence[Chip]
    ignored: Sequence[str] = ()
    searched: bool = False


@dataclass(frozen=True)
class Drawn:
    """A node of a tree, what is drawn below it, and how many children are not; ``counts`` of all below it."""

    node: Any
    outcome: str
    branches: Sequence["Drawn"]
    hidden: int
    counts: Mapping[str, int]
    cut: bool


@dataclass(frozen=True)
class Turn:
    """What an event tells of a node: its state and result from then on, and whether they were others before."""

    id: str
    at: datetime.datetime
    type: str
    state: str
    result: str
    moved: bool
    lasted: float | None


def narrowed(asked: Sequence[tuple[str, str]], said: addresses.Pairs) -> Narrowed:
    """Return what a list of nodes is narrowed by."""
    values = dict(asked)
    choices = [Choice(name, title, tuple(among), values.get(name, "")) for name, title, among in FIELDS]
    chips = [Chip(_said(name, value), addresses.without(said, name, value)) for name, value in asked]
    return Narrowed(choices, chips)


def at(node_id: str) -> str:
    """Return the address of a node."""
    return f"/latest/node/{node_id}"


def revision(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what a node's data says of its sources: what is text of it, blank for what is not."""
    return {name: _text(data.get("kernel_revision"), name) for name in OF_REVISION}


def facts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what else the data of nodes says of where and how they ran, and of what went wrong."""
    return [(title, value) for name, title in OF_DATA if (value := _text(data, name))]


def others(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the nodes that the data of a node is about: what each is, and its address."""
    known = [(title, _text(data, name)) for name, title in OF_OTHERS]
    return [(title, at(each)) for title, each in known if len(each) == LENGTH and DIGITS.issuperset(each)]


def alike(**values: str) -> str:
    """Return the address of the nodes of a revision: of its ``tree``, ``branch``, ``commit``."""
    return "/latest/nodes?" + urlencode({f"{REVISION}.{name}": value for name, value in values.items()})


def drawn(top: Branch) -> Drawn:
    """Return what is drawn of a tree: the nodes that are nearest to its top, of what failed first."""
    chosen: set[int] = set()
    level = [top]
    while level and len(chosen) < MOST_DRAWN:
        level = [each for branch in level for each in branch.branches]
        chosen.update(id(each) for each in level[: MOST_DRAWN - len(chosen)])
    return _drawn(top, chosen)


def turns(events: Sequence[Row[Any]], ids: Sequence[str], until: datetime.datetime | None) -> list[Turn]:
    """Return what events tell of a node, the newest first; each lasted until the next, the last ``until``."""
    found, later = [], until
    for event, name in zip(events, ids, strict=True):
        said = orjson.loads(bytes(event.data))
        state, result = str(said.get("state") or ""), str(said.get("result") or "")
        before = str(said.get("previous_state") or ""), str(said.get("previous_result") or "")
        moved = said.get("op") == "created" or (bool(before[0]) and before != (state, result))
        lasted = (later - event.at).total_seconds() if moved and later else None
        found.append(Turn(name, event.at, str(event.type), state, result, moved, lasted))
        later = event.at if moved else later
    return found


def _drawn(branch: Branch, chosen: set[int]) -> Drawn:
    shown = [_drawn(each, chosen) for each in branch.branches if id(each) in chosen]
    return Drawn(
        branch.node,
        family.outcome(branch.node) if branch.node else "",
        shown,
        len(branch.branches) - len(shown),
        dict(_counted(branch.counts)),
        branch.cut,
    )


def _counted(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield how many ended how, and last how many did not; what is done without a result says nothing of one."""
    known = {word: counts[word] for word in OUTCOMES if word in counts}
    yield from (({"done": "no result"}.get(word, word), number) for word, number in known.items())
    if rest := sum(counts.values()) - sum(known.values()):
        yield "running", rest


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, Mapping) else None
    return value[:LONGEST] if isinstance(value, str) else ""


def _said(name: str, value: str) -> str:
    field, _, operator = name.rpartition("__")
    if not field or operator not in OPERATORS:
        field, operator = name, ""
    title = TITLES.get(field) or field.removeprefix(f"{REVISION}.")
    return f"{title} {OPERATORS[operator]} {value}" if operator else f"{title}: {value or 'nothing'}"
