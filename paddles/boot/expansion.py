"""From a job file's lists to atomic jobs: one for each combination of what it asks for. Pure."""

import copy
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from paddles.boot import job_parameters, job_programs, job_references, job_words
from paddles.boot.job_programs import MONITORS, OPAQUE, Declared
from paddles.errors import Invalid

MOST_JOBS = 10_000
# Jobs times the values in each: what a small file may grow to.
MOST_VALUES = 5_000_000
# Fields whose lists are always alternatives.
FIELDS = frozenset("kconfig commit rootfs testbox tbox_group os os_arch os_version arch os_mount".split())
# Mappings whose lists are never alternatives: they say something about the job, not what to run.
CLOSED = OPAQUE | MONITORS | {"pp", "ss"}

Path = tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What is known beside the job file.

    Attributes:
        programs: the options that programs declare, by program. Of a program that is missing nothing is known: every
            list given to it is alternatives, and it is taken to declare ``job_programs.USUAL``.
        dimensions: further names whose lists are alternatives, wherever they stand.
        defaults: set where the job says nothing; keys as in ``job_words``.
        overrides: set whatever the job says.
    """

    programs: Declared = field(default_factory=dict)
    dimensions: Collection[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


def expand(job: Mapping[str, Any], rules: Rules | None = None) -> Iterator[dict[str, Any]]:
    """Return the atomic jobs of ``job``, which is not changed; the first list of the file changes slowest.

    A list is alternatives where its key is one of ``FIELDS``, an option of a program that the job uses, the name of
    such a program, or one of the rules' dimensions; every other list stays. Then references are resolved, units made
    plain and ``pp`` made (``job_parameters``).

    Raises:
        Invalid: the job would become more than ``MOST_JOBS``, or too large; alternatives without one; a default, an
            override or a reference that is refused. All that can be seen without expanding is refused at once.
    """
    return (atom for _, atom in _atoms([job], "job", rules or Rules()))


def files(
    jobs: Iterable[Mapping[str, Any]], stem: str, rules: Rules | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the atomic jobs of one job file, each with what its file is called: ``stem``, then its parameters.

    Names are different from each other: the second of the same name ends in ``-2``. Raises as ``expand``, whose bounds
    are those of all jobs of the file together.
    """
    return _atoms(jobs, stem, rules or Rules())


def dimensions(job: Mapping[str, Any], rules: Rules) -> list[Path]:
    """Return where the lists stand that are alternatives, in the order of the file."""
    uses = job_programs.used(job, rules.programs)
    names = FIELDS.union(rules.dimensions, *(job_programs.known(use, rules.programs) for use in uses))
    names |= {use.name for use in uses}
    return list(_lists(job, names, ()))


def _lists(inside: Mapping[str, Any], names: Collection[str], path: Path) -> Iterator[Path]:
    for key, value in inside.items():
        if isinstance(value, list) and key in names:
            yield (*path, key)
        elif isinstance(value, Mapping) and (path or key not in CLOSED):
            yield from _lists(value, names, (*path, key))


def _atoms(jobs: Iterable[Mapping[str, Any]], stem: str, rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    given = [_with_words(job, rules) for job in jobs]
    _bound(given, rules)
    return _named(itertools.chain.from_iterable(_combined(job, rules) for job in given), stem, rules)


def _with_words(job: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    below = job_words.under(job, rules.defaults, rules.programs)
    return job_words.over(below, rules.overrides, rules.programs)


def _bound(jobs: list[dict[str, Any]], rules: Rules) -> None:
    counts = [math.prod(len(_alternatives(job, path)) for path in dimensions(job, rules)) for job in jobs]
    if sum(counts) > MOST_JOBS:
        raise Invalid(f"a job file expands to at most {MOST_JOBS} jobs, not to {sum(counts)}")
    if sum(count * _size(job) for count, job in zip(counts, jobs, strict=True)) > MOST_VALUES:
        raise Invalid(f"the jobs of a file hold at most {MOST_VALUES} values together")


def _combined(job: dict[str, Any], rules: Rules) -> Iterator[dict[str, Any]]:
    """Take every combination, then what references bring in, until no alternatives are left."""
    places = dimensions(job, rules)
    for values in itertools.product(*(_alternatives(job, path) for path in places)):
        atom = copy.deepcopy(job)
        for path, value in zip(places, values, strict=True):
            _put(atom, path, copy.deepcopy(value))
        resolved = job_references.resolve(atom)
        yield from _combined(resolved, rules) if dimensions(resolved, rules) else [resolved]


def _named(atoms: Iterator[dict[str, Any]], stem: str, rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    met: dict[str, int] = {}
    for count, atom in enumerate(atoms):
        if count >= MOST_JOBS:
            raise Invalid(f"a job file expands to at most {MOST_JOBS} jobs; its references make more")
        name = job_parameters.file_name(stem, atom, rules.programs)
        unique = name
        while unique in met:
            met[name] += 1
            unique = f"{name.removesuffix('.yaml')}-{met[name]}.yaml"
        met[unique] = 1
        plain = job_parameters.plain_units(atom)
        plain["pp"] = job_parameters.parameters(plain, rules.programs)
        yield unique, plain


def _alternatives(job: Mapping[str, Any], path: Path) -> list[Any]:
    value: Any = job
    for key in path:
        value = value[key]
    if not value:
        raise Invalid(f"{'.'.join(path)} is an empty list: there is nothing to choose from")
    return list(value)


def _put(job: dict[str, Any], path: Path, value: Any) -> None:
    for key in path[:-1]:
        job = job[key]
    job[path[-1]] = value


def _size(value: Any) -> int:
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(_size(item) for item in inside)
