"""Lines for terminals as HTML: the same text, in colours that are classes, and nothing that runs or hides."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddles.joblogs import ansi

ESC = "\x1b"
CODES = st.integers(0, 300)
SEQUENCES = st.one_of(
    st.lists(CODES, max_size=8).map(lambda codes: f"{ESC}[{';'.join(map(str, codes))}m"),
    st.sampled_from(
        [f"{ESC}[2J", f"{ESC}]0;title\x07", f"{ESC}(B", f"{ESC}M", ESC, f"{ESC}[", f"{ESC}[38;5", "\x9b1m"]
    ),
)
LINES = st.lists(st.one_of(st.text(), SEQUENCES, st.sampled_from(["<script>", "&amp;", '"', "\r", "\0"]))).map("".join)
CLASS = re.compile(r"ansi-(bold|dim|italic|underline|inverse|(fg|bg)-(\d|1[0-5]))")


class Page(HTMLParser):
    """What a browser sees of a piece of HTML: its text, and the elements in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.elements, self.open = "", list[tuple[str, dict[str, str | None]]](), 0
        # What is HTML already would be escaped once more.
        self.feed(html.encode().decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See an element begin."""
        self.elements.append((tag, dict(attrs)))
        self.open += 1

    def handle_endtag(self, tag: str) -> None:
        """See an element end."""
        self.open -= 1

    def handle_data(self, data: str) -> None:
        """See text."""
        self.text += data


@given(LINES)
def test_the_text_stays(line: str) -> None:
    """Whatever a line says, the page has the text of it, in spans of our classes alone, all closed."""
    html, _ = ansi.html(line)
    page = Page(html)

    assert ansi.plain(line) == page.text
    assert 0 == page.open
    assert all(tag == "span" and list(attributes) == ["class"] for tag, attributes in page.elements)
    assert all(CLASS.fullmatch(word) for _, found in page.elements for word in str(found["class"]).split())


@given(LINES, LINES)
def test_colours_go_on_in_the_next_line(one: str, other: str) -> None:
    """Two lines look as they would behind each other, where no sequence is cut in two."""
    first, state = ansi.html(one + " ")
    second, _ = ansi.html(other, state)

    assert ansi.plain(f"{one} ") + ansi.plain(other) == Page(first + second).text


@given(LINES)
def test_nothing_is_left_that_a_terminal_or_a_page_acts_on(line: str) -> None:
    """No control character but the tabulator, and nothing that turns the order of letters round."""
    assert not ansi.CONTROLS.search(ansi.plain(line))


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        ("1", "ansi-bold"),
        ("2;3;4;7", "ansi-dim ansi-italic ansi-underline ansi-inverse"),
        ("31", "ansi-fg-1"),
        ("97;40", "ansi-fg-15 ansi-bg-0"),
        ("100", "ansi-bg-8"),
        ("38;5;9", "ansi-fg-9"),
        ("38;5;196", "ansi-fg-9"),
        ("48;5;255", "ansi-bg-7"),
        ("38;2;250;5;5", "ansi-fg-9"),
        ("38;2;0;0;0;1", "ansi-bold ansi-fg-0"),
        ("38;2;999;999;999", "ansi-fg-15"),
    ],
)
def test_colours_are_classes(said: str, classes: str) -> None:
    """Those of the palettes of 256 and of all colours are the nearest of sixteen."""
    assert f'<span class="{classes}">x</span>' == ansi.html(f"{ESC}[{said}mx")[0]


@pytest.mark.parametrize(
    "said", ["", "0", "1;0", "1;22", "3;23", "4;24", "7;27", "31;39", "41;49", "999", "38;5;256", "38;9;1;22"]
)
def test_what_was_set_is_taken_back(said: str) -> None:
    """And what nobody knows changes nothing."""
    assert "x" == ansi.html(f"{ESC}[{said}mx")[0]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"a{ESC}[2Kb", "ab"),
        (f"{ESC}]8;;http://x{ESC}\\link", "link"),
        ("10%\r20%\r", "10%20%"),
        ("a\0b\x08\x7f", "a\ufffdb\ufffd\ufffd"),
        ("a\u202eb", "a\ufffdb"),
        ("tab\tstays", "tab\tstays"),
        (f"{ESC}[", "\ufffd["),
    ],
)
def test_what_terminals_are_told_is_no_text(line: str, wanted: str) -> None:
    """It is left out; what is left of it broken is shown as such."""
    assert wanted == ansi.plain(line)


def test_hostile_lines_take_no_time() -> None:
    """However often a line begins what it does not end."""
    for said in (f"{ESC}]", f"{ESC}[1;", f"{ESC}[0;1;31m", f"{ESC}P\\"):
        assert ansi.html(said * 20_000)
