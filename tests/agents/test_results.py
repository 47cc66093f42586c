"""What a run leaves behind: artifacts, and tests in the form of JUnit."""

import os
from pathlib import Path

import pytest

from paddles.agents.jobserv_runner import junit
from paddles.agents.jobserv_runner.console import Failed
from tests.agents.machine import FAILED, PASSED, Machine
from tests.agents.peer import Peer

SUITES = """<?xml version="1.0"?><testsuites>
<testsuite name="first suite/a%20b"><testcase name="good" classname="pkg.mod"/>
<testcase name="left out"><skipped/></testcase>
</testsuite><testsuite name="second"><testcase name="bad"><failure message="m">why &lt;not&gt;</failure></testcase>
<testcase name="worse"><error/></testcase><testsuite name="inner"><testcase name="x"/></testsuite></testsuite>
</testsuites>"""
BOMB = '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite name="x"><testcase name="&b;"/></testsuite>'


def test_all_files_are_uploaded(machine: Machine, peer: Peer) -> None:
    """In groups of 75, each with exactly the type that the server said, also with names that need care."""
    script = """i=0; while [ $i -lt 160 ]; do echo $i >/archive/f$i.txt; i=$((i+1)); done
    mkdir -p '/archive/a b/c'; head -c 300000 /dev/zero >'/archive/a b/c/100%.bin'; : >/archive/empty"""

    assert PASSED == machine.run(script)

    assert [75, 75, 12] == [len(group) for group in peer.asked_to_sign]
    assert ("text/plain", b"17\n") == peer.files["f17.txt"]
    assert ("", bytes(300000)) == peer.files["a b/c/100%.bin"]
    assert ("", b"") == peer.files["empty"]
    assert 162 == len(peer.files)


def test_an_upload_is_tried_again(machine: Machine, peer: Peer) -> None:
    """One that is refused for a while arrives."""
    peer.failing_puts = {"a.txt": 1}

    assert PASSED == machine.run("echo a >/archive/a.txt")

    assert ("text/plain", b"a\n") == peer.files["a.txt"]


def test_a_file_that_cannot_be_uploaded_fails_the_run(machine: Machine, peer: Peer) -> None:
    """The log names it; the others are there, and so are the tests."""
    peer.refused_puts = {"a.txt"}
    suite = "<testsuite name='s'><testcase name='c'/></testsuite>"

    assert FAILED == machine.run(f'echo a >/archive/a.txt; echo "{suite}" >/archive/junit.xml')

    assert b"a.txt was not uploaded" in peer.log
    assert {"junit.xml"} == set(peer.files)
    assert ["s"] == [name for _, name, _ in peer.tests]


def test_links_and_odd_files_stay(machine: Machine, peer: Peer) -> None:
    """What might lead to a file of the machine, is no file, or has a name that cannot be one, is left out and said."""
    secret = machine.home / "secret"
    secret.write_text("of the machine")
    odd = r"""ln -s %s /archive/link; ln -s %s /archive/folder; mkfifo /archive/pipe
    : >"$(printf '/archive/\377')"; : >"$(printf '/archive/a\nb')"; echo x >/archive/console.log; echo y >/archive/y"""

    assert PASSED == machine.run(odd % (secret, machine.home))

    assert {"y"} == set(peer.files)
    assert b"link is no plain file" in peer.log
    assert b"folder is no plain file" in peer.log
    assert b"pipe is no plain file" in peer.log
    assert b"of the machine" not in peer.log


def test_tests_are_reported(machine: Machine, peer: Peer) -> None:
    """One test for each suite that has cases; a failure fails the run though its script passed."""
    assert FAILED == machine.run(f"cat >/archive/junit.xml <<'E'\n{SUITES}\nE")

    found = {name: document for _, name, document in peer.tests}
    assert ["first suite/a%20b", "second", "inner"] == [name for _, name, _ in peer.tests]
    first, second = found["first suite/a%20b"], found["second"]
    assert ("PASSED", "junit.xml skipped=1") == (first["status"], first["context"])
    assert {"name": "good", "context": "pkg.mod", "status": "PASSED", "output": ""} == first["results"][0]
    assert "SKIPPED" == first["results"][1]["status"]
    assert "FAILED" == second["status"]
    assert ["FAILED", "FAILED"] == [each["status"] for each in second["results"]]
    assert '<failure message="m">why &lt;not&gt;</failure>' == second["results"][0]["output"]


def test_several_files_of_tests(machine: Machine, peer: Peer) -> None:
    """Each ``junit.xml*`` is read."""
    script = """for n in 1 2; do
    echo "<testsuite name='s$n'><testcase name='c'/></testsuite>" >/archive/junit.xml.$n; done"""

    assert PASSED == machine.run(script)

    assert ["s1", "s2"] == [name for _, name, _ in peer.tests]


@pytest.mark.parametrize("content", [BOMB, "no xml", "<testsuite>", "", "\x00"])
def test_tests_that_cannot_be_read(machine: Machine, peer: Peer, content: str) -> None:
    """They fail the run, which says so; a declaration is refused before it is worked with."""
    (machine.home / "junit").write_text(content)

    assert FAILED == machine.run("cat /volume/junit >/archive/junit.xml", **{"shared-volumes": volume(machine.home)})

    assert b"junit.xml: " in peer.log
    assert [] == peer.tests
    assert "junit.xml" in peer.files


def volume(place: Path) -> dict[str, str]:
    """Return a shared volume that shows a folder of the machine."""
    return {str(place): "/volume"}


def test_a_large_suite_comes_in_portions() -> None:
    """None is larger than a request should be; only the last one ends the test."""
    results = [{"name": f"c{n}", "context": "", "status": "PASSED", "output": "x" * 60_000} for n in range(20)]
    suite = junit.Suite("s", "junit.xml skipped=0", "PASSED", results)

    portions = list(suite.portions())

    assert results == [each for portion in portions for each in portion["results"]]
    assert ["RUNNING"] * (len(portions) - 1) + ["PASSED"] == [portion["status"] for portion in portions]
    assert 1 < len(portions) < 8


def test_a_suite_without_room_for_words(tmp_path: Path) -> None:
    """Names that cannot stand in an address are changed; outputs keep their end."""
    path = tmp_path / "junit.xml"
    path.write_text(
        "<a><testsuite name='..'><testcase/></testsuite><testsuite name='a&#10;b'><testcase name='c'>"
        f"<failure>{'x' * 70_000}end</failure></testcase></testsuite></a>"
    )

    first, second = junit.read(path)

    assert ("junit..", "unnamed") == (first.name, first.results[0]["name"])
    assert "a b" == second.name
    output = second.results[0]["output"]
    assert 65_535 == len(output)
    assert output.startswith("<truncated>\n")
    assert output.endswith("end</failure>")


def test_deep_xml_is_refused(tmp_path: Path) -> None:
    """Elements within elements without end are no reason to break down."""
    path = tmp_path / "junit.xml"
    path.write_text(f"<testsuite><testcase><failure>{'<a>' * 50_000}{'</a>' * 50_000}</failure></testcase></testsuite>")

    with pytest.raises(Failed):
        junit.read(path)


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """It is not read at all."""
    path = tmp_path / "junit.xml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), junit.FILE_BYTES + 1)

    with pytest.raises(Failed, match="more than"):
        junit.read(path)
