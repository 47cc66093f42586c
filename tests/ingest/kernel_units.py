"""Documents of kernels to test with, posted and read as the service does it; every default is visible here."""

from typing import Any

import yaml
from sqlalchemy import Row

from paddles.accounts import grants
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.ingest.lavas import callback
from tests.units import rows

ACCEPTS = {"HTTP_ACCEPT": "application/json"}
BUILD = {
    "job": "mainline",
    "kernel": "v6.1-rc1",
    "git_branch": "master",
    "git_commit": "f" * 40,
    "git_describe": "v6.1-rc1",
    "arch": "arm64",
    "defconfig": "defconfig",
    "build_environment": "gcc-12",
    "build_result": "PASS",
    "build_errors": 0,
    "build_warnings": 3,
    "build_time": 95.5,
    "kernel_image_size": 8_000_000,
    "build_platform": ["Linux", "builder", "6.1"],
    "something_new": {"a": [1]},
}
BOOT = {
    "version": "1.0",
    "lab_name": "lab-y",
    "job": "mainline",
    "kernel": "v6.1-rc1",
    "git_branch": "master",
    "arch": "arm64",
    "defconfig": "defconfig",
    "board": "meson",
    "board_instance": "meson-01",
    "boot_result": "PASS",
    "boot_time": 12.5,
    "boot_retries": 1,
    "boot_warnings": 2,
    "boot_log": "boot.txt",
    "fastboot": False,
    "mach": "amlogic",
}
METADATA = {
    "device.type": "qemu",
    "git.branch": "master",
    "git.commit": "f" * 40,
    "git.describe": "v6.1-rc1",
    "job.arch": "arm64",
    "job.build_environment": "gcc-12",
    "kernel.defconfig": "defconfig",
    "kernel.defconfig_full": "defconfig+debug",
    "kernel.tree": "mainline",
    "kernel.version": "v6.1-rc1",
    "job.nfsrootfs_url": "None",
    "test.plan": "baseline",
}
BUILD_RUN, BOOT_RUN, LAVA_RUN = (f"mainline~master~v6.1-rc1~{plan}" for plan in ("build", "boot", "baseline"))
BUILD_KEY, BOOT_KEY, LAVA_KEY = "arm64~defconfig~gcc-12", "lab-y~meson~arm64~defconfig~-", "lab-x-577"
ENDED = "2026-01-31 12:30:00.000000+00:00"


def lava(metadata: dict[str, Any] | None = None, /, **said: Any) -> dict[str, Any]:
    """A callback of a job of the kernel that ``BUILD`` is."""
    definition = yaml.safe_dump({"device_type": "qemu", "metadata": METADATA if metadata is None else metadata})
    times = {"start_time": "2026-01-31 12:00:00.000000+00:00", "end_time": ENDED}
    return {**callback(), "definition": definition, **times, **said}


def post(client: Client, kind: str, document: Any, *, lab: str = "", status: Any = None, **environ: Any) -> Any:
    """Post a document as who accepts JSON does, and return the answer's."""
    path = f"/ingest/{kind}?lab_name={lab}" if lab else f"/ingest/{kind}"
    return client.send("POST", path, document, status=status, **{**ACCEPTS, **environ}).json


def load(client: Client, database: Database, settings: Settings, kind: str, *found: Any) -> list[dict[str, Any]]:
    """Post documents, have all be read, and return what became of each."""
    hrefs = [post(client, kind, document)["href"] for document in found]
    documents.read(database, settings, NOW)
    return [client.get(href).json for href in hrefs]


def token_of(database: Database, lab: str, scope: str = "report") -> dict[str, str]:
    """Make a token of a lab and return the header that shows it."""
    token = transact(database, lambda session: grants.make(session, lab, scope, NOW))
    return {"HTTP_AUTHORIZATION": token}


def build_row(database: Database) -> Row[Any]:
    """Return the one kernel that was built."""
    (row,) = rows(database, "SELECT * FROM kernel_builds")
    return row


def boot_row(database: Database) -> Row[Any]:
    """Return the one kernel that was to boot."""
    (row,) = rows(database, "SELECT * FROM kernel_boots")
    return row


def tables(database: Database) -> dict[str, int]:
    """Return how many rows the tables have that documents end in."""
    names = ("runs", "jobs", "tests", "cases", "kernel_builds", "kernel_boots", "machines")
    return {name: rows(database, f"SELECT count(*) AS n FROM {name}")[0].n for name in names}
