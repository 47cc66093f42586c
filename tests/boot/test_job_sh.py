"""job.sh, by the shells that will read it."""

from pathlib import Path
from typing import Any

import pytest

from paddles.boot import job_sh
from paddles.boot.defaults import completed
from paddles.boot.shell import quoted
from paddles.errors import Invalid
from tests.boot.samples import HOSTILE, HOSTS, ready
from tests.boot.shells import SHELLS, run, seen

NAP = {
    "suite": "nap",
    "testbox": "dc-1g-1",
    "os": "debian",
    "os_arch": "x86_64",
    "os_version": "sid",
    "runtime": 3,
    "note": "it's 5 o'clock",
    "if role client": {"sleep": {"secs": 3}},
    "job2sh": {
        "run_job": [
            "run_job()",
            "{",
            "\texport_top_env",
            None,
            "\tif role client",
            "\tthen",
            "\t\trun_test secs=3 $LKP_SRC/bin/run-test sleep",
            "\tfi",
            "}",
            None,
        ],
        "extract_stats": ["extract_stats()", "{", "\t$LKP_SRC/bin/run-stats sleep", "}", None],
    },
}
NAP_SH = r"""#!/bin/sh

export_top_env()
{
	export suite='nap'
	export testbox='dc-1g-1'
	export os='debian'
	export os_arch='x86_64'
	export os_version='sid'
	export runtime=3
	export note='it'\''s 5 o'\''clock'
	export id=7
	export tbox_group='dc-1g'
	export lkp_initrd_user='latest'
	export os_mount='container'
	export os_dir='debian/x86_64/sid'
	export result_root='/result/nap/7'

	[ -n "$LKP_SRC" ] ||
	export LKP_SRC=/lkp/${user:-lkp}/src
}

run_job()
{
	export_top_env

	if role client
	then
		run_test secs=3 $LKP_SRC/bin/run-test sleep
	fi
}

extract_stats()
{
	$LKP_SRC/bin/run-stats sleep
}

"$@"
"""
# name: value, as the shell sees it.
EXPORTED = {
    "number": (3, "3"),
    "below": (-3, "-3"),
    "half": (0.5, "0.5"),
    "large": (1e22, "1e+22"),
    "yes": (True, "true"),
    "no": (False, "false"),
    "zero": (0, "0"),
    "word": ("a", "a"),
    "list": (["a", 1, True, None, "it's"], "a\n1\ntrue\n\nit's"),
    "_x": ("1", "1"),
    "Z9": ("2", "2"),
}
LEFT_OUT = {
    "nothing": None,
    "empty": "",
    "none": [],
    "blank": [""],
    "map": {"a": 1},
    "maps": [{"a": 1}],
    "lists": [[1]],
}
QUOTED = {
    **{number: number for number in ("7", "-7", "007", "0.5")},
    **{text: f"'{text}'" for text in ("7\n", "٣", "1e5", "+7", ".5", "5.", "--7", "", "a", "\\", '"')},
    "'": r"''\'''",
}
EVERYTHING = {f"hostile_{number}": value for number, value in enumerate(HOSTILE.values())}


def exported(shell: str, place: Path, **fields: Any) -> dict[str, str]:
    """Return the variables of a job with these fields, as programs see them."""
    return seen(shell, job_sh.render(ready(**fields)), "export_top_env", place)


def test_a_job_with_shell_of_its_own() -> None:
    """Variables in the order of the job, the job's lines as they are, and the last line that runs one of them."""
    assert NAP_SH == job_sh.render(completed(NAP, 7, HOSTS))


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_values_arrive_as_they_are(shell: str, tmp_path: Path) -> None:
    """Whatever it looks like, a variable has the value that was sent, and nothing else runs."""
    found = exported(shell, tmp_path, **EVERYTHING)

    assert EVERYTHING == {name: found[name] for name in EVERYTHING}
    assert ["job.sh"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(("text", "expected"), QUOTED.items())
def test_quoting(text: str, expected: str) -> None:
    """A plain number is bare, anything else in single quotes."""
    assert expected == quoted(text)


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_names_are_no_variables(shell: str, tmp_path: Path) -> None:
    """Only a name that is one from its first letter to its last is exported."""
    plain = exported(shell, tmp_path)
    names = [*HOSTILE.values(), "a\n", "a=b", "a b", "1a", "a-b", "a;touch pwned", "x()", "ä", "", "a\x00", "٣a"]

    assert plain == exported(shell, tmp_path, **dict.fromkeys(names, "touch pwned"))
    assert ["job.sh"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_exported(shell: str, tmp_path: Path) -> None:
    """Text, numbers, booleans and lists of such are; null, nothing and mappings are not."""
    found = exported(shell, tmp_path, **{name: value for name, (value, _) in EXPORTED.items()}, **LEFT_OUT)

    assert {name: said for name, (_, said) in EXPORTED.items()} == {name: found[name] for name in EXPORTED}
    assert not set(LEFT_OUT) & set(found)
    assert ("7", "vm-2p8g", "/result/nap/7") == (found["id"], found["tbox_group"], found["result_root"])


@pytest.mark.parametrize("shell", SHELLS)
def test_where_the_client_is(shell: str, tmp_path: Path) -> None:
    """``LKP_SRC`` is the user's source unless the machine knows better."""
    script = job_sh.render(ready())

    assert "/lkp/lkp/src" == seen(shell, script, "export_top_env", tmp_path)["LKP_SRC"]
    assert "/lkp/me/src" == seen(shell, script, "export_top_env", tmp_path, user="me")["LKP_SRC"]
    assert "/c" == seen(shell, script, "export_top_env", tmp_path, LKP_SRC="/c")["LKP_SRC"]


@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_does_nothing(shell: str, tmp_path: Path) -> None:
    """Until a function is called nothing is set."""
    before = seen(shell, "", "true", tmp_path)

    assert before == seen(shell, job_sh.render(ready(**EVERYTHING)), "true", tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_function_is_run_by_name(shell: str, tmp_path: Path) -> None:
    """``job.sh run_job`` runs the job's lines with its variables."""
    lines = ["run_job()", "{", "\texport_top_env", '\tprintf "%s" "$note"', "}", None]
    (tmp_path / "job.sh").write_text(job_sh.render(ready(note="$(x) 'y'", job2sh={"run_job": lines})))

    done = run(shell, f"{shell} ./job.sh run_job", tmp_path)

    assert (b"$(x) 'y'", b"", 0) == (done.stdout, done.stderr, done.returncode)


def test_nothing_private_is_written() -> None:
    """Secrets, tokens and how to reach a person are in no variable; who submitted is."""
    private = dict.fromkeys("my_token job_token token API_TOKEN my_email my_ssh_pubkey".split(), "hidden")
    script = job_sh.render(ready(**private, secrets={"a": "hidden"}, my_account="somebody"))

    assert "hidden" not in script
    assert "\texport my_account='somebody'\n" in script


def test_lists_of_lines_stand_in_their_order() -> None:
    """Any list of ``job2sh``, null being an empty line and no list nothing."""
    functions = {"run_job": ["a", None], "define_files": None, "on_fail": ["b", "c"], "extract_stats": []}

    assert job_sh.render(ready(job2sh=functions)).endswith('\n}\n\na\n\nb\nc\n"$@"\n')


@pytest.mark.parametrize(
    "functions",
    [
        "x",
        ["x"],
        7,
        True,
        {"run_job": "x"},
        {"run_job": {"a": 1}},
        {"run_job": [1]},
        {"run_job": [["x"]]},
        {"run_job": [True]},
        {"run_job": ["a\x00"]},
        {"run_job": 0},
    ],
)
def test_shell_of_another_shape_is_refused(functions: Any) -> None:
    """``job2sh`` is lists of lines."""
    with pytest.raises(Invalid, match=r"job2sh|NUL"):
        job_sh.render(ready(job2sh=functions))


def test_a_nul_is_refused() -> None:
    """No shell could hold it."""
    with pytest.raises(Invalid, match="NUL"):
        job_sh.render(ready(note="a\x00b"))


@pytest.mark.parametrize("functions", [None, {}])
def test_without_shell_of_its_own_the_functions_are_made(functions: Any) -> None:
    """From the job's programs."""
    script = job_sh.render(ready(job2sh=functions, sleep=None))

    assert (
        "\n\trun_test $LKP_SRC/bin/run-test sleep\n}\n\nextract_stats()\n{\n\t$LKP_SRC/bin/run-stats sleep\n" in script
    )
    assert script.endswith('stderr\n}\n\n"$@"\n')
