"""What the documents say is so: settings, addresses, commands, links, targets, and every ``curl`` line."""

import ast
import json
import re
import runpy
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import pytest
from pydantic import AliasChoices

from paddles import settings as configuration
from paddles.app import serve
from paddles.commands import up
from paddles.controllers.root import Root
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web.resource import Resource
from tests.client import Client

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "changes").glob("*.md")])
WIRES = tuple(
    DOCS / f"{page}.md"
    for page in (
        *("events", "jobserv", "jobserv-runs", "jobserv-triggers", "jobserv-workers"),
        *(
            "dashboard",
            "dashboards",
            "finding",
            "kcing",
            "kcing-analysis",
            "kcing-queries",
            "kernelci",
            "kernelci-nodes",
            "kernelci-services",
            "live",
            "notes",
            "results",
            "scheduler",
            "submitting",
        ),
        "taskqueue",
    )
)
PLACE = "http://127.0.0.1:8080"
DECISION_LINES = 30
KEPT = re.compile(r"(?P<name>\w+)=\$\((?P<line>curl .*)\)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(?: {4}|```).*?$|`[^`\n]*`", re.MULTILINE)


class Curl(NamedTuple):
    """A ``curl`` line of a document, the line below it where that is JSON, and the variable that keeps its answer."""

    line: str
    answer: Any
    name: str = ""


def identify(path: Path) -> str:
    """Name a page in a test's id."""
    return str(path.relative_to(ROOT))


def packaging() -> dict[str, Any]:
    """Return the arguments of ``setup()`` that are written out."""
    calls = (node for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())) if isinstance(node, ast.Call))
    call = next(node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "setup")
    wanted = ("install_requires", "extras_require", "entry_points")
    return {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg in wanted}


def rows(page: Path, cells: int) -> dict[str, list[str]]:
    """Return the table rows of a page that have so many cells and begin with a word in code, by that word."""
    found = {}
    for line in page.read_text().splitlines():
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(row) == cells and re.fullmatch(r"`\w+`", row[0]):
            found[row[0].strip("`")] = row
    return found


def addresses(resource: Resource, path: str = "/") -> Iterator[str]:
    """Yield every method and address that a resource, and what stands below it, answers; ``<>`` is a name."""
    if resource.chain:
        yield from (f"{method} {path}..." for method in resource._chains)
        return
    for handlers, below in zip(resource._handlers, ("", "<>/"), strict=True):
        yield from (f"{method} {path}{below}" for method in handlers)
    for word, child in resource.words.items():
        yield from addresses(child, f"{path}{word}/")
    for word, child in resource.nested.items():
        yield from addresses(child, f"{path}<>/{word}/")
    if resource.below is not None:
        own = f"{path}<>/"
        yield from (found for found in addresses(resource.below, own) if not found.endswith(f" {own}"))


def documented(page: Path) -> Iterator[str]:
    """Yield the methods and addresses in the first cells of a page's tables, written as ``addresses`` writes them."""
    for line in page.read_text().splitlines():
        if line.startswith("| `"):
            for method, path in re.findall(r"`([A-Z]+) (/[^`]*)`", line.split(" | ")[0]):
                plain = re.sub(r"<[^>]*>", "<>", path)
                yield f"{method} {plain}" if plain.endswith(("/", "...")) else f"{method} {plain}/"


def anchors(page: Path) -> set[str]:
    """Return the names that a page's headings can be linked by."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def curls(page: Path) -> list[Curl]:
    """Return the ``curl`` lines of a page in order."""
    found, lines = [], [line.strip() for line in page.read_text().splitlines()]
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if kept := KEPT.fullmatch(line):
            found.append(Curl(kept["line"], None, kept["name"]))
        elif line.startswith("curl "):
            try:
                found.append(Curl(line, json.loads(below)))
            except ValueError:
                found.append(Curl(line, None if below != "null" else below))
    return found


def send(client: Client, line: str) -> Any:
    """Send what a ``curl`` line would and return the answer's JSON; anything but 2xx is an error."""
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("url")
    parser.add_argument("-X", "--request", dest="method")
    parser.add_argument("-d", "--data", dest="body")
    parser.add_argument("-o", "--output")
    said = parser.parse_args(shlex.split(line)[1:])
    assert said.url.startswith(f"{PLACE}/"), line
    method = said.method or ("GET" if said.body is None else "POST")
    # curl labels what it sends as a form.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = {} if said.body is None else {"body": said.body.encode(), "headers": form}
    answer = client.request(said.url.removeprefix(PLACE), method=method, status="2*", **body)
    return answer.json if answer.content_type == "application/json" else answer.body


def test_every_setting_is_in_the_operators_table() -> None:
    """docs/operations.md has a row for each setting, with its default and the further variables it is read from."""
    table = rows(DOCS / "operations.md", 3)

    for name, field in Settings.model_fields.items():
        shown = table[name][1].strip("`")
        default = ", ".join(field.default) if isinstance(field.default, tuple) else field.default
        default = {None: "none"}.get(default, default) if name != "known_suites" else shown
        assert str(default) == shown, name
        if isinstance(field.validation_alias, AliasChoices):
            further = {str(alias) for alias in field.validation_alias.choices} - {name, f"PADDLES_{name.upper()}"}
            assert all(f"`{alias}`" in table[name][2] for alias in further), name


def test_the_template_names_every_setting_with_its_default() -> None:
    """config.py.in, taken as it is, sets nothing to anything but its default, and leaves no setting out."""
    text = (ROOT / "config.py.in").read_text()
    said = runpy.run_path(str(ROOT / "config.py.in"))

    # Nothing of the caller's environment reaches the settings of a test (tests/conftest.py).
    loaded = configuration.load({name: value for name, value in said.items() if not name.startswith("__")})
    assert configuration.load().model_dump() == loaded.model_dump()
    for name in Settings.model_fields:
        listed = name.removeprefix("server_") in said["server"] if name.startswith("server_") else name in said
        assert listed or re.search(rf"^# {name} = ", text, re.MULTILINE), name


def test_every_variable_of_ours_is_in_the_operators_pages() -> None:
    """Whatever PADDLES_ variable the code reads by name, docs/operations.md tells of it."""
    code = [*(ROOT / "paddles").rglob("*.py"), ROOT / "gunicorn_config.py", ROOT / "dev"]
    read = {name for path in code for name in re.findall(r"environ\W+(?:get\W+)?(PADDLES_\w+)", path.read_text())}
    ours = {f"PADDLES_{name.upper()}" for name in Settings.model_fields}
    page = (DOCS / "operations.md").read_text()

    assert set() == {name for name in read - ours if name not in page}


def test_every_address_is_in_the_wires_page_and_no_other() -> None:
    """The tables of the wires' pages list exactly the methods and addresses that the service answers."""
    listed = {address for page in WIRES for address in documented(page)}
    assert sorted(set(addresses(Root()))) == sorted(listed)


def test_every_command_is_in_the_operators_table() -> None:
    """docs/operations.md has a row for each command, with its options."""
    table = rows(DOCS / "operations.md", 3)

    for entry in packaging()["entry_points"]["pecan.command"]:
        name, _, place = (part.strip() for part in entry.partition("="))
        module, _, kind = place.partition(":")
        names = [one["name"] for one in getattr(import_module(module), kind).arguments]
        options = [each for one in names for each in ([one] if isinstance(one, str) else one) if each.startswith("-")]
        assert name in table
        assert all(f"`{option}`" in table[name][1] for option in options), name


def test_every_dependency_has_its_reason() -> None:
    """The page on dependencies has a line for each."""
    packages = packaging()
    named = [*packages["install_requires"], *(name for extra in packages["extras_require"].values() for name in extra)]
    page = "\n".join(re.findall(r"^- (.*):", (DOCS / "decisions" / "0013-dependencies.md").read_text(), re.MULTILINE))

    assert [] == [name for name in named if not re.search(rf"\b{re.split('[ =<>]', name)[0]}\b", page)]


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("0*.md")), ids=identify)
def test_decisions_are_short_and_listed(page: Path) -> None:
    """A decision has at most 30 lines, its three parts, and a line in the list."""
    text = page.read_text()

    assert DECISION_LINES >= len(text.splitlines())
    assert text.startswith(f"# {page.name[:4]} ")
    assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences"))
    assert f"({page.name})" in (DOCS / "decisions" / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=identify)
def test_links_lead_somewhere(page: Path) -> None:
    """A link names a file that exists, and a heading that it has."""
    for link in LINK.findall(CODE.sub("", page.read_text())):
        path, _, heading = link.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def test_modules_in_the_architecture_page_exist() -> None:
    """What docs/architecture.md calls a module is one, but for the operator's config.py."""
    named = set(re.findall(r"\b([a-z_]+\.py)\b", (DOCS / "architecture.md").read_text()))
    there = {path.name for path in [*(ROOT / "paddles").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]}

    assert {"config.py"} == named - there


@pytest.mark.parametrize("page", [page for page in PAGES if curls(page)], ids=identify)
def test_curl_lines_do_what_stands_below_them(page: Path, database: Database, settings: Settings) -> None:
    """Sent one after the other to an empty service, all succeed, and answer what the page shows."""
    client = Client(serve(database, settings.model_copy(update={"address": ""})))

    kept: dict[str, str] = {}
    for curl in curls(page):
        answer = send(client, Template(curl.line).substitute(kept) if kept else curl.line)
        if curl.name:
            kept[curl.name] = str(answer)
        if curl.answer is not None:
            assert (None if curl.answer == "null" else curl.answer) == answer, curl.line


def test_the_readme_begins_as_the_service_does() -> None:
    """The first job of README.md is the one that `./dev up` proposes."""
    text = (ROOT / "README.md").read_text()

    assert f"curl -X POST {PLACE}/runs/{up.FIRST_RUN}/jobs/ -d '{up.FIRST_JOB}'" in text


def test_contributors_find_every_target() -> None:
    """CONTRIBUTING.md names exactly the targets that the Makefile has."""
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text()))

    assert there == named
