"""Which files of a job's results are read, and as what."""

import gzip
import lzma

import pytest

from paddles.errors import Invalid
from paddles.ingest import recognition, text

JUNIT = b'<?xml version="1.0"?><testsuite name="s"><testcase name="a"/></testsuite>'
TAP = b"TAP version 13\n1..1\nok 1 - a\n"
KUNIT = b"""[    0.5] KTAP version 1
[    0.5] 1..1
[    0.6]     KTAP version 1
[    0.6]     # Subtest: lists
[    0.6]     1..1
[    0.6]     ok 1 add
[    0.6] ok 1 lists
"""
SELFTEST = b"""make: Entering directory '/usr/src/linux/tools/testing/selftests/mount'
TAP version 13
1..1
# selftests: mount: run.sh
ok 1 selftests: mount: run.sh
"""
LTP_SCREEN = b"Starting suite: math\n---\nabs01: pass  (0.004s)\n"
LTP_LIST = b"<<<test_start>>>\nabs01 PASS 0\n"
LTP_JSON = b'{"results": [{"test_fqn": "abs01", "status": "pass", "test": {}}]}'
STATS = b'{"nap.secs": [3.5]}'


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("results.xml", JUNIT, ("s", "junit", "a")),
        ("a/TEST-x.XML", b"<testsuites>" + JUNIT.partition(b"?>")[2] + b"</testsuites>", ("s", "junit", "a")),
        ("stats.json", STATS, ("stats", "lkp", "nap.secs")),
        ("nap/stats.yaml", b"nap.secs: 3.5\n", ("nap/stats", "lkp", "nap.secs")),
        ("x.tap", TAP, ("x", "tap", "a")),
        ("x.tap", b"not ok 1 - a\n", ("x", "tap", "a")),
        ("output", TAP, ("output", "tap", "a")),
        ("output.log", b"\n1..1\nok 1 a\n", ("output", "tap", "a")),
        ("dmesg", b"[    0.1] Linux version 6\n" + KUNIT, ("lists", "kunit", "add")),
        ("kmsg.txt", KUNIT, ("lists", "kunit", "add")),
        ("boot/console.log", KUNIT, ("lists", "kunit", "add")),
        ("kernel-selftests", SELFTEST, ("kernel-selftests", "kselftest", "mount.make")),
        ("kselftest.log", SELFTEST.partition(b"\n")[2], ("kselftest", "kselftest", "mount.run.sh")),
        ("ltp", LTP_SCREEN, ("math", "ltp", "abs01")),
        ("ltp.results", LTP_LIST, ("ltp", "ltp", "abs01")),
        ("report.json", LTP_JSON, ("report", "ltp", "abs01")),
    ],
)
def test_a_document_is_read_as_what_it_is(path: str, content: bytes, expected: tuple[str, str, str]) -> None:
    """By its name and by what stands in it; packed files as what they were."""
    for name, packed in (
        (path, content),
        (f"{path}.gz", gzip.compress(content)),
        (f"{path}.xz", lzma.compress(content)),
    ):
        suite, *_ = recognition.facts(name, packed)

        assert expected == (suite.name, suite.context, suite.cases[0].name)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("job.yaml", b"suite: nap\nnap.secs: 3\n"),
        ("job.sh", b"#!/bin/sh\nexport LKP_SRC=/lkp/src\n. tools/testing/selftests/x\n"),
        ("dmesg", b"[    0.1] Linux version 6\n[    0.2] ok 1 of 2 processors\n"),
        ("dmesg", b""),
        ("nap.json", b'{"nap.secs": [3.5]}'),
        ("page.xml", b"<html/>"),
        ("output", b"this is ok\nTAP version 13 is not where it begins\n"),
        ("output", b"took 5 seconds, PASS 0\n"),
        ("x.tap", b" \n"),
        ("core.bin", b"\x7fELF\0\0ok 1"),
    ],
)
def test_other_files_are_none_of_ours(path: str, content: bytes) -> None:
    """They are left alone, and are no mistake."""
    assert [] == recognition.facts(path, content)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("results.xml", JUNIT[:-5]),
        ("stats.json", b"{"),
        ("stats.yaml", b"- a\n"),
        ("x.tap", b"nothing\n"),
        ("x.gz", b"nothing"),
        ("x.gz", gzip.compress(TAP, mtime=0)[:-9]),
        ("x.gz", b"\x1f\x8b\x08" + b"\0" * 20),
        ("x.xz", b"nothing"),
        ("x.xz", lzma.compress(TAP)[:-9]),
    ],
)
def test_a_document_that_is_broken_is_refused(path: str, content: bytes) -> None:
    """Whoever asked is told why."""
    with pytest.raises(Invalid):
        recognition.facts(path, content)


@pytest.mark.parametrize(("end", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_a_small_file_does_not_become_a_huge_one(end: str, pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is packed is bounded as what is not."""
    monkeypatch.setattr(text, "MOST_BYTES", 10_000)
    bomb = pack(b"ok 1 a\n" * 10_000)  # type: ignore[operator]
    assert len(bomb) < 1000

    with pytest.raises(Invalid, match="at most 10000 bytes"):
        recognition.facts(f"x.tap.{end}", bomb)


def test_a_file_that_wants_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says itself how much its unpacker needs."""
    monkeypatch.setattr(recognition, "UNPACKER_BYTES", 2**20)

    with pytest.raises(Invalid, match="cannot be unpacked"):
        recognition.facts("x.xz", lzma.compress(TAP, preset=9))
