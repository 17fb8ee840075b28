"""Templates: one way to open those of text, and one for those of HTML; every value that they name must be given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.quoting import literal, remark

if TYPE_CHECKING:
    from jinja2 import Environment


def text_templates(folder: Path, **filters: Callable[..., str]) -> Environment:
    """Open templates of source, prompts and files, in which text from a table passes through `quoting` alone.

    Parameters
    ----------
    folder : Path
    **filters : callable
        Beside ``literal`` and ``remark``, or in place of them.
    """
    environment = _opened(folder, is_html=False)
    environment.filters |= {"literal": literal, "remark": remark, **filters}
    return environment


def html_templates(folder: Path, **values: object) -> Environment:
    """Open templates of HTML, which escape what is put into them.

    Parameters
    ----------
    folder : Path
    **values : object
        Known to all of them.
    """
    environment = _opened(folder, is_html=True)
    environment.globals |= values
    return environment


def _opened(folder: Path, *, is_html: bool) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=not is_html, autoescape=is_html,
    )  # fmt: skip
