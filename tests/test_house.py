"""The house's budgets: how long files and functions may be, and what every test must have."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "mlestar_jupyter").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
LONGEST_FILE = 500
LONGEST_FUNCTION = 50
MOST_ANY, MOST_LOOSE_DICTS = 103, 56


def functions(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(function):
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def named(path):
    return path.relative_to(ROOT).as_posix()


def test_files_stay_short():
    assert [named(p) for p in MODULES + TESTS if p.read_text("utf-8").count("\n") > LONGEST_FILE] == []


def test_functions_stay_short():
    found = [(named(p), f) for p in MODULES + TESTS for f in functions(ast.parse(p.read_text("utf-8")))]
    assert [f"{name}::{f.name}" for name, f in found if length(f) > LONGEST_FUNCTION] == []


def asserts(function, helpers):
    """Whether a function asserts something itself, or through a function that does."""
    called = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
    names = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    return (
        any(isinstance(n, ast.Assert) for n in ast.walk(function))
        or bool(called & {"pytest.raises", "pytest.warns", "expect"})
        or any(name.rpartition(".")[2].startswith("assert_") for name in called)
        or bool(names & helpers)
    )


def test_every_test_asserts_something():
    empty = []
    for path in TESTS:
        found = functions(ast.parse(path.read_text("utf-8")))
        helpers = {f.name for f in found if not f.name.startswith("test_") and asserts(f, set())}
        empty += [f"{named(path)}::{f.name}" for f in found if f.name.startswith("test_") and not asserts(f, helpers)]
    assert empty == []


def test_few_values_have_no_type():
    """Only the names `Any` and the subscripts ``dict[str, Any]`` are counted."""
    nodes = [n for p in MODULES for n in ast.walk(ast.parse(p.read_text("utf-8")))]
    assert sum(isinstance(n, ast.Name) and n.id == "Any" for n in nodes) <= MOST_ANY
    loose = [n for n in nodes if isinstance(n, ast.Subscript) and ast.unparse(n) == "dict[str, Any]"]
    assert len(loose) <= MOST_LOOSE_DICTS


def test_fast_tests_come_from_every_part():
    """Whole runs, browsers and benchmarks are never fast."""
    parts = {path: path.relative_to(ROOT / "tests").parts[0] for path in TESTS}
    marked = {part for path, part in parts.items() if "mark.fast" in path.read_text("utf-8")}
    folders = {part for path, part in parts.items() if part != path.name} - {"endtoend", "browser"}
    assert folders - marked == set()
