"""``build.json``: what builders say of one kernel. Pure.

Source: the documents that builders of KernelCI post, and what its backend takes of them.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles import plain_json
from paddles.ingest import values
from paddles.kernels.facts import BUILD_RESULTS, Build

SIZES = (
    "kernel_image_size modules_size vmlinux_bss_size vmlinux_data_size vmlinux_text_size vmlinux_file_size"
).split()
WORDS = (
    "kernel git_describe git_commit git_url arch defconfig build_environment file_server_url file_server_resource"
).split()


def parse(content: bytes) -> dict[str, Any]:
    """Return what a builder says, whichever fields these are. Raises Invalid when it is no JSON object, or too deep."""
    found: dict[str, Any] = plain_json.storable(plain_json.object_(content))
    return found


def read(document: Mapping[str, Any]) -> Build:
    """Return the facts of all that builders have said of one kernel; what has another type than it should is not there.

    A configuration without fragments is the full one.
    """
    said: dict[str, Any] = {name: values.word(document.get(name)) for name in WORDS}
    sizes: dict[str, Any] = {name: values.size(document.get(name)) for name in SIZES}
    result = values.word(document.get("build_result")).lower()
    return Build(
        **said,
        **sizes,
        tree=values.word(document.get("job")),
        branch=values.word(document.get("git_branch")),
        defconfig_full=values.word(document.get("defconfig_full")) or said["defconfig"],
        result=result if result in BUILD_RESULTS else "unknown",
        errors=values.whole(document.get("build_errors")),
        warnings=values.whole(document.get("build_warnings")),
        duration_s=values.seconds(document.get("build_time")),
        document=document,
    )


def made(document: Mapping[str, Any]) -> datetime.datetime | None:
    """Return when a kernel was built, as the backend of KernelCI calls that; None where it is not said."""
    return values.moment(document.get("created_on"))
