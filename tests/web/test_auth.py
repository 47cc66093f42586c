"""The credential of a request."""

import base64

import pytest

from paddles.web.auth import LONGEST, Credential, credential

BASIC = "Basic " + base64.b64encode(b"ann:a:b").decode()


@pytest.mark.parametrize(("header", "found"), [
    ("Bearer a.b.c", Credential("bearer", "a.b.c")), ("bearer  x ", Credential("bearer", "x")),
    ("Token x", Credential("token", "x")), ("x", Credential("", "x")), (BASIC, Credential("basic", "a:b", "ann")),
    ("", None), (" ", None), ("Digest x", None), ("Basic x", None), ("Basic eHl6", None), ("Basic eDo=", None),
    ("Basic /w==", None), ("Bearer " + "x" * LONGEST, None),
])  # fmt: skip
def test_a_header_says_a_secret_and_how(header: str, found: Credential | None) -> None:
    """Or nothing that we understand."""
    assert found == credential(header)


def test_a_secret_is_not_shown() -> None:
    """Neither in a log nor in a traceback."""
    assert "hush" not in repr(Credential("bearer", "hush"))
