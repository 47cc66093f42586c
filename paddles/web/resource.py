"""Routing for resources: declared names only, strict paths, HEAD, OPTIONS and 405 as HTTP means them.

Pecan's RestController finds children with ``getattr`` on what the client typed, lets query and body keys fill missing
path parts, and honours ``?_method=``. A Resource does none of that: it looks names up in what its class declares.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pecan.rest import RestController

from paddles.errors import NoAddress, NotAllowed, PaddlesError

if TYPE_CHECKING:
    from paddles.web.face import Face

# For each method the handler of the collection and that of an item.
HANDLERS = {
    "GET": ("get_all", "get_one"),
    "PUT": ("put_all", "put"),
    "POST": ("post", "post_one"),
    "PATCH": ("patch_all", "patch"),
    "DELETE": ("delete_all", "delete"),
}
CHAINS = {"GET": "get_chain", "PUT": "put_chain", "POST": "post_chain"}


@dataclass(frozen=True)
class Found:
    """Where a request goes: ``handler(*ids)``, or nowhere because of ``refusal``; ``face`` speaks in either case.

    ``route`` is the address without the names in it, such as ``/runs/*/jobs/``; blank where there is none. Where two
    faces share an address ``other`` is where requests of the other one go, and ``others(environ)`` tells them.
    """

    face: "Face"
    methods: tuple[str, ...] = ()
    handler: Callable[..., Any] | None = None
    ids: tuple[Any, ...] = ()
    refusal: PaddlesError | None = None
    route: str = ""
    other: "Found | None" = None
    others: Callable[[dict[str, Any]], bool] | None = None

    def meant(self, environ: dict[str, Any]) -> "Found":
        """Return this, or where the request of a WSGI environment goes instead."""
        return self.other.meant(environ) if self.other and self.others and self.others(environ) else self


@dataclass(frozen=True)
class Form:
    """One shape of address that a chain takes, for the description: ``from/{first}/``, and the type of its answer.

    ``ids`` are the types of those names in braces that are more than text.
    """

    path: str
    answers: Any
    ids: Mapping[str, Any] = field(default_factory=dict)


class Resource(RestController):  # type: ignore[misc]
    """A collection at ``/things`` and its items at ``/things/<id>``.

    ``words`` are children of the collection (``/runs/queued``), ``nested`` those of an item (``/runs/<name>/jobs``),
    ``below`` answers below an item for segments that no nested child claims. With ``chain`` set, the handlers in
    ``CHAINS`` are given all segments below the resource as one tuple; ``forms`` describe the addresses they take.
    ``head`` is False where a GET changes something: looking at such an address must not. A handler takes the ids of
    its path, outermost first. ``needs`` is what a token must allow where the face asks for one, and
    ``needs_to_read`` the same for what writes nothing.
    """

    face: "ClassVar[Face]"
    words: ClassVar[Mapping[str, "Resource"]] = {}
    nested: ClassVar[Mapping[str, "Resource"]] = {}
    below: "ClassVar[Resource | None]" = None
    chain: ClassVar[bool] = False
    forms: Sequence[Form] = ()
    head: ClassVar[bool] = True
    needs: ClassVar[str] = "report"
    needs_to_read: ClassVar[str] = "read"
    _handlers: ClassVar[tuple[dict[str, str], dict[str, str]]] = ({}, {})
    _chains: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        """Note once which methods the class answers; requests look them up here and nowhere else."""
        super().__init_subclass__(**options)
        cls._handlers = tuple(  # type: ignore[assignment]
            {method: names[depth] for method, names in HANDLERS.items() if hasattr(cls, names[depth])}
            for depth in (0, 1)
        )
        cls._chains = {method: name for method, name in CHAINS.items() if hasattr(cls, name)}

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request for ``path``, segments below this resource without blanks, goes.

        ``ids`` are the names, and ``route`` is the address without them, that led here.
        """
        if self.chain:
            return self._answer(self._chains, method, (*ids, tuple(path)), f"{route}...")
        if path and path[0] in self.words:
            return self.words[path[0]].locate(path[1:], method, ids, f"{route}{path[0]}/")
        if len(path) > 1:
            if path[1] in self.nested:
                return self.nested[path[1]].locate(path[2:], method, (*ids, path[0]), f"{route}*/{path[1]}/")
            if self.below is not None:
                return self.below.locate(path[1:], method, (*ids, path[0]), f"{route}*/")
            return Found(self.face, refusal=NoAddress("resource was not found"))
        return self._answer(self._handlers[len(path)], method, (*ids, *path), f"{route}*/" if path else route)

    def _answer(self, handlers: Mapping[str, str], method: str, ids: tuple[Any, ...], route: str) -> Found:
        if not handlers:
            return Found(self.face, refusal=NoAddress("resource was not found"))
        methods = (*handlers, *(("HEAD",) if "GET" in handlers and self.head else ()), "OPTIONS")
        name = handlers.get("GET" if method == "HEAD" and self.head else method)
        if name is None:
            known = " and ".join(handlers)
            message = f"this URI only supports {known} requests but {method} was attempted"
            return Found(self.face, methods, refusal=NotAllowed(message, methods), route=route)
        return Found(self.face, methods, getattr(self, name), ids, route=route)


class Alias(Resource):
    """A further address of a resource and all below it; the description and the documents know the first one only."""

    def __init__(self, of: Resource) -> None:
        self.of = of

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes that came to the first address."""
        return self.of.locate(path, method, ids, route)
