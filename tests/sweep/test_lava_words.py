"""What callbacks of LAVA mean for nodes."""

from collections.abc import Sequence
from typing import Any

import pytest

from paddles.ingest import lava
from paddles.nodes.kinds import check
from paddles.nodes.planting import Outcome
from paddles.sweep import lava_words
from paddles.sweep.lava_words import Meaning
from tests.ingest.lavas import CANCELED, COMPLETE, INCOMPLETE, booted, case, content, suites


def meaning(status: int = COMPLETE, name: str = "kunit", **said: Any) -> Meaning:
    """Return what a callback means for a node."""
    return lava_words.meaning(lava.read(content(status, **said)), name)


def names(outcomes: Sequence[Outcome]) -> list[Any]:
    """Return names and results, as far down as they go."""
    return [(o.name, o.result, *([names(o.below)] if o.below else [])) for o in outcomes]


@pytest.mark.parametrize(
    ("results", "result"),
    [
        (suites(lava=booted(), _0_a=[case("x")]), "pass"),
        (suites(lava=booted(), _0_a=[case("x", "fail")]), "fail"),
        (suites(lava=booted(), _0_a=[case("x", "skip")]), "pass"),
        (suites(lava=booted(), _0_a=[case("x", "skip")], _1_b=[case("y", "fail")]), "fail"),
        (suites(lava=booted(login="fail"), _0_a=[case("x", "fail")]), "incomplete"),
        (suites(lava=[*booted(), case("0_a", "fail")], _0_a=[case("x")]), "fail"),
        (suites(lava=[case("job")]), "pass"),
        ({}, "pass"),
    ],
)
def test_a_complete_job(results: dict[str, str], result: str) -> None:
    """Passes where nothing failed, and is incomplete without a login."""
    assert result == meaning(results=results).result


@pytest.mark.parametrize(
    ("error_type", "code"),
    [
        *((each, each) for each in ("Infrastructure", "Job", "Test", "Bug", "Configuration", "Canceled")),
        *((each, each) for each in ("LAVATimeout", "MultinodeTimeout", "ObjectNotPersisted")),
        ("Nonsense", "Job"),
        ("", "Infrastructure"),
    ],
)
def test_a_job_that_is_not_complete_says_whose_fault_it_was(error_type: str, code: str) -> None:
    """In words that nodes may carry."""
    steps = booted("fail", error_type=error_type, error_msg="it broke")

    found = meaning(INCOMPLETE, results=suites(lava=steps))

    assert ("incomplete", code, "it broke") == (found.result, found.said["error_code"], found.said["error_msg"])
    assert check("job", dict(found.said)) == found.said


@pytest.mark.parametrize(
    ("status", "steps", "code", "message"),
    [
        (INCOMPLETE, [], "Infrastructure", "Unknown infrastructure error"),
        (INCOMPLETE, booted(), "Infrastructure", "Unknown infrastructure error"),
        (CANCELED, [], "Canceled", "canceled"),
        (5, booted(), "Canceled", "canceling"),
        (CANCELED, booted("fail", error_type="Canceled", error_msg="by bob"), "Canceled", "by bob"),
    ],
)
def test_where_the_lab_says_nothing(status: int, steps: list[dict[str, Any]], code: str, message: str) -> None:
    """It was the lab, or whoever cancelled."""
    found = meaning(status, results=suites(lava=steps))

    assert ("incomplete", code, message) == (found.result, found.said["error_code"], found.said["error_msg"])


def test_a_job_about_booting_fails_without_a_login() -> None:
    """That the board did not come up is what it was to find out."""
    steps = suites(lava=booted("fail", "fail", error_type="Job", error_msg="m"))

    assert "fail" == meaning(INCOMPLETE, "baseline-arm64", results=steps).result
    assert "incomplete" == meaning(INCOMPLETE, "kunit", results=steps).result
    assert "incomplete" == meaning(CANCELED, "baseline", results=steps).result


def test_what_goes_below_the_node() -> None:
    """Suites without their numbers, sets below them, and what the lab's steps come to."""
    steps = [*booted(login="fail"), case("auto-login-action"), case("kernel-messages"), case("kernel-messages", "fail")]
    rows = [case("a"), case("b", "fail", metadata={"set": "s"}), case("c"), case("d", "unknown", metadata={"set": "s"})]

    found = meaning(results=suites(lava=steps, _0_ltp_ipc=rows, plain=[case("e", "unknown")]))

    assert [
        ("setup", "fail", [("login", "pass"), ("kernelmsg", "fail")]),
        ("ltp_ipc", "fail", [("a", "pass"), ("s", "fail", [("b", "fail"), ("d", None)]), ("c", "pass")]),
        ("plain", None, [("e", None)]),
    ] == names(found.outcomes)


def test_the_board_and_the_labs_number() -> None:
    """And what a case measured, or says of its failure."""
    rows = [case("a", measurement="2.5", unit="ms"), case("b", "fail", metadata={"error_msg": "why"})]

    found = meaning(results=suites(_0_s=rows))

    assert {"device": "qemu01", "job_id": "577"} == found.said
    assert [{"misc": {"measurement": 2.5, "units": "ms"}}, {"error_msg": "why"}] == [
        each.said for each in found.outcomes[0].below
    ]


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases, of all suites together."""
    monkeypatch.setattr(lava_words, "MOST", 3)

    found = meaning(results=suites(_0_a=[case("x")] * 2, _1_b=[case("y")] * 2))

    assert [2, 1] == [len(each.below) for each in found.outcomes]
