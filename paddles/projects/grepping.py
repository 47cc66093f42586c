"""Tests that the log of a run tells of, for the archive: the runner's own search, in the words of the archive. Pure.

Source: JobServ's test grepping, which gives up for good on a word or a byte that it does not know.
"""

from collections.abc import Mapping
from typing import IO, Any

from paddles.agents.jobserv_runner import grepping as runner
from paddles.agents.jobserv_runner.console import Failed
from paddles.agents.jobserv_runner.junit import Result, Suite
from paddles.archive.texts import named
from paddles.errors import Invalid

# What definitions call the three ways to end.
WORDS = {"PASSED": "pass", "FAILED": "fail", "SKIPPED": "skip"}


def found(log: IO[bytes], grepping: Mapping[str, Any], *, cpu_s: int = runner.CPU_S) -> list[dict[str, Any]]:
    """Return the tests that a log tells of, in the order in which they begin, as ``archive.tests`` stores them.

    Args:
        log: a file, of which is read what is from here on. What is no UTF-8 in it is replaced.
        grepping: what the run's definition has under ``test-grepping``.
        cpu_s: how long the expressions may take, in seconds of CPU time.

    Raises:
        Invalid: they take longer, more than ``runner.MEMORY_BYTES``, or find more than ``line_matcher.MOST_MATCHES``.
    """
    try:
        return [_test(suite) for suite in runner.found(log, grepping, cpu_s=cpu_s, named=named)]
    except Failed as error:
        raise Invalid(str(error)) from None


def _test(suite: Suite) -> dict[str, Any]:
    said = {"name": suite.name, "context": suite.context, "status": WORDS[suite.status]}
    return {**said, "duration_s": None, "faults": [], "cases": [_case(result) for result in suite.results]}


def _case(result: Result) -> dict[str, Any]:
    nothing = {"waived": False, "measurement": None, "units": "", "duration_s": None}
    return {**result, "status": WORDS[result["status"]], **nothing}
