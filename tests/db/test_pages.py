"""Texts taken literally in patterns."""

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.pages import part, prefix
from paddles.db.work import read

LIKE = text("SELECT CAST(:value AS text) LIKE :pattern")
LETTERS = ["%", "_", "\\", "\\%", "%_", "\\\\", "a%b", "a_b", "a\\b", "'", '"', "ü", "日本", "a b", ":x", "%(x)s", "%%"]


def matches(database: Database, value: str, pattern: str) -> bool:
    """Say whether PostgreSQL finds that a value matches a pattern."""
    return bool(read(database, lambda s: s.scalar(LIKE, {"value": value, "pattern": pattern})))


@pytest.mark.parametrize("letters", LETTERS)
def test_no_letter_has_a_meaning_of_its_own(database: Database, letters: str) -> None:
    """What begins with, or contains, a text matches it, and nothing else does."""
    assert matches(database, letters, prefix(letters))
    assert matches(database, f"{letters}more", prefix(letters))
    assert not matches(database, f"more{letters}", prefix(letters))
    assert matches(database, f"more{letters}more", part(letters))
    assert not matches(database, "z" * len(letters), part(letters))
    assert not matches(database, f"{letters[:-1]}z", prefix(letters))


@pytest.mark.parametrize("value", ["", "anything", "%"])
def test_nothing_is_part_of_everything(database: Database, value: str) -> None:
    """An empty text is the beginning of any, and in any."""
    assert matches(database, value, prefix(""))
    assert matches(database, value, part(""))
