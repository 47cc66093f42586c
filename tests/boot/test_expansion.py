"""Lists of a job file become atomic jobs: which lists, in which order, and under which names."""

from collections.abc import Mapping
from typing import Any

import pytest

from paddles.boot import expansion, job_file, job_words
from paddles.boot.expansion import Rules, expand, files
from paddles.errors import Invalid

NAPPER = """
suite: napper
category: functional
runtime: 30s
nr_threads:
  - 1
  - 50%
napper:
  mode:
    - hard
    - soft
"""
IPERF = """
suite: iperf
category: benchmark
runtime: 300s
cluster: cs-localhost
rootfs_disk: [/dev/vda]
if role server:
  iperf-server:
if role client:
  iperf:
    protocol: [tcp, udp]
"""
TABLES: list[Mapping[str, Any]] = [
    {},
    {"iperf": ["runtime", "protocol", "cluster"], "iperf-server": [], "napper": ["nr_threads", "mode", "runtime"]},
]


def jobs(text: str, rules: Rules | None = None) -> list[dict[str, Any]]:
    """Read a file and return its atomic jobs."""
    return [atom for job in job_file.read(text) for atom in expand(job, rules)]


@pytest.mark.parametrize("programs", TABLES)
def test_the_product_of_all_alternatives(programs: Mapping[str, Any]) -> None:
    """Two threads by two modes are four jobs, the first list changing slowest, with or without a table of programs."""
    found = jobs(NAPPER, Rules(programs=programs))

    assert [(1, "hard"), (1, "soft"), ("50%", "hard"), ("50%", "soft")] == [
        (job["nr_threads"], job["napper"]["mode"]) for job in found
    ]
    assert {"napper": {"nr_threads": "50%", "runtime": 30, "mode": "soft"}} == found[3]["pp"]
    assert ["suite", "category", "runtime", "nr_threads", "napper", "pp"] == list(found[0])


@pytest.mark.parametrize("programs", TABLES)
def test_files_are_named_by_their_parameters(programs: Mapping[str, Any]) -> None:
    """As lkp names them: values as written, in the order of the options' names."""
    rules = Rules(programs=programs)
    found = dict(files(job_file.read(IPERF), "iperf", rules))

    assert ["iperf-cs-localhost-tcp-300s.yaml", "iperf-cs-localhost-udp-300s.yaml"] == list(found)
    assert [300, 300] == [job["runtime"] for job in found.values()]
    assert [["/dev/vda"], ["/dev/vda"]] == [job["rootfs_disk"] for job in found.values()]
    assert [
        "napper-hard-1-30s.yaml",
        "napper-soft-1-30s.yaml",
        "napper-hard-50%-30s.yaml",
        "napper-soft-50%-30s.yaml",
    ] == [name for name, _ in files(job_file.read(NAPPER), "napper", rules)]


@pytest.mark.parametrize(
    ("text", "rules", "count"),
    [
        ("x: [1, 2]", Rules(), 1),
        ("x: [1, 2]", Rules(dimensions=["x"]), 2),
        ("p: {x: [1, 2]}", Rules(), 2),
        ("p: {x: [1, 2]}", Rules(programs={"p": []}), 1),
        ("p: {x: [1, 2]}", Rules(programs={"p": ["x"]}), 2),
        ("p: {deep: {x: [1, 2]}}", Rules(programs={"p": ["x"]}), 2),
        ("p: {deep: {x: [1, 2]}}", Rules(), 1),
        ("p: {}\nx: [1, 2]", Rules(programs={"p": ["x"]}), 2),
        ("x: [1, 2]", Rules(programs={"p": ["x"]}), 1),
        ("p: [a b, c]", Rules(programs={"p": []}), 2),
        ("p: [a b, c]", Rules(), 1),
        ("p:\nnr_threads: [1, 2]", Rules(), 2),
        ("nr_threads: [1, 2]", Rules(), 1),
        ("p:\nnr_threads: [1, 2]", Rules(programs={"p": []}), 1),
        ("program: {p: {x: [1, 2]}}", Rules(), 2),
        ("if role server:\n  if role client:\n    p: {x: [1, 2]}", Rules(), 2),
        ("monitors: {p: {x: [1, 2]}}", Rules(), 1),
        ("pp: {p: {x: [1, 2]}}", Rules(), 1),
        ("secrets: {os: [a, b]}", Rules(), 1),
        ("job2sh: {run_job: [a, b]}", Rules(dimensions=["run_job"]), 1),
        *[(f"{key}: [a, b, c]", Rules(), 3) for key in sorted(expansion.FIELDS)],
        ("os: [a, b]\ntestbox: [c, d]\np: {x: [1, 2, 3], y: [4]}", Rules(), 12),
        ("os: [a, a]", Rules(), 2),
        ("os: [[a, b], [c]]", Rules(), 3),
        ("os: {x: [1, 2]}", Rules(), 1),
        ("p: {x: [{a: 1}, {a: 2}]}", Rules(), 2),
    ],
)
def test_only_declared_lists_are_alternatives(text: str, rules: Rules, count: int) -> None:
    """Those of some fields, of options that a used program declares, of an unknown program, and those asked for."""
    assert count == len(jobs(text, rules))


def test_each_document_is_expanded() -> None:
    """Over the common part, which alone makes no job."""
    found = jobs("suite: s\nos: [a, b]\n---\np: {x: [1, 2]}\n---\nos: c\n")

    assert [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", None)] == [
        (job["os"], job.get("p", {}).get("x")) for job in found
    ]


def test_jobs_do_not_share_what_they_hold() -> None:
    """Whoever changes one atomic job changes no other, and not the job they come of."""
    [job] = job_file.read("os: [a, b]\np: {x: {y: 1}}\n")

    first, second = expand(job)
    first["p"]["x"]["y"] = first["pp"]["p"]["x"] = 2

    assert 1 == second["p"]["x"]["y"]
    assert {"os": ["a", "b"], "p": {"x": {"y": 1}}} == job


def test_references_see_the_chosen_alternative() -> None:
    """And may bring in alternatives of their own."""
    found = jobs("p: {x: [1, 2], y: 'n{{ p.x }}', nr_threads: '{{ counts }}'}\ncounts: [3, 4]\n")

    assert [(1, "n1", 3), (1, "n1", 4), (2, "n2", 3), (2, "n2", 4)] == [tuple(job["p"].values()) for job in found]


def test_defaults_below_and_overrides_above() -> None:
    """A default is seen where the file says nothing, an override always; their lists are alternatives too."""
    said = job_words.arguments(
        [
            "os=debian",
            "runtime=1",
            "x.yaml",
            "testbox=vm-2p8g-1",
            "pp.napper.runtime=5",
            "napper.mode=[a, b]",
            "nr_threads=1",
        ]
    )

    found = jobs(NAPPER, Rules(defaults=said.defaults, overrides=said.overrides))

    assert ["a", "b"] == [job["napper"]["mode"] for job in found]
    assert ("debian", 30, "vm-2p8g-1") == (found[0]["os"], found[0]["runtime"], found[0]["testbox"])
    assert {"napper": {"nr_threads": 1, "runtime": 5, "mode": "a"}} == found[0]["pp"]


@pytest.mark.parametrize(
    ("text", "programs", "pp"),
    [
        ("p:", {}, {"p": None}),
        ("p: {}", {}, {"p": None}),
        ("p: {x: 1, y: null}", {}, {"p": {"x": 1, "y": None}}),
        ("p: 10", {"p": []}, {"p": 10}),
        ("p: -t 3", {"p": []}, {"p": "-t 3"}),
        ("p: 10", {}, {}),
        ("p: {x: 1}\ny: 2\nz: 3", {"p": ["x", "y"]}, {"p": {"y": 2, "x": 1}}),
        ("p: {x: 1}\nx: 2", {"p": ["x"]}, {"p": {"x": 1}}),
        ("p:\nruntime: 5\nother: 6", {}, {"p": {"runtime": 5}}),
        ("setup: {disk: 1HDD}\nprogram: {p: {x: 1}}\nmonitors: {vmstat: }", {}, {"disk": "1HDD", "p": {"x": 1}}),
        ("if role a:\n  p: {x: 1}\nif role b:\n  p: {y: 2}", {}, {"p": {"x": 1, "y": 2}}),
        ("pp: {p: {x: 0, z: 1}, q: {y: 2}}\np: {x: 1}", {}, {"p": {"x": 1, "z": 1}, "q": {"y": 2}}),
        ("testbox:\n'#! jobs/p.yaml':\nkconfig:\ncluster:\nss: {mysql: {version: 8}}", {}, {}),
    ],
)
def test_pp_says_what_the_programs_are_given(text: str, programs: Mapping[str, Any], pp: dict[str, Any]) -> None:
    """Its own options, and those of the job that it declares; no monitors, no fields of the scheduler."""
    [job] = jobs(text, Rules(programs=programs))

    assert pp == job["pp"]


@pytest.mark.parametrize(
    ("key", "written", "plain"),
    [
        *[
            ("runtime", text, value)
            for text, value in (("300s", 300), ("30", 30), ("2m", 120), ("1h", 3600), ("2d", 172_800))
        ],
        *[("runtime", text, text) for text in ("1w2d", "s", "1.5h", "-3s", "3 s", "٣s", "9" * 10)],
        ("runtime", "1w", 604_800),
        ("nr_threads", "200%", 4),
        ("nr_task", "50%", 1),
        ("nr_task", "1%", 1),
        ("nr_task", "x%", "x%"),
        ("timeout", "300s", "300s"),
        ("size", "200%", "200%"),
    ],
)
def test_units_are_made_plain(key: str, written: str, plain: Any) -> None:
    """Seconds for runtimes, numbers of a machine's two processors for shares, everywhere; nothing else is touched."""
    [job] = jobs(f"nr_cpu: 2\n{key}: '{written}'\np: {{{key}: '{written}'}}\nsecrets: {{{key}: '{written}'}}\n")

    assert (plain, plain, plain) == (job[key], job["p"][key], job["pp"]["p"][key])
    assert written == job["secrets"][key]


@pytest.mark.parametrize("cpus", ["", "nr_cpu: two\n", "nr_cpu: 0\n", "nr_cpu: yes\n"])
def test_a_share_of_unknown_processors_stays(cpus: str) -> None:
    """As it was written."""
    assert "50%" == jobs(f"{cpus}p: {{nr_threads: 50%}}\n")[0]["p"]["nr_threads"]


@pytest.mark.parametrize(
    ("stem", "text", "name"),
    [
        ("x", "suite: s", "x-defaults.yaml"),
        ("x", "p: {a: null, b: [1], c: {d: 2}}", "x-1.yaml"),
        ("x", "p: {b: yes, a: 1.5}", "x-1.5-true.yaml"),
        ("x", "p: {a: ../../etc/passwd}", "x-.._.._etc_passwd.yaml"),
        ("../x", "p: {a: 'b c\\n;$(id)'}", "_x-b_c_n___id_.yaml"),
        ("...", "p:", "defaults.yaml"),
        ("x", f"p: {{a: {'y' * 99}}}", f"x-{'y' * 31}.yaml"),
        ("x" * 999, "p: {a: 1}", f"{'x' * 200}.yaml"),
    ],
)
def test_names_of_files_are_names(stem: str, text: str, name: str) -> None:
    """Of letters that a shell and a file system take, never hidden, never a path."""
    assert [name] == [found for found, _ in files(job_file.read(text), stem)]


def test_no_two_files_have_one_name() -> None:
    """Where the parameters do not tell them apart, a number does."""
    text = "os: [a, b]\np: {x: [1, 1-2]}\n"

    assert ["j-1.yaml", "j-1-2.yaml", "j-1-3.yaml", "j-1-2-2.yaml"] == [
        name for name, _ in files(job_file.read(text), "j")
    ]


@pytest.mark.parametrize(
    ("text", "rules", "message"),
    [
        ("p: {x: []}", Rules(), "^p.x is an empty list"),
        ("os: []", Rules(), "^os is an empty list"),
        (f"p: {{x: {list(range(101))}, y: {list(range(100))}}}", Rules(), "at most 10000 jobs, not to 10100"),
        ("\n".join(["p:", *(f"  x{n}: [1, 2]" for n in range(64))]), Rules(), "at most 10000 jobs, not to 18446744"),
        (f"p: {{x: {list(range(5000))}}}\nb: {list(range(5000))}", Rules(), "at most 5000000 values together"),
        ("p: 1", Rules(overrides={"p.x": 1}), "^p.x leads through 1, which is no mapping"),
        ("p: 1", Rules(defaults={"p.x": 1}), "^p.x leads through"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_cannot_be_expanded_is_refused_at_once(text: str, rules: Rules, message: str) -> None:
    """Before the first job, with the key or the numbers."""
    [job] = job_file.read(text)

    with pytest.raises(Invalid, match=message):
        expand(job, rules)


def test_the_bound_is_that_of_the_whole_file() -> None:
    """Not of each document."""
    text = f"a: 1\n---\np: {{x: {list(range(6000))}}}\n---\np: {{y: {list(range(6000))}}}\n"

    with pytest.raises(Invalid, match="not to 12000"):
        files(job_file.read(text), "x")


def test_references_do_not_go_round_the_bound() -> None:
    """Alternatives that a reference brings in are counted when they come."""
    text = f"many: {list(range(200))}\np: {{a: '{{{{ many }}}}', b: '{{{{ many }}}}', c: '{{{{ many }}}}'}}\n"

    with pytest.raises(Invalid, match="its references make more"):
        list(expand(job_file.read(text)[0], Rules(programs={"p": "abc"})))
