"""What checkouts, builds and tests of KCIDB are in the archive: runs, jobs and their suites. Pure.

A checkout is a run. A build of it is a job, and so are the tests of one build in one place, a lab and its platform:
their paths name suite and case.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from paddles.archive import texts
from paddles.ingest import facts
from paddles.ingest.facts import Case, Suite

CONTEXT = "kcidb"
# Names may have 512 characters, keys 256: of what is longer the digest tells it apart.
LONGEST_NAME, LONGEST_KEY, DIGEST = 512, 256, 64
LONGEST_WORD = 512

# Errors of the lab, and what never came to be tested, say nothing of what was to be tested.
OF_BUILD = {"PASS": "pass", "DONE": "pass", "FAIL": "fail", "ERROR": "dead", "MISS": "dead", "SKIP": "dead"}
OF_CASE = {"PASS": "pass", "FAIL": "fail", "ERROR": "error", "MISS": "error", "SKIP": "skip", "DONE": "unknown"}
# What the verdict on its cases makes of a job.
OF_TESTS = {"pass": "pass", "skip": "pass", "fail": "fail", "error": "dead", "unknown": "unknown"}
# Of a build without a word of how it ended.
BEGUN = "running"
Said = Mapping[str, Any]


def run_name(checkout_id: str) -> str:
    """Return what the run of a checkout is called."""
    return _short(f"kcidb:{checkout_id}", LONGEST_NAME)


def build_key(build_id: str) -> str:
    """Return what the job of a build is called in its run."""
    return _short(f"build:{build_id}", LONGEST_KEY)


def tests_key(build_id: str, place: str) -> str:
    """Return what the job is called of the tests of a build in one place."""
    return _short(f"tests:{build_id}:{place or ':'}", LONGEST_KEY)


def checkout_says(checkout_id: str, checkout: Said) -> dict[str, Any]:
    """Return what all jobs of a run say of it; of a checkout that nobody has described yet, little."""
    known = {
        "user": checkout_id.partition(":")[0],
        "suite": checkout.get("tree_name"),
        "branch": checkout.get("git_repository_branch"),
        "sha1": checkout.get("git_commit_hash"),
    }
    return {name: value[:LONGEST_WORD] for name, value in known.items() if value}


def build_document(build_id: str, build: Said, checkout_id: str, checkout: Said) -> tuple[dict[str, Any], str]:
    """Return the document of a build's job, and its status."""
    status = build.get("status")
    document = {
        **_usual(build, checkout_id, checkout),
        "name": build_key(build_id),
        "duration": build.get("duration"),
        "failure_reason": None if status in (None, "PASS", "DONE") else build.get("comment") or status,
        "kcidb": build,
    }
    return {name: value for name, value in document.items() if value is not None}, OF_BUILD.get(status or "", BEGUN)


def tests_document(
    build_id: str, build: Said, checkout_id: str, checkout: Said, place: str, cases: Sequence[Case]
) -> tuple[dict[str, Any], str]:
    """Return the document of the job of the tests of a build in one place, and its status."""
    lab, _, platform = place.partition(":")
    names = {"lab": lab, "platform": platform}
    document = {
        **_usual(build, checkout_id, checkout),
        "name": tests_key(build_id, place),
        "description": " ".join(filter(None, (_described(build, checkout), lab, platform))),
        "kcidb": {"build_id": build_id, **{name: value for name, value in names.items() if value}},
    }
    return document, OF_TESTS[facts.verdict(cases)]


def suite_name(test: Said) -> str:
    """Return what the suite of a test is called."""
    return texts.named(str(test.get("path") or "").partition(".")[0])


def case(test: Said) -> Case:
    """Return a test as a case of its suite."""
    path = str(test.get("path") or "")
    number = test.get("number") or {}
    found = facts.case(
        path.partition(".")[2] or path,
        OF_CASE.get(test.get("status") or "", "unknown"),
        waived=bool(test.get("waived")),
        output=test.get("log_excerpt") or "",
        duration_s=test.get("duration"),
    )
    return replace(found, measurement=number.get("value"), units=texts.named(number.get("unit") or "", ""))


def suites(tests: Sequence[Said]) -> list[Suite]:
    """Return the suites of tests, which do not depend on the order in which they come."""
    found: dict[str, list[Said]] = {}
    for test in sorted(tests, key=lambda test: (str(test.get("path") or ""), test["id"])):
        found.setdefault(suite_name(test), []).append(test)
    cases = {name: tuple(case(test) for test in alike) for name, alike in found.items()}
    return [Suite(name, alike, facts.verdict(alike), CONTEXT) for name, alike in cases.items()]


def _usual(build: Said, checkout_id: str, checkout: Said) -> dict[str, Any]:
    flavor = "/".join(filter(None, (build.get(name) for name in ("architecture", "config_name", "compiler"))))
    said = {**checkout_says(checkout_id, checkout), "description": _described(build, checkout), "flavor": flavor}
    return {name: value[:LONGEST_WORD] for name, value in said.items() if value}


def _described(build: Said, checkout: Said) -> str:
    names = ("architecture", "config_name", "compiler")
    known = [checkout.get("tree_name"), checkout.get("git_commit_name"), *(build.get(name) for name in names)]
    return " ".join(filter(None, known))


def _short(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    return f"{name[: most - DIGEST - 1]}~{hashlib.sha256(name.encode()).hexdigest()}"
