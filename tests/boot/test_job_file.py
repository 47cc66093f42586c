"""Job files: which YAML they are, what of it is kept, and what is refused."""

import pytest

from paddles.boot import job_file
from paddles.errors import Invalid


def test_one_document_is_one_job() -> None:
    """Keys keep their order, lists stay lists."""
    [job] = job_file.read("suite: napper\nnr_threads:\n  - 1\n  - 50%\nnapper:\n  mode: [hard, soft]\n")

    assert {"suite": "napper", "nr_threads": [1, "50%"], "napper": {"mode": ["hard", "soft"]}} == job
    assert ["suite", "nr_threads", "napper"] == list(job)


def test_further_documents_are_put_over_the_first() -> None:
    """Top-level key by key, each for itself; the common part alone is no job."""
    jobs = job_file.read("suite: a\np: {x: 1}\n---\np: {y: 2}\n---\nq: 3\n")

    assert [{"suite": "a", "p": {"y": 2}}, {"suite": "a", "p": {"x": 1}, "q": 3}] == jobs


@pytest.mark.parametrize(
    "text", ["a: 1\n---\n", "---\na: 1\n...\n", "---\n---\na: 1\n", "# only a remark\n---\na: 1\n"]
)
def test_empty_documents_say_nothing(text: str) -> None:
    """A separator too many makes no job."""
    assert [{"a": 1}] == job_file.read(text)


def test_comments_with_a_path_are_kept_where_they_stand() -> None:
    """They become keys without a value, also between keys, below the last one and in each document."""
    first = "#! jobs/napper.yaml\nsuite: a\n\n#! include/napper\nnapper:\n  mode: x\n#! end\n"
    text = f"{first}---\n#! second\nb: 1\n# no key\n"

    [job] = job_file.read(text)

    assert ["#! jobs/napper.yaml", "suite", "#! include/napper", "napper", "#! end", "#! second", "b"] == list(job)
    assert job["#! include/napper"] is None


def test_a_comment_inside_a_mapping_does_not_break_it() -> None:
    """It is kept at the next key of the job; a shell script's first line is text like any other."""
    [job] = job_file.read("n:\n  a: 1\n#! x\n  b: 2\nscript: |\n  #! /bin/sh\n  true\n")

    assert {"n": {"a": 1, "b": 2}, "#! x": None, "script": "#! /bin/sh\ntrue\n"} == job


def test_the_source_is_the_first_key() -> None:
    """As clients send it."""
    assert ["#! jobs/x.yaml", "a"] == list(job_file.read("a: 1", path="jobs/x.yaml")[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("- a\n", "line 1 is not"),
        ("a: 1\n---\ntext\n", "line 3 is not"),
        ("a: 1\nb: <%= nr_cpu %>\n", r"^line 2: <% %> is Ruby \(ERB\)"),
        ("a: {{ nr_cpu }}\n", 'line 1: a key is text; quote what begins with a brace: "{{ name }}"'),
        ("a: 1\n---\nb: 2\nb: 3\n", "^line 4: the key b is there twice$"),
        ("a: 1\n---\nb: [1\n", "not YAML: line"),
        ("--- {}\n" * 101, "at most 100 documents"),
        ("---\n".join(f"{key}: [{'1,' * 40_000}]\n" for key in "abc"), "at most 100000 values"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_job_file_is_refused(text: str, message: str) -> None:
    """With a message that says what is wrong, and where; the documents of a file share its bounds."""
    with pytest.raises(Invalid, match=message):
        job_file.read(text)
