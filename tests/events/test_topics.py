"""Which topics of pages an event changes."""

import pytest

from paddles.events import topics


@pytest.mark.parametrize(
    ("channel", "run", "changed"),
    [
        ("run", "r", {"run:r", "runs"}),
        ("job", "r", {"run:r", "runs", "queue"}),
        ("job", "a/b/builds/12", {"run:a/b/builds/12", "build:a/b/12", "runs", "queue"}),
        ("job", "builds/12", {"run:builds/12", "runs", "queue"}),
        ("test", "r", {"run:r"}),
        ("lease", "r", {"run:r", "queue", "nodes"}),
        ("project", "p/builds/3", {"run:p/builds/3", "build:p/3"}),
        ("project", None, set()),
        ("machine", None, {"nodes", "queue"}),
        ("queue", None, {"queue"}),
        ("regression", None, {"regressions"}),
        ("note", "a", {"run:a", "runs", "nodes", "regressions"}),
        ("action", "a", {"run:a", "queue"}),
        ("note", None, {"runs", "nodes", "regressions"}),
        ("node", None, {"trees"}),
        ("anything", None, set()),
    ],
)
def test_what_an_event_changes(channel: str, run: str | None, changed: set[str]) -> None:
    """Everything that some page shows of it, each topic once, and all of them such as can be followed."""
    found = topics.of(channel, run)

    assert changed == set(found)
    assert len(changed) == len(found)
    assert all(map(topics.known, found))


@pytest.mark.parametrize("topic", ["", "job", "run", "run:", "build:", "node", "RUNS", "*"])
def test_what_is_no_topic(topic: str) -> None:
    """Channels of the log and all else that pages do not follow."""
    assert not topics.known(topic)
