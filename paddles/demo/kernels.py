"""Kernels: what was built of their trees, on which boards of which labs it was booted, and what was tested there."""

import datetime
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paddles.demo import callbacks
from paddles.demo.callbacks import Boot, Kernel
from paddles.demo.jobs import commit
from paddles.demo.wire import Wire

LINUX = "https://git.kernel.org/pub/scm/linux/kernel/git"


@dataclass(frozen=True)
class Tree:
    """A tree: its branch, how often somebody builds it, and how its versions are called."""

    name: str
    branch: str
    every_days: float
    version: str
    url: str


@dataclass(frozen=True)
class Board:
    """A type of board: its lab, what it boots, and how many there are."""

    name: str
    lab: str
    arch: str
    defconfig: str
    count: int
    plans: Sequence[str] = ("baseline",)


TREES = (
    Tree("next", "master", 2, "next-{day}", f"{LINUX}/next/linux-next.git"),
    Tree("mainline", "master", 4, "v6.18-rc{minor}-{place}-g{short}", f"{LINUX}/torvalds/linux.git"),
    Tree("stable", "linux-6.12.y", 7, "v6.12.{place}", f"{LINUX}/stable/linux.git"),
)
BOARDS = (
    Board("rk3399-rock-pi-4b", "lab-north", "arm64", "defconfig", 3, ("baseline", "kselftest-net")),
    Board("meson-g12b-a311d-khadas-vim3", "lab-north", "arm64", "defconfig", 2),
    Board("bcm2711-rpi-4-b", "lab-south", "arm64", "defconfig", 4, ("baseline", "ltp-syscalls")),
    Board("am335x-boneblack", "lab-south", "arm", "multi_v7_defconfig", 2),
    Board("qemu-x86", "lab-south", "x86_64", "x86_64_defconfig", 2, ("baseline", "ltp-syscalls")),
    Board("hp-x360-14a-cb0001xx-zork", "lab-west", "x86_64", "x86_64_defconfig", 2, ("baseline", "kselftest-net")),
    Board("jh7100-starfive-visionfive-v1", "lab-west", "riscv", "defconfig", 1),
)
PLANS = tuple((board, plan) for board in BOARDS for plan in board.plans)
CONFIGS = (
    ("arm64", "defconfig"),
    ("arm64", "defconfig+kselftest"),
    ("arm", "multi_v7_defconfig"),
    ("x86_64", "x86_64_defconfig"),
    ("x86_64", "allmodconfig"),
    ("riscv", "defconfig"),
)
COMPILER = {"next": "clang-21", "mainline": "gcc-14", "stable": "gcc-12"}


@dataclass(frozen=True)
class Broken:
    """What does not work while this part of the time goes on, on a board or, where none is named, on every one."""

    tree: str
    case: str
    since: float
    until: float = 2.0
    board: str = ""


# The last ones are not mended: they are the regressions that are open. `boot` is the boot itself.
BREAKS = (
    Broken("next", "dmesg.alert", 0.3, 0.6),
    Broken("mainline", "boot", 0.4, 0.7, "am335x-boneblack"),
    Broken("stable", "ltp-syscalls.readahead02", 0.3, 0.65),
    Broken("next", "kselftest-net.so_txtime", 0.75),
    Broken("next", "boot", 0.95, board="meson-g12b-a311d-khadas-vim3"),
    Broken("mainline", "bootrr.rockchip-pcie-probed", 0.9, board="rk3399-rock-pi-4b"),
    Broken("next", "ltp-syscalls.fanotify22", 0.98),
    # Never passed, so it has not regressed.
    Broken("stable", "bootrr.starfive-drm-probed", -1.0, board="jh7100-starfive-visionfive-v1"),
)
# Cases that fail now and then, where, and how often.
FLAKY = (
    ("kselftest-net.tls", "hp-x360-14a-cb0001xx-zork", 0.3),
    ("ltp-syscalls.epoll_wait02", "bcm2711-rpi-4-b", 0.25),
    ("bootrr.usb-storage-probed", "meson-g12b-a311d-khadas-vim3", 0.2),
)
# So many boots break off because of the lab.
OFFLINE = 0.02


@dataclass(frozen=True)
class Revision:
    """A kernel, when it was built, and which part of the time that is."""

    kernel: Kernel
    at: datetime.datetime
    part: float


def revisions(seed: int, days: int, now: datetime.datetime) -> Iterator[Revision]:
    """Yield what was built of the trees, the oldest first of each: three at least, the newest of today."""
    for tree in TREES:
        count = max(3, round(days / tree.every_days))
        first, last = now - datetime.timedelta(days=days), now - datetime.timedelta(hours=8)
        for place in range(count):
            part = place / (count - 1)
            at = first + (last - first) * part
            sha1 = commit(tree.name, at.date(), seed)
            said = {"day": at.strftime("%Y%m%d"), "minor": 1 + place // 4, "place": place + 1, "short": sha1[:12]}
            kernel = Kernel(tree.name, tree.branch, tree.version.format(**said), sha1, tree.url, COMPILER[tree.name])
            yield Revision(kernel, at, part)


def boots(seed: int, revision: Revision) -> Iterator[Boot]:
    """Yield the boots of a kernel, of each plan on each board."""
    kernel = revision.kernel
    for number, (board, plan) in enumerate(PLANS):
        rng = random.Random(f"boot {seed} {kernel.sha1} {board.name} {plan}")
        began = revision.at + datetime.timedelta(minutes=45 + number * 11 + rng.uniform(0, 60))
        broken = {each.case for each in BREAKS if _concerns(each, revision, board)}
        # What is told of a board on purpose is not lost to its lab.
        offline = not broken and rng.random() < OFFLINE
        broken |= {case for case, where, chance in FLAKY if rng.random() < chance and where == board.name}
        yield Boot(
            kernel=kernel,
            lab=lab_of(seed, board),
            id=str(int(kernel.sha1[4:11], 16) * 20 + number),
            board=board.name,
            device=f"{board.name}-{rng.randint(1, board.count):02}",
            arch=board.arch,
            defconfig=board.defconfig,
            plan=plan,
            began=began,
            broken=frozenset(broken),
            offline=offline,
            boot_s=round(rng.gauss(24 + number, 2.5), 2),
        )


def post(wire: Wire, seed: int, revision: Revision) -> tuple[int, int]:
    """Tell of a kernel's builds and boots; return how many of each are news."""
    built = [_build(seed, revision, *config) for config in CONFIGS]
    new = wire.each(lambda said: tell(wire, "/ingest/build", said), built)
    booted = wire.each(lambda boot: tell(wire, "/ingest/lava", callbacks.document(boot)), boots(seed, revision))
    return sum(new), sum(booted)


def post_by_hand(wire: Wire, seed: int, revision: Revision) -> bool:
    """Tell of a boot in a lab that has no LAVA; return whether that is news."""
    board, kernel = BOARDS[0], revision.kernel
    said = {
        "version": "1.1",
        "lab_name": "lab-desk",
        "board": board.name,
        "board_instance": f"desk-{seed}",
        "boot_result": "pass",
        "boot_time": 21.5,
        "created_on": (revision.at + datetime.timedelta(hours=3)).isoformat(),
        **_usual(kernel, board.arch, board.defconfig),
    }
    return tell(wire, "/ingest/boot", said)


def lab_of(seed: int, board: Board) -> str:
    """Return the lab of a board. Another seed is another lab: what happens in one says nothing of the other."""
    return board.lab if seed == 1 else f"{board.lab}-{seed}"


def tell(wire: Wire, address: str, said: dict[str, Any]) -> bool:
    """Send a document; return whether it is news."""
    answer = wire.send("POST", address, said, headers={"Accept": "application/json"})
    return bool(answer["status"] == "created")


def _concerns(broken: Broken, revision: Revision, board: Board) -> bool:
    here = broken.tree == revision.kernel.tree and broken.board in ("", board.name)
    return here and broken.since <= revision.part < broken.until


def _build(seed: int, revision: Revision, arch: str, config: str) -> dict[str, Any]:
    """Return what a builder says of a kernel; one configuration of one tree does not build for a while."""
    rng = random.Random(f"build {seed} {revision.kernel.sha1} {arch} {config}")
    fails = config == "allmodconfig" and (0.5 <= revision.part < 0.8 or rng.random() < 0.1)
    size = {"allmodconfig": 41, "x86_64_defconfig": 13}.get(config, 34) * 2**20
    made = revision.at + datetime.timedelta(minutes=rng.uniform(6, 40))
    return {
        **_usual(revision.kernel, arch, config),
        "build_result": "fail" if fails else "pass",
        "created_on": made.isoformat(timespec="seconds"),
        "build_errors": rng.randint(1, 4) if fails else 0,
        "build_warnings": rng.choice((0, 0, 1, 3)),
        "build_time": round(rng.gauss(900 if config == "allmodconfig" else 240, 20), 1),
        "kernel_image_size": int(size * (1 + revision.part / 20)) + rng.randint(0, 4096),
        "modules_size": size * 3 + rng.randint(0, 9000),
        "vmlinux_text_size": size // 2 + rng.randint(0, 4096),
    }


def _usual(kernel: Kernel, arch: str, config: str) -> dict[str, Any]:
    """Return what every document says of its kernel."""
    return {
        "job": kernel.tree,
        "git_branch": kernel.branch,
        "kernel": kernel.version,
        "git_describe": kernel.version,
        "git_commit": kernel.sha1,
        "git_url": kernel.url,
        "arch": arch,
        "defconfig": config.partition("+")[0],
        "defconfig_full": config,
        "build_environment": kernel.compiler,
        "file_server_resource": kernel.resource(arch, config),
    }
