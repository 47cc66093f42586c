"""What filters find, page by page, and what they refuse."""

import datetime
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.pages import Order, Page
from paddles.db.work import read
from paddles.errors import Invalid
from paddles.nodes import search
from tests.conftest import NOW
from tests.nodes.units import ANN, create, found, make_groups
from tests.units import at


def revision(tree: str, branch: str = "b", commit: str = "c", **more: Any) -> dict[str, Any]:
    """Return data about a revision."""
    return {"kernel_revision": {"tree": tree, "url": "https://x", "branch": branch, "commit": commit, **more}}


@pytest.fixture
def five(database: Database) -> Database:
    """A checkout, two builds below it, a passed and a failed job below the first."""
    six = {"version": 6, "patchlevel": 11}
    about = [
        ("co", {"data": revision("mainline", version=six), "treeid": "t1", "state": "available", "holdoff": at(60)}),
        ("x86", {"kind": "kbuild", "data": {**revision("mainline"), "arch": "x86", "fragments": ["a", "kasan"]}}),
        ("arm", {"kind": "kbuild", "data": {**revision("next", "m", "d"), "arch": "arm", "n": 5, "s": "5"}}),
        ("base", {"kind": "job", "state": "done", "result": "pass", "data": {"runtime": "lava", "yes": True, "n": 7}}),
        ("boot", {"kind": "job", "state": "done", "result": "fail", "data": {"x": None, "n": 10.5, "s": "b"}}),
    ]
    make_groups(database, "lab")
    parents: dict[str, str] = {}
    for number, (name, said) in enumerate(about):
        above = {"x86": "co", "arm": "co", "base": "x86", "boot": "x86"}.get(name)
        more = {"name": name, "path": ["co", name], "parent_id": parents.get(above or ""), **said}
        if name == "boot":
            more |= {"artifacts": {"log.txt": "https://x/y"}, "user_groups": ["lab"], "processed_by_kcidb_bridge": True}
        parents[name] = create(database, now=at(number), **more)
    return database


CASES: list[tuple[str, str, str]] = [
    ("kind", "kbuild", "x86 arm"),
    ("kind__ne", "kbuild", "co base boot"),
    ("kind__in", "checkout,job", "co base boot"),
    ("kind__nin", "checkout,job", "x86 arm"),
    ("kind__exists", "true", "co x86 arm base boot"),
    ("state", "done", "base boot"),
    ("state__ne", "done", "co x86 arm"),
    ("result", "null", "co x86 arm"),
    ("result__ne", "null", "base boot"),
    ("result", "pass", "base"),
    ("result__ne", "pass", "co x86 arm boot"),
    ("result__in", "pass,null", "co x86 arm base"),
    ("result__nin", "pass,null", "boot"),
    ("result__exists", "False", "co x86 arm"),
    ("name__re", "^b", "base boot"),
    ("name__re", "8", "x86"),
    ("name__re", "86", "x86"),
    ("name__re", "X", ""),
    ("name__gt", "boot", "co x86"),
    ("name__gte", "boot", "co x86 boot"),
    ("name__int", "86", ""),
    ("parent", "null", "co"),
    ("parent__ne", "null", "x86 arm base boot"),
    ("treeid", "t1", "co"),
    ("treeid__ne", "t1", "x86 arm base boot"),
    ("owner", "ann", "co x86 arm base boot"),
    ("group", "x", ""),
    ("holdoff", "null", "x86 arm base boot"),
    ("holdoff__lt", at(61).isoformat(), "co"),
    ("created__gt", at(2).isoformat(), "base boot"),
    ("created__gte", at(2).replace(tzinfo=None).isoformat(" "), "arm base boot"),
    ("created__lt", "2026-01-31T12:00:01", "co"),
    ("created__lte", "2026-01-31T13:00:01 01:00", "co x86"),
    ("created", at(1).isoformat(), "x86"),
    ("created__in", f"{at(1).isoformat()},{at(3).isoformat()}", "x86 base"),
    ("created__re", "12:00:03", "base"),
    ("created__lt", "2020-01-01", ""),
    ("timeout__exists", "true", "co x86 arm base boot"),
    ("retry_counter", "0", "co x86 arm base boot"),
    ("retry_counter__gt", "0", ""),
    ("retry_counter__int", "0", "co x86 arm base boot"),
    ("retry_counter__re", "^0$", "co x86 arm base boot"),
    ("processed_by_kcidb_bridge", "True", "boot"),
    ("processed_by_kcidb_bridge", "false", "co x86 arm base"),
    ("processed_by_kcidb_bridge__ne", "true", "co x86 arm base"),
    ("processed_by_kcidb_bridge__in", "true,false", "co x86 arm base boot"),
    ("path", "arm", "arm"),
    ("path", "co", "co x86 arm base boot"),
    ("path__ne", "arm", "co x86 base boot"),
    ("path__re", "^b", "base boot"),
    ("path__in", "arm,base", "arm base"),
    ("path__nin", "arm,base", "co x86 boot"),
    ("path__gt", "x", "x86"),
    ("user_groups", "lab", "boot"),
    ("user_groups__exists", "true", "co x86 arm base boot"),
    ("jobfilter", "null", "co x86 arm base boot"),
    ("jobfilter__ne", "x", "co x86 arm base boot"),
    ("data.kernel_revision.tree", "mainline", "co x86"),
    ("data.kernel_revision.tree__ne", "mainline", "arm base boot"),
    ("data.kernel_revision.tree__in", "mainline,next", "co x86 arm"),
    ("data.kernel_revision.tree__re", "^n", "arm"),
    ("data.kernel_revision.commit", "c", "co x86"),
    ("data.kernel_revision.version.version__int", "6", "co"),
    ("data.kernel_revision.version.version", "6", "co"),
    ("data.kernel_revision.version.version__gt", "5", "co"),
    ("data.kernel_revision.version", "null", "x86 arm base boot"),
    ("data.kernel_revision__exists", "true", "co x86 arm"),
    ("data.arch", "x86", "x86"),
    ("data.arch", "null", "co base boot"),
    ("data.arch__ne", "null", "x86 arm"),
    ("data.fragments", "kasan", "x86"),
    ("data.fragments__re", "^kas", "x86"),
    ("data.fragments__ne", "kasan", "co arm base boot"),
    ("data.n", "5", "arm"),
    ("data.s", "5", "arm"),
    ("data.s__int", "5", ""),
    ("data.n__gt", "6", "base boot"),
    ("data.n__lte", "7", "arm base"),
    ("data.n__lt", "10.6", "arm base boot"),
    ("data.n__gt", "x", ""),
    ("data.s__gt", "a", "boot"),
    ("data.n__re", "^1", ""),
    ("data.s__re", "^.$", "arm boot"),
    ("data.fragments__gt", "b", "x86"),
    ("data.n__gt", "007", "boot"),
    ('data.a"b.c\\__re', '"x\\\\"', ""),
    ("data.arch__re", 'X86" flag "i', ""),
    ("data.yes", "True", "base"),
    ("data.yes", "false", ""),
    ("data.x", "null", "co x86 arm base boot"),
    ("data.x__exists", "true", ""),
    ("data.kernel_revision__re", "mainline", ""),
    ("data.arch__in", "null,arm", "co arm base boot"),
    ("data.arch__in", ",".join(["arm", *(f"n{n}" for n in range(30)), "null"]), "co arm base boot"),
    ("data.arch__nin", "arm", "co x86 base boot"),
    ("artifacts.log.txt", "null", "co x86 arm base boot"),
    ("artifacts.x", "https://x", ""),
    ("data", "null", ""),
    ("data", "x", ""),
    ("debug.x", "1", ""),
    ("nonsense", "1", ""),
    ("nonsense", "null", "co x86 arm base boot"),
    ("nonsense__ne", "1", "co x86 arm base boot"),
    ("nonsense__ne", "null", ""),
    ("nonsense__exists", "true", ""),
    ("nonsense__nosuch", "null", "co x86 arm base boot"),
    ("$where", "sleep(1)", ""),
    ("data.a' OR 1=1 --", "x", ""),
    ("name", "x' OR '1'='1", ""),
    ("name", "%s %(x)s :y", ""),
    ("data.%(x)s.:y", "%s", ""),
    ("__re", "x", ""),
]


@pytest.mark.parametrize(("key", "value", "names"), CASES)
def test_filters(five: Database, key: str, value: str, names: str) -> None:
    """What is found, oldest first, and how many."""
    assert names.split() == found(five, (key, value))


def test_all_that_is_asked_is_meant(five: Database) -> None:
    """Several filters, of one field too, must all match; one parent has its children."""
    (x86,) = [row.id for row in read(five, lambda s: search.find(s, [("name", "x86")], Page(9)))]

    assert ["x86", "arm"] == found(five, ("created__gt", at(0).isoformat()), ("created__lt", at(3).isoformat()))
    assert ["boot"] == found(five, ("parent", x86.upper()), ("result", "fail"))
    assert ["x86", "base"] == found(five, ("id__in", f"{x86},"[:-1] + f",{child(five, 'base')}"))
    assert ["x86"] == found(five, ("_id", x86))


def child(database: Database, name: str) -> str:
    """Return the id of the node of a name."""
    (row,) = read(database, lambda s: search.find(s, [("name", name)], Page(9)))
    return str(row.id)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("created__gt", "yesterday", "Invalid isoformat string: 'yesterday'"),
        ("created__in", "2020-01-01,x", "Invalid isoformat string: 'x'"),
        ("parent", "zz", "'zz' is not a valid ObjectId"),
        ("parent__in", "zz", "'zz' is not a valid ObjectId"),
        ("id", "", "'' is not a valid ObjectId"),
        ("retry_counter", "many", "retry_counter is a number"),
        ("data.n__int", "many", "n is a number"),
        ("processed_by_kcidb_bridge", "maybe", "processed_by_kcidb_bridge is true or false"),
        ("result__exists", "maybe", "exists is true or false"),
        ("name__re", "[", "invalid regular expression"),
        ("name__re", "(", "invalid regular expression"),
        ("data.x__re", "*", "invalid regular expression"),
        ("path__re", "a{9999}", "invalid regular expression"),
        ("name__in", ",".join("x" * 1001), "at most 1000 members"),
        ("data." + ".".join("x" * 51), "1", "at most 50 parts"),
        ("name", "a\0b", "NUL"),
        ("data.a\0b", "x", "NUL"),
    ],
)
def test_what_cannot_be_asked(five: Database, key: str, value: str, message: str) -> None:
    """The refusal says why."""
    for ask in (lambda s: search.find(s, [(key, value)], Page(9)), lambda s: search.count(s, [(key, value)])):
        with pytest.raises(Invalid, match=message.replace("[", r"\[")):
            read(five, ask)


def test_a_pattern_that_never_ends_is_ended(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server stops it when its time is over, says so, and the connection goes on."""
    create(database, name="a" * 900 + "c" + "b" * 900)
    monkeypatch.setattr(search, "PATTERN_LIMIT_S", 0.2)
    endless = [("name__re", r"^(.+)(.+)(.+)c\1\2\3$")]

    for _ in range(2):
        with pytest.raises(Invalid, match=r"takes longer than 0\.2 s"):
            read(database, lambda s: search.count(s, endless))

    assert 1 == read(database, lambda s: search.count(s, [("name__re", "^a")]))


def test_pages(five: Database) -> None:
    """By offset, or behind an id; oldest or newest first; a walk by id meets every node once."""
    first = read(five, lambda s: search.find(s, [], Page(2, 1)))
    assert ["x86", "arm"] == [row.name for row in first]
    newest = read(five, lambda s: search.find(s, [], Page(2), Order(newest_first=True)))
    assert ["boot", "base"] == [row.name for row in newest]
    older = read(five, lambda s: search.find(s, [], Page(2), Order(newest[-1].id, newest_first=True)))
    assert ["arm", "x86"] == [row.name for row in older]
    walked: list[str] = []
    after = None
    while rows := read(five, lambda s, after=after: search.find(s, [], Page(2), Order(after))):
        walked += [row.name for row in rows]
        after = rows[-1].id
    assert ["co", "x86", "arm", "base", "boot"] == walked


@pytest.mark.parametrize(
    ("page", "order", "expected"),
    [
        (Page(2), Order(), 5),
        (Page(5), Order(), 5),
        (Page(9), Order(), 5),
        (Page(None), Order(), 5),
        (Page(2, 4), Order(), 5),
        (Page(2, 50), Order(), 5),
        (Page(9), Order("0" * 24), 5),
        (Page(9), Order("f" * 24), 5),
    ],
)
def test_totals_are_exact(five: Database, page: Page, order: Order, expected: int) -> None:
    """Whichever part of the list is looked at."""
    rows = read(five, lambda s: search.find(s, [], page, order))

    assert expected == read(five, lambda s: search.total(s, [], page, order, len(rows)))


def test_what_is_found_is_what_was_made(database: Database) -> None:
    """Every column, times in UTC without saying so."""
    zone = datetime.timezone(datetime.timedelta(hours=2))
    made = create(database, created=NOW.astimezone(zone), data={"ä": [1, {"x": None}]}, jobfilter=["a,b", 'c"d', ""])

    (row,) = read(database, lambda s: search.find(s, [("id", made)], Page(1)))

    assert row == read(database, lambda s: search.one(s, made))
    assert NOW.replace(tzinfo=None) == row.created
    assert ["a,b", 'c"d', ""] == row.jobfilter
    assert '{"ä": [1, {"x": null}]}'.encode() == row.data
    assert read(database, lambda s: search.one(s, "0" * 24)) is None
    assert ANN.username == row.owner
