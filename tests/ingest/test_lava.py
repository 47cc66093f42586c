"""Callbacks of LAVA into facts, whatever their server's age, and whoever wrote them."""

import json
from typing import Any

import pytest

from paddles.archive import texts
from paddles.errors import Invalid
from paddles.ingest import lava
from tests.ingest.lavas import CANCELED, COMPLETE, INCOMPLETE, booted, callback, case, content, suites


def test_what_a_callback_says() -> None:
    """The job, its board and lab, its definition's metadata, and its suites in the order in which cases ended."""
    found = lava.read(content())

    assert ("577", "complete", "qemu01", "lab-x") == (found.id, found.status, found.device, found.lab)
    assert {"git.branch": "master", "platform": "qemu"} == found.metadata
    assert {"lava": ["validate", "login-action", "job"], "0_dmesg": ["crit", "emerg"]} == {
        name: [each.name for each in cases] for name, cases in found.suites.items()
    }
    assert found.failure is None


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": COMPLETE}, "complete"),
        ({"status": INCOMPLETE}, "incomplete"),
        ({"status": CANCELED}, "canceled"),
        ({"status": 5}, "canceling"),
        ({"status": None, "status_string": "Incomplete"}, "incomplete"),
        ({"status": "2", "status_string": "complete"}, "complete"),
        ({"status": None, "status_string": None, "health_string": "Complete"}, "complete"),
    ],
)
def test_how_a_job_went(said: dict[str, Any], status: str) -> None:
    """By its number, else in words, as newer servers say it."""
    assert status == lava.read(content(**said)).status


@pytest.mark.parametrize("status", [-1, 6, True, None, "x", 2.0, []])
def test_a_callback_says_how_its_job_went(status: object) -> None:
    """Or is none."""
    with pytest.raises(Invalid, match="status: one of 0 to 5"):
        lava.read(content(status=status, status_string=status))


@pytest.mark.parametrize(("status", "ended"), [(0, False), (1, False), (2, True), (3, True), (4, True), (5, True)])
def test_what_is_kept_has_no_token(status: int, ended: bool) -> None:
    """All else is as it was sent; a job that goes on is told from one that has ended."""
    kept, over = lava.received(content(status))

    assert (ended, False) == (over, b"secret-of-the-lab" in kept)
    assert {**callback(status), "token": None} == {**json.loads(kept), "token": None}


def test_what_a_case_says() -> None:
    """Numbers are text, and nothing is a word; a line's index becomes its number; a set groups."""
    rows = [
        case("a", measurement="26.1400000000", unit="seconds", log_start_line="0", metadata={"set": "s"}),
        case("b", "fail", measurement="0E-10", log_start_line="-1", metadata={"error_msg": "x", "error_type": "Test"}),
        case("c", "maybe", measurement="NaN", log_start_line="None"),
        case("", "SKIP", measurement="", metadata={"set": "None"}),
        case("x\ny\x00", "unknown"),
    ]

    found = lava.read(content(results=suites(s=rows))).suites["s"]

    assert ["a", "b", "c", "(unnamed)", "x y"] == [each.name for each in found]
    assert ["pass", "fail", "unknown", "skip", "unknown"] == [each.result for each in found]
    assert [26.14, 0.0, None, None, None] == [each.measurement for each in found]
    assert [1, None, None, None, None] == [each.line for each in found]
    assert ["s", "", "", "", ""] == [each.set for each in found]
    assert ("Test", "x", "seconds") == (found[1].error_type, found[1].error_msg, found[0].units)


def test_a_job_that_failed_says_why() -> None:
    """As the lab's case ``job`` has it."""
    said = {"error_type": "Infrastructure", "error_msg": "no power"}
    failure = lava.read(content(INCOMPLETE, results=suites(lava=booted("fail", **said)))).failure

    assert failure is not None
    assert ("Infrastructure", "no power") == (failure.error_type, failure.error_msg)


@pytest.mark.parametrize(
    "left_out", ["id", "actual_device_id", "lab_name", "definition", "results", "log", "status_string", "metadata"]
)
@pytest.mark.parametrize("instead", [None, 7, "", "x", [], {}])
def test_whatever_is_missing_is_left_out(left_out: str, instead: object) -> None:
    """Or is of a shape that nobody foresaw."""
    found = lava.read(content(**{left_out: instead}))

    assert "complete" == found.status


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"s": "x"}, 0),
        ({"s": None}, 0),
        ({"s": "- x\n- [1]\n- {}\n"}, 1),
        ({"s": "- {id: x, name: {a: b}, metadata: [1], result: [2]}"}, 1),
        ({"../../etc": "- {name: ../../x}"}, 1),
        ({"<script>": "- {name: '<img src=x>'}"}, 1),
        ({"s": "- !!python/object/apply:os.system ['touch pwned']\n- !!python/name:os.system {name: x}"}, 1),
    ],
)
def test_results_of_any_shape(results: dict[str, Any], expected: int) -> None:
    """Nothing is ever constructed; what is no case is none."""
    assert expected == sum(map(len, lava.read(content(results=results)).suites.values()))


def test_names_are_as_long_as_may_be() -> None:
    """Of suites and of cases."""
    (name,) = lava.read(content(results={"s" * 9999: "- {name: " + "n" * 9999 + "}"})).suites

    assert texts.LONGEST_NAME == len(name)


BOMB = "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p},*{p}]\n" for p, c in zip("abcdefg", "bcdefgh", strict=True))


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "is not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (content(definition="a: [1"), "not YAML"),
        (content(definition="a: b: c"), "not YAML: line 1"),
        (content(definition="? [a]\n: b"), "not YAML"),
        (content(definition="a\n---\nb"), "not YAML"),
        (content(definition=BOMB), "aliases"),
        (content(results={"s": "[" * 10_000}), "nests too deep"),
        (content(results={"s": "- " * 100}), "nests too deep"),
        (content(results={"s": "- {a: b}\n" * 90_000, "t": "- {a: b}\n" * 90_000}), "too large"),
        (content(results={f"s{n}": "[a, b]" for n in range(90_000)}), "too large"),
    ],
)
def test_what_is_no_callback(sent: bytes, message: str) -> None:
    """It is refused with what is wrong, and costs little."""
    with pytest.raises(Invalid, match=message):
        lava.read(sent)


def test_control_characters_are_read_past() -> None:
    """YAML takes none of them, and the database no NUL."""
    found = lava.read(content(definition='{"metadata": {"a": "x\x00\x08\x1b[0my"}}', log="\x00\x1b"))

    assert "\ufffd\ufffd" == found.log
    assert {"a"} == found.metadata.keys()
