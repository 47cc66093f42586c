"""What may be written, and what may not: tables of cases."""

import pytest

from paddles.errors import Invalid
from paddles.notes import checks


def test_a_text_is_kept_as_it_was_meant() -> None:
    """Without blanks around it, with line feeds between its lines; markup is text like any other."""
    assert "a\n\n\tb <b>" == checks.text("  a\r\n\r\tb <b>\n", "text", 10)


@pytest.mark.parametrize("said", ["x" * 11, "a\0b", "a\x1bb", "a\x9bb"])
def test_a_text_that_cannot_be_kept_is_refused(said: str) -> None:
    """Too long, or with characters that steer something."""
    with pytest.raises(Invalid, match="text"):
        checks.text(said, "text", 10)


@pytest.mark.parametrize("said", ["a\nb", "a\tb"])
def test_a_line_is_one(said: str) -> None:
    """Nothing breaks it."""
    with pytest.raises(Invalid, match="one line"):
        checks.line(said, "title", 10)


@pytest.mark.parametrize("said", ["", "http://a", "HTTPS://tracker.example/issues/5?x=1#y", "https://a:8443/x"])
def test_links_of_http_are_addresses(said: str) -> None:
    """And none is blank."""
    assert said == checks.address(f" {said} ", "url", 100)


@pytest.mark.parametrize(
    "said",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "ftp://a/b"),
        *(
            "//a/b",
            "/a",
            "a",
            "http:",
            "http://",
            "https:///a",
            "http://a b",
            "http://user@",
            "http://\\a",
            "x http://a",
        ),
        *("file:///etc/passwd", "vbscript:x", "\x01javascript:x", f"http://{'a' * 100}"),
    ],
)
def test_what_is_no_link_of_http_is_refused(said: str) -> None:
    """Whatever a browser might make of it."""
    with pytest.raises(Invalid, match="url"):
        checks.address(said, "url", 100)


@pytest.mark.parametrize(
    "said", ["osd.N crashed", "(?i)Timeout after \\d+s", "(?:a|b){2,3}", "a\\\\b", "\\(?<", "x\\m\\y"]
)
def test_plain_patterns_are_kept(said: str) -> None:
    """As they are."""
    assert said == checks.pattern(said, 100)


@pytest.mark.parametrize(
    "said",
    [
        *("(a+)\\1", "((a)(b))\\2", "\\\\\\1", "a(?=b)", "(?!a)", "(?<=a)b", "(?<!a)b", "(?x)a", "a(?i)b", "(?ix)a"),
        *("***=a", "***:a", "a\0b", "a\nb", "x" * 101),
    ],
)
def test_costly_patterns_are_refused(said: str) -> None:
    """What refers back or looks around itself, other options, and what is no line."""
    with pytest.raises(Invalid, match="pattern"):
        checks.pattern(said, 100)
