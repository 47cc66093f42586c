"""JUnit XML, as its many writers write it, into facts. Pure.

Python's own parser reads it: a document type is refused before it is parsed, so that there are no entities to expand
or to fetch, and how deep elements nest is bounded while the tree grows.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from paddles.archive.texts import named
from paddles.errors import Invalid
from paddles.ingest import facts, text
from paddles.ingest.facts import Case, Suite

DEEPEST = 100
DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?\sencoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._-]{1,40})[\"']")
# Encodings that XML is written in; others that Python knows are no encodings of text, or of no use here.
ENCODINGS = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|shift_jis|euc-(jp|kr)|gb(k|2312|18030)|big5",
    re.IGNORECASE,
)
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
# What stands in a case when it did not simply pass, the gravest first; and what does not count.
RESULTS = {"failure": "fail", "softfailure": "fail", "error": "error", "skipped": "skip", "disabled": "skip"}
NOT_RUN = frozenset(("notrun", "skipped", "suppressed", "disabled", "ignored"))
OUTPUTS = (*RESULTS, "rerunFailure", "rerunError", "flakyFailure", "flakyError", "system-out", "system-err")


def parse(content: bytes, *, name: str = "junit") -> list[Suite]:
    """Return the suites of a JUnit document, nested ones too, each by its own name; ``name`` where one has none.

    Cases are called ``classname.name``, or by name alone where the class says what the suite does. What counts is the
    cases: the totals in the attributes are not believed. A failure that a rerun made good (flaky) passes; openQA's
    ``softfailure`` is a failure that is waived; what went wrong in a suite and in no case is a case ``(suite)``.

    Raises:
        Invalid: it is not XML, has a document type, nests deeper than ``DEEPEST``, or is no JUnit document.
    """
    root = _tree(content)
    if _tag(root) not in ("testsuites", "testsuite"):
        raise Invalid(f"no JUnit document: its root is {_tag(root)[:60]}, not testsuites or testsuite")
    return facts.joined(list(_suites(root, name)))


def _tree(content: bytes) -> Element:
    declared = DECLARED.match(content)
    encoding = declared[1].decode() if declared else "utf-8"
    written = text.decode(content, encoding if ENCODINGS.fullmatch(encoding) else "utf-8").lstrip()
    _refuse_document_type(written)
    readable = REFERENCE.sub(_readable, UNWRITABLE.sub(text.REPLACEMENT, written))
    # The parser believes the encoding it is told here and not the one in the declaration.
    parser = XMLParser(target=_Builder(), encoding="utf-8")  # noqa: S314 - without entities, which are refused above
    try:
        parser.feed(readable.encode())
        return parser.close()
    except ParseError as error:
        raise Invalid(f"not XML: {error}") from None


class _Builder(TreeBuilder):
    """Builds a tree of bounded depth, of a document without a document type."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Begin an element. Raises Invalid when it is too deep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Invalid(f"elements nest at most {DEEPEST} levels")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """End an element."""
        self.depth -= 1
        return super().end(tag)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse a document type, wherever it stands. Raises Invalid."""
        raise Invalid("a document type (<!DOCTYPE) is not taken: it could bring entities")


def _refuse_document_type(written: str) -> None:
    """Look at what stands before the root element: blanks, instructions and comments, in which anything may stand."""
    place = 0
    while True:
        end = next((end for begin, end in (("<?", "?>"), ("<!--", "-->")) if written.startswith(begin, place)), None)
        if end is None:
            break
        found = written.find(end, place)
        if found < 0:
            return
        place = found + len(end)
        while written[place : place + 1].isspace():
            place += 1
    if written.startswith("<!", place):
        raise Invalid("a document type (<!DOCTYPE) is not taken: it could bring entities")


def _readable(reference: re.Match[str]) -> str:
    """Keep a reference to a character that XML has; a terminal's escape, for one, it has not."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    letter = number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0xFFFF < number < 0x110000
    return reference[0] if letter else text.REPLACEMENT


def _suites(element: Element, name: str) -> Iterator[Suite]:
    own = named(element.get("name", ""), name)
    inner = [child for child in element if _tag(child) == "testsuite"]
    cases = [_case(child, own) for child in element if _tag(child) == "testcase"]
    wrong = [child for child in element if RESULTS.get(_tag(child)) in ("fail", "error")]
    cases += [facts.case("(suite)", RESULTS[_tag(child)], output=_words(child)) for child in wrong]
    if cases or not (inner or _tag(element) == "testsuites"):
        duration = facts.seconds(element.get("time"))
        yield Suite(own, tuple(cases), facts.verdict(cases), "junit", duration_s=duration)
    for child in inner:
        yield from _suites(child, name)


def _case(element: Element, suite: str) -> Case:
    classname, name = element.get("classname", "").strip(), element.get("name", "").strip() or "(?)"
    tags = [_tag(child) for child in element]
    worst = next((tag for tag in RESULTS if tag in tags), None)
    status = RESULTS[worst] if worst else "skip" if _not_run(element) else "pass"
    return facts.case(
        name if classname in ("", suite) else f"{classname}.{name}",
        status,
        waived=worst == "softfailure",
        output="\n".join(said for child in element if _tag(child) in OUTPUTS and (said := _words(child))),
        duration_s=facts.seconds(element.get("time")),
    )


def _not_run(element: Element) -> bool:
    return any(element.get(attribute, "").lower() in NOT_RUN for attribute in ("status", "result"))


def _words(element: Element) -> str:
    """Return what a result says: its message, then its text and that of what stands in it."""
    message, content = element.get("message", "").strip(), "".join(element.itertext()).strip()
    return content if message in content else f"{message}\n{content}".strip()


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
