"""``key=value`` beside a job file: which are defaults, which are overrides, and what they set."""

from typing import Any

import pytest

from paddles.boot import job_words
from paddles.errors import Invalid

JOB: dict[str, Any] = {
    "suite": "iperf",
    "a.b": 1,
    "if role client": {"iperf": {"runtime": 300}},
    "napper": None,
    "sleep": "10",
}


def test_the_job_file_parts_defaults_from_overrides() -> None:
    """``a=1 job.yaml b=2``: a is a default, b an override."""
    assert ({"a": 1}, "job.yaml", {"b": "x", "c": None}) == job_words.arguments(["a=1", "job.yaml", "b=x", "c="])


@pytest.mark.parametrize("words", [[], ["a=1"], ["one.yaml", "two.yaml"]])
def test_there_is_one_job_file(words: list[str]) -> None:
    """Neither none nor two."""
    with pytest.raises(Invalid, match="name one job file"):
        job_words.arguments(words)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("a=1", {"a": 1}),
        ("a=1=2", {"a": "1=2"}),
        ("a=yes", {"a": True}),
        ("a='yes'", {"a": "yes"}),
        ("testbox=vm-2p8g-1", {"testbox": "vm-2p8g-1"}),
        ("nr_threads=[1, 50%]", {"nr_threads": [1, "50%"]}),
        ("a.b.c=", {"a.b.c": None}),
        ("if role server.x=1", {"if role server.x": 1}),
    ],
)
def test_values_are_read_as_yaml(word: str, said: dict[str, Any]) -> None:
    """A scalar, or a list of alternatives."""
    assert said == job_words.assignments([word])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("a", "a has no value: write a=value"),
        ("=1", "'' is no key"),
        ("a..b=1", "'a..b' is no key"),
        (".a=1", "is no key"),
        ("a\x00b=1", "is no key"),
        ("a" * 300 + "=1", "is no key: use names of at most 256"),
        (".".join("abcdefghi") + "=1", "deeper than 8 levels"),
        ("a={b: 1}", "^a: a mapping cannot be set at once"),
        ("a=[", "^a: not YAML"),
        ("a=\ud800", "^a: half a surrogate"),
        ("a=<%= 1 %>\0", "^a: not YAML"),
    ],
)
def test_words_that_set_nothing_are_refused(word: str, message: str) -> None:
    """The message names the key."""
    with pytest.raises(Invalid, match=message):
        job_words.assignments([word])


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("suite", {"suite": 7}),
        ("new", {"new": 7}),
        ("new.deep", {"new": {"deep": 7}}),
        ("a.b", {"a.b": 7}),
        ("napper.mode", {"napper": {"mode": 7}}),
        ("pp.napper.mode", {"napper": {"mode": 7}}),
        ("iperf.runtime", {"if role client": {"iperf": {"runtime": 7}}}),
        ("pp.iperf.runtime", {"if role client": {"iperf": {"runtime": 7}}}),
        ("pp.iperf.cluster.x", {"if role client": {"iperf": {"runtime": 300, "cluster": {"x": 7}}}}),
        ("pp.other.runtime", {"pp": {"other": {"runtime": 7}}}),
        ("if role client.iperf.runtime", {"if role client": {"iperf": {"runtime": 7}}}),
    ],
)
def test_an_override_is_set_where_it_belongs(key: str, changed: dict[str, Any]) -> None:
    """A path leads into mappings; an option of a program is set where the program stands. The job is not changed."""
    before = repr(JOB)

    assert {**JOB, **changed} == job_words.over(JOB, {key: 7})
    assert before == repr(JOB)


@pytest.mark.parametrize("key", ["suite.x", "suite.x.y", "pp.sleep.secs"])
def test_a_path_through_a_value_is_refused(key: str) -> None:
    """Text has no options."""
    declared = {"sleep": ["secs"]}

    with pytest.raises(Invalid, match=f"^{key} leads through '(iperf|10)', which is no mapping$"):
        job_words.over(JOB, {key: 1}, declared)


def test_a_default_is_set_where_nothing_was_said() -> None:
    """A null says something."""
    said = {"suite": 7, "napper": 7, "new": 7, "pp.iperf.runtime": 7, "pp.iperf.protocol": "udp"}

    found = job_words.under(JOB, said)

    assert {**JOB, "new": 7, "if role client": {"iperf": {"runtime": 300, "protocol": "udp"}}} == found
