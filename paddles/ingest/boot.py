"""``boot.json``: what labs without LAVA say of one boot. Pure.

Source: the documents that such labs post to KernelCI, and what its backend takes of them.
"""

from typing import Any

from paddles import plain_json
from paddles.errors import Invalid
from paddles.ingest import values
from paddles.kernels import names
from paddles.kernels.facts import BOOT_RESULTS, Boot

WORDS = "kernel git_commit arch defconfig build_environment file_server_resource board mach endian".split()
# What has a column, or a value that says nothing of the boot.
TAKEN = frozenset(
    (
        *WORDS,
        *("job", "git_branch", "git_describe", "defconfig_full", "lab_name", "board_instance", "boot_job_id"),
        *("boot_result", "boot_time", "boot_retries", "boot_warnings", "fastboot", "created_on"),
    )
)


def read(content: bytes) -> Boot:
    """Return the facts of a boot; what has another type than it should is not there.

    Raises:
        Invalid: it is no JSON object, nests too deep, or names no lab or board.
    """
    document: dict[str, Any] = plain_json.storable(plain_json.object_(content))
    said: dict[str, Any] = {name: values.word(document.get(name)) for name in WORDS}
    lab = values.word(document.get("lab_name"))
    if not (lab and said["board"]):
        raise Invalid("lab_name and board must be text")
    result = values.word(document.get("boot_result")).lower()
    return Boot(
        **said,
        tree=values.word(document.get("job")),
        branch=values.word(document.get("git_branch")),
        git_describe=values.word(document.get("git_describe")) or said["kernel"],
        defconfig_full=values.word(document.get("defconfig_full")) or said["defconfig"],
        lab=lab,
        device=values.word(document.get("board_instance")),
        plan=names.BOOTS,
        external_id=values.word(document.get("boot_job_id")),
        result=result if result in BOOT_RESULTS else "unknown",
        duration_s=values.seconds(document.get("boot_time")),
        retries=values.whole(document.get("boot_retries")),
        warnings=values.whole(document.get("boot_warnings")),
        ended=values.moment(document.get("created_on")),
        details={name: value for name, value in document.items() if name not in TAKEN},
    )
