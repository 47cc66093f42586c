"""Passwords, addresses, letters, and who may ask: what needs no database."""

import pytest

from paddles.accounts import access, addresses, letters, passwords, turns
from paddles.accounts.access import NOBODY, Principal
from paddles.accounts.users import Changes, NewUser
from paddles.errors import Forbidden, Invalid, Unauthenticated, Unavailable


def test_a_hash_fits_its_password_and_no_other() -> None:
    """Two hashes of one password differ, and neither holds it."""
    first, second = passwords.hashed("word", 8), passwords.hashed("word", 8)

    assert first != second
    assert passwords.fits(first, "word")
    assert not passwords.fits(first, "Word")
    assert not passwords.fits("no hash", "word")
    assert not passwords.fits(passwords.decoy(8), "word")
    assert first.startswith("$argon2id$")


def test_a_hash_of_another_cost_is_outdated() -> None:
    """So that it can be replaced when the password is known."""
    stored = passwords.hashed("word", 8)

    assert not passwords.outdated(stored, 8)
    assert passwords.outdated(stored, 16)


@pytest.mark.parametrize(("before", "after", "may"), [
    ("", "", True), ("m=8", "m=131072", True), ("m=8", "m=131073", False), ("t=2", "t=11", False),
    ("p=1", "p=17", False), ("m=8", "m=x", False), ("m=8,", "", False), ("argon2id", "argon2i", True),
    ("$argon2id", "$2b", False), ("$argon2id", "", False),
])  # fmt: skip
def test_only_hashes_of_a_bearable_cost_are_taken_over(before: str, after: str, may: bool) -> None:
    """Those that argon2 made: whoever logs in pays for them with the server's memory and time."""
    assert may is passwords.comparable(passwords.hashed("word", 8).replace(before, after, 1))


def test_passwords_are_not_shown() -> None:
    """What holds a hash does not print it."""
    assert "secret" not in repr(NewUser("ann", "ann@example.org", "secret"))
    assert "secret" not in repr(Changes(password="secret"))


@pytest.mark.parametrize(("text", "address"), [
    ("ann@example.org", "ann@example.org"), ("Ann@EXAMPLE.org", "Ann@example.org"), ("a+b@localhost", "a+b@localhost"),
    ("a.b'c@x-y.example", "a.b'c@x-y.example"),
])  # fmt: skip
def test_addresses_have_their_domain_in_lower_case(text: str, address: str) -> None:
    """The name before it stays as it is."""
    assert address == addresses.checked(text)


NO_ADDRESSES = [
    "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\n", ".a@b", "a..b@c", "a@-b", "a@b-", "a@.b", "ä@b.c",
    "a@[127.0.0.1]", '"a"@b', "x" * 65 + "@b", "a@" + "b." * 130 + "c", "a@b,c@d", "<a@b>",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Nothing that could be read as two recipients, or as a header."""
    with pytest.raises(Invalid):
        addresses.checked(text)


@pytest.mark.parametrize("kind", letters.LETTERS)
def test_a_token_stands_on_a_line_of_its_own(kind: str) -> None:
    """And where a mail brings none, nothing else looks like one."""
    _, text = letters.written(kind, "ann {token} of\nmany", "aaa.bbb.ccc", "http://x.example/a")

    brings = kind in ("verify", "reset", "invite")
    assert brings == ("aaa.bbb.ccc" in text.splitlines())
    assert (kind == "invite") == ("http://x.example/a" in text.splitlines())
    assert "ann {token} of many" in text.splitlines()[0]


USER = Principal(id="1", username="ann")


@pytest.mark.parametrize(("who", "principal", "refusal"), [
    (access.known, NOBODY, Unauthenticated), (access.known, USER, None), (access.verified, NOBODY, Unauthenticated),
    (access.verified, USER, Forbidden), (access.verified, Principal("1", is_verified=True), None),
    (access.superuser, NOBODY, Unauthenticated), (access.superuser, USER, Forbidden),
    (access.superuser, Principal("1", is_superuser=True), None),
])  # fmt: skip
def test_who_may_ask(who: object, principal: Principal, refusal: type[Exception] | None) -> None:
    """Nobody is not authenticated, somebody else is forbidden."""
    assert callable(who)
    if refusal is None:
        assert who(principal) is principal
        return
    with pytest.raises(refusal):
        who(principal)


def test_few_work_at_once() -> None:
    """The next is sent away at once, and let in when one has left, however it left."""

    def inner() -> int:
        with pytest.raises(Unavailable):
            turns.taken(lambda: 3)
        raise ZeroDivisionError

    def outer() -> int:
        return turns.taken(inner)

    with pytest.raises(ZeroDivisionError):
        turns.taken(outer)
    assert 3 == turns.taken(lambda: 3)
