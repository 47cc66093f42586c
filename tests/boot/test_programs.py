"""The functions that run a job's programs, by the shells that will run them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from paddles.boot import job_sh, programs
from paddles.errors import Invalid
from tests.boot.samples import HOSTILE, ready
from tests.boot.shells import SHELLS, run

# What a client brings: each of its functions notes what it was called with.
CLIENT = """
note() { "$PYTHON" -c 'import json, sys; print(json.dumps(sys.argv[1:]), file=open("calls", "a"))' "$@"; }
run_setup() { note run_setup "$@"; }
start_daemon() { note start_daemon "$@"; }
run_monitor() { note run_monitor "$@"; }
run_test() { note run_test "x=$x" "$@"; }
role() { [ "$1" = client ]; }
. ./job.sh
run_job
"""


def calls(shell: str, place: Path, registry: Any = programs.REGISTRY, **fields: Any) -> list[list[str]]:
    """Run a job with these fields and return what was called, arguments and all."""
    (place / "lib").mkdir()
    for name in ("http", "job", "env"):
        (place / "lib" / f"{name}.sh").write_text("")
    (place / "job.sh").write_text(job_sh.render(ready(**fields), registry))
    done = run(shell, CLIENT, place, LKP_SRC=str(place), TMP=str(place), PYTHON=sys.executable)
    assert (0, b"") == (done.returncode, done.stderr)
    assert {"lib", "job.sh", "run-job.pid", "calls"} == {path.name for path in place.iterdir()}
    found = [json.loads(line) for line in (place / "calls").read_text().splitlines()]
    return [[word.replace(f"{place}/", "") for word in call] for call in found]


@pytest.mark.parametrize("shell", SHELLS)
def test_programs_run_kind_by_kind(shell: str, tmp_path: Path) -> None:
    """Setups, daemons, monitors, tests; each kind in the order of the job, what is unknown being a test."""
    fields = {
        "own-test": {"a": 1},
        "kmsg": None,
        "iperf-server": None,
        "fs": "ext4",
        "unixbench": None,
        "uptime": {"interval": 5},
    }

    assert [
        ["run_setup", "bin/run-setup", "fs", "ext4"],
        ["start_daemon", "bin/run-daemon", "iperf-server"],
        ["run_monitor", "bin/run-monitor", "kmsg"],
        ["run_monitor", "interval=5", "bin/run-monitor", "uptime"],
        ["run_test", "x=", "a=1", "bin/run-test", "own-test"],
        ["run_test", "x=", "bin/run-test", "unixbench"],
    ] == calls(shell, tmp_path, **fields)


@pytest.mark.parametrize("shell", SHELLS)
def test_sections_say_what_their_programs_are(shell: str, tmp_path: Path) -> None:
    """A program in a section is of its kind and runs before others of that kind."""
    fields = {
        "zz": None,
        "program": {"kmsg": {"a": 1}},
        "monitors": ["m1", "m2"],
        "monitor": {"m3": None},
        "daemon": "d1",
        "setup": {"s1": "x"},
    }

    assert [
        ["run_setup", "bin/run-setup", "s1", "x"],
        ["start_daemon", "bin/run-daemon", "d1"],
        ["run_monitor", "bin/run-monitor", "m3"],
        ["run_monitor", "bin/run-monitor", "m1"],
        ["run_monitor", "bin/run-monitor", "m2"],
        ["run_test", "x=", "a=1", "bin/run-test", "kmsg"],
        ["run_test", "x=", "bin/run-test", "zz"],
    ] == calls(shell, tmp_path, **fields)


@pytest.mark.parametrize("shell", SHELLS)
def test_blocks(shell: str, tmp_path: Path) -> None:
    """What stands in a block runs on its condition, as often as it says, with the variables set there."""
    fields = {
        "if role client": {"inner": {"secs": 3}, "x": "it's"},
        "if role server": {"never": None},
        "for i in 1 2": {"twice": None, "if role client": {"deeper": None}},
        "until true": {"never-either": None},
        "while false": {"nor-this": None},
        'if [ "$suite" = nap ] && true': {"kmsg": None},
    }

    assert [
        ["run_monitor", "bin/run-monitor", "kmsg"],
        ["run_test", "x=it's", "secs=3", "bin/run-test", "inner"],
        *[["run_test", "x=it's", "bin/run-test", name] for name in ("twice", "deeper")] * 2,
    ] == calls(shell, tmp_path, **fields)


def test_how_a_block_looks() -> None:
    """One more tab inside; a block with nothing in it is none."""
    items = programs.found({"if role server": {"for x in 1 2": {"sleep": None}}, "if role client": {"a b": None}})

    assert [
        "\texport_top_env",
        "",
        "\tif role server",
        "\tthen",
        "\t\tfor x in 1 2",
        "\t\tdo",
        "\t\t\trun_test $LKP_SRC/bin/run-test sleep",
        "\t\tdone",
        "\tfi",
        "}",
    ] == programs.run_job(items)[8:]


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_options_arrive_as_they_are(shell: str, tmp_path: Path) -> None:
    """The values of options are literal, in names every byte that could not stand there is a number."""
    options = {f"o{number}": value for number, value in enumerate(HOSTILE.values())}
    names = {"a-b": 1, "ä": 2, "4k": 3, "a b": 4, "$(touch pwned)": 5, "a\n": 6}
    expected = ["a_45_b=1", "_195__164_=2", "_52_k=3", "a_32_b=4", "_36__40_touch_32_pwned_41_=5", "a_10_=6"]

    assert [
        ["run_test", "x=", *(f"{name}={value}" for name, value in options.items()), *expected, "bin/run-test", "sleep"]
    ] == calls(shell, tmp_path, sleep={**options, **names})


@pytest.mark.parametrize("shell", SHELLS)
def test_options_of_every_shape(shell: str, tmp_path: Path) -> None:
    """Nested options are flat, lists one below the other, null is empty."""
    options = {"a": None, "b": "", "c": {"d": 1, "e": {"f": True}}, "g": ["x", 2], "h": [{"i": 1}]}

    assert [["run_test", "x=", "a=", "b=", "d=1", "f=true", "g=x\n2", "h=", "bin/run-test", "sleep"]] == calls(
        shell, tmp_path, sleep=options
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("performance", ["performance"]),
        ("a 'b c' d", ["a", "b c", "d"]),
        ("it's", ["it's"]),
        (7, ["7"]),
        (True, ["true"]),
        (["a b", 1], ["a b", "1"]),
        ("$(touch pwned) `x`", ["$(touch", "pwned)", "`x`"]),
        ("", []),
        (None, []),
        ("; touch pwned", [";", "touch", "pwned"]),
    ],
)
@pytest.mark.parametrize("shell", SHELLS)
def test_arguments(shell: str, tmp_path: Path, given: Any, expected: list[str]) -> None:
    """A text is split as a shell would split it, and not expanded."""
    assert [["run_setup", "bin/run-setup", "fs", *expected]] == calls(shell, tmp_path, fs=given)


def test_fields_are_no_programs() -> None:
    """What describes the job, comments, and what could not be a program's name are none."""
    fields = {
        "#! jobs/x.yaml": None,
        "pp": {"a": {"b": 1}},
        "ss": {},
        "my_email": None,
        "testcase": None,
        "rootfs_disk": ["/dev/vda"],
        "a b": None,
        "-x": {},
        "../x": None,
        "": None,
        "number": 7,
        "word": "x",
        "list": ["x"],
        "secrets": {"a": "b"},
    }

    assert () == programs.found(ready(**fields))


def test_the_table_is_the_callers() -> None:
    """Another table says otherwise what is what."""
    items = programs.found({"own": "x", "kmsg": None}, {"own": "daemon"})

    assert (programs.Program("daemon", "own", "x"), programs.Program("test", "kmsg", None)) == items


def test_statistics() -> None:
    """A line for each test and monitor, wherever it stands, then those of every job; none twice."""
    items = programs.found({"fs": "ext4", "kmsg": None, "if role x": {"sleep": None, "uptime": None}, "time": None})

    assert [
        "extract_stats()",
        "{",
        *(f"\t$LKP_SRC/bin/run-stats {name}" for name in "kmsg sleep uptime time dmesg last_state stderr".split()),
        "}",
    ] == programs.extract_stats(items)


@pytest.mark.parametrize(
    "condition",
    [
        "if x; touch pwned",
        "if x\ntouch pwned",
        "if $(touch pwned)",
        "if `x`",
        "if x; then :; fi; }; touch pwned; y() { if x",
        "if x }",
        "if { x",
        "if x # y",
        'if "x',
        "if 'x",
        "if x \\",
        "if x <<E",
        "if x > y",
        "if (x)",
        "if x\x00",
        "if\tx",
        "if é",
    ],
)
def test_a_condition_is_a_condition(condition: str) -> None:
    """What ends a command, opens another or swallows lines belongs into job2sh."""
    with pytest.raises(Invalid, match="condition"):
        programs.found({condition: {"sleep": None}})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "condition",
    ["if fi", "if then", "if done", "while do", "for 1x", "if x && && y", "for x in [ | ] *", "until | x", "if & x"],
)
def test_a_broken_condition_runs_nothing(shell: str, condition: str, tmp_path: Path) -> None:
    """A job whose condition is no shell breaks when it is run, and runs nothing before."""
    script = job_sh.render(ready(**{condition: {"touch": "pwned"}}, touch={"a": 1}))
    (tmp_path / "job.sh").write_text(script)
    run(shell, ". ./job.sh", tmp_path)

    assert ["job.sh"] == [path.name for path in tmp_path.iterdir()]
