"""Parts that other packages add to this one, through entry points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from mlestar_jupyter.errors import PluginError

GROUPS = ("problems", "families", "modalities", "detectors", "strategies", "executors", "planners")
"""What can be added. The entry point group of each is ``mlestar_jupyter.NAME``."""
T = TypeVar("T")


def plugged_in(group: str, kind: type[T]) -> dict[str, T]:
    """Load what installed packages add to a group, by the names of their entry points, in the order of these names.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    kind : type
        What each entry point must name: an instance of it.

    Raises
    ------
    PluginError
        When a part cannot be imported, or is of another kind.
    """
    found: dict[str, T] = {}
    for point in _points(group):
        part = _load(point)
        if not isinstance(part, kind):
            raise _broken(point, f"it is a {type(part).__name__}, not a {kind.__name__}")
        if point.name in found:
            raise _broken(point, "another package adds a part of this name")
        found[point.name] = part
    return found


def with_plugins(group: str, kind: type[T], built_in: Iterable[T], name: Callable[[T], str]) -> dict[str, T]:
    """Join the parts of this package, in their order, with those that other packages add.

    Parameters
    ----------
    group, kind
        As of `plugged_in`.
    built_in : iterable
    name : callable
        A part's own name, which its entry point must have as well.

    Raises
    ------
    PluginError
        When a part cannot be used, or its name is taken.
    """
    found = {name(part): part for part in built_in}
    for point, part in plugged_in(group, kind).items():
        if point != name(part):
            raise PluginError(
                f"The entry point {point!r} of mlestar_jupyter.{group} names a part that is called {name(part)!r}.",
                mend="Give both the same name.",
            )
        if point in found:
            raise PluginError(
                f"A package adds {point!r} to mlestar_jupyter.{group}, but that name is taken.",
                mend="Give the part and its entry point another name, or uninstall the package.",
            )
        found[point] = part
    return found


def plugin_versions() -> dict[str, str]:
    """Name and version of each package that adds a part: what it adds may change a figure."""
    packages = (point.dist for group in GROUPS for point in _points(group))
    return {package.name: package.version for package in packages if package is not None}


@cache
def _points(group: str) -> tuple[EntryPoint, ...]:
    """Entry points of a group; the installed packages are read once."""
    return tuple(sorted(entry_points(group=f"mlestar_jupyter.{group}"), key=lambda point: point.name))


def forget() -> None:
    """Read the installed packages again when they are asked for next; for tests and after an installation."""
    _points.cache_clear()


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        raise _broken(point, f"{type(error).__name__}: {' '.join(str(error).split())}") from error


def _broken(point: EntryPoint, why: str) -> PluginError:
    package = point.dist.name if point.dist is not None else point.value
    return PluginError(
        f"{package} adds {point.name!r} to {point.group}, which cannot be used: {why}.",
        mend=f"Update {package}, or uninstall it.",
    )
