"""job.cgz."""

from typing import Any

import pytest
import yaml

from paddles.boot import bundle, job_sh, job_yaml
from paddles.errors import Invalid
from tests.boot.archives import Entry, unpacked
from tests.boot.samples import EVERY_DAY, HOSTILE, ready


def files(**fields: Any) -> dict[str, Entry]:
    """Return what the archive of a job with these fields holds, by path."""
    return {entry.path: entry for entry in unpacked(bundle.archive(ready(**fields)))}


def test_what_is_in_it() -> None:
    """Two folders and two files, nothing else."""
    found = files()

    assert [
        ("lkp", 0o040755),
        ("lkp/scheduled", 0o040755),
        ("lkp/scheduled/job.yaml", 0o100664),
        ("lkp/scheduled/job.sh", 0o100775),
    ] == [(entry.path, entry.mode) for entry in found.values()]
    assert job_yaml.render(ready()).encode() == found["lkp/scheduled/job.yaml"].content
    assert job_sh.render(ready()).encode() == found["lkp/scheduled/job.sh"].content


def test_secrets_are_for_root_alone() -> None:
    """They have a file of their own and are in no other."""
    secrets = {"my_token": "tell no one", "key": "a\nb", "password": "007"}
    found = files(secrets=secrets)

    assert 0o100600 == found["lkp/scheduled/secrets.yaml"].mode
    assert secrets == yaml.safe_load(found.pop("lkp/scheduled/secrets.yaml").content)
    assert not any(b"tell no one" in entry.content for entry in found.values())


@pytest.mark.parametrize("secrets", [None, {}])
def test_no_secrets_no_file(secrets: Any) -> None:
    """A job without secrets has no file for them."""
    assert 4 == len(files(secrets=secrets))


@pytest.mark.parametrize("secrets", ["x", ["x"], 7, True])
def test_secrets_of_another_shape_are_refused(secrets: Any) -> None:
    """Secrets are names and values."""
    with pytest.raises(Invalid, match="secrets"):
        bundle.archive(ready(secrets=secrets))


def test_the_same_job_gives_the_same_bytes() -> None:
    """An archive can be fetched again and compared."""
    assert bundle.archive(EVERY_DAY) == bundle.archive(dict(EVERY_DAY))


def test_the_listing_is_what_is_in_it() -> None:
    """A dry run tells paths, modes and sizes."""
    found = unpacked(bundle.archive(ready(secrets={"a": "b"})))

    assert [(entry.path, entry.mode, len(entry.content)) for entry in found] == bundle.listing(
        ready(secrets={"a": "b"})
    )


def test_a_jobs_values_are_in_both_files() -> None:
    """A job of every day, and one of hostile values, are written without loss."""
    for fields in (EVERY_DAY, {f"h{number}": value for number, value in enumerate(HOSTILE.values())}):
        found = files(**fields)
        shown = {name: value for name, value in ready(**fields).items() if name != "job2sh"}
        assert list(shown.items()) == list(yaml.safe_load(found["lkp/scheduled/job.yaml"].content).items())


@pytest.mark.parametrize(
    "fields",
    [{"a": "\ud800"}, {"a": ["\udfff"]}, {"job2sh": {"run_job": ["\ud800"]}}, {"a": "x\x00"}],
    ids=["surrogate", "in a list", "in a line", "NUL"],
)
def test_what_cannot_be_written_is_refused(fields: dict[str, Any]) -> None:
    """Halves of characters and NUL are nobody's fault but the sender's."""
    with pytest.raises(Invalid, match="a job holds no"):
        bundle.archive(ready(**fields))
