"""Which keys of a job are programs, what they are given, and which options are known of them. Pure."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

# What programs declare, by name; a program that is not there is one of which nothing is known.
Declared = Mapping[str, Collection[str]]
NOTHING_DECLARED: Declared = MappingProxyType({})

# Variables that most programs of lkp-tests declare: taken as declared by every program of which nothing is known.
USUAL = frozenset("cluster cpufreq_governor iterations nr_task nr_threads runtime test ucode".split())
# Sections all of whose keys are programs, sections of what only watches, and the beginnings of shell conditions.
SECTIONS = frozenset("setup daemon program".split())
MONITORS = frozenset("monitor monitors".split())
CONDITIONS = frozenset("if for while until".split())
# Mappings that the client and the scheduler exchange: nothing in them is a program, an option or a reference.
OPAQUE = frozenset(
    """cluster_jobs define_files job2sh node_roles pkg_data secrets ss_wait_jobs stats wait_on wait_options
    waited_jobs""".split()
)
# Mappings, and names that may stand without a value, which are no programs.
FIELDS = frozenset(
    """arch boot_params branch category cluster cluster_jobs commit define_files deadline direct_ips
    direct_macs docker_image group_id id job2sh job_health job_id job_origin job_stage job_state kconfig
    kernel_append_root kernel_custom_params lab lkp_initrd_user loadavg max_run memory milestones my_account my_email
    my_name my_token need_kconfig need_memory no_defaults node_roles nr_cpu nr_node nr_run os os_arch os_dir os_mount
    os_version pkg_data pp priority queue result_root rootfs runtime secrets ss ss_wait_jobs stats subqueue submit_id
    submit_time suite target_machines tbox_group testbox testcase timeout ucode wait_on wait_options waited_jobs
    weight""".split()
)


class Use(NamedTuple):
    """A program in a job: its name, where it stands, and its options, its arguments as text, or None."""

    name: str
    path: tuple[str, ...]
    given: Any


def used(job: Mapping[str, Any], declared: Declared = NOTHING_DECLARED) -> list[Use]:
    """Return the programs of a job in its order, those inside conditions too; monitors in their section are none.

    A key is a program when ``declared`` has it, when it stands in a section of programs, or when it is no field known
    to the scheduler and has a mapping or nothing as its value.
    """
    return list(_used(job, declared, ()))


def known(use: Use, declared: Declared) -> frozenset[str]:
    """Return the options of a program: those declared, else the usual ones and those that it is given."""
    if use.name in declared:
        return frozenset(declared[use.name])
    return USUAL | frozenset(use.given if isinstance(use.given, Mapping) else ())


def _used(job: Mapping[str, Any], declared: Declared, path: tuple[str, ...]) -> Iterator[Use]:
    section = bool(path) and path[-1] in SECTIONS
    for key, value in job.items():
        place = (*path, key)
        if holds_programs(key) and isinstance(value, Mapping):
            yield from _used(value, declared, place)
        elif key in declared or section or _looks_like_one(key, value):
            yield Use(key, place, value)


def holds_programs(key: str) -> bool:
    """Say whether what stands below a key are programs: a section, or a condition as in ``if role server``."""
    return key in SECTIONS or (" " in key and key.split(" ", 1)[0] in CONDITIONS)


def _looks_like_one(key: str, value: Any) -> bool:
    if key in FIELDS or key in MONITORS or key in SECTIONS or key.startswith("#"):
        return False
    return value is None or isinstance(value, Mapping)
