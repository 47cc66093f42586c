"""What KCIDB says of kernels: a build as one that was built, tests in one place as a boot. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from paddles.ingest import values
from paddles.kernels.facts import Boot, Build

Said = Mapping[str, Any]
OF_BUILD = {"PASS": "pass", "DONE": "pass", "FAIL": "fail"}
SIZES = (
    "kernel_image_size modules_size vmlinux_bss_size vmlinux_data_size vmlinux_text_size vmlinux_file_size"
).split()
# Whatever ran had booted; these did not come to run.
RAN = ("PASS", "FAIL", "DONE")
BOOT = "boot"


def build(build: Said, checkout: Said) -> Build:
    """Return a build, and what its checkout says of it."""
    misc = _misc(build)
    numbers: dict[str, Any] = {name: values.size(misc.get(name)) for name in SIZES}
    return Build(
        **_kernel(build, checkout),
        **numbers,
        git_url=values.word(checkout.get("git_repository_url")),
        result=OF_BUILD.get(build.get("status") or "", "unknown"),
        errors=values.whole(misc.get("errors")),
        warnings=values.whole(misc.get("warnings")),
        duration_s=values.seconds(build.get("duration")),
        document=build,
    )


def boot(build: Said, checkout: Said, place: str, tests: Sequence[Said]) -> Boot:
    """Return the boot that came before the tests of a build in one place, a lab and its platform.

    Where no test tells of booting itself, one that ran says that the board had booted. The plan is the suite, where
    there is one alone.
    """
    lab, _, board = place.partition(":")
    suites = {str(test.get("path") or "").partition(".")[0] for test in tests} - {BOOT, ""}
    devices = {values.word(_misc(test).get("board_instance")) for test in tests}
    return Boot(
        **_kernel(build, checkout),
        lab=values.word(lab),
        board=values.word(board),
        device=devices.pop() if len(devices) == 1 else "",
        plan=values.word(suites.pop()) if len(suites) == 1 else "",
        result=_booted(tests),
        ended=max(filter(None, (moment(test) for test in tests)), default=None),
    )


def moment(thing: Said) -> datetime.datetime | None:
    """Return when a thing began, if that is said."""
    return values.moment(thing.get("start_time"))


def _booted(tests: Sequence[Said]) -> str:
    own = [test.get("status") for test in tests if str(test.get("path") or "").partition(".")[0] == BOOT]
    if own:
        return "fail" if "FAIL" in own else "pass" if "PASS" in own else "unknown"
    return "pass" if any(test.get("status") in RAN for test in tests) else "unknown"


def _kernel(build: Said, checkout: Said) -> dict[str, Any]:
    full = values.word(build.get("config_name"))
    described = values.word(checkout.get("git_commit_name"))
    return {
        "tree": values.word(checkout.get("tree_name")),
        "branch": values.word(checkout.get("git_repository_branch")),
        "kernel": described,
        "git_describe": described,
        "git_commit": values.word(checkout.get("git_commit_hash")),
        "arch": values.word(build.get("architecture")),
        "defconfig": full.partition("+")[0],
        "defconfig_full": full,
        "build_environment": values.word(build.get("compiler")),
    }


def _misc(thing: Said) -> Said:
    misc = thing.get("misc")
    return misc if isinstance(misc, dict) else {}
