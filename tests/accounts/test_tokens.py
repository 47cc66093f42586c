"""Signed tokens: what they say, to whom, and for how long."""

import base64
import datetime
import json
from typing import Any

import jwt
import pytest

from paddles.accounts import tokens

NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
KEY, OTHER = "k" * 32, "o" * 32
ANN = "0123456789abcdef01234567"
KINDS = ("access", "verify", "reset", "invite")


def made(kind: str = "access", **claims: Any) -> str:
    """Return a token of Ann's that is good for an hour."""
    return tokens.make(kind, ANN, KEY, LATER, claims)


def signed(claims: Any, key: str = KEY, algorithm: str = "HS256") -> str:
    """Return any token."""
    return jwt.encode(claims, key, algorithm=algorithm)


def part(said: Any) -> str:
    """Return a part of a token."""
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_tokens_are_those_of_the_api() -> None:
    """Their header and claims are what KernelCI's clients look for."""
    token = made(gen=3)

    assert {"alg": "HS256", "typ": "JWT"} == jwt.get_unverified_header(token)
    said = jwt.decode(token, options={"verify_signature": False})
    assert {"sub": ANN, "aud": ["fastapi-users:auth"], "gen": 3, "exp": int(LATER.timestamp())} == said
    assert "fastapi-users:verify" == jwt.decode(made("verify"), options={"verify_signature": False})["aud"]
    assert "invite" == jwt.decode(made("invite"), options={"verify_signature": False})["purpose"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read_as", KINDS)
def test_a_token_of_one_kind_is_none_of_another(kind: str, read_as: str) -> None:
    """Whoever signed it."""
    assert (kind == read_as) == (tokens.read(read_as, made(kind), [KEY], NOW) is not None)


def test_a_token_ends() -> None:
    """At the moment that it says, by the caller's clock."""
    assert tokens.read("access", made(), [KEY], LATER - datetime.timedelta(seconds=1)) is not None
    assert tokens.read("access", made(), [KEY], LATER) is None


def test_one_of_several_keys_has_signed_it() -> None:
    """Blank keys are none."""
    assert tokens.read("access", made(), [OTHER, KEY], NOW) is not None
    assert tokens.read("access", made(), [OTHER, ""], NOW) is None
    assert tokens.read("access", made(), [], NOW) is None


GOOD = {"sub": ANN, "aud": ["fastapi-users:auth"], "exp": int(LATER.timestamp())}
FORGED = [
    "", ".", "..", "a.b.c", "x" * 9000, "ä.ö.ü", f"{part({'alg': 'none'})}.{part(GOOD)}.",
    f"{part({'alg': 'HS256'})}.{part(GOOD)}.", signed(GOOD, OTHER), signed(GOOD)[:-2], signed(GOOD, "k" * 64, "HS512"),
    f"{part(b'[' * 3000)}.{part(GOOD)}.x", f"{part({'alg': 'HS256'})}.{part(b'[' * 3000)}.x",
    signed({**GOOD, "sub": 5}), signed({**GOOD, "sub": "zz"}), signed({**GOOD, "sub": ANN + "\0"}),
    signed({**GOOD, "sub": ANN.upper()}), signed({"aud": GOOD["aud"], "exp": GOOD["exp"]}),
    signed({**GOOD, "exp": "soon"}), signed({**GOOD, "exp": True}), signed({"sub": ANN, "aud": GOOD["aud"]}),
    signed({**GOOD, "aud": None}), signed({**GOOD, "aud": [*GOOD["aud"], "fastapi-users:reset"]}),  # type: ignore[misc]
    signed({**GOOD, "purpose": "invite"}),
]  # fmt: skip


@pytest.mark.parametrize("token", FORGED)
def test_what_is_not_ours_is_worth_nothing(token: str) -> None:
    """Unsigned, signed by others, cut off, of another algorithm, or without what a token must say."""
    assert tokens.read("access", token, [KEY], NOW) is None
    assert tokens.subject(token) in ("", ANN)


def test_an_audience_may_be_a_word_or_a_list_of_one() -> None:
    """Other services write it in either way."""
    assert tokens.read("access", signed({**GOOD, "aud": "fastapi-users:auth"}), [KEY], NOW) is not None
