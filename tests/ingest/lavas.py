"""Callbacks of LAVA as its servers write them: YAML in the strings of a JSON object, values as text, newest first."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

RUNNING, COMPLETE, INCOMPLETE, CANCELED = 1, 2, 3, 4
STRINGS = ("submitted", "running", "complete", "incomplete", "canceled", "canceling")
DEFINITION = {"device_type": "qemu", "metadata": {"git.branch": "master", "platform": "qemu"}}
LOG = (
    ("info", "lava-dispatcher, installed at version: 2020.08"),
    ("target", "[    0.000000] Booting Linux"),
    ("results", {"case": "login-action", "result": "pass"}),
)


class Dumper(yaml.SafeDumper):
    """Writes everything out, however often it stands there."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say that nothing is an alias."""
        return True


def case(name: str, result: str = "pass", *, number: int = 0, **more: Any) -> dict[str, Any]:
    """A case; ``more`` replaces its fields, ``metadata`` is added to what stands there."""
    metadata = {"case": name, "definition": "x", "result": result, **more.pop("metadata", {})}
    return {
        "id": str(number),
        "job": "577",
        "level": "",
        "log_end_line": "",
        "log_start_line": "",
        "logged": "2026-01-31 12:00:00.000000+00:00",
        "measurement": "None",
        "name": name,
        "result": result,
        "suite": "x",
        "unit": "",
        "url": f"/results/testcase/{number}",
        **more,
        "metadata": metadata,
    }


def suites(**named: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Results by suite, numbered as they ended and written newest first; ``_0_dmesg`` is the suite ``0_dmesg``."""
    numbers = itertools.count(100)
    found = {
        name.removeprefix("_"): [{**each, "id": str(next(numbers))} for each in cases] for name, cases in named.items()
    }
    # Written without aliases, as those of a server are.
    return {name: yaml.dump(list(reversed(cases)), Dumper=Dumper) for name, cases in found.items()}


def log(*lines: tuple[str, Any]) -> str:
    """A log of levels and messages."""
    return "".join(
        f"- {json.dumps({'dt': f'2026-01-31T12:00:{n:02}.000000', 'lvl': level, 'msg': said})}\n"
        for n, (level, said) in enumerate(lines)
    )


def booted(job: str = "pass", login: str = "pass", **metadata: Any) -> list[dict[str, Any]]:
    """What the lab says of its own steps."""
    return [case("validate"), case("login-action", login), case("job", job, metadata=metadata)]


def callback(status: int = COMPLETE, **said: Any) -> dict[str, Any]:
    """A callback of a job that passed, unless ``said`` has something else to say."""
    return {
        "id": 577,
        "status": status,
        "status_string": STRINGS[status],
        "actual_device_id": "qemu01",
        "lab_name": "lab-x",
        "description": "d",
        "metadata": {},
        "token": "secret-of-the-lab",
        "definition": yaml.safe_dump(DEFINITION),
        "results": suites(lava=booted(), _0_dmesg=[case("crit"), case("emerg")]),
        "log": log(*LOG),
        **said,
    }


def content(how: int = COMPLETE, /, **said: Any) -> bytes:
    """A callback as it is sent; ``said`` may be another status, too."""
    return json.dumps({**callback(how), **said}).encode()
