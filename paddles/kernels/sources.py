"""Builds, boots, tests and log lines of kernels as sources of rows: what may be asked of each, under which names.

The names are those of kernelci.org's documents; what they are called here is understood everywhere as well.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, select

from paddles.archive.models import Case, Job, Run, Test
from paddles.archive.status import OUTCOMES
from paddles.kernels import links
from paddles.kernels.facts import BOOT_RESULTS, BUILD_RESULTS
from paddles.kernels.models import KernelBoot, KernelBuild, LogLine
from paddles.listing.fields import JSON, MOMENT, NUMBER, TEXT, WORD, Field, Source, Tally, named

BUILD, BOOT = KernelBuild.__table__, KernelBoot.__table__
TEST, CASE, LINE = Test.__table__, Case.__table__, LogLine.__table__
JOB, RUN = Job.__table__, Run.__table__

TITLES = {
    "job": "Tree",
    "git_branch": "Branch",
    "build_environment": "Build Environment",
    "defconfig_full": "Defconfig",
    "job_id": "Job id",
    "lab_name": "Lab",
    "boot_time": "Boot time",
    "mach": "SoC",
    "external_id": "Job id",
    "suite": "Test Suite",
    "name": "Test",
}


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _texts(table: Any, names: Iterable[str]) -> list[Field]:
    return [Field(name, table.c[name], TEXT, _title(name)) for name in names]


def _numbers(table: Any, names: dict[str, str]) -> list[Field]:
    return [Field(name, table.c[column], NUMBER, _title(name)) for name, column in names.items()]


def _kept(document: Any, names: str) -> list[Field]:
    """Return the fields that are in the document alone."""
    return [Field(name, document[name], JSON, _title(name)) for name in names.split()]


def _place(job_id: ColumnElement[Any]) -> list[Field]:
    """Return where a row's job is found; looked up for the rows that are shown, and for no others."""
    job = JOB.alias()
    of_job = job.c.id == job_id
    run = select(RUN.c.name).join(job, job.c.run_id == RUN.c.id).where(of_job).scalar_subquery()
    key = select(job.c.key).where(of_job).scalar_subquery()
    return [Field("run", run, TEXT, "Run", dear=True), Field("key", key, TEXT, "Key", dear=True)]


REVISION = ("git_describe", "git_commit", "kernel", "arch", "defconfig", "defconfig_full", "build_environment")


def _revision(table: Any) -> list[Field]:
    tree, branch = Field("job", table.c.tree, TEXT, "Tree"), Field("git_branch", table.c.branch, TEXT, "Branch")
    return [tree, branch, *_texts(table, REVISION)]


def _of_boot(table: Any) -> list[Field]:
    """Return the fields of a boot that all that is said of it repeats."""
    return [
        *_revision(table),
        Field("lab_name", table.c.lab, TEXT, "Lab"),
        *_texts(table, ("board", "device", "mach", "endian", "plan", "file_server_resource")),
        Field("platform_name", table.c.device, TEXT, "Platform name"),
        Field("boot_result", table.c.result, WORD, "Boot result", BOOT_RESULTS),
        *_numbers(table, {"boot_time": "duration_s", "priority": "priority"}),
    ]


OURS = {"job": "tree", "git_branch": "branch", "lab_name": "lab"}
SIZES = ("kernel_image_size", "modules_size", *(f"vmlinux_{part}_size" for part in ("bss", "data", "text", "file")))
OF_REVISION = (
    *("job", "git_branch", "kernel", "git_describe", "git_commit", "arch", "defconfig_full"),
    "build_environment",
)

BUILDS = Source(
    "builds",
    BUILD,
    named(
        Field("@timestamp", BUILD.c.created, MOMENT, "Time"),
        *_revision(BUILD),
        *_texts(BUILD, ("git_url", "file_server_url", "file_server_resource")),
        Field("build_result", BUILD.c.result, WORD, "Build result", BUILD_RESULTS),
        *_numbers(BUILD, {"build_errors": "errors", "build_warnings": "warnings", "build_time": "duration_s"}),
        *_numbers(BUILD, {name: name for name in SIZES}),
        *_kept(
            BUILD.c.document,
            "git_describe_v kconfig_fragments kernel_config kernel_image modules modules_dir dtb_dir system_map"
            " build_log compiler compiler_version compiler_version_full cross_compile build_threads build_platform"
            " text_offset host build_type version",
        ),
        *_place(BUILD.c.job_id),
        also={**OURS, "build_result": "result"},
    ),
    ("@timestamp", *OF_REVISION, "defconfig", "build_result", "build_errors", "build_warnings", "build_time", "href"),
    (BUILD.c.job_id,),
    outcome="build_result",
    links=links.OF_BUILDS,
)

BOOTS = Source(
    "boots",
    BOOT,
    named(
        Field("@timestamp", BOOT.c.happened, MOMENT, "Time"),
        *_of_boot(BOOT),
        Field("job_id", BOOT.c.external_id, TEXT, "Job id"),
        *_numbers(BOOT, {"boot_retries": "retries", "boot_warnings": "warnings"}),
        *_kept(
            BOOT.c.details,
            "boot_log boot_log_html boot_result_description dtb dtb_addr dtb_append fastboot_cmd git_url host initrd"
            " initrd_addr kernel_image loadaddr uimage uimage_addr version",
        ),
        *_place(BOOT.c.job_id),
        also={**OURS, "boot_result": "result"},
    ),
    ("@timestamp", *OF_REVISION, "lab_name", "board", "plan", "boot_result", "boot_time", "job_id", "href"),
    (BOOT.c.job_id,),
    outcome="boot_result",
    links=links.OF_BOOTS,
)

_SUITES = BOOT.join(TEST, TEST.c.job_id == BOOT.c.job_id)
TESTS = Source(
    "tests",
    _SUITES.join(CASE, CASE.c.test_id == TEST.c.id),
    named(
        Field("@timestamp", BOOT.c.happened, MOMENT, "Time"),
        *_of_boot(BOOT),
        Field("job_id", BOOT.c.external_id, TEXT, "Job id"),
        Field("id", CASE.c.id, NUMBER, "Id"),
        Field("suite", TEST.c.name, TEXT, "Test Suite"),
        Field("set", CASE.c.context, TEXT, "Set"),
        Field("name", CASE.c.name, TEXT, "Test"),
        Field("result", CASE.c.status, WORD, "Result", OUTCOMES),
        Field("measurement", CASE.c.measurement, NUMBER, "Measurement"),
        Field("unit", CASE.c.units, TEXT, "Unit"),
        Field("duration", CASE.c.duration_s, NUMBER, "Duration"),
        Field("level", CASE.c.level, TEXT, "Level"),
        Field("logged", CASE.c.logged, MOMENT, "Logged"),
        Field("log_start_line", CASE.c.line, NUMBER, "Log line"),
        Field("log_end_line", CASE.c.line, NUMBER, "Log line"),
        *_place(BOOT.c.job_id),
        also=OURS,
    ),
    (
        *("@timestamp", *OF_REVISION, "lab_name", "board", "plan", "job_id", "id", "suite", "name", "result"),
        *("measurement", "unit", "log_start_line", "href"),
    ),
    (BOOT.c.job_id, CASE.c.id),
    outcome="result",
    links=links.OF_TESTS,
    tally=Tally(
        _SUITES,
        "result",
        {status: TEST.c[f"n_{status}"] for status in OUTCOMES},
        frozenset({"@timestamp", "job_id", "suite", *(each.name for each in _of_boot(BOOT)), *OURS.values()}),
    ),
)

LOGS = Source(
    "logs",
    LINE.join(BOOT, BOOT.c.job_id == LINE.c.job_id),
    named(
        Field("@timestamp", LINE.c.at, MOMENT, "Time"),
        Field("dt", LINE.c.at, MOMENT, "Time"),
        Field("lineno", LINE.c.line, NUMBER, "Line"),
        Field("lvl", LINE.c.level, TEXT, "Level"),
        Field("msg", LINE.c.message, TEXT, "Message"),
        *_of_boot(BOOT),
        Field("job_id", BOOT.c.external_id, TEXT, "Job id"),
        *_place(BOOT.c.job_id),
        also=OURS,
    ),
    (
        *("dt", "lineno", "lvl", "msg", "job", "git_branch", "kernel", "arch", "defconfig_full"),
        *("build_environment", "lab_name", "board", "job_id", "href"),
    ),
    (LINE.c.job_id, LINE.c.line),
    lead=3,
    links=links.OF_LINES,
    searched=LINE.c.words,
)

SOURCES = {source.name: source for source in (BUILDS, BOOTS, TESTS, LOGS)}
