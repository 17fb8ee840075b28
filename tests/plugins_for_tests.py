"""Packages that are installed for one test: a module, and the entry points by which it adds parts."""

import sys
from configparser import ConfigParser
from contextlib import contextmanager

import pytest

from mlestar_jupyter import plugins
from mlestar_jupyter.core.maker import maker


@contextmanager
def installed(folder, source, *parts, name="guest"):
    """Put a package on the path of this process and of those that it starts.

    Parameters
    ----------
    source : str
        Text of the package's only module, ``NAME.py``.
    parts : tuple of (str, str, str)
        Group, name of the entry point and object in the module, as in ``("families", "nearest", "NEAREST")``.
    """
    described = folder / f"{name}-1.0.dist-info"
    described.mkdir(parents=True)
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    points = ConfigParser()
    points.optionxform = str  # names keep their case
    for group, part, thing in parts:
        points.read_dict({f"mlestar_jupyter.{group}": {part: f"{name}:{thing}"}})
    with (described / "entry_points.txt").open("w", encoding="utf-8") as file:
        points.write(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", str(folder), prepend=":")
        _forget(name)
        yield
    _forget(name)


def _forget(name):
    sys.modules.pop(name, None)
    plugins.forget()
    maker.cache_clear()
