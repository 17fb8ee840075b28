"""Block sources become a module and an unfitted estimator: the only `exec` of the package."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from mlestar_jupyter.core.estimators import Splitter
from mlestar_jupyter.errors import BlockError

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from mlestar_jupyter.core.solution import Solution


def load_module(name: str, source: str) -> ModuleType:
    """Run a solution's source as a module registered under `name`, so that its functions can be saved and loaded.

    The same source again gives the module that is there: what was made from it must stay its own. Tracebacks show
    the source's lines.
    """
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__source__", None) == source:
        return known
    module = ModuleType(name)
    module.__dict__["__source__"] = source
    module.__file__ = f"<{name}.py>"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    sys.modules[name] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    return module


def build(solution: Solution) -> BaseEstimator:
    """Build the unfitted estimator of a solution in this process.

    Returns
    -------
    Pipeline, or the ensemble over Pipelines

    Raises
    ------
    BlockError
        When the source raises as it is run.
    """
    try:
        module = load_module(solution.module_name, solution.module_source())
        return module.build()
    except Exception as error:
        raise BlockError(
            f"The solution cannot be built: {type(error).__name__}: {error}.",
            mend="Correct the block that this comes from, and run its cell again.",
        ) from error


def make_splitter(source: str) -> Splitter:
    """Run a ``validation`` block and return its splitter.

    Raises
    ------
    BlockError
        When it raises, or what it returns is no splitter.
    """
    try:
        splitter: Splitter = load_module("mlestar_validation", source).make_splitter()
    except Exception as error:
        raise BlockError(
            f"The block 'validation' fails: {type(error).__name__}: {error}.",
            mend="Correct the cell and run it again.",
        ) from error
    if not hasattr(splitter, "split"):
        raise BlockError(
            f"make_splitter() in the block 'validation' returned {type(splitter).__name__}, which has no split().",
            mend="Return a scikit-learn splitter, such as StratifiedKFold(5, shuffle=True, random_state=0).",
        )
    return splitter
