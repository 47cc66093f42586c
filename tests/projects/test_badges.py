"""Badges: an SVG that says what it is given, and nothing else."""

from xml.etree import ElementTree

import pytest

from paddles.projects.badges import COLOURS, OTHERWISE, badge
from paddles.projects.verdicts import BUILD

SVG = "{http://www.w3.org/2000/svg}"
# What would make an image do something, or be refused by a policy that allows images alone.
FORBIDDEN = ("script", "style", "href", "onload", "url(", "foreignObject")


def texts(svg: str) -> list[str]:
    """Return what a badge says, box by box."""
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("label", "message", "said"),
    [
        ("main", "passed", ["main", "passed"]),
        ("a < b & c > d", '"it\'s"', ["a < b & c > d", '"it\'s"']),
        ("</text><script>alert(1)</script>", "x' onload='y", ["</text><script>alert(1)</script>", "x' onload='y"]),
        ("漢字 ü é", "😀", ["漢字 ü é", "😀"]),
        ("a\0b\x1b[31m\n\ud800\uffff", "x", ["a�b�[31m���", "x"]),
        ("x" * 80, "y" * 81, ["x" * 80, "y" * 77 + "..."]),
        ("x", "y" * 10**6, ["x", "y" * 77 + "..."]),
        ("]]>", "<!-- -->&amp;", ["]]>", "<!-- -->&amp;"]),
        ("", "x", ["x"]),
    ],
)
def test_a_badge_says_what_it_is_given(label: str, message: str, said: list[str]) -> None:
    """Letter by letter, whatever it would mean to XML; what XML cannot say is replaced."""
    svg = badge(label, message, "pass")

    assert said == texts(svg)
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == root.findtext(f"{SVG}title")
    names = {*(element.tag for element in root.iter()), *(name for element in root.iter() for name in element.attrib)}
    assert not [word for word in FORBIDDEN if any(word in name for name in names)]


@pytest.mark.parametrize("status", [*BUILD, "?"])
def test_its_colour_is_that_of_the_status(status: str) -> None:
    """Every status of a build has one, and what is none looks like what is queued."""
    boxes = [element.attrib["fill"] for element in ElementTree.fromstring(badge("a", "b", status)).iter(f"{SVG}rect")]

    assert COLOURS.get(status, OTHERWISE) == boxes[1]
    assert (status in COLOURS) is (status in BUILD)


@pytest.mark.parametrize(("narrow", "wide"), [("iii", "mmm"), ("abc", "abcd"), ("aa", "漢字")])
def test_it_is_as_wide_as_its_letters(narrow: str, wide: str) -> None:
    """And the text is fitted to that, so that it never leaves its box."""
    small, large = (ElementTree.fromstring(badge(text, "x", "pass")) for text in (narrow, wide))

    assert float(small.attrib["width"]) < float(large.attrib["width"])
    for root in (small, large):
        boxes, said = list(root.iter(f"{SVG}rect")), list(root.iter(f"{SVG}text"))
        widths = [float(box.attrib["width"]) for box in boxes]
        assert sum(widths) == pytest.approx(float(root.attrib["width"]))
        for box, text in zip(boxes, said, strict=True):
            start, length = float(text.attrib["x"]), float(text.attrib["textLength"])
            left = float(box.attrib.get("x", 0))
            assert left < start < start + length < left + float(box.attrib["width"])


def test_an_accent_takes_no_room() -> None:
    """It stands above the letter before it."""
    width = [ElementTree.fromstring(badge(text, "x", "pass")).attrib["width"] for text in ("e", "e\u0301")]

    assert width[0] == width[1]
