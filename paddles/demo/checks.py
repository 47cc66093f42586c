"""What labs do to see whether their boards are well: health checks of LAVA, a short job on each of them every night."""

import datetime
import json
import random
from collections.abc import Iterator
from typing import Any

from paddles.demo import callbacks, kernels
from paddles.demo.callbacks import Boot, Kernel
from paddles.demo.jobs import commit
from paddles.demo.wire import Wire

DAYS, AT = 7, 3
FIRST_JOB = 9_000_000
# What is booted for this is no kernel of anybody's.
IMAGE = Kernel("", "", "6.1.0-lab", commit("health checks"), "", "gcc-12")
# A board that does not come up any more, since so many nights.
BAD_BOARD, BAD_NIGHTS = "bcm2711-rpi-4-b-03", 3


def fill(wire: Wire, seed: int, now: datetime.datetime) -> int:
    """Tell of the checks of the last nights; return how many are news."""
    return sum(wire.each(lambda said: kernels.tell(wire, "/ingest/lava", said), documents(seed, now)))


def documents(seed: int, now: datetime.datetime) -> Iterator[dict[str, Any]]:
    """Yield the callbacks of the checks, the oldest night first."""
    devices = [(board, f"{board.name}-{place:02}") for board in kernels.BOARDS for place in range(1, board.count + 1)]
    last = now.replace(hour=AT) if now.hour > AT + 1 else now.replace(hour=AT) - datetime.timedelta(days=1)
    for ago in reversed(range(DAYS)):
        night = last - datetime.timedelta(days=ago)
        for place, (board, device) in enumerate(devices):
            number = FIRST_JOB + night.toordinal() % 10_000 * 100 + place
            bad = device == BAD_BOARD and ago < BAD_NIGHTS
            yield _check(seed, board, device, (night + datetime.timedelta(minutes=3 * place), number), bad=bad)


def _check(
    seed: int, board: kernels.Board, device: str, which: tuple[datetime.datetime, int], *, bad: bool
) -> dict[str, Any]:
    """Return the callback of the check of a board."""
    began, number = which
    boot = Boot(
        kernel=IMAGE,
        lab=kernels.lab_of(seed, board),
        id=str(number),
        board=board.name,
        device=device,
        arch=board.arch,
        defconfig=board.defconfig,
        plan="baseline",
        began=began,
        broken=frozenset(),
        offline=bad,
        boot_s=round(random.Random(f"check {seed} {number}").gauss(18, 1.5), 2),
    )
    metadata = {"device.type": board.name, "git.commit": IMAGE.sha1}
    definition = {"device_type": board.name, "job_name": "health-check", "metadata": metadata}
    said = {"definition": json.dumps(definition), "description": f"health check of {device}", "health_check": True}
    return {**callbacks.document(boot), **said, "submitter_username": "lava-health"}
