"""What runs and jobs of kernels are called: text that may stand in an address as it is. Pure."""

import hashlib
import re

from paddles.archive.names import HEALTH_CHECKS
from paddles.kernels.facts import Boot, Build

# Between parts, in none of which it stands.
BETWEEN = "~"
UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
NOT_IN_A_PATH = re.compile(r"[^A-Za-z0-9_-]")
NOTHING = "-"
LONGEST_RUN, LONGEST_KEY, DIGITS = 512, 256, 12
# The plan of a build; and of a boot whose document knows no plans.
BUILDS, BOOTS = "build", "boot"


def run(tree: str, branch: str, revision: str, plan: str) -> str:
    """Return the name of the run of a revision of a branch of a tree, and of a test plan."""
    return _joined((tree, branch, revision, plan), LONGEST_RUN)


def run_of_checks(lab: str, day: str) -> str:
    """Return the name of the run of the health checks of a lab on a day."""
    return _joined((lab, HEALTH_CHECKS, day), LONGEST_RUN)


def of_build(build: Build) -> str:
    """Return the key of a build in its run: by its architecture, configuration and compiler."""
    usual = build.defconfig_full.partition("+")[0]
    own = () if build.defconfig in ("", usual) else (build.defconfig,)
    return _joined((build.arch, build.defconfig_full, build.build_environment, *own), LONGEST_KEY)


def of_boot(boot: Boot) -> str:
    """Return the key of a boot in its run: by its lab and what that calls it, else by the board and what it booted."""
    if boot.external_id:
        return _joined((f"{boot.lab}-{boot.external_id}",), LONGEST_KEY)
    return _joined((boot.lab, boot.board, boot.arch, boot.defconfig_full, boot.build_environment), LONGEST_KEY)


def path(plan: str, suite: str, group: str, case: str) -> str:
    """Return the path of a case below its plan, suite and set, a blank one left out, as KernelCI's backend writes it.

    Each character of a name that is no letter, digit, ``-`` or ``_`` is an underscore there.
    """
    return ".".join(NOT_IN_A_PATH.sub("_", part) for part in (plan, suite, group, case) if part)


def _joined(parts: tuple[str, ...], longest: int) -> str:
    """Return parts as one name; where one of them was changed, or all are too long, a digest tells them apart."""
    plain = [UNSAFE.sub("_", part) or NOTHING for part in parts]
    name = BETWEEN.join(plain)
    if plain == [part or NOTHING for part in parts] and NOTHING not in parts and len(name) <= longest:
        return name
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]
    return f"{name[: longest - DIGITS - 1]}{BETWEEN}{digest}"
