"""The credential of a request."""

import base64

import pytest

from paddles.web.auth import LONGEST, Credential, credential, sent

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


@pytest.mark.parametrize(("query", "found"), [
    ("access_token=x", Credential("", "x")), ("a=b&access_token=x%2By&c", Credential("", "x+y")),
    ("access_token=", None), ("access_tokens=x", None), ("", None), ("access_token=x&" + "a=b&" * 300, None),
    ("access_token=%ff%fe", Credential("", "\ufffd\ufffd")),
])  # fmt: skip
def test_an_address_may_hold_it(query: str, found: Credential | None) -> None:
    """Where there is no header; a header comes first."""
    assert found == sent({"QUERY_STRING": query})
    assert Credential("bearer", "h") == sent({"QUERY_STRING": query, "HTTP_AUTHORIZATION": "Bearer h"})
