"""Jobs that cannot be: refused with 400 when they are submitted, by the name of what is wrong, and nothing stored."""

from typing import Any

import pytest

from tests.client import Client
from tests.controllers.scheduler.wire import SUBMIT, job

EVERYWHERE = (SUBMIT, "/submit_job", "/scheduler/submit_job")


@pytest.mark.parametrize(("said", "named"), [
    ({"suite": None}, "suite"), ({"suite": ""}, "suite"), ({"suite": "a/b"}, "suite"), ({"suite": "a b"}, "suite"),
    ({"suite": "a\nb"}, "suite"), ({"suite": ".."}, "suite"), ({"suite": 5}, "suite"), ({"suite": "x" * 300}, "suite"),
    ({"testbox": None}, "testbox"), ({"testbox": ""}, "testbox"), ({"testbox": ["a"]}, "testbox"),
    ({"testbox": {"a": 1}}, "testbox"), ({"testbox": True}, "testbox"), ({"testbox": "../x"}, "testbox"),
    ({"testbox": "a b"}, "testbox"), ({"testbox": "-a"}, "testbox"), ({"testbox": "a\n"}, "testbox"),
    ({"tbox_group": "a/b"}, "tbox_group"), ({"tbox_group": 0}, "tbox_group"), ({"tbox_group": []}, "tbox_group"),
    ({"os_mount": "floppy"}, "os_mount"), ({"os_mount": ["nfs"]}, "os_mount"), ({"timeout": "soon"}, "timeout"),
    ({"timeout": -1}, "timeout"), ({"timeout": []}, "timeout"), ({"runtime": {"a": 1}}, "runtime"),
    ({"timeout": "9" * 13}, "timeout"), ({"pp": {"nap": {"runtime": "x"}}}, "runtime"),
    ({"secrets": "x"}, "secrets"), ({"secrets": ["x"]}, "secrets"), ({"job2sh": "x"}, "job2sh"),
    ({"job2sh": {"run_job": "x"}}, "job2sh"), ({"job2sh": {"run_job": [1]}}, "job2sh"),
    ({"if x; reboot": {"a": None}}, "if x; reboot"),
])  # fmt: skip
@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_job_that_cannot_be_is_refused_by_name(client: Client, path: str, said: dict[str, Any], named: str) -> None:
    """400, and nothing of it is stored."""
    assert named in client.refused("POST", path, 400, job(**said))

    assert ([], [], []) == tuple(client.get(each).json for each in ("/runs/", "/jobs/", "/queue/"))


@pytest.mark.parametrize("name", [
    "os", "os_arch", "os_version", "lkp_initrd_user", "kernel_append_root", "docker_image", "kernel_custom_params",
    "boot_params"])  # fmt: skip
@pytest.mark.parametrize("value", [
    "x\necho INJECTED", "x ; reboot", "x&&reboot", "x||reboot", "x;reboot", "${net0/mac}", "$x", "`id`", "x'", 'x"',
    "x\\", "a b", " x", "x\t", "x\r", "../x", "a/../b", "a/..", "-x", "<x>", "{x}", "[x]", "x" * 256, "é", "x\x7f",
    "#x", True, {"a": ["b"]}, [["x"]], ["a b"],
])  # fmt: skip
def test_no_value_adds_to_a_script(client: Client, name: str, value: Any) -> None:
    """What a firmware or a shell could read as more than one word is refused where it would stand in a script."""
    assert client.refused("POST", SUBMIT, 400, job(**{name: value}))
    assert [] == client.get("/jobs/").json


@pytest.mark.parametrize("body", [
    b"", b"nope", b"{", b"[]", b"null", b"5", b'"x"', b"\xff", b"[" * 100_000, b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"suite": "nap", "testbox": "a", "x": NaN}', b'{"suite": "nap", "testbox": "a", "x": "\\ud800"}',
    b'{"suite": "nap", "testbox": "a", "x\\u0000": 1}', b'{"suite": "nap", "testbox": "a", "x": "\\u0000"}',
    b'{"suite": "nap", "testbox": "a", "x": 1e999}', b'{"suite": "nap", "testbox": "a", "x": 99999999999999999999}',
    b'{"suite": "nap", "testbox": "a", "x": ' + b"[" * 150 + b"]" * 150 + b"}",
    b"suite=nap&testbox=a", b"--- \nsuite: nap\n",
])  # fmt: skip
@pytest.mark.parametrize("path", EVERYWHERE)
def test_what_is_no_job_is_refused(client: Client, path: str, body: bytes) -> None:
    """Empty, malformed, of another type, too deep, or not to be stored: 400 with a reason."""
    assert client.refused("POST", path, 400, body)
    assert [] == client.get("/jobs/").json
