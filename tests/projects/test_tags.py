"""Host tags: who is meant by a pattern, in Python and in PostgreSQL alike."""

import hypothesis
import pytest
from hypothesis import strategies
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.errors import Invalid
from paddles.projects import tags

FOUND = text("SELECT CAST(:tag AS text) ~ CAST(:expression AS text)")
# Letters that mean something to one of the two languages, and some that have two cases or several bytes.
LETTERS = "ab-z.09_*?[]!^\\]-()|+{}$#&~:=\"' <>@/,;%öß٣ⅷ漢😀\u2028\u00ad"
PATTERNS = strategies.text(alphabet=LETTERS, min_size=1, max_size=12)
SETS = strategies.text(alphabet="abz-!^\\]é[.:=&~|0", max_size=6).map(lambda members: f"x[{members}]*")
TAGS = strategies.text(alphabet=LETTERS, max_size=6) | strategies.text(max_size=4).filter(
    lambda tag: "\0" not in tag and tag.isprintable()
)


@pytest.mark.parametrize(
    ("pattern", "tag", "same"),
    [
        ("amd64", "amd64", True),
        ("amd64", "amd64-2", False),
        ("aarch6*", "aarch64", True),
        ("aarch6*", "aarch6", True),
        ("*", "", True),
        ("**a**", "bab", True),
        ("lab-?", "lab-1", True),
        ("lab-?", "lab-", False),
        ("lab-?", "lab-12", False),
        ("arm[78]", "arm7", True),
        ("arm[!78]", "arm7", False),
        ("arm[!78]", "arm9", True),
        ("[a-c]x", "bx", True),
        ("[]]", "]", True),
        ("[a", "[a", True),
        ("[!", "[!", True),
        ("[a-]", "-", True),
        ("a.b", "axb", False),
        ("(a|b)", "a", False),
        ("a$", "a", False),
        ("\\d", "1", False),
        ("[[:alpha:]]", "b", False),
        ("[^a]", "b", False),
        ("[^a]", "^", True),
        ("über*", "überlab", True),
        ("a*", "a\nb", True),
    ],
)
def test_a_pattern_means_the_same_to_both(pattern: str, tag: str, same: bool, database: Database) -> None:
    """The expression finds in PostgreSQL what the pattern matches here."""
    with database.writer.connect() as connection:
        found = connection.scalar(FOUND, {"tag": tag, "expression": tags.expression(pattern)})

    assert same is tags.matches(pattern, tag)
    assert same is found


def fair(pattern: str) -> bool:
    """Say whether a pattern is taken."""
    try:
        return bool(tags.expression(pattern))
    except Invalid:
        return False


def test_no_pattern_means_two_things(database: Database) -> None:
    """Whatever its letters are."""
    with database.writer.connect() as connection:

        @hypothesis.settings(max_examples=1000, derandomize=True, database=None, deadline=None)
        @hypothesis.given(PATTERNS | SETS, TAGS)
        def compare(pattern: str, tag: str) -> None:
            hypothesis.assume(fair(pattern))
            for one in (tag, pattern, f"x{tag}"):
                found = connection.scalar(FOUND, {"tag": one, "expression": tags.expression(pattern)})
                assert found is tags.matches(pattern, one), (pattern, one)

        compare()


@pytest.mark.parametrize("pattern", ["*a" * 60 + "b", "[a-z]*" * 21, "?*" * 64])
def test_no_pattern_takes_long(pattern: str, database: Database) -> None:
    """A hundred comparisons with a pattern of many stars are done within a second, on both sides."""
    tag = "a" * 128
    series = text("SELECT count(*) FROM generate_series(1, 100) AS n WHERE (:tag || n) ~ CAST(:expression AS text)")
    with database.writer.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 1000"))
        found = connection.scalar(series, {"tag": tag, "expression": tags.expression(pattern)})

    assert found == 100 * tags.matches(pattern, tag)


@pytest.mark.parametrize(
    ("said", "tag"), [("AMD64", "amd64"), (" Lab-1\t", "lab-1"), ("ÄÖ*", "äö*"), ("a b", "a b"), ("x" * 128, "x" * 128)]
)
def test_case_and_blanks_around_do_not_matter(said: str, tag: str) -> None:
    """A tag is compared in lower case; checking it twice changes nothing."""
    assert tag == tags.checked(said)
    assert tag == tags.checked(tags.checked(said))


@pytest.mark.parametrize("said", ["", "  ", "x" * 129, "x" * 10**6, "a\nb", "a\0", "İ" * 128, "\ud800"])
def test_what_is_no_tag_is_refused(said: str) -> None:
    """In a short sentence."""
    with pytest.raises(Invalid, match=r"^a host tag has (1 to 128|no control) characters$"):
        tags.checked(said)


@pytest.mark.parametrize(
    ("name", "pattern"), [("a*", True), ("a?", True), ("[a]", True), ("a]", False), ("a.+", False)]
)
def test_patterns_are_told_from_names(name: str, pattern: bool) -> None:
    """By the three characters that can mean something else."""
    assert pattern is tags.is_pattern(name)
