"""Routing by declared names: where each kind of path and method leads, without a server or a database."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from paddles.errors import NotAllowed, NotFound
from paddles.web.face import Face
from paddles.web.resource import Found, Resource

FACE = Face(error_body=lambda status, message: {"message": message})


class Leaves(Resource):
    """A collection below an item, and its items."""

    face = FACE

    def get_all(self, *ids: str) -> Any: ...

    def get_one(self, *ids: str) -> Any: ...

    def delete(self, *ids: str) -> Any: ...


class Pop(Resource):
    """A word at which looking changes something."""

    face = FACE
    head = False

    def get_all(self, *ids: str) -> Any: ...


class Chain(Resource):
    """A word that takes all that is below it."""

    face = FACE
    chain = True

    def get_chain(self, *ids: Any) -> Any: ...

    def put_chain(self, *ids: Any) -> Any: ...


class Index(Resource):
    """A place with words and nothing of its own."""

    face = FACE
    words: ClassVar[dict[str, Resource]] = {"pop": Pop()}


class Trees(Resource):
    """A collection, its items, words beside them and things below them."""

    face = FACE
    words: ClassVar[dict[str, Resource]] = {"pop": Pop(), "by": Chain(), "index": Index()}
    nested: ClassVar[dict[str, Resource]] = {"leaves": Leaves()}
    below = nested["leaves"]

    def get_all(self, *ids: str) -> Any: ...

    def post(self, *ids: str) -> Any: ...

    def get_one(self, *ids: str) -> Any: ...

    def put(self, *ids: str) -> Any: ...

    def helper(self) -> Any:
        """Belong to the code and to no address."""


TREES = Trees()


def located(method: str, path: str) -> Found:
    """Return where a request below the trees goes."""
    return TREES.locate([part for part in path.split("/") if part], method)


def name_of(handler: Callable[..., Any] | None) -> str:
    """Return class and name of a handler."""
    return "" if handler is None else handler.__qualname__


@pytest.mark.parametrize(
    ("method", "path", "handler", "ids"),
    [
        ("GET", "", "Trees.get_all", ()),
        ("POST", "", "Trees.post", ()),
        ("HEAD", "", "Trees.get_all", ()),
        ("GET", "oak", "Trees.get_one", ("oak",)),
        ("HEAD", "oak", "Trees.get_one", ("oak",)),
        ("PUT", "oak", "Trees.put", ("oak",)),
        ("GET", "oak/leaves", "Leaves.get_all", ("oak",)),
        ("GET", "oak/leaves/7", "Leaves.get_one", ("oak", "7")),
        ("DELETE", "oak/leaves/7", "Leaves.delete", ("oak", "7")),
        ("GET", "oak/7", "Leaves.get_one", ("oak", "7")),
        ("GET", "pop", "Pop.get_all", ()),
        ("GET", "index/pop", "Pop.get_all", ()),
        ("GET", "by", "Chain.get_chain", ((),)),
        ("GET", "by/a/b/leaves/c", "Chain.get_chain", (("a", "b", "leaves", "c"),)),
        ("HEAD", "by/a", "Chain.get_chain", (("a",),)),
        ("PUT", "by/a/b", "Chain.put_chain", (("a", "b"),)),
        ("GET", "leaves", "Trees.get_one", ("leaves",)),
        ("GET", "leaves/leaves", "Leaves.get_all", ("leaves",)),
        ("GET", "leaves/leaves/leaves", "Leaves.get_one", ("leaves", "leaves")),
        ("GET", "oak/pop", "Leaves.get_one", ("oak", "pop")),
        ("GET", "oak.json", "Trees.get_one", ("oak.json",)),
        ("GET", "a b/leaves", "Leaves.get_all", ("a b",)),
    ],
)
def test_a_path_leads_to_its_handler(method: str, path: str, handler: str, ids: tuple[Any, ...]) -> None:
    """Words come first, then items, then what is nested in them; ids are given outermost first."""
    found = located(method, path)

    assert handler == name_of(found.handler)
    assert ids == found.ids
    assert found.refusal is None


@pytest.mark.parametrize("path", ["oak/leaves/7/8", "oak/7/8", "pop/1", "pop/1/2", "index", "index/1", "index/pop/1"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_a_path_beyond_the_declared_is_not_found(method: str, path: str) -> None:
    """What nothing answers is missing for every method, and has no methods to tell."""
    found = located(method, path)

    assert isinstance(found.refusal, NotFound)
    assert (None, ()) == (found.handler, found.methods)


@pytest.mark.parametrize(
    "name", "__class__ __init__ get_all get_one post helper words nested face locate _handlers _lookup _route".split()
)
def test_attributes_are_no_addresses(name: str) -> None:
    """What the class happens to have is an id like any other."""
    found = located("GET", name)

    assert ("Trees.get_one", (name,)) == (name_of(found.handler), found.ids)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("PUT", "", ("GET", "POST", "HEAD", "OPTIONS")),
        ("PATCH", "oak", ("GET", "PUT", "HEAD", "OPTIONS")),
        ("DELETE", "oak", ("GET", "PUT", "HEAD", "OPTIONS")),
        ("POST", "oak/leaves/7", ("GET", "DELETE", "HEAD", "OPTIONS")),
        ("HEAD", "pop", ("GET", "OPTIONS")),
        ("POST", "by/a", ("GET", "PUT", "HEAD", "OPTIONS")),
        ("get", "oak", ("GET", "PUT", "HEAD", "OPTIONS")),
        ("TRACE", "oak", ("GET", "PUT", "HEAD", "OPTIONS")),
    ],
)
def test_an_undeclared_method_is_not_allowed(method: str, path: str, methods: tuple[str, ...]) -> None:
    """The refusal knows the methods of that very address: no method falls through to another's handler."""
    found = located(method, path)

    assert found.handler is None
    assert isinstance(found.refusal, NotAllowed)
    assert methods == found.refusal.methods == found.methods


def test_every_address_tells_its_methods() -> None:
    """What is found knows the methods for OPTIONS, whichever method was asked."""
    assert ("GET", "POST", "HEAD", "OPTIONS") == located("GET", "").methods
    assert ("GET", "OPTIONS") == located("GET", "pop").methods


def test_a_subclass_answers_what_its_parent_does() -> None:
    """Handlers are noted for each class: a new one is known, and the parent does not learn of it."""

    class More(Leaves):
        def put(self, *ids: str) -> Any: ...

    assert ("GET", "PUT", "DELETE", "HEAD", "OPTIONS") == More().locate(["7"], "GET").methods
    assert ("GET", "DELETE", "HEAD", "OPTIONS") == Leaves().locate(["7"], "GET").methods
