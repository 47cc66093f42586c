"""The house rules, checked by reading the code: who imports whom, who commits, how large things grow."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import DOMAIN, MAY_IMPORT, PACKAGE, PURE

MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted(Path(__file__).parent.rglob("*.py"))

MODULE_LINES, FUNCTION_LINES, NESTING = 300, 40, 3
# Programs for machines, and the oldest Python that is expected there.
AGENTS = [path for path in MODULES if path.is_relative_to(PACKAGE / "agents")]
OLDEST_PYTHON = (3, 9)
# A machine replaces its worker by one file that it downloads, so all of a worker stands in one.
LONGER = {PACKAGE / "agents" / "worker.py": 480}
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)


def part(path: Path) -> str:
    """Return the part of the service that a module belongs to."""
    inside = path.relative_to(PACKAGE).parts
    return inside[0].removesuffix(".py") if len(inside) == 1 else inside[0]


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of each module that a module imports, and of each name it imports from one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def identify(path: Path) -> str:
    """Name a module in a test's id."""
    return str(path.relative_to(Path(__file__).parents[1]))


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_imports_point_one_way(path: Path) -> None:
    """A part imports only what stands to its left: errors, settings, db, events, archive, lab, boot, web, faces."""
    own = part(path)
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("paddles.")}
    parts = {name for name in ours if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()}

    assert parts - {own} <= MAY_IMPORT.get(own, set())


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) in DOMAIN], ids=identify)
def test_the_domain_knows_no_http(path: Path) -> None:
    """Domain packages import neither Pecan nor WebOb."""
    assert not {name for name in imported(path) if name.split(".")[0] in ("pecan", "webob", "webtest")}


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) in ("controllers", "commands")], ids=identify)
def test_faces_and_commands_hold_no_sql(path: Path) -> None:
    """Controllers and commands take rows and sessions as they come; statements live in the domain and in db."""
    names = {name for name in imported(path) if name.startswith("sqlalchemy")}

    assert names <= {"sqlalchemy.Row", "sqlalchemy.orm.Session"}


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_a_face_imports_no_other_face(path: Path) -> None:
    """What two faces share belongs in the core, or in a module that is of none."""
    inside = path.relative_to(PACKAGE).parts
    if inside[0] != "controllers" or len(inside) < 3:
        return
    names = {name.split(".")[2] for name in imported(path) if name.startswith("paddles.controllers.")}
    faces = {name for name in names if (PACKAGE / "controllers" / name).is_dir()}

    assert faces <= {inside[1]}


def test_the_sweep_takes_words_alone_from_faces() -> None:
    """What mails and webhooks say is said in a face's words; nothing is decided there."""
    found = {name for path in (PACKAGE / "sweep").glob("*.py") for name in imported(path)}
    faces = {name for name in found if name.startswith("paddles.controllers.")}

    assert all(re.fullmatch(r"paddles\.controllers\.\w+\.(\w+_)?words(\..*)?", name) for name in faces)


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_import_nothing_of_ours(name: str) -> None:
    """What decides by itself can be tested, and read, by itself."""
    ours = {full.rpartition(".")[0] for full in imported(PACKAGE / name) if full.startswith("paddles.")}

    assert ours <= PURE[name]


@pytest.mark.parametrize("path", [p for p in MODULES if p != PACKAGE / "db" / "work.py"], ids=identify)
def test_only_the_unit_of_work_commits(path: Path) -> None:
    """Nothing but db/work.py ends a transaction."""
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not called & {"commit", "rollback", "begin", "begin_nested"}


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) in DOMAIN | {"db"}], ids=identify)
def test_statements_are_named_or_made_of_constants(path: Path) -> None:
    """An f-string that becomes SQL holds upper-case constants, columns of declared tuples or calls, never a parameter.

    What users send is bound. The one statement that is put together per call takes its columns from a constant table.
    """
    tree = ast.parse(path.read_text())
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        arguments = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            named_text = isinstance(call.func, ast.Name) and call.func.id == "text"
            if not named_text or not call.args or not isinstance(call.args[0], ast.JoinedStr):
                continue
            used = {node.id for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
            # A private function that is called at import with constants, to make a named statement.
            assert not used & arguments or function.name.startswith("_"), f"{path}: {function.name}"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=identify)
def test_modules_stay_small_and_say_what_they_are_for(path: Path) -> None:
    """A module opens with what it is for and has at most 300 lines, a function at most 40, three levels deep."""
    tree = ast.parse(path.read_text())

    assert ast.get_docstring(tree), "no docstring"
    assert LONGER.get(path, MODULE_LINES) >= len(path.read_text().splitlines())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert FUNCTION_LINES >= (node.end_lineno or 0) - node.lineno + 1, node.name
            assert NESTING >= depth(node), node.name


@pytest.mark.parametrize("path", AGENTS, ids=identify)
def test_programs_for_machines_need_python_alone(path: Path) -> None:
    """They import the standard library and, by relative names, what is packed with them; an old Python reads them.

    Nothing can be installed on a machine that somebody else keeps, and nothing of the service is there.
    """
    tree = ast.parse(path.read_text(), feature_version=OLDEST_PYTHON)
    plain = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    absolute = [*plain, *(node.module or "" for node in froms if node.level == 0)]

    assert {name.split(".")[0] for name in absolute} <= sys.stdlib_module_names
    alone = path.parent == PACKAGE / "agents"
    assert not (alone and [node for node in froms if node.level > 0])


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_what_others_use_says_what_it_promises(path: Path) -> None:
    """Every public class and function has a docstring."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or nested(path, node), node.name


def nested(path: Path, wanted: ast.AST) -> bool:
    """Say whether a definition stands inside a function, where nobody else sees it."""
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))
    line = getattr(wanted, "lineno", 0)
    return any(f.lineno < line <= (f.end_lineno or 0) for f in functions)


def depth(node: ast.AST) -> int:
    """Return how many blocks stand inside each other; an elif is on the level of its if."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            continue
        elif_ = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deepest = max(deepest, depth(child) + int(isinstance(child, BLOCKS) and not elif_))
    return deepest
