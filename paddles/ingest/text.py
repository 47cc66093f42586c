"""Bytes that somebody posted, as text that can be stored. Pure."""

import codecs
import io
from collections.abc import Iterator

from paddles.errors import Invalid

MOST_BYTES = 64 * 2**20
MOST_LINES = 2_000_000
LONGEST_LINE = 65_536
REPLACEMENT = "\ufffd"
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(content: bytes, encoding: str = "utf-8") -> str:
    """Return ``content`` as text: what is no text in ``encoding``, and NUL, as replacement characters.

    A byte order mark says the encoding by itself. No half of a surrogate pair is left.

    Raises:
        Invalid: there is nothing, or more than ``MOST_BYTES``.
    """
    if not content.strip():
        raise Invalid("the document is empty")
    if len(content) > MOST_BYTES:
        raise Invalid(f"a document has at most {MOST_BYTES} bytes")
    for mark, marked in MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], marked
    return content.decode(encoding, "replace").replace("\0", REPLACEMENT)


def lines(document: str) -> Iterator[str]:
    """Yield the lines of a document without their ends, as much of each as ``LONGEST_LINE``.

    Raises:
        Invalid: there are more than ``MOST_LINES``.
    """
    if document.count("\n") > MOST_LINES:
        raise Invalid(f"a document has at most {MOST_LINES} lines")
    for line in io.StringIO(document, newline="\n"):
        yield line[:LONGEST_LINE].rstrip("\r\n")
