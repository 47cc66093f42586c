"""Results of the Linux Test Project into facts: kirk's report and screen, openQA's JSON, runltp's list. Pure."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from paddles.archive.texts import named
from paddles.errors import Invalid
from paddles.ingest import facts, text
from paddles.ingest.facts import Case, Suite

STATUSES = {
    **dict.fromkeys(("pass", "passed", "tpass"), "pass"),
    **dict.fromkeys(("fail", "failed", "tfail"), "fail"),
    # A broken test and one that warns met trouble of their own: nothing is said of what they test.
    **dict.fromkeys(("brok", "broken", "tbrok", "warn", "twarn"), "error"),
    **dict.fromkeys(("conf", "tconf", "skip", "skipped"), "skip"),
}
COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
SUITE = re.compile(r"Starting suite: (\S.*)$")
SHOWN = re.compile(r"(\S{1,512}): +(pass|fail|brok|warn|conf|skip)\b(?:[^()]*\(([0-9hms. ]{1,40})\))?")
LISTED = re.compile(r"(\S{1,512}) +(PASS|FAIL|BROK|WARN|CONF) +\d{1,5}$")
TIME = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([hms])")
SECONDS = {"h": 3600, "m": 60, "s": 1}


def parse(content: bytes, *, name: str = "ltp") -> list[Suite]:
    """Return the suites of a report: those that kirk's screen names, else one, ``name``.

    Of JSON, each element of ``results`` is a case: ``test_fqn`` its name, ``status`` or ``test.result`` how it ended,
    ``test.log`` and ``test.duration`` what it said and how long it took. Of text, each line ``name: pass  (1.5s)``
    below ``Starting suite:``, colours and remarks aside, or ``name PASS 0``. CONF is skipped, BROK and WARN an error.

    Raises:
        Invalid: it is neither, or empty or too large.
    """
    document = text.decode(content)
    if document.lstrip().startswith("{"):
        return [_of(name, [_from_json(found) for found in _results(document)])]
    suites = [_of(suite, cases) for suite, cases in _blocks(text.lines(document), name) if cases]
    if not suites:
        raise Invalid("no line of the document is a result of LTP")
    return facts.joined(suites)


def _of(name: str, cases: list[Case]) -> Suite:
    if len(cases) > facts.MOST_CASES:
        raise Invalid(f"a document has at most {facts.MOST_CASES} cases")
    return Suite(named(name), tuple(cases), facts.verdict(cases), "ltp")


def _results(document: str) -> list[dict[str, Any]]:
    try:
        report = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
    results = report.get("results")
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise Invalid("results must be a list of objects")
    return results


def _from_json(result: dict[str, Any]) -> Case:
    inside = result.get("test")
    test = inside if isinstance(inside, dict) else {}
    said = next((word for word in (result.get("status"), test.get("result")) if isinstance(word, str)), "")
    duration = test.get("duration")
    return facts.case(
        _text(result.get("test_fqn")),
        STATUSES.get(said.lower(), "unknown"),
        output=_text(test.get("log")),
        duration_s=facts.seconds(str(duration)) if isinstance(duration, int | float) else None,
    )


def _text(value: Any) -> str:
    return value.replace("\0", text.REPLACEMENT) if isinstance(value, str) else ""


def _blocks(lines: Iterator[str], name: str) -> Iterator[tuple[str, list[Case]]]:
    cases: list[Case] = []
    pattern = LISTED
    for line in lines:
        plain = COLOUR.sub("", line).strip()
        if started := SUITE.match(plain):
            yield name, cases
            name, cases, pattern = started[1], [], SHOWN
        elif found := pattern.match(plain):
            duration = _duration(found[3]) if pattern is SHOWN else None
            cases.append(facts.case(found[1], STATUSES[found[2].lower()], duration_s=duration))
    yield name, cases


def _duration(words: str | None) -> float | None:
    parts = TIME.findall(words or "")
    return sum(float(number) * SECONDS[unit] for number, unit in parts) if parts else None
