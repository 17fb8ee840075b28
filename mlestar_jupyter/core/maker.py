"""What made a figure: the package's version, the content of the code that decides, and the libraries' versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlestar_jupyter.environment import versions
from mlestar_jupyter.plugins import plugin_versions
from mlestar_jupyter.version import __version__

_PACKAGE = Path(__file__).resolve().parent.parent
_SHOWS_ONLY = {"notebook", "display", "reports", "labextension", "__pycache__"}
_ENDINGS = {".py", ".j2", ".toml"}
_FITS = ("build.py", "contract.py", "harness.py", "names.py", "predictions.py", "solution.py", "../problems/forms.py")
"""Beside the reading of rows."""


@dataclass(frozen=True)
class Maker:
    """What made a figure.

    Parameters
    ----------
    version : str
        Of this package, for people: it says nothing of what the code does.
    code : str
        Hash of the content of all code that decides.
    libraries : str
        Hash of the versions of Python and of the libraries that scores depend on.
    """

    version: str
    code: str
    libraries: str

    def __str__(self) -> str:
        return f"{self.version} {self.code} {self.libraries}"


@cache
def maker() -> Maker:
    """Describe the code and the libraries that are running."""
    libraries = hashlib.sha256(json.dumps(library_versions(), sort_keys=True).encode()).hexdigest()[:12]
    return Maker(__version__, code_digest(_PACKAGE), libraries)


@cache
def fit_code() -> str:
    """Hash of the content of the code by which a solution is fitted and predicts."""
    from mlestar_jupyter.core.script import READING

    return _digest(_PACKAGE, [(_PACKAGE / "core" / name).resolve() for name in (*READING, *_FITS)])


def library_versions() -> dict[str, str]:
    """Versions that a score depends on, those of plug-ins among them, without this package's own."""
    return {name: version for name, version in versions().items() if name != "mlestar-jupyter"} | plugin_versions()


def version_of(made_by: str) -> str:
    """Which version of the package stands in a record's ``made_by``.

    >>> version_of("0.1.0 8f3a 11c2")
    '0.1.0'
    """
    return made_by.partition(" ")[0] or "unknown"


def code_digest(package: Path) -> str:
    """Hash of the content of all files in a package that decide: what only shows is left out, and so is its version."""
    files = (p for p in package.rglob("*") if p.suffix in _ENDINGS and p.name != "version.py")
    return _digest(package, sorted(p for p in files if not _SHOWS_ONLY & set(p.relative_to(package).parts)))


def _digest(package: Path, files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
