"""Callbacks as boots, jobs and suites: what labs really send, each of its traps in a document of our own."""

import json
from typing import Any

import pytest

from paddles.ingest import lava as callbacks
from paddles.ingest import lava_boot, lava_log
from paddles.ingest.facts import Suite
from paddles.ingest.lava import Callback
from paddles.kernels import names
from tests.ingest.kernel_units import METADATA, lava
from tests.ingest.lavas import CANCELED, INCOMPLETE, booted, case, log, suites

TAGGED = '- {"dt": "t", "lvl": "results", "msg": {"measurement": !!python/object/apply:decimal.Decimal ["1"]}}\n'


def read(metadata: dict[str, Any] | None = None, /, **said: Any) -> Callback:
    """Return a callback as it is read."""
    return callbacks.read(json.dumps(lava(metadata, **said)).encode())


def found(callback: Callback) -> dict[str, Suite]:
    """Return the suites of a callback by name."""
    return {suite.name: suite for suite in lava_boot.suites(callback, list(lava_log.lines(callback.log)))}


def test_a_boot_says_which_kernel_where() -> None:
    """By the metadata of the definition; what is ``None`` there is not said."""
    boot = lava_boot.boot(read(), "lab-x")

    said = ("mainline", "master", "v6.1-rc1", "arm64", "defconfig", "defconfig+debug", "gcc-12", "lab-x", "qemu")
    assert said == (
        *(boot.tree, boot.branch, boot.kernel, boot.arch, boot.defconfig, boot.defconfig_full),
        *(boot.build_environment, boot.lab, boot.board),
    )
    assert ("qemu01", "baseline", "577") == (boot.device, boot.plan, boot.external_id)
    assert "None" not in str(boot.details)
    assert "2026-01-31T12:30:00+00:00" == (boot.ended and boot.ended.isoformat())


def test_unknown_keys_of_the_metadata_are_kept() -> None:
    """KernelCI's backend refused them."""
    assert {"my.own": "x"} == lava_boot.boot(read({**METADATA, "my.own": "x"}), "l").details["metadata"]


def test_tags_of_python_harm_nobody() -> None:
    """1: the log has lines that the safe loader refuses; those around them count, too."""
    callback = read(log=TAGGED * 2 + log(("target", "x")))

    lines = list(lava_log.lines(callback.log))
    assert ["results", "results", "target"] == [line.level for line in lines]
    assert '{"measurement":["1"]}' == lines[0].message


def test_messages_are_text_maps_and_lists() -> None:
    """3: of every level that there is."""
    levels = "info debug warning error exception target input results feedback event".split()
    said = log(*((level, {"a": 1} if at % 3 else ["x"]) for at, level in enumerate(levels)))

    assert levels == [line.level for line in lava_log.lines(read(log=said).log)]


@pytest.mark.parametrize(
    ("said", "number"), [("26.1400000000", 26.14), ("0E-10", 0.0), ("None", None), ("", None), ("x", None)]
)
def test_numbers_are_text(said: str, number: float | None) -> None:
    """4: and words for nothing."""
    callback = read(results=suites(_0_t=[case("a", measurement=said, unit="seconds")]))

    (only,) = found(callback)["t"].cases
    assert number == only.measurement


def test_cases_stand_in_the_order_in_which_they_ended() -> None:
    """5: they come newest first, and suites in any order; the lab's own steps are the first suite."""
    callback = read(results=suites(_1_b=[case("c"), case("a")], lava=booted(), _0_a=[case("z")]))

    assert ["lava", "a", "b"] == list(found(callback))
    assert ["c", "a"] == [each.name for each in found(callback)["b"].cases]


def test_a_job_that_did_not_boot() -> None:
    """6: no suite but the lab's, and no login: nobody knows whether it booted, and it is no pass."""
    callback = read(status=INCOMPLETE, results=suites(lava=[case("validate"), case("job", "fail")]))

    assert "unknown" == lava_boot.boot(callback, "l").result
    assert ["lava"] == list(found(callback))
    assert ("fail", "incomplete") == lava_boot.ending(callback)


@pytest.mark.parametrize(
    ("logins", "tested", "job", "result"),
    [
        (("fail", "pass"), True, "pass", "pass"),
        (("pass", "fail"), True, "fail", "pass"),
        (("fail", "fail"), True, "fail", "fail"),
        (("pass",), False, "fail", "fail"),
        (("pass",), False, "pass", "pass"),
        (("skip",), True, "pass", "unknown"),
        ((), True, "pass", "unknown"),
    ],
)
def test_a_board_has_booted_if_any_login_passed(logins: Any, tested: bool, job: str, result: str) -> None:
    """7: boots are tried again; where no suite ran after the login the job says how it went."""
    steps = [case("login-action", each, metadata={"duration": "2.5"}) for each in logins] + [case("job", job)]
    callback = read(results=suites(lava=steps, **({"_0_t": [case("a")]} if tested else {})))

    boot = lava_boot.boot(callback, "l")
    assert result == boot.result
    assert (2.5 if "pass" in logins else None) == boot.duration_s
    assert (len(logins) - 1 if logins else None) == boot.retries


def test_nul_and_colours_are_no_text() -> None:
    """8: NUL, other controls, and colours that have lost their escape."""
    callback = read(log='- {"dt": t, "lvl": "target", "msg": "a\\0b [0mplain\\e[31m"}\n')

    (line,) = lava_log.lines(callback.log)
    assert "a\ufffdb plain" == line.message


def test_names_of_cases_stay_and_paths_are_plain() -> None:
    """9: whatever they hold; a set is a part of the path."""
    callback = read(results=suites(_0_t=[case("a b/c+ü", metadata={"set": "s 1"})]))

    (only,) = found(callback)["t"].cases
    assert ("a b/c+ü", "s 1") == (only.name, only.context)
    assert "baseline.t.s_1.a_b_c__" == names.path("baseline", "t", only.context, only.name)
    assert "p.s.c" == names.path("p", "s", "", "c")


def test_lines_count_from_one_and_the_output_stands_before() -> None:
    """11: an index from 0, of the line that tells of the case; what the board said since the case before is its own."""
    signals = [("target", "boot"), ("info", "<LAVA_SIGNAL_STARTRUN 0_t>"), ("target", "one"), ("debug", "no")]
    signals += [("target", "<LAVA_SIGNAL_TESTCASE a>"), ("debug", "a"), ("target", "two"), ("debug", "b")]
    cases = [
        case("a", log_start_line="5", log_end_line="5"),
        case("b", log_start_line="7"),
        case("c", log_start_line="99"),
        case("d", log_start_line="-1"),
    ]
    callback = read(log=log(*signals), results=suites(_0_t=cases))

    told = [(each.name, each.line, each.output) for each in found(callback)["t"].cases]
    assert [("a", 6, "one"), ("b", 8, "two"), ("c", 100, ""), ("d", None, "")] == told


@pytest.mark.parametrize(
    ("status", "error", "tests", "ending"),
    [
        (2, "", ("pass",), ("pass", "")),
        (2, "", ("pass", "fail"), ("fail", "t.c1")),
        (2, "", ("skip",), ("pass", "")),
        (INCOMPLETE, "Infrastructure", (), ("dead", "why")),
        (INCOMPLETE, "Bug", (), ("dead", "why")),
        (INCOMPLETE, "Configuration", (), ("dead", "why")),
        (INCOMPLETE, "LAVATimeout", (), ("dead", "why")),
        (INCOMPLETE, "MultinodeTimeout", (), ("dead", "why")),
        (INCOMPLETE, "Job", (), ("fail", "why")),
        (INCOMPLETE, "Test", ("pass",), ("fail", "why")),
        (INCOMPLETE, "Canceled", (), ("dead", "canceled")),
        (CANCELED, "", ("pass",), ("dead", "canceled")),
        (5, "", (), ("dead", "canceled")),
        (1, "", (), ("running", "")),
    ],
)
def test_how_a_job_ended(status: int, error: str, tests: Any, ending: tuple[str, str]) -> None:
    """By its status, whom the lab blames, and its tests; the lab's own steps do no harm to a job that is complete."""
    blamed = {"error_type": error, "error_msg": "why"} if error else {}
    steps = [case("login-action"), case("job", "fail" if error else "pass", metadata=blamed)]
    cases = [case(f"c{at}", result) for at, result in enumerate(tests)]
    callback = read(status=status, results=suites(lava=steps, **({"_0_t": cases} if cases else {})))

    assert ending == lava_boot.ending(callback)
    if error == "Infrastructure":
        assert "unknown" == lava_boot.boot(callback, "l").result


def test_one_without_a_reason_names_the_first_step_that_failed() -> None:
    """As an incomplete job of which the lab says nothing."""
    callback = read(status=INCOMPLETE, results=suites(lava=[case("download", "fail"), case("boot", "fail")]))

    assert ("fail", "lava.download") == lava_boot.ending(callback)


@pytest.mark.parametrize(
    "said",
    [
        {"log": None},
        {"results": None},
        {"log": 7},
        {"results": []},
        {"results": {}},
    ],
)
def test_what_is_missing_is_noted(said: dict[str, Any]) -> None:
    """A job of which the lab says less is partial."""
    assert lava_boot.boot(read(**said), "l").details["partial"]
    assert "partial" not in lava_boot.boot(read(), "l").details
