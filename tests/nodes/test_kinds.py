"""What the data of each kind may hold."""

from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.nodes import kinds

REVISION = {"tree": "mainline", "url": "https://x/y.git", "branch": "master", "commit": "f" * 40}


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_data_is_kept_as_it_comes(kind: str) -> None:
    """Known members and others, nothing added, nothing left out."""
    data = {"kernel_revision": {**REVISION, "more": [1]}, "other": {"a": None}, "thing": True}

    assert data == kinds.check(kind, data)
    assert {} == kinds.check(kind, {})


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_versions_become_numbers(kind: str) -> None:
    """Digits that come as text are numbers afterwards."""
    version = {"version": "6", "patchlevel": "11", "extra": "-rc3"}
    data = {"kernel_revision": {**REVISION, "version": version}}

    kept = kinds.check(kind, data)["kernel_revision"]["version"]

    assert {"version": 6, "patchlevel": 11, "extra": "-rc3"} == kept


@pytest.mark.parametrize(
    ("kind", "data", "member"),
    [
        ("checkout", {"kernel_revision": {"tree": "t"}}, "data.kernel_revision.url"),
        ("process", {"kernel_revision": {**REVISION, "commit": 7}}, "data.kernel_revision.commit"),
        ("kbuild", {"kernel_revision": {**REVISION, "version": {"version": "six"}}}, "data.kernel_revision.version"),
        ("checkout", {"error_code": "Bug"}, "data.error_code"),
        ("job", {"error_code": "git_checkout_failure"}, "data.error_code"),
        ("kbuild", {"fragments": "x"}, "data.fragments"),
        ("kbuild", {"fragments": [1]}, "data.fragments.0"),
        ("test", {"test_source": "not a url"}, "data.test_source"),
        ("test", {"misc": []}, "data.misc"),
        ("regression", {"fail_node": "zz"}, "data.fail_node"),
        ("regression", {"node_sequence": ["f" * 24, "x"]}, "data.node_sequence.1"),
        ("job", {"kernel_revision": {**REVISION, "tree": "t" * 601}}, "data.kernel_revision.tree"),
        ("test", [], "data"),
    ],
)
def test_what_cannot_be_is_named(kind: str, data: Any, member: str) -> None:
    """A wrong type, an unknown word or a missing member is refused by its path."""
    with pytest.raises(Invalid, match=f"{member.replace('.', '[.]')}(:|[.])"):
        kinds.check(kind, data)


@pytest.mark.parametrize("kind", ["node", "", "Checkout", "x" * 1000])
def test_there_are_six_kinds(kind: str) -> None:
    """Others are refused, in a short sentence."""
    with pytest.raises(Invalid, match=f"Unsupported node kind: {kind[:100]}$"):
        kinds.check(kind, {})
