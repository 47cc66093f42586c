"""Signatures: what is signed, and everything that is not."""

import datetime
from dataclasses import replace

import pytest

from paddles.errors import Forbidden, Unauthenticated
from paddles.projects import signing
from paddles.projects.signing import Access
from tests.conftest import NOW

KEY = b"k" * 32
PUT = Access("PUT", "app/7/unit", "logs/a b.txt", "text/plain")
SOON = int(NOW.timestamp()) + 90
URL = "https://ci.example/projects/app/builds/"
AT = str(int(NOW.timestamp()))
BODY = b'{"action": "opened"}'
# By openssl: printf %s "$BODY" | openssl dgst -sha256 -hmac key, and with -sha1.
BODY_SHA256 = "68a2bbd839d535ac889183859fe7a79b62d97c2d5cbd98d13486e29a9633ca03"
BODY_SHA1 = "7dac01721cd48e330254eba78a7f8e84c61b6b76"


def test_an_address_is_good_for_what_it_was_signed_for() -> None:
    """Until it expires."""
    signature = signing.sign(KEY, PUT, SOON)

    assert signing.check(KEY, PUT, str(SOON), signature, NOW) is None
    assert signing.check(KEY, PUT, str(SOON), signature, NOW + datetime.timedelta(seconds=89)) is None
    with pytest.raises(Unauthenticated, match=r"^the address has expired$"):
        signing.check(KEY, PUT, str(SOON), signature, NOW + datetime.timedelta(seconds=90))


@pytest.mark.parametrize(
    "access",
    [
        replace(PUT, method="GET"),
        replace(PUT, run="app/8/unit"),
        replace(PUT, path="logs/a b.txt "),
        replace(PUT, content_type="text/html"),
        replace(PUT, content_type=""),
        Access("PUT", "app/7/unitlogs", "/a b.txt", "text/plain"),
        Access('PUT", "app/7/unit', "logs/a b.txt", "text/plain"),
    ],
)
def test_an_address_is_good_for_nothing_else(access: Access) -> None:
    """Not another method, run, file or type, and not parts that read alike when joined."""
    with pytest.raises(Unauthenticated, match=r"^the address is not signed for this$"):
        signing.check(KEY, access, str(SOON), signing.sign(KEY, PUT, SOON), NOW)


@pytest.mark.parametrize(
    ("expires", "signature"),
    [
        (str(SOON + 1), signing.sign(KEY, PUT, SOON)),
        (str(SOON), signing.sign(b"other", PUT, SOON)),
        (str(SOON), signing.sign(KEY, PUT, SOON)[:-1]),
        (str(SOON), signing.sign(KEY, PUT, SOON).upper()),
        (str(SOON), ""),
        (str(SOON), "ä\udc80"),
        ("", signing.sign(KEY, PUT, SOON)),
        ("-1", ""),
        ("1e9", ""),
        ("9" * 5000, ""),
        ("٣٣٣", ""),
        (f"{SOON}\n", signing.sign(KEY, PUT, SOON)),
    ],
)
def test_an_address_that_was_changed_is_none(expires: str, signature: str) -> None:
    """In its time or its signature."""
    with pytest.raises(Unauthenticated, match=r"^the address is not signed for this$"):
        signing.check(KEY, PUT, expires, signature, NOW)


def test_nothing_is_signed_by_no_key() -> None:
    """A key that is not configured opens nothing, though everybody knows it."""
    with pytest.raises(Unauthenticated):
        signing.check(b"", PUT, str(SOON), signing.sign(b"", PUT, SOON), NOW)
    with pytest.raises(Unauthenticated):
        signing.check_request("", "GET", AT, URL, signing.sign_request("", "GET", AT, URL), NOW)
    with pytest.raises(Forbidden):
        signing.gitlab([""], "")
    with pytest.raises(Forbidden):
        signing.github([""], BODY, "", f"sha256={'0' * 64}")


def test_a_request_is_signed_as_clients_do_it() -> None:
    """HMAC-SHA1 of method, time and address; the value was computed by openssl."""
    assert "8104846a5187ff14ff56c48b733f059fee5b23ab" == signing.sign_request("key", "POST", "1700000000", URL)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_a_request_may_be_five_minutes_off(seconds: int) -> None:
    """Either way."""
    at = str(int(NOW.timestamp()) + seconds)

    assert signing.check_request("key", "POST", at, URL, signing.sign_request("key", "POST", at, URL), NOW) is None


@pytest.mark.parametrize(
    ("method", "seconds", "url", "signature", "message"),
    [
        ("POST", AT, URL, "", "the request is not signed"),
        ("POST", "", URL, "x", "the request is not signed"),
        ("POST", "now", URL, "x", "the request is not signed"),
        ("POST", "9" * 400, URL, "x", "the request is not signed"),
        ("POST", AT, URL, "x", "the request's signature is wrong"),
        ("POST", AT, URL, "ä", "the request's signature is wrong"),
        ("GET", AT, URL, None, "the request's signature is wrong"),
        ("POST", AT, f"{URL}1/", None, "the request's signature is wrong"),
        ("POST", str(int(AT) - 301), URL, None, "the request's signature is wrong"),
    ],
)
def test_other_requests_are_nobodys(method: str, seconds: str, url: str, signature: str | None, message: str) -> None:
    """Unsigned, signed otherwise, or for another time or address; None stands for a signature of what was not sent."""
    said = signing.sign_request("key", "POST", AT, URL) if signature is None else signature

    with pytest.raises(Unauthenticated, match=f"^{message}$"):
        signing.check_request("key", method, seconds, url, said, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_an_old_request_is_worth_nothing(seconds: int) -> None:
    """And neither is one of the future, though the signature is right."""
    at = str(int(NOW.timestamp()) + seconds)

    with pytest.raises(Unauthenticated, match=r"^the request was signed more than 300 seconds from now$"):
        signing.check_request("key", "POST", at, URL, signing.sign_request("key", "POST", at, URL), NOW)


def test_webhooks_of_ours_are_signed_as_receivers_check_it() -> None:
    """The value was computed by openssl."""
    assert f"sha256:{BODY_SHA256}" == signing.of_webhook("key", BODY)


@pytest.mark.parametrize(
    ("sha1", "sha256", "place"),
    [
        (f"sha1={BODY_SHA1}", "", 1),
        ("", f"sha256={BODY_SHA256}", 1),
        (f"sha1={'0' * 40}", f"sha256={BODY_SHA256}", 1),
        (f"sha1={BODY_SHA1}", f"sha256={'0' * 64}", None),
        ("", BODY_SHA256, None),
        (f"sha256={BODY_SHA256}", "", None),
        ("sha1=ä", "", None),
    ],
)
def test_github_is_known_by_its_signature(sha1: str, sha256: str, place: int | None) -> None:
    """By the better one of the two, and whichever key it is."""
    if place is None:
        with pytest.raises(Forbidden, match=r"^the webhook's signature is wrong$"):
            signing.github(["other", "key"], BODY, sha1, sha256)
    else:
        assert place == signing.github(["other", "key"], BODY, sha1, sha256)


def test_a_webhook_without_a_signature_is_told_so() -> None:
    """It is another error than a wrong one."""
    with pytest.raises(Unauthenticated, match=r"^the webhook is not signed$"):
        signing.github(["key"], BODY, "", "")


@pytest.mark.parametrize(
    ("keys", "token", "place"),
    [
        (["a", "b"], "b", 1),
        (["ä"], "ä", 0),
        (["a"], "b", None),
        (["a"], "", None),
        ([], "a", None),
        (["a"], "\udc80", None),
    ],
)
def test_gitlab_is_known_by_its_token(keys: list[str], token: str, place: int | None) -> None:
    """Which is the key itself."""
    if place is None:
        with pytest.raises(Forbidden):
            signing.gitlab(keys, token)
    else:
        assert place == signing.gitlab(keys, token)
