"""Nodes to test with, made over the wire; every default is visible here."""

from typing import Any

from tests.controllers.kernelci.wire import Api, Person

MISSING = "0" * 24
REVISION = {"tree": "mainline", "url": "https://x/y.git", "branch": "master", "commit": "f" * 40}
CHECKOUT = {"kind": "checkout", "name": "checkout", "path": ["checkout"], "data": {"kernel_revision": REVISION}}
FIELDS = set(
    """id kind name path group parent state result artifacts data debug jobfilter platform_filter created updated
    timeout holdoff owner submitter treeid user_groups processed_by_kcidb_bridge retry_counter""".split()
)


def make(api: Api, who: Person, **said: Any) -> dict[str, Any]:
    """Create a checkout, or what is said instead, and return it."""
    node: dict[str, Any] = api.post("/latest/node", {**CHECKOUT, **said}, token=who.token, status=200).json
    return node


def detail(answer: Any) -> Any:
    """Return what an answer refuses with."""
    return answer.json["detail"]
