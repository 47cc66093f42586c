"""The projects of the story."""

import os
import pathlib
import subprocess
from typing import Any

IMAGE = "example/image:1"
# What the runs of the matrix execute, out of a repository; it leaves artifacts and results of tests.
UNIT = """#!/bin/sh -e
echo "unit $CHIP $MODE on $H_WORKER, build $H_BUILD"
cat /script-repo/shared
echo "$CHIP-$MODE" >/archive/result.txt
mkdir -p /archive/deep/er
head -c 200000 /dev/zero >/archive/deep/er/zeros.bin
case='<testcase name="boots"/><testcase name="left out"><skipped/></testcase>'
echo "<testsuite name='$CHIP suite'>$case</testsuite>" >/archive/junit.xml
"""
GREP = """#!/bin/sh -e
echo "Starting test: network"
echo "  ping: ok"
echo "Starting test: disk"
echo "  read: ok"
echo "  write: BAD"
"""
FOLLOW_UP = """#!/bin/sh -e
echo "after $H_TRIGGER_URL with $CHIP"
"""
HELD = """#!/bin/sh -e
echo begun
while [ ! -e /held/go ]; do sleep 0.1; done
echo went
"""
FOR_EVER = """#!/bin/sh -e
echo begun
while :; do echo still here; sleep 0.2; done
"""
LINES = 30_000
# Every so many lines it rests a little, so that there is time to kill the service meanwhile.
TALKS = f"""#!/bin/sh -e
i=0
while [ $i -lt {LINES} ]; do
  echo "line $i of a log that is sent while the service is killed"
  i=$((i+1))
  if [ $((i % 500)) = 0 ]; then sleep 0.1; fi
done
"""
SECRET = "the-value-of-a-secret"
TELLS = """#!/bin/sh -e
cat /secrets/word
echo
echo "variables: $A"
"""


def repository(place: pathlib.Path) -> str:
    """Make the repository of scripts and return its address."""
    place.mkdir()
    (place / "unit.sh").write_text(UNIT)
    (place / "unit.sh").chmod(0o755)
    (place / "shared").write_text("beside the script\n")
    who = {f"GIT_{role}_{what}": "story@example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "scripts"]):
        subprocess.run(["git", *words], cwd=place, env=environment, check=True)
    return str(place)


def run(name: str, script: str, **more: Any) -> dict[str, Any]:
    """A run of one of the scripts."""
    return {"name": name, "container": IMAGE, "host-tag": "story", "script": script, **more}


def definition(scripts: str) -> dict[str, Any]:
    """The project: a trigger for each promise. ``scripts`` is where the repository is."""
    matrix = {
        "name": "unit-{loop}",
        "container": IMAGE,
        "host-tag": "story",
        "script-repo": {"name": "ours", "path": "unit.sh"},
        "loop-on": [{"param": "CHIP", "values": ["arm", "x86"]}, {"param": "MODE", "values": ["a", "b", "c"]}],
        "triggers": [{"name": "each", "run-names": "{name}-{loop}"}],
    }
    grepping = {
        "test-pattern": r"Starting test: (?P<name>\w+)",
        "result-pattern": r"  (?P<name>\w+): (?P<result>\w+)",
        "fixupdict": {"ok": "PASSED", "BAD": "FAILED"},
    }
    held = {"shared-volumes": {"held": "/held"}}
    triggers: dict[str, list[dict[str, Any]]] = {
        "matrix": [matrix],
        "each": [run("after", "follow-up")],
        "whole": [run("at-the-end", "follow-up")],
        "grep": [run("greps", "grep", **{"test-grepping": grepping})],
        "cancel": [run("for-ever", "for-ever"), run("held", "held", **held)],
        "timeout": [run("too-long", "for-ever")],
        "kill": [run("held", "held", **held)],
        "talk": [run(f"talks-{number}", "talks") for number in (1, 2)],
        "tell": [run("tells", "tells")],
    }
    found: list[dict[str, Any]] = [{"name": name, "type": "simple", "runs": runs} for name, runs in triggers.items()]
    found[0]["triggers"] = [{"name": "whole"}]
    own = {"follow-up": FOLLOW_UP, "grep": GREP, "held": HELD, "for-ever": FOR_EVER, "talks": TALKS, "tells": TELLS}
    repositories = {"ours": {"clone-url": scripts, "git-ref": "main"}}
    return {"timeout": 5, "script-repos": repositories, "scripts": own, "triggers": found}
