"""The documents of JUnit that jobs leave behind."""

from collections.abc import Mapping, Sequence

CASES: Mapping[str, Sequence[str]] = {
    "rgw": (
        "test_bucket_list_many",
        "test_object_write_read_update_read_delete",
        "test_multipart_upload",
        "test_object_lock_put_obj_lock",
        "test_versioning_obj_suspend_versions",
        "test_lifecycle_expiration",
        "test_sse_kms_transfer_1MB",
    ),
    "rbd": ("test_create", "test_clone", "test_flatten", "test_mirror_image_snapshot", "test_trash_purge"),
}
# What fails where a job failed, and what is never run.
FAILS = {"rgw": "test_lifecycle_expiration", "rbd": "test_mirror_image_snapshot"}
SKIPPED = {"rgw": "test_sse_kms_transfer_1MB", "rbd": "test_trash_purge"}


def document(suite: str, job_id: str, *, failed: bool) -> bytes:
    """Return what the tests of a job of a suite said."""
    bad = FAILS[suite] if failed else ""
    cases = "".join(_case(suite, name, bad) for name in CASES[suite])
    return (
        f'<testsuite name="{suite}-unit" tests="{len(CASES[suite])}" failures="{int(failed)}" skipped="1" '
        f'hostname="job-{job_id}">{cases}</testsuite>'
    ).encode()


def _case(suite: str, name: str, bad: str) -> str:
    inside = ""
    if name == bad:
        inside = '<failure message="AssertionError: 404 != 200">Traceback (most recent call last):\n  ...</failure>'
    elif name == SKIPPED[suite]:
        inside = '<skipped message="no key server is configured"/>'
    return f'<testcase classname="{suite}.functional" name="{name}" time="{len(name) / 10}">{inside}</testcase>'
