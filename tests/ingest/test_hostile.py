"""Whatever somebody posts, a parser answers with facts that can be stored, or refuses it: nothing else, and soon."""

import time
from collections.abc import Callable

import pytest

from paddles.errors import Invalid
from paddles.ingest import facts, junit, kselftest, kunit, lkp_stats, ltp, tap
from paddles.ingest.facts import Suite

PARSERS = {
    "junit": junit.parse,
    "tap": tap.parse,
    "kunit": kunit.parse,
    "kselftest": kselftest.parse,
    "ltp": ltp.parse,
    "lkp_stats": lkp_stats.parse,
}
LONG = 200_000
HOSTILE = {
    "nul": b"\0" * 100,
    "bytes": bytes(range(256)) * 10,
    "surrogates": b"ok 1 \xed\xa0\x80\xed\xb0\x80\n",
    "utf-16 cut": b"\xff\xfeo\x00k",
    "nul in tap": b"1..1\nnot ok 1 a\0b # TODO \0\n# \0\n",
    "nul in xml": b"<testsuite name='\0'><testcase name='&#0;'><failure>\0</failure></testcase></testsuite>",
    "nul in a selftest": b"# selftests: a\0: b\0\n# \0 ... ok\nok 1 selftests: a\0: b\0\n",
    "nul in ltp": b"Starting suite: \0\na\0: pass  (1s)\n",
    "nul in json": b'{"a\\u0000": 1, "results": [{"test_fqn": "\\u0000", "test": {"log": "\\u0000"}}]}',
    "nul in yaml": b'"a\\0b": 1\n"c.pass": "\\0"\n',
    "script": b"<testsuite name='&lt;script&gt;'/>\n",
    "spaces": b" " * LONG + b"ok",
    "hashes": b"# " * LONG,
    "brackets": b"[" * LONG,
    "braces": b"{" * LONG,
    "angles": b"<" * LONG,
    "suites": b"<testsuite>" * LONG,
    "comments": b"<!---->" * LONG,
    "references": b"<testsuite>" + b"&#" * LONG,
    "declaration": b"<?xml" + b" encoding" * LONG,
    "blank result": b"ok " + b" " * LONG + b"#" + b" " * LONG + b"\n",
    "directives": b"ok " + b" # " * LONG + b"\n",
    "dots": b"# selftests: a: b\n# " + b" ." * LONG + b"... ok\n",
    "paths": b"make: Entering directory '" + b"/tools/testing/selftests/" * 10_000 + b"\n",
    "levels": b"".join(b" " * (n % 60) + b"ok 1 x\n" for n in range(20_000)),
    "titles": b"    # Subtest: a\n" * 20_000,
    "quoted": b'"' + b"\\" * LONG,
    "digits": b"a: " + b"9" * LONG + b"\n1.." + b"9" * LONG,
    "plans": b"1..999999999\n" * 20_000,
    "escapes": b"\x1b[" * LONG + b"\nStarting suite: x\n",
    "anchors": b"a: &a [1]\n" * 1000 + b"b: *a\n",
}


def answer(parse: Callable[[bytes], list[Suite]], content: bytes) -> tuple[list[Suite], str]:
    """Return the facts, or no facts and the words of the refusal."""
    try:
        return parse(content), ""
    except Invalid as refused:
        return [], str(refused)


@pytest.mark.parametrize("parse", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize("content", HOSTILE.values(), ids=list(HOSTILE))
def test_facts_or_a_refusal(parse: Callable[[bytes], list[Suite]], content: bytes) -> None:
    """All words can be stored, all statuses are ours, and a document of some hundred kilobytes takes no minute."""
    before = time.process_time()

    suites, refusal = answer(parse, content)

    assert refusal.isprintable()
    assert 10 > time.process_time() - before
    assert len(suites) == len({suite.name for suite in suites})
    for suite in suites:
        words = [suite.name, *suite.faults, *(word for case in suite.cases for word in (case.name, case.output))]
        assert "\0" not in "".join(words)
        assert "".join(words).encode()
        assert {suite.status, *(case.status for case in suite.cases)} <= set(facts.STATUSES)
