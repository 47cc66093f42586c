"""The programs of a job that brings no shell of its own, and the functions that run them.

Source: lkp-tests: what stands in ``$LKP_SRC/bin`` and ``$LKP_SRC/lib``, and which of its programs are of what kind.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paddles.boot.shell import IDENTIFIER, name, quoted, text
from paddles.errors import Invalid

# In the order in which they run: the function of the client that starts such a program, and its script.
KINDS = {
    "setup": ("run_setup", "run-setup"),
    "daemon": ("start_daemon", "run-daemon"),
    "monitor": ("run_monitor", "run-monitor"),
    "test": ("run_test", "run-test"),
}
SECTIONS = {"setup": "setup", "daemon": "daemon", "monitor": "monitor", "monitors": "monitor", "program": "test"}
BLOCKS = {"if": ("then", "fi"), "for": ("do", "done"), "while": ("do", "done"), "until": ("do", "done")}
DEFAULT_STATS = "time dmesg kmsg last_state stderr".split()

REGISTRY: Mapping[str, str] = {
    **dict.fromkeys("cpufreq_governor disk fs fs2 iosched nr_hugepages swap thp_enabled thp_defrag".split(), "setup"),
    **dict.fromkeys("iperf-server netserver qperf-server sockperf-server nfs-server".split(), "daemon"),
    **dict.fromkeys(
        "boot-time uptime heartbeat iostat vmstat mpstat pidstat meminfo slabinfo interrupts softirqs diskstats "
        "nfsstat numa-numastat numa-vmstat numa-meminfo proc-vmstat proc-stat cpuidle cpufreq turbostat "
        "sched_debug perf-stat perf-sched lock_stat latency_stats kmemleak oom-killer kmsg ftrace".split(),
        "monitor",
    ),
}  # fmt: skip

# Fields with null or a mapping in them that are no programs.
NO_PROGRAMS = frozenset(
    "suite testcase category testbox tbox_group arch os os_arch os_version os_dir os_mount kernel_append_root "
    "lkp_initrd_user docker_image pp ss job2sh pkg_data result_root group_id submit_id loadavg timeout runtime "
    "deadline renew_to_utc queue subqueue priority weight target_machines cache_dirs need_memory cluster "
    "node_roles cluster_jobs direct_macs direct_ips nr_nic nr_disk disk_size wait_on wait_options waited "
    "waited_jobs ss_wait_jobs nr_run max_run boot_params kernel_custom_params secrets services hw vt matrix stats "
    "on_fail define_files install_os_packages upload_fields upload_dirs rootfs rootfs_disk kernel_uri initrds_uri "
    "kconfig commit lab job_state job_stage job_health milestones job_step errid ssh_pub_key LKP_SERVER "
    "LKP_CGI_PORT SCHED_HOST SCHED_PORT RESULT_WEBDAV_PORT".split()
)
PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
BLOCK = re.compile(r"(if|for|while|until)\s")
# Nothing that ends a command or a function, opens another, or begins a comment or a document: it stays in its function.
CONDITION = re.compile(r"""[a-z]+ +[A-Za-z0-9_ .,:=!/@%+"'$\[\]|&*?~^-]+""")


@dataclass(frozen=True)
class Program:
    """A program of one of ``KINDS`` with its options, or a ``variable`` that is set where it stands."""

    kind: str
    name: str
    options: Any


@dataclass(frozen=True)
class Block:
    """Items that run on a condition or again and again; ``head`` is the shell's own line."""

    head: str
    items: tuple["Program | Block", ...]


def found(document: Mapping[str, Any], registry: Mapping[str, str] = REGISTRY) -> tuple[Program | Block, ...]:
    """Return the programs of a job: those of its sections first, then the others in their order.

    A key that ``registry`` does not know is a test when it has null or a mapping and is not a field that we know.

    Raises:
        Invalid: a condition has more in it than a condition needs.
    """
    sections = (
        Program(kind, each, options)
        for section, kind in SECTIONS.items()
        for each, options in _section(document.get(section)).items()
    )
    return (*sections, *_items(document, registry, frozenset(SECTIONS) | NO_PROGRAMS))


def run_job(items: tuple[Program | Block, ...]) -> list[str]:
    """Return the lines of ``run_job()``: setups, daemons, monitors, tests, each kind in the order of the job."""
    lines = ["run_job()", "{", "\techo $$ > $TMP/run-job.pid", ""]
    lines += [f"\t. $LKP_SRC/lib/{library}.sh" for library in ("http", "job", "env")]
    lines += ["", "\texport_top_env"]
    for kind in ("variable", *KINDS):
        group = list(_run(items, kind, "\t"))
        lines += ["", *group] if group else []
    return [*lines, "}"]


def extract_stats(items: tuple[Program | Block, ...]) -> list[str]:
    """Return the lines of ``extract_stats()``: each test and monitor once, then what every job has."""
    names = dict.fromkeys([*_measured(items), *DEFAULT_STATS])
    return ["extract_stats()", "{", *(f"\t$LKP_SRC/bin/run-stats {_word(each)}" for each in names), "}"]


def _section(section: Any) -> Mapping[str, Any]:
    if isinstance(section, Mapping):
        return section
    names = [section] if isinstance(section, str) else section if isinstance(section, list) else []
    return {each: None for each in names if isinstance(each, str)}


def _items(mapping: Mapping[str, Any], registry: Mapping[str, str], known: frozenset[str]) -> Iterator[Program | Block]:
    for key, value in mapping.items():
        if BLOCK.match(key) and isinstance(value, Mapping):
            yield _block(key, value, registry)
        elif key in registry and key not in known:
            yield Program(registry[key], key, value)
        elif key in known or key.startswith("my_") or not PROGRAM.fullmatch(key):
            continue
        elif value is None or isinstance(value, Mapping):
            yield Program("test", key, value)


def _block(key: str, value: Mapping[str, Any], registry: Mapping[str, str]) -> Block:
    if not CONDITION.fullmatch(key) or not _closed(key):
        raise Invalid(f"{key[:80]!r} has more in it than a condition: write it as job2sh")
    variables = (
        Program("variable", each, said)
        for each, said in value.items()
        if each not in registry and IDENTIFIER.fullmatch(each) and said and text(said)
    )
    return Block(key, (*variables, *_items(value, registry, frozenset())))


def _closed(key: str) -> bool:
    try:
        return bool(shlex.split(key))
    except ValueError:
        return False


def _run(items: tuple[Program | Block, ...], kind: str, tabs: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Block):
            inner = list(_run(item.items, kind, f"{tabs}\t"))
            opening, closing = BLOCKS[item.head.split()[0]]
            yield from [f"{tabs}{item.head}", f"{tabs}{opening}", *inner, f"{tabs}{closing}"] if inner else []
        elif item.kind == kind:
            yield tabs + _line(item)


def _line(item: Program) -> str:
    if item.kind == "variable":
        return f"export {item.name}={quoted(text(item.options) or '')}"
    function, script = KINDS[item.kind]
    return " ".join([function, *_settings(item.options), f"$LKP_SRC/bin/{script}", _word(item.name), *_arguments(item)])


def _settings(options: Any) -> Iterator[str]:
    if not isinstance(options, Mapping):
        return
    for key, value in options.items():
        if isinstance(value, Mapping):
            yield from _settings(value)
        else:
            yield f"{name(key)}={quoted(text(value) or '')}"


def _arguments(item: Program) -> list[str]:
    said = None if isinstance(item.options, Mapping) else text(item.options)
    if not said:
        return []
    if not isinstance(item.options, str):
        return [quoted(each) for each in said.split("\n")]
    try:
        return [quoted(each) for each in shlex.split(said)]
    except ValueError:
        return [quoted(said)]


def _measured(items: tuple[Program | Block, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Block):
            yield from _measured(item.items)
        elif item.kind in ("test", "monitor"):
            yield item.name


def _word(said: str) -> str:
    return said if PROGRAM.fullmatch(said) else quoted(said)
