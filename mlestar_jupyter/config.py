"""Configuration files: YAML or JSON with the keys of the original command line's workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings

_ARGUMENTS = {
    "dataset_path": "dataset",
    "target_column": "target",
    "experiment_name": "name",
    "model_output_dir": "output",
    "max_training_time": "timeout",
    "metric": "metric",
    "problem": "problem",
    "time_column": "time",
    "group_column": "group",
    "test": "test",
    "max_agents": "max_agents",
    "seed": "seed",
    "online": "online",
    "llm": "llm",
    "llm_url": "llm_url",
    "llm_price": "llm_price",
    "max_cost": "max_cost",
    "share_rows": "share_rows",
    "unsandboxed": "unsandboxed",
    "refit": "refit",
}
_SETTINGS = {
    "search_iterations": ("search", "approaches"),
    "refinement_iterations": ("refinement", "iterations"),
    "quality_threshold": ("validation", "min_improvement"),
}
_TOP = ("name", "version", "description", "variables", "agents", "dependencies")


@dataclass(frozen=True)
class Config:
    """What a configuration file asks for: arguments of `Workflow`, and settings by phase."""

    arguments: dict[str, Any]
    settings: dict[str, dict[str, Any]]


def read_config(path: str | Path) -> Config:
    """Read and check a configuration file.

    ``variables`` holds the task (``dataset_path``, ``target_column``, …), ``agents`` a list of phases each with
    its ``config``, ``dependencies`` which phase needs which others.

    Raises
    ------
    SettingError
        When the file cannot be read or a key is not known; the line names the nearest valid one.
    """
    given = _load(Path(path))
    for key in given:
        if key not in _TOP:
            raise unknown("key", str(key), _TOP)
    arguments: dict[str, Any] = {}
    settings: dict[str, dict[str, Any]] = {}
    for key, value in _mapping(given.get("variables"), "variables").items():
        if key in _ARGUMENTS:
            arguments[_ARGUMENTS[key]] = value
        elif key in _SETTINGS:
            phase, name = _SETTINGS[key]
            settings.setdefault(phase, {})[name] = value
        else:
            raise unknown("variable", str(key), [*_ARGUMENTS, *_SETTINGS])
    _check_switch(arguments, "unsandboxed")
    _check_switch(arguments, "refit")
    _check_number(arguments, "max_cost", (int, float))
    _check_number(arguments, "share_rows", (int,))
    _read_online(arguments, settings)
    for needed, key in (("dataset", "dataset_path"), ("target", "target_column")):
        if needed not in arguments:
            raise SettingError(f"{path} does not give {key!r}.", mend=f"Add `{key}:` under `variables:`.")
    for phase, config in _agents(given.get("agents")):
        settings.setdefault(phase, {}).update(config)
    for phase, values in settings.items():
        read_settings(PHASES[phase].settings, values)
    _check_dependencies(_mapping(given.get("dependencies"), "dependencies"))
    return Config(arguments, settings)


def _read_online(arguments: Mapping[str, Any], settings: dict[str, dict[str, Any]]) -> None:
    """Check ``online``; with it ``search_iterations`` are rounds of queries."""
    _check_switch(arguments, "online")
    if arguments.get("online") and "approaches" in settings.get("search", {}):
        settings["search"]["rounds"] = settings["search"].pop("approaches")


def _check_switch(arguments: Mapping[str, Any], name: str) -> None:
    if not isinstance(arguments.get(name, False), bool):
        raise SettingError(f"The variable {name!r} is {arguments[name]!r}.", mend="Give true or false.")


def _check_number(arguments: dict[str, Any], name: str, kinds: tuple[type, ...]) -> None:
    """Check a number; null leaves the default."""
    value = arguments.get(name)
    if value is None:
        arguments.pop(name, None)
    elif isinstance(value, bool) or not isinstance(value, kinds):
        raise SettingError(f"The variable {name!r} is {value!r}.", mend="Give a number.")


def _load(path: Path) -> Mapping[str, Any]:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(
            f"The configuration {path} cannot be read ({error.strerror}).", mend="Check the path."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise SettingError(
            f"The configuration {path} is not valid YAML or JSON{where}.", mend="Correct that line."
        ) from error
    return _mapping(given, str(path))


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingError(f"{where} is {type(value).__name__}.", mend="Write `key: value` lines.")
    return value


def _agents(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """List the phases and their settings: a list with ``name`` and ``config``, or a mapping by phase."""
    entries = [{"name": k, **_mapping(v, k)} for k, v in value.items()] if isinstance(value, Mapping) else value or []
    found = []
    for entry in entries:
        name = str(_mapping(entry, "an agent").get("name", entry.get("id", "")))
        if name not in PHASES:
            raise unknown("phase", name, PHASES)
        found.append((name, _mapping(entry.get("config"), f"the config of {name}")))
    return found


def _check_dependencies(given: Mapping[str, Any]) -> None:
    """Hold the stated dependencies against the order of the phases, which is fixed."""
    order = list(PHASES)
    for phase, needs in given.items():
        for name in (phase, *([needs] if isinstance(needs, str) else needs or [])):
            if name not in PHASES:
                raise unknown("phase", str(name), PHASES)
            if name != phase and order.index(name) >= order.index(phase):
                raise SettingError(
                    f"{phase} cannot depend on {name}: it runs before.", mend=f"The order is {', '.join(order)}."
                )
