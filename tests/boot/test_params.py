"""What two jobs have in common that run the same."""

from typing import Any

import pytest

from paddles.boot import params

JOB = {"pp": {"a": {"x": 1, "y": "2"}, "b": None}, "ss": {"c": {"d": {"e": 5}}}, "tbox_group": "g", "os": "debian"}


@pytest.mark.parametrize("change", [
    {"pp": {"a": {"y": "2", "x": 1}, "b": None}}, {"pp": {"b": None, "a": {"x": "1", "y": 2}}}, {"suite": "s"},
    {"id": "7"}, {"my_account": "ann"}, {"all_params_md5": 5}, {"all_params_md5": "x" * 129}])  # fmt: skip
def test_what_runs_the_same_has_one_digest(change: dict[str, Any]) -> None:
    """Whatever the order, and whoever submits it."""
    assert params.digest(JOB) == params.digest({**JOB, **change})


@pytest.mark.parametrize("change", [
    {"pp": {"a": {"x": 1, "y": "3"}, "b": None}}, {"pp": {"a": {"x": 1, "y": "2"}}}, {"ss": None}, {"os": "fedora"},
    {"tbox_group": "h"}, {"ss": {"a": {"x": 1}}}, {"pp": "x"}, {"os_arch": "x"}, {"all_params_md5": "d"}])  # fmt: skip
def test_what_runs_otherwise_has_another(change: dict[str, Any]) -> None:
    """Each parameter, the group and the system count."""
    assert params.digest(JOB) != params.digest({**JOB, **change})
    assert 32 == len(params.digest(JOB))
