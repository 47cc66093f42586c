"""Secrets at rest: who can open them, and who cannot."""

import logging

import pytest

from paddles.errors import Invalid
from paddles.projects import sealing
from paddles.projects.sealing import Unsealable, seal, stale, unseal

OLD, NEW = (sealing.read(sealing.fresh()) for _ in range(2))
# {"a": "b"} for trigger/1, by the key of the bytes 0 to 31.
SEALED = "011dbc52311b3d305d407fdcf63cc81adda37c5e153da3b4a501c50ef9a862b1fa4dac39c83cc24fb2caddc98deb"
PLAIN = {"githubtok": "gh-Geheimnis-✓", "empty": "", "lines": "a\nb"}


@pytest.mark.parametrize("plain", [{}, PLAIN, {"big": "x" * 10**6}])
def test_what_is_sealed_is_opened(plain: dict[str, str]) -> None:
    """As it was, and none of it can be read before."""
    sealed = seal([NEW], "run/1", plain)

    assert plain == unseal([NEW], "run/1", sealed)
    assert not any(word.encode() in sealed for pair in plain.items() for word in pair if word)


def test_equal_secrets_are_not_sealed_alike() -> None:
    """So that nobody sees that two runs have the same ones."""
    assert 100 == len({seal([NEW], "run/1", PLAIN)[-16:] for _ in range(100)})


def test_keys_take_turns() -> None:
    """The first seals, all open; what an older one sealed is stale, and cannot be opened once that is gone."""
    sealed = seal([OLD], "run/1", PLAIN)

    assert PLAIN == unseal([NEW, OLD], "run/1", sealed)
    assert [False, True] == [stale(keys, sealed) for keys in ([OLD, NEW], [NEW, OLD])]
    assert not stale([NEW, OLD], seal([NEW, OLD], "run/1", PLAIN))
    with pytest.raises(Unsealable, match=f"^sealed with the key {OLD.id.hex()}, which is not configured$"):
        unseal([NEW], "run/1", sealed)


@pytest.mark.parametrize("purpose", ["run/2", "run/1 ", "", "trigger/1"])
def test_secrets_are_for_one_purpose(purpose: str) -> None:
    """Those of a run put into the row of another are opened for neither."""
    with pytest.raises(Unsealable, match=r"^changed since it was sealed, or sealed for something else$"):
        unseal([NEW], purpose, seal([NEW], "run/1", PLAIN))


def test_any_change_is_seen() -> None:
    """Of any bit, and at both ends."""
    sealed = seal([NEW], "run/1", PLAIN)
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]

    for other in (*changed, sealed[:-1], sealed + b"\0", sealed[1:], b"", b"\x01", sealed[:21]):
        with pytest.raises(Unsealable):
            unseal([NEW], "run/1", other)


@pytest.mark.parametrize("text", ["", "key", "A" * 43, "AAAA", "A" * 40, "A" * 48, "ä" * 44, "A" * 43 + "= ", "!" * 44])
def test_a_key_is_32_bytes(text: str) -> None:
    """Others are refused, and not repeated."""
    with pytest.raises(Invalid, match=r"^a key for secrets is 32 bytes in Base64$"):
        sealing.read(text)


def test_a_key_is_the_same_wherever_it_is_read() -> None:
    """It is known by the same bytes, which say nothing of it."""
    text = sealing.fresh()
    first, second = sealing.read(text), sealing.read(text)

    assert first == second
    assert first.id not in first.master
    assert first.id != sealing.read(sealing.fresh()).id


def test_keys_and_secrets_are_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not where a key is written out, not in what is logged, and not in an error with all that led to it."""
    caplog.set_level(logging.DEBUG)
    text = sealing.fresh()
    key = sealing.read(text)
    sealed = seal([key], "run/1", PLAIN)
    with pytest.raises(Unsealable) as caught:
        unseal([key], "run/2", sealed)

    shown = f"{key} {key!r} {[key]} {caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert text not in shown
    assert repr(key.master)[2:-1] not in shown
    assert "Geheimnis" not in shown


def test_the_format_stays_what_it_is() -> None:
    """What was sealed by a version of this is opened by the next: a sealed text from its first day."""
    key = sealing.read("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    sealed = bytes.fromhex(SEALED)

    assert {"a": "b"} == unseal([key], "trigger/1", sealed)
