"""Whether a job can be run, said when it is submitted."""

from typing import Any

import pytest

from paddles.boot.checks import check
from paddles.errors import Invalid
from tests.boot.samples import EVERY_DAY, HOSTILE, HOSTS, job


def test_a_good_job() -> None:
    """Nothing is said of it."""
    check(EVERY_DAY, HOSTS)
    check(job(note="anything: $(goes) here", **dict.fromkeys(HOSTILE.values(), "x")), HOSTS)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"suite": 7}, "suite"),
        ({"testbox": "a b"}, "testbox"),
        ({"os": "debian;reboot"}, "os"),
        ({"os_dir": "../../etc"}, None),
        ({"docker_image": "centos:7 -v /:/h"}, "docker_image"),
        ({"docker_image": ["centos:7"]}, "docker_image"),
        ({"kernel_custom_params": "a b"}, "kernel_custom_params"),
        ({"boot_params": {"a": "b;c"}}, "boot_params"),
        ({"testbox": "dc-1g-1", "kernel_append_root": "a b"}, "kernel_append_root"),
        ({"timeout": "soon"}, "timeout"),
        ({"job2sh": ["run_job"]}, "job2sh"),
        ({"secrets": "x"}, "secrets"),
        ({"if x; y": {"sleep": None}}, "condition"),
        ({"if x; y": {"sleep": None}, "job2sh": {"run_job": ["run_job() { :; }"]}}, None),
        ({"note": "a\x00"}, "NUL"),
        ({"note": "\ud800"}, "surrogates"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], named: str | None) -> None:
    """What could not be booted, written or timed, by its name; what the service derives anyway is no matter."""
    if named is None:
        check(job(**fields), HOSTS)
        return
    with pytest.raises(Invalid, match=named):
        check(job(**fields), HOSTS)
