"""Templates of generated source: one environment, in which text from a table passes through `quoting` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.quoting import literal, remark

if TYPE_CHECKING:
    from jinja2 import Environment


def source_templates(folder: Path, *, write: Callable[[object], str] = literal) -> Environment:
    """Open the templates in a folder; every value that they name must be given.

    Parameters
    ----------
    folder : Path
    write : callable
        The filter ``literal``: by default each value is written on one line.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {"literal": write, "remark": remark}
    return environment
