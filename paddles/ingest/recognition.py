"""Which files of a job's results say something of its tests, and who reads them. Pure."""

import gzip
import io
import lzma
import re
import zlib
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

from paddles.errors import Invalid
from paddles.ingest import junit, kselftest, kunit, lkp_stats, ltp, tap, text
from paddles.ingest.facts import Suite

# What an unpacker may use; files of xz say themselves how much they need.
UNPACKER_BYTES = 2**27
SOMETHING = re.compile(rb"")


class Parse(Protocol):
    """What reads a document; ``name`` is for what the document gives no name."""

    def __call__(self, content: bytes, *, name: str) -> list[Suite]:
        """Return its facts. Raises Invalid."""


class Kind(NamedTuple):
    """A kind of document: what its file may be called, in lower case, what is to be found in it, and who reads it."""

    called: re.Pattern[str]
    says: re.Pattern[bytes]
    parse: Parse


# The first that fits. A program's output is a file of whatever name; a kernel's log holds the results of KUnit.
KINDS = (
    Kind(re.compile(r".*\.xml"), re.compile(rb"<(?:\w{1,40}:)?testsuites?\b"), junit.parse),
    Kind(re.compile(r"stats\.(?:json|ya?ml)"), SOMETHING, lkp_stats.parse),
    Kind(re.compile(r".*\.json"), re.compile(rb'"test_fqn"'), ltp.parse),
    Kind(
        re.compile(r"(?:dmesg|kmsg|kern|console|serial|boot)\b.*"),
        re.compile(rb"KTAP version \d|# Subtest: "),
        kunit.parse,
    ),
    Kind(
        re.compile(r".*"),
        re.compile(rb"^(?:# selftests: |make[^\n]{0,40}: Entering directory '[^'\n]*/tools/testing/selftests/)", re.M),
        kselftest.parse,
    ),
    Kind(re.compile(r".*\.tap"), SOMETHING, tap.parse),
    Kind(re.compile(r".*"), re.compile(rb"\A\s*(?:K?TAP version \d+|1\.\.\d+\s|(?:not )?ok \d+\b)"), tap.parse),
    Kind(
        re.compile(r".*"),
        re.compile(
            rb"^(?:\x1b\[[0-9;]{0,20}m)?Starting suite: |^\S{1,512} +(?:PASS|FAIL|BROK|WARN|CONF) +\d+\r?$", re.M
        ),
        ltp.parse,
    ),
)


def facts(path: str, content: bytes) -> list[Suite]:
    """Return the suites of a file of results, called by its path below the result root; none where it holds none.

    A file packed by gzip or xz is unpacked. Where the document does not say what a suite is called, it has the path
    of the file, without its end.

    Raises:
        Invalid: it looks like a document that can be read, and is none, or is too large; or it cannot be unpacked.
    """
    name = PurePosixPath(path)
    if name.suffix in UNPACK:
        name, content = name.with_suffix(""), _unpacked(name.suffix, content)
    for kind in KINDS if content.strip() else ():
        if kind.called.fullmatch(name.name.lower()) and kind.says.search(content):
            return kind.parse(content, name=str(name.with_suffix("")))
    return []


def _gunzip(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        return packed.read(text.MOST_BYTES + 1)


def _unxz(content: bytes) -> bytes:
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=UNPACKER_BYTES)
    found = unpacker.decompress(content, text.MOST_BYTES + 1)
    if not unpacker.eof and len(found) <= text.MOST_BYTES:
        raise EOFError("it ends too early")
    return found


UNPACK = {".gz": _gunzip, ".xz": _unxz}


def _unpacked(suffix: str, content: bytes) -> bytes:
    try:
        inside = UNPACK[suffix](content)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise Invalid(f"cannot be unpacked: {error}") from None
    if len(inside) > text.MOST_BYTES:
        raise Invalid(f"a document has at most {text.MOST_BYTES} bytes")
    return inside
