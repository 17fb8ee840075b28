"""Screen source that a chat model wrote: an allow-list of what a block needs, in messages that say what to do instead.

This is no boundary. Source can hide from any such list; the walls around workers are what holds (`walls`). Screening
tells at once, in a line that a model or a person can act on, what would be refused later, and it keeps out of the
kernel what would run there once a solution has been adopted: its module is then loaded in the notebook's own process.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from mlestar_jupyter.core.blocks import check_block
from mlestar_jupyter.errors import BlockError, nearest

MODULES = frozenset(
    {
        *("__future__", "abc", "bisect", "calendar", "collections", "copy", "cmath", "contextlib", "dataclasses"),
        *("datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json"),
        *("math", "numbers", "operator", "random", "re", "statistics", "string", "textwrap", "time", "typing"),
        *("unicodedata", "warnings", "zlib", "zoneinfo"),
        *(
            "catboost",
            "category_encoders",
            "feature_engine",
            "hdbscan",
            "holidays",
            "imblearn",
            "joblib",
            "lightgbm",
            "numpy",
        ),
        *("pandas", "polars", "scipy", "skopt", "skrub", "sklearn", "statsmodels", "tabpfn", "torch", "umap"),
        *("xgboost",),
    }
)
"""Top-level modules that a block may import: what computes, and neither reads, writes, sends nor starts anything."""

_CLOSED = {
    "os": "a block works on the table that it is given",
    "sys": "a block works on the table that it is given",
    "pickle": "the fitted model is saved for you",
    "logging": "what a block says is not kept",
    "threading": "use an estimator's n_jobs",
    "multiprocessing": "use an estimator's n_jobs",
}
_CLOSED_PARTS = frozenset(
    {
        *("sklearn.datasets", "sklearn.externals", "skrub.datasets", "skrub.conf", "statsmodels.datasets"),
        *("scipy.io", "scipy.datasets", "scipy.misc", "pandas.io", "numpy.f2py", "numpy.distutils", "numpy.testing"),
        *(
            "numpy.ctypeslib",
            "torch.hub",
            "torch.utils.cpp_extension",
            "torch.utils.model_zoo",
            "torch.distributed",
            "torch.package",
        ),
        *("imblearn.datasets", "xgboost.dask", "xgboost.spark", "lightgbm.dask", "sklearn.utils._testing"),
    }
)
_CLOSED_NAMES = frozenset(
    {
        *("eval", "exec", "compile", "open", "input", "breakpoint", "exit", "quit", "help"),
        *("globals", "locals", "vars", "dir", "setattr", "delattr", "memoryview", "get_ipython"),
    }
)
_DUNDERS = frozenset(
    {
        *("__init__", "__name__", "__doc__", "__class__", "__call__", "__len__", "__iter__", "__contains__"),
        *("__eq__", "__hash__", "__repr__", "__add__", "__getitem__", "__post_init__", "__version__", "__future__"),
        *("__sklearn_tags__", "__sklearn_is_fitted__", "__sklearn_clone__", "__array__", "__all__"),
    }
)
_CLOSED_ATTRIBUTES = frozenset(
    {
        # files
        *("fromfile", "tofile", "loadtxt", "savetxt", "genfromtxt", "memmap", "open_memmap", "fromregex", "DataSource"),
        *("save", "savez", "savez_compressed", "save_model", "save_raw", "load", "loads", "dump", "dumps", "Memory"),
        *("ExcelFile", "ExcelWriter", "HDFStore", "to_csv", "to_clipboard", "to_excel", "to_feather", "to_gbq"),
        *("to_hdf", "to_html", "to_iceberg", "to_json", "to_latex", "to_markdown", "to_orc", "to_parquet"),
        *("to_pickle", "to_sql", "to_stata", "to_xml"),
        # modules that others have imported, and calls by a name that is computed
        *("os", "sys", "io", "subprocess", "builtins", "importlib", "ctypes", "ctypeslib", "npyio", "f2py"),
        *("testing", "runstring", "hub", "cpp_extension", "system", "popen", "attrgetter", "methodcaller"),
    }
)
_CLOSED_BEGINNINGS = ("read_", "scan_", "sink_", "write_", "fetch_", "load_")
_OPEN_ATTRIBUTES = frozenset({"load_state_dict"})
_JSON = frozenset({"loads", "dumps"})
_TABLE_ALONE = "a block works on the table that it is given, and returns what it makes"
_LONGEST = 50_000

_Problem = tuple[str, str]
"""What a block may not do, and what to do instead."""


def screen(name: str, source: str, packages: Collection[str] = ()) -> None:
    """Check the source of a block by its text alone, without running it.

    Parameters
    ----------
    name : str
        Of the block.
    source : str
    packages : collection of str
        Top-level modules that it may import beside `MODULES`.

    Raises
    ------
    BlockError
        On the first thing that a block may not do: which, in which line, and what to do instead.
    """
    if len(source) > _LONGEST:
        raise BlockError(
            f"The block {name!r} has {len(source):,} characters, more than {_LONGEST:,}.", mend="Write less."
        )
    try:
        check_block(name, source)
        tree = ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise BlockError(
            f"The block {name!r} cannot be parsed: {type(error).__name__}.", mend="Write plain, shallow code."
        ) from error
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        for problem, instead in _problems(node, MODULES.union(packages), is_called=id(node) in called):
            line = getattr(node, "lineno", 1)
            raise BlockError(f"The block {name!r} may not {problem} (line {line}).", mend=_sentence(instead))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _problems(node: ast.AST, modules: Collection[str], *, is_called: bool) -> Iterator[_Problem]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield from _imported(alias.name, modules)
        case ast.ImportFrom(level=level, module=module, names=names):
            yield from _imported_from(level, module or "", [alias.name for alias in names], modules)
        case ast.Name(id=name):
            yield from _named(name, is_called=is_called)
        case ast.Attribute(attr=name, value=value):
            is_json = isinstance(value, ast.Name) and value.id == "json" and name in _JSON
            yield from () if is_json else _reached(name)
        case ast.Call(func=called, args=arguments):
            yield from _called(called, arguments)
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield from _inner(name)
        case ast.ExceptHandler(type=None) | ast.ExceptHandler(type=ast.Name(id="BaseException")):
            yield "catch every exception", "name the exception, such as ValueError"


def _imported(module: str, modules: Collection[str]) -> Iterator[_Problem]:
    top = module.partition(".")[0]
    if top not in modules:
        near = nearest(top, modules)
        usual = "write it with pandas, numpy, scipy, scikit-learn, lightgbm, xgboost or catboost"
        yield f"import {module!r}", _CLOSED.get(top, f"did you mean {near!r}? Else {usual}" if near else usual)
    elif any(module == part or module.startswith(part + ".") for part in _CLOSED_PARTS):
        yield f"import {module!r}", _TABLE_ALONE


def _imported_from(level: int, module: str, names: list[str], modules: Collection[str]) -> Iterator[_Problem]:
    if level:
        yield "import from its own package", "name the whole module"
    for name in names:
        if name == "*":
            yield f"import all of {module!r}", "name what is used"
        yield from _imported(f"{module}.{name}", modules)
        if module != "json":
            yield from _reached(name)


def _named(name: str, *, is_called: bool) -> Iterator[_Problem]:
    if name in _CLOSED_NAMES:
        yield f"use {name!r}", _TABLE_ALONE if name == "open" else "write plain code that names what it uses"
    if name == "getattr" and not is_called:
        yield "pass 'getattr' on", "write the attribute's name"
    yield from _inner(name)


def _reached(name: str) -> Iterator[_Problem]:
    """An attribute, or a name that is imported."""
    closed = name in _CLOSED_ATTRIBUTES or name.startswith(_CLOSED_BEGINNINGS)
    if closed and name not in _OPEN_ATTRIBUTES:
        yield f"use {name!r}", _TABLE_ALONE
    yield from _inner(name)


def _called(called: ast.expr, arguments: list[ast.expr]) -> Iterator[_Problem]:
    """What is harmless by itself, and not with every argument."""
    match called, arguments:
        case ast.Name(id="getattr"), [_, ast.Constant(value=str(name)), *_]:
            yield from _reached(name)
        case ast.Name(id="getattr"), _:
            yield "use 'getattr' with a name that is computed", "write the attribute's name"
        case ast.Attribute(attr="eval"), [_, *_]:
            yield "use 'eval'", "write the expression"
        case ast.Attribute(attr="query"), [ast.Constant(value=str()) | ast.JoinedStr() | ast.BinOp(), *_]:
            yield "use 'query' with a text", "write a mask, such as X[X['a'] > 0]"


def _inner(name: str) -> Iterator[_Problem]:
    if name.startswith("__") and name.endswith("__") and name not in _DUNDERS:
        yield f"use {name!r}", "write plain code without Python's inner names"
