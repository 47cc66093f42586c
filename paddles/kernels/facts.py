"""What is known of a kernel that was built, and of one that was to boot on a board. Pure."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BUILD_RESULTS = ("pass", "fail", "unknown")
BOOT_RESULTS = ("pass", "fail", "offline", "untried", "unknown")


@dataclass(frozen=True)
class Kernel:
    """Which kernel: blank is what nobody said.

    ``kernel`` is the revision as builders call it, ``defconfig_full`` the configuration with its fragments,
    ``build_environment`` the compiler.
    """

    tree: str = ""
    branch: str = ""
    kernel: str = ""
    git_describe: str = ""
    git_commit: str = ""
    arch: str = ""
    defconfig: str = ""
    defconfig_full: str = ""
    build_environment: str = ""
    file_server_resource: str = ""

    @property
    def revision(self) -> str:
        """What was built, by the best name there is for it."""
        return self.kernel or self.git_describe or self.git_commit


@dataclass(frozen=True)
class Build(Kernel):
    """A kernel that was built, or not: ``result`` is of ``BUILD_RESULTS``, sizes are bytes.

    ``document`` is all that was said of it.
    """

    git_url: str = ""
    file_server_url: str = ""
    result: str = "unknown"
    errors: int | None = None
    warnings: int | None = None
    duration_s: float | None = None
    kernel_image_size: int | None = None
    modules_size: int | None = None
    vmlinux_bss_size: int | None = None
    vmlinux_data_size: int | None = None
    vmlinux_text_size: int | None = None
    vmlinux_file_size: int | None = None
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Boot(Kernel):
    """A kernel that was to boot on a ``device``, a ``board`` of a ``lab``, and to be tested there by a ``plan``.

    Attributes:
        external_id: what the lab calls the job.
        result: of ``BOOT_RESULTS``.
        duration_s: how long it took to boot.
        retries: how often it was tried again.
        ended: when the job was over.
        details: what else is said of it, under the names of its document.
    """

    lab: str = ""
    board: str = ""
    device: str = ""
    mach: str = ""
    endian: str = ""
    plan: str = ""
    external_id: str = ""
    result: str = "unknown"
    duration_s: float | None = None
    retries: int | None = None
    warnings: int | None = None
    priority: int | None = None
    ended: datetime.datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
