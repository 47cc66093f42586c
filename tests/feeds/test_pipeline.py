"""The source ``kernelci-api``: nodes of builds, and callbacks that labs sent, as KernelCI's pipeline keeps them."""

import gzip
import json
from typing import Any

import pytest

from paddles.feeds import pipeline as module
from paddles.feeds.fetching import Site as Client
from paddles.feeds.pipeline import Pipeline, built, unpacked
from paddles.feeds.sources import Found, Missing, Unreached, Wanted
from paddles.ingest import intake
from tests.conftest import NOW
from tests.feeds.site import lava
from tests.sweep.forge import Forge, working

KBUILD = {
    "id": "670f0782493b6b8188c7621c", "kind": "kbuild", "name": "kbuild-gcc-12-arm64", "state": "done",
    "result": "pass",
    "created": "2026-01-30T10:00:00", "artifacts": {"kernel": "https://storage.example/Image"},
    "data": {
        "arch": "arm64", "compiler": "gcc-12", "defconfig": "defconfig", "fragments": ["kselftest", "lab-setup"],
        "kernel_revision": {
            "tree": "mainline", "branch": "master", "commit": "c" * 40, "describe": "v6.12-rc3",
            "url": "https://git.example/linux.git",
        },
    },
}  # fmt: skip
LISTED = "/nodes?kind={}&state=done&created__gt=2026-01-29T12%3A00%3A00&limit={}&offset={}"


def job(number: int, url: str) -> dict[str, Any]:
    """Return the node of a job that a lab has run."""
    return {"id": f"job{number}", "artifacts": {"callback_data": url}, "data": {"runtime": "lava-a"}}


def source(forge: Forge, how_many: int = 0) -> Pipeline:
    """Return the API as a source of the last two days."""
    return Pipeline(Client(lambda _s: None, 100_000), forge.url, Wanted(2, how_many), NOW, 100_000)


def listing(forge: Forge, kind: str, *pages: list[Any], limit: int = module.PAGE) -> None:
    """Have these pages of nodes of a kind, and an empty one behind them."""
    offset = 0
    for page in (*pages, []):
        forge.pages[LISTED.format(kind, limit, offset)] = {"items": page}
        offset += len(page)


def test_a_build_is_said_by_its_node() -> None:
    """Under the names of a builder's document, which the way in takes."""
    said = built(KBUILD)

    assert {
        "job": "mainline", "kernel": "v6.12-rc3", "git_branch": "master", "arch": "arm64", "build_result": "PASS",
        "defconfig_full": "defconfig+kselftest+lab-setup", "build_environment": "gcc-12",
    }.items() <= said.items()  # fmt: skip
    assert intake.prepare("build", json.dumps(said).encode()).content


@pytest.mark.parametrize("result", ["skip", "incomplete", None])
def test_a_build_that_neither_passed_nor_failed_is_unknown(result: str | None) -> None:
    """Infrastructure that failed says nothing of the kernel."""
    assert "UNKNOWN" == built({**KBUILD, "result": result})["build_result"]


def test_builds_and_callbacks_are_found() -> None:
    """All pages of each; a job without a callback has nothing to fetch."""
    with working() as forge:
        listing(forge, "kbuild", [KBUILD], [{**KBUILD, "id": "second"}])
        listing(forge, "job", [job(1, f"{forge.url}/callback"), {"id": "job2", "artifacts": None}])
        forge.pages["/callback"] = lava(1)
        api = source(forge)
        found = list(api.found())

        assert [("build", KBUILD["id"]), ("build", "second"), ("lava", "job1")] == [(e.kind, e.id) for e in found]
        assert ["", "", "lava-a"] == [each.lab for each in found]
        assert "mainline" == json.loads(api.fetch(found[0]))["job"]
        assert lava(1) == json.loads(api.fetch(found[2]))


def test_no_more_are_listed_than_are_wanted() -> None:
    """Of each kind."""
    with working() as forge:
        listing(forge, "kbuild", [KBUILD, {**KBUILD, "id": "second"}], limit=1)
        listing(forge, "job", limit=1)

        assert [KBUILD["id"]] == [each.id for each in source(forge, 1).found()]


def test_a_list_without_end_ends() -> None:
    """An API that gives the same page whatever it was asked for has given all."""
    with working() as forge:
        for offset in (0, 1):
            forge.pages[LISTED.format("kbuild", module.PAGE, offset)] = {"items": [KBUILD]}
        listing(forge, "job")

        assert 1 == len(list(source(forge).found()))


@pytest.mark.parametrize("node", [None, 7, "x", [], {}, {"id": None}, {"id": "x", "data": 7}, {"id": "x", "data": []}])
def test_a_node_of_any_shape_stops_nothing(node: Any) -> None:
    """What cannot be a build is refused by the way in, where others are not kept from it."""
    with working() as forge:
        listing(forge, "kbuild", [node, KBUILD])
        listing(forge, "job", [node])

        assert KBUILD["id"] in [each.id for each in source(forge).found()]


@pytest.mark.parametrize("page", [{"items": {}}, [], None, {"detail": "no"}])
def test_an_answer_that_is_no_list_is_said(page: Any) -> None:
    """An API that answers something else is not one without nodes."""
    with working() as forge:
        forge.pages[LISTED.format("kbuild", 1, 0)] = page

        with pytest.raises(Unreached):
            source(forge).check()


@pytest.mark.parametrize("place", ["file:///etc/passwd", "/etc/passwd", "ftp://h/x"])
def test_a_callback_lies_on_the_web(place: str) -> None:
    """Wherever a node says."""
    with working() as forge:
        listing(forge, "kbuild")
        listing(forge, "job", [job(1, place)])
        api = source(forge)

        with pytest.raises(Missing, match="is no address"):
            api.fetch(next(iter(api.found())))


def test_what_is_packed_is_unpacked() -> None:
    """As the pipeline keeps callbacks; what is not packed stays as it is."""
    assert b"{}" == unpacked(gzip.compress(b"{}"), 10) == unpacked(b"{}", 10)


@pytest.mark.parametrize("content", [gzip.compress(b"x" * 1_000_000, mtime=0), b"\x1f\x8bnothing of the kind"])
def test_what_unpacks_to_too_much_is_missing(content: bytes) -> None:
    """A bomb does not go off, and what is damaged is told."""
    with pytest.raises(Missing):
        unpacked(content, 100_000)


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/callback", "{}/nothing-here"])
def test_no_key_to_a_file_is_told(place: str) -> None:
    """Addresses of storages hold signatures: a failure is told without them, in the log, too."""
    with working() as forge:
        url = place.format(forge.url) + "?sig=sesame"

        with pytest.raises((Missing, Unreached)) as caught:
            source(forge).fetch(Found("lava", "x", "", url))

    assert "sesame" not in str(caught.value)
