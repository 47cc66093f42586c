"""job.yaml."""

from typing import Any

import pytest
import yaml

from paddles.boot import job_yaml
from tests.boot.samples import HOSTILE, ready


def read(**fields: Any) -> Any:
    """Return what a client reads of a job with these fields."""
    return yaml.safe_load(job_yaml.render(ready(**fields)))


def test_what_was_stored_is_read() -> None:
    """Everything, in its order."""
    fields = {"#! jobs/iperf.yaml": None, "pp": {"iperf": {"protocol": "tcp"}}, "nr_threads": "50%", "list": [1, "2"]}

    assert list(ready(**fields).items()) == list(read(**fields).items())


def test_what_is_left_out() -> None:
    """Shell lines, secrets, tokens, how to reach a person, and the contents of packages; who submitted stays."""
    private = dict.fromkeys("my_token job_token token API_TOKEN my_email my_ssh_pubkey".split(), "hidden")
    found = read(
        **private,
        job2sh={"run_job": ["hidden"]},
        secrets={"password": "hidden"},
        my_account="somebody",
        my_name="Some Body",
        pkg_data={"lkp-tests": {"tag": "v1", "md5": "abc", "content": "hidden"}, "other": None},
    )

    assert "hidden" not in str(found)
    assert {"lkp-tests": {"tag": "v1", "md5": "abc"}, "other": None} == found["pkg_data"]
    assert ("somebody", "Some Body") == (found["my_account"], found["my_name"])


def test_the_stored_job_is_left_alone() -> None:
    """What is left out of the file stays in the job."""
    stored = ready(pkg_data={"lkp-tests": {"content": "x"}})
    job_yaml.render(stored)

    assert {"lkp-tests": {"content": "x"}} == stored["pkg_data"]


@pytest.mark.parametrize("packages", [None, [], "x", {"a": "b"}, {"a": ["content"]}])
def test_packages_of_another_shape(packages: Any) -> None:
    """What is no package is as it was."""
    assert packages == read(pkg_data=packages)["pkg_data"]


def test_clients_find_their_lines() -> None:
    """Top-level keys begin their lines."""
    lines = job_yaml.render(ready(kernel="/pkg/vmlinuz", nr_cpu=4, memory="8G")).splitlines()

    assert {"suite: nap", "kernel: /pkg/vmlinuz", "nr_cpu: 4", "memory: '8G'", "result_root: /result/nap/7"} <= set(
        lines
    )


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_are_values(value: str) -> None:
    """They add no key and no line."""
    found = read(note=value, **{value: value})

    assert (value, value) == (found["note"], found[value])
    assert len(ready()) + 2 == len(found)
