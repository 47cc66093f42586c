"""What LAVA says of a job that booted a kernel: its callback, with the log, as a lab sends it."""

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMPLETE, INCOMPLETE = 2, 3


@dataclass(frozen=True)
class Kernel:
    """A revision of a tree, and what it is built with."""

    tree: str
    branch: str
    version: str
    sha1: str
    url: str
    compiler: str

    def resource(self, arch: str, config: str) -> str:
        """Return where its files lie."""
        return f"{self.tree}/{self.branch}/{self.version}/{arch}/{config}/{self.compiler}"


@dataclass(frozen=True)
class Boot:
    """A job of a lab. ``broken`` are the cases that fail, ``suite.case``, and ``boot`` where it does not boot.

    ``offline``: the lab is to blame for nothing having come of it.
    """

    kernel: Kernel
    lab: str
    id: str
    board: str
    device: str
    arch: str
    defconfig: str
    plan: str
    began: datetime.datetime
    broken: frozenset[str]
    offline: bool
    boot_s: float

    @property
    def booted(self) -> bool:
        """Whether there was a login."""
        return not self.offline and "boot" not in self.broken


DMESG = ("crit", "alert", "emerg")
PROBED = ("deferred-probe-empty", "all-cpus-are-online", "mmc-probed", "eth-probed", "usb-storage-probed")
OWN = {"rk3399-rock-pi-4b": "rockchip-pcie-probed", "jh7100-starfive-visionfive-v1": "starfive-drm-probed"}
SUITES: Mapping[str, Sequence[str]] = {
    "kselftest-net": ("reuseport_bpf", "tls", "so_txtime", "udpgso.sh", "gro.sh", "psock_snd.sh", "bind_wildcard"),
    "ltp-syscalls": ("accept4_01", "epoll_wait02", "fanotify22", "fcntl36", "mmap18", "readahead02", "statx07"),
}
BANNER = (
    "U-Boot 2026.01 (Jan 12 2026 - 09:14:03 +0000)",
    "Bytes transferred = 36274688 (2298200 hex)",
    "Starting kernel ...",
    "<6>[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]",
    "<5>[    0.000000] Linux version {version} (builder@build-7) ({compiler}) #1 SMP PREEMPT",
    "<6>[    0.000000] Machine model: {board}",
    "<6>[    0.004117] Calibrating delay loop (skipped), value calculated using timer frequency.. 48.00 BogoMIPS",
    "<6>[    0.131090] smp: Brought up 1 node, 4 CPUs",
    "<6>[    1.402311] mmc0: new HS400 MMC card at address 0001",
    "<4>[    2.118430] random: crng init done",
    "<6>[    3.530021] EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode",
)
PANIC = (
    "<1>[    2.771902] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000028",
    "<0>[    2.771933] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP",
    "<4>[    2.771988] Call trace:",
    "<4>[    2.772011]  mmc_blk_probe+0x1a4/0x3c0",
    "<4>[    2.772040]  really_probe+0xbc/0x2a0",
    "<0>[    2.772101] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
)
WARNING = "<4>[   12.004471] WARNING: CPU: 2 PID: 311 at net/core/dev.c:5902 {case}+0x120/0x180"


class Log:
    """The lines of a log, and the number of the line that tells of each case."""

    def __init__(self, began: datetime.datetime) -> None:
        self.began = began
        self.seconds = 0.0
        self.lines: list[str] = []
        self.told: dict[str, int] = {}

    @property
    def now(self) -> datetime.datetime:
        """The moment of the last line."""
        return self.began + datetime.timedelta(seconds=self.seconds)

    def add(self, level: str, message: Any, took_s: float = 0.4) -> None:
        """Add a line."""
        self.seconds += took_s
        said = {"dt": self.now.strftime("%Y-%m-%dT%H:%M:%S.%f"), "lvl": level, "msg": message}
        self.lines.append(f"- {json.dumps(said)}")


def document(boot: Boot) -> dict[str, Any]:
    """Return the callback of a job."""
    log = Log(boot.began)
    results = {"lava": _steps(boot, log)}
    if boot.booted:
        for place, (suite, cases) in enumerate(_suites(boot)):
            results[f"{place}_{suite}"] = _suite(boot, log, f"{place}_{suite}", suite, cases)
    results["lava"].append(_verdict(boot, log))
    status = COMPLETE if boot.booted else INCOMPLETE
    name = f"{boot.kernel.tree}-{boot.kernel.version}-{boot.arch}-{boot.defconfig}-{boot.board}-{boot.plan}"
    return {
        "id": boot.id,
        "status": status,
        "status_string": "complete" if status == COMPLETE else "incomplete",
        "lab_name": boot.lab,
        "actual_device_id": boot.device,
        "description": name,
        "priority": 50,
        "submitter_username": "demo",
        "failure_comment": None,
        "submit_time": _moment(boot.began - datetime.timedelta(minutes=4)),
        "start_time": _moment(boot.began),
        "end_time": _moment(log.now),
        # JSON is YAML, and both ends read it faster.
        "definition": json.dumps({"device_type": boot.board, "job_name": name, "metadata": _metadata(boot)}),
        "results": {suite: json.dumps(list(reversed(cases))) for suite, cases in results.items()},
        "log": "\n".join(log.lines),
    }


def _metadata(boot: Boot) -> dict[str, str]:
    kernel = boot.kernel
    return {
        "device.type": boot.board,
        "git.branch": kernel.branch,
        "git.commit": kernel.sha1,
        "git.describe": kernel.version,
        "git.url": kernel.url,
        "job.arch": boot.arch,
        "job.build_environment": kernel.compiler,
        "job.file_server_resource": kernel.resource(boot.arch, boot.defconfig),
        "kernel.defconfig": boot.defconfig,
        "kernel.defconfig_full": boot.defconfig,
        "kernel.tree": kernel.tree,
        "kernel.version": kernel.version,
        "test.plan": boot.plan,
    }


def _suites(boot: Boot) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the suites of a job's plan."""
    if boot.plan == "baseline":
        yield "dmesg", DMESG
        yield "bootrr", (*PROBED, *filter(None, [OWN.get(boot.board)]))
    else:
        yield boot.plan, SUITES[boot.plan]


def _steps(boot: Boot, log: Log) -> list[dict[str, Any]]:
    """Tell of the lab's own steps up to the login, and return their cases."""
    log.add("info", "lava-dispatcher, installed at version: 2026.01")
    log.add("info", "start: 1 tftp-deploy (timeout 00:10:00) [common]")
    found = [_case("lava", "validate", "pass", log, measurement="0.6"), _case("lava", "tftp-deploy", "pass", log)]
    if boot.offline:
        log.add("error", f"power-on of {boot.device} failed: pdu04 does not answer", 90)
        return [*found, _case("lava", "reset-device", "fail", log)]
    for line in BANNER:
        said = {"version": boot.kernel.version, "compiler": boot.kernel.compiler, "board": boot.board}
        log.add("target", line.format(**said), boot.boot_s / len(BANNER))
    if not boot.booted:
        for line in PANIC:
            log.add("target", line)
        log.add("exception", "login-action timed out after 180 seconds", 180)
    else:
        log.add("target", "/ # ")
    word = "pass" if boot.booted else "fail"
    log.add("results", {"case": "login-action", "definition": "lava", "result": word})
    return [*found, _case("lava", "login-action", word, log, measurement=str(boot.boot_s), duration=str(boot.boot_s))]


def _suite(boot: Boot, log: Log, numbered: str, suite: str, cases: Sequence[str]) -> list[dict[str, Any]]:
    """Tell of the cases of a suite, and return them."""
    log.add("target", f"<LAVA_SIGNAL_STARTRUN {numbered} {boot.id}_1.5.2>")
    found: list[dict[str, Any]] = []
    for name in cases:
        failed = f"{suite}.{name}" in boot.broken
        if failed:
            log.add("target", WARNING.format(case=name.replace(".", "_")))
            log.add("target", f"not ok {len(found) + 1} {name} # exit=1")
        else:
            log.add("target", f"ok {len(found) + 1} {name}")
        word = "fail" if failed else "pass"
        log.add("target", f"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} RESULT={word}>", 1.3)
        lines = {"measurement": "2" if failed else "0", "unit": "lines"} if suite == "dmesg" else {}
        found.append(_case(numbered, name, word, log, **lines))
    log.add("target", f"<LAVA_SIGNAL_ENDRUN {numbered} {boot.id}_1.5.2>")
    return found


def _verdict(boot: Boot, log: Log) -> dict[str, Any]:
    """Return what the lab says of the job as a whole."""
    if boot.booted:
        return _case("lava", "job", "pass", log)
    kind = "Infrastructure" if boot.offline else "Job"
    words = "reset-device: pdu04 does not answer" if boot.offline else "login-action timed out after 180 seconds"
    return _case("lava", "job", "fail", log, error_type=kind, error_msg=words)


def _case(suite: str, name: str, result: str, log: Log, **said: str) -> dict[str, Any]:
    """Return a case as LAVA lists it, told of in the last line of the log."""
    log.told[suite] = log.told.get(suite, 0) + 1
    beside = {name: value for name, value in said.items() if name not in ("measurement", "unit")}
    return {
        "id": str(int(log.began.timestamp()) % 10**6 * 100 + sum(log.told.values())),
        "name": name,
        "suite": suite,
        "result": result,
        "level": "",
        "logged": _moment(log.now),
        "log_start_line": str(len(log.lines) - 1),
        "measurement": said.get("measurement", "None"),
        "unit": said.get("unit", "seconds" if "measurement" in said else ""),
        "metadata": {"case": name, "definition": suite, "result": result, **beside},
    }


def _moment(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
