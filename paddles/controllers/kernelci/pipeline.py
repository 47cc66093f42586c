"""``/api``: what kci-dev asks of KernelCI's pipeline, a service of its own there, with errors of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field

from paddles.accounts import access, services
from paddles.archive import contents, files, receipts
from paddles.controllers import kernelci
from paddles.controllers.kernelci import node_words
from paddles.db import object_ids
from paddles.db.session import Session
from paddles.errors import Conflict, Forbidden, NotFound, Unauthenticated
from paddles.nodes import orders
from paddles.nodes.orders import Only, Source
from paddles.web import query
from paddles.web.face import Call, File, Then
from paddles.web.resource import Resource

# What patches are called among the documents that were received.
SOURCE = "patch"


class Message(BaseModel):
    """What went wrong, or that all went well."""

    message: str


face = replace(
    kernelci.face,
    name="pipeline",
    error=Message,
    error_body=lambda status, message: {"message": message},
    malformed_body=None,
    statuses={},
    messages={},
    identify=services.pipeline,
)


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Names = Annotated[list[query.Text], Field(max_length=orders.MOST_NAMES)]
Patch = Annotated[query.Text, AfterValidator(_text)]


class Ordered(Message):
    """What was ordered, as a node."""

    node: node_words.NodeShown


class Checkout(BaseModel):
    """A commit to be tested: of the sources of a node, or of a branch of a repository."""

    commit: query.Text
    nodeid: query.Text | None = None
    url: query.Text | None = None
    branch: query.Text | None = None
    tree: query.Text | None = None
    jobfilter: Names | None = None
    platformfilter: Names | None = None


class Retry(BaseModel):
    """A job to be tried again."""

    nodeid: query.Text
    jobfilter: Names | None = None


class Patches(BaseModel):
    """Patches to be tried on a checkout: as they are, or where they lie."""

    nodeid: query.Text
    patch: Annotated[list[Patch], Field(max_length=orders.MOST_PATCHES)] | None = None
    patchurl: Annotated[list[query.Text], Field(max_length=orders.MOST_PATCHES)] | None = None
    jobfilter: Names | None = None
    platformfilter: Names | None = None


REFUSALS = (NotFound, Unauthenticated, Forbidden)


def may(what: str) -> access.Guard:
    """Return what lets in whose token has this permission, members of the group ``pipeline:<what>``, and superusers."""
    return access.permitted(what, f"pipeline:{what}")


def ordered(node: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered when a node was made."""
    return {"message": "OK", "node": node_words.written(node)}


class CheckoutController(Resource):
    """``/api/checkout``"""

    face = face

    @face.endpoint(body=Checkout, answers=Ordered, who=may("checkout"), refuses=REFUSALS)
    def post(self, call: Call) -> Any:
        """Order a commit to be tested: 200 ``OK`` and the checkout; 400, 401, 403, 404."""
        said: Checkout = call.body
        if said.nodeid:
            node_id = object_ids.check(said.nodeid)
            return ordered(orders.checkout_like(call.session, node_id, said.commit, call.principal, call.now))
        source = Source(said.url or "", said.branch or "", said.commit, said.tree or "")
        only = Only(said.jobfilter, said.platformfilter)
        return ordered(orders.checkout(call.session, source, only, call.principal, call.now))


class RetryController(Resource):
    """``/api/jobretry``"""

    face = face

    @face.endpoint(body=Retry, answers=Message, who=may("testretry"), refuses=REFUSALS)
    def post(self, call: Call) -> Any:
        """Order a job to be tried again: 200 ``OK``; 400, 401, 403, 404."""
        orders.retry(call.session, object_ids.check(call.body.nodeid), call.body.jobfilter)
        return {"message": "OK"}


class PatchesController(Resource):
    """``/api/patchset``"""

    face = face

    @face.endpoint(body=Patches, answers=Ordered, who=may("patchset"), refuses=(*REFUSALS, Conflict))
    def post(self, call: Call) -> Any:
        """Order a checkout to be tested with patches: 200 ``OK`` and the node; 400, 401, 403, 404.

        Patches that come as they are lie below ``/api/patches/`` from then on.
        """
        said: Patches = call.body
        node_id = object_ids.check(said.nodeid)
        if not said.patch:
            return ordered(order(call.session, call, node_id, said.patchurl or []))
        orders.patchable(call.session, node_id)
        found = [text.encode() for text in said.patch]
        digests = [contents.digest(content) for content in found]
        files.expect(call.session, {d: len(c) for d, c in zip(digests, found, strict=True)}, call.now)
        store = contents.store(call.settings)

        def write() -> None:
            for content in found:
                contents.keep(store, content)

        return Then(write, lambda session: ordered(order_kept(session, call, node_id, digests)))


def order(session: Session, call: Call, node_id: str, urls: Sequence[str]) -> dict[str, Any]:
    """Order patches that lie somewhere and return the node."""
    only = Only(call.body.jobfilter, call.body.platformfilter)
    return orders.patchset(session, node_id, urls, only, call.principal, call.now)


def order_kept(session: Session, call: Call, node_id: str, digests: Sequence[bytes]) -> dict[str, Any]:
    """Order patches that are in the file store, where they have an address from now on, and return the node."""
    (name,) = object_ids.make(call.now)
    names = [f"{name}.{at}" for at in range(len(digests))]
    kept = dict(zip(names, digests, strict=True))
    receipts.add(session, SOURCE, kept, call.now, state="processed", username=call.principal.username)
    return order(session, call, node_id, [f"{call.settings.base_url}/api/patches/{name}" for name in names])


class PatchController(Resource):
    """``/api/patches/<name>``"""

    face = face

    @face.endpoint(answers=bytes)
    def get_one(self, name: str, call: Call) -> Any:
        """Give a patch: 200 as text, 404."""
        found = receipts.one(call.session, SOURCE, name)
        if found is None:
            raise NotFound("there is no such patch")
        digest = bytes(found.digest)
        content = contents.fetch(contents.store(call.settings), digest)
        return File(content, digest.hex(), "text/plain")


class Pipeline(Resource):
    """``/api``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "checkout": CheckoutController(),
        "jobretry": RetryController(),
        "patchset": PatchesController(),
        "patches": PatchController(),
    }
