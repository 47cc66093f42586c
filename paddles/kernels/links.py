"""Addresses of ours that rows lead to, made of their fields. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from paddles.archive.links import of_job, of_log
from paddles.listing.fields import Link

# What tells one build from another, and one boot of it; what tells one test of a boot.
BUILD = ("job", "git_branch", "kernel", "arch", "defconfig_full", "build_environment")
BOOT = (*BUILD, "lab_name", "board")
CASE = (*BUILD, "suite", "name")
# Where pages of these are found.
DETAILS_OF_BUILD = "/dashboards/build-details"
DETAILS_OF_BOOT = "/dashboards/boot-details"
OTHER_BOARDS = "/dashboards/similar-failed-boots-by-boards"
SAME_TEST = "/dashboards/similar-failed-tests-by-boards"


def line(row: Mapping[str, Any]) -> str | None:
    """Return the address of the line of the log that a row is about."""
    found, number = of_log(row), row.get("lineno", row.get("log_start_line"))
    return f"{found}#L{number}" if found and number is not None else found


def history(row: Mapping[str, Any]) -> str | None:
    """Return the address of the life of a row's test: its suite, its group if there is one, and its name."""
    parts = [row["suite"], row["set"], row["name"]]
    return "/tests/" + "/".join(quote(part) for part in parts if part) if row["suite"] and row["name"] else None


def build_log(row: Mapping[str, Any]) -> str | None:
    """Return where the log of a build lies: on the file server that the build names, if it names one."""
    place = (row["file_server_url"], row["file_server_resource"], row["build_log"])
    return "/".join(str(part).strip("/") for part in place) if all(place) else None


def lab(name: str) -> str:
    """Return the address of a lab."""
    return f"/labs/{quote(name, safe='')}/"


def _lab(row: Mapping[str, Any]) -> str | None:
    return lab(row["lab_name"]) if row["lab_name"] else None


def _page(address: str, names: tuple[str, ...]) -> Any:
    return lambda row: f"{address}?{urlencode([(name, row[name]) for name in names if row[name]])}"


def _list(address: str, names: tuple[str, ...]) -> Any:
    return lambda row: f"{address}?{urlencode([(name, row[name]) for name in names])}"


PLACE = ("run", "key")
HREF = Link("href", PLACE, of_job, "Job")
OF_BUILDS = {
    each.name: each
    for each in (
        HREF,
        Link("details_href", BUILD, _page(DETAILS_OF_BUILD, BUILD), "View"),
        Link("boots_href", BUILD, _list("/boots", BUILD), "Boots"),
        Link("log_href", ("file_server_url", "file_server_resource", "build_log"), build_log, "Log"),
    )
}
OF_BOOTS = {
    each.name: each
    for each in (
        HREF,
        Link("log_href", PLACE, of_log, "Logs"),
        Link("details_href", BOOT, _page(DETAILS_OF_BOOT, BOOT), "View"),
        Link("compare_href", BUILD, _page(OTHER_BOARDS, BUILD), "Compare"),
        Link("build_href", BUILD, _page(DETAILS_OF_BUILD, BUILD), "Build"),
        Link("lines_href", BOOT, _list("/logs", BOOT), "Log lines"),
        Link("lab_href", ("lab_name",), _lab, "Lab"),
    )
}
OF_TESTS = {
    each.name: each
    for each in (
        HREF,
        Link("log_href", (*PLACE, "log_start_line"), line, "Lava log"),
        Link("compare_href", CASE, _page(SAME_TEST, CASE), "Compare"),
        Link("boot_href", BOOT, _page(DETAILS_OF_BOOT, BOOT), "Boot"),
        Link("history_href", ("suite", "set", "name"), history, "History"),
    )
}
OF_LINES = {
    each.name: each
    for each in (
        HREF,
        Link("log_href", (*PLACE, "lineno"), line, "Log"),
        Link("boot_href", BOOT, _page(DETAILS_OF_BOOT, BOOT), "View boot"),
    )
}
