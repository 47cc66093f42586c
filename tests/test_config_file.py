"""Configuration files: what one machine has differently stands in a file beside the one that all have."""

from pathlib import Path

import pytest

from paddles import settings


def test_a_local_file_beats_the_configuration_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment, then the local file, then the configuration, then the default; what each leaves out stays."""
    config, local = tmp_path / "config.py", tmp_path / "config_local.py"
    config.write_text("server = {'host': '::1', 'port': 1}\nlab = 'one'\nfeed_host = 'one'\ntimezone = 'Asia/Tokyo'\n")
    local.write_text("server = {'port': 2}\nlab = 'two'\nfeed_host = 'two'\n")
    monkeypatch.setenv("LAB", "three")

    loaded = settings.load(config)

    assert ("::1", 2) == (loaded.server_host, loaded.server_port)
    assert ("three", "two", "Asia/Tokyo", 25) == (
        loaded.lab, loaded.feed_host, loaded.timezone, loaded.default_latest_runs_count,
    )  # fmt: skip
    assert [("LAB", "three"), (str(local), "two"), (str(config), "one")] == [
        (said.where, said.values["lab"]) for said in settings.said(config) if "lab" in said.values
    ]
