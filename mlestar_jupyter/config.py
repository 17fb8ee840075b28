"""Configuration files: YAML or JSON with start options under ``variables``, and settings by phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.converters import shown
from mlestar_jupyter.options.keys import Place, mapping, read_keys
from mlestar_jupyter.options.option import Given
from mlestar_jupyter.options.start import OPTIONS, REQUIRED, LineOptions, StartOptions, options_in
from mlestar_jupyter.options.values import check_options, settings_given
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

_AGENTS = "Write a list of phases, each with `name` and `config`."
_OF_AGENTS = ("name", "id", "type", "description", "dependencies", "config")
_TOP = ("name", "version", "description", "variables", "agents", "dependencies")
Settings = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Config:
    """What a configuration file asks for.

    Parameters
    ----------
    options : dict of Given
        Start options by their names.
    settings : dict of dict
        Settings of the phases under ``agents``.
    """

    options: dict[str, Given]
    settings: Settings


@dataclass(frozen=True)
class Start:
    """What a run is started with: table, target, options of `Workflow`, of the line, and settings by phase."""

    dataset: str | Path | pd.DataFrame
    target: str
    options: StartOptions
    line: LineOptions
    settings: Settings


def read_start(path: str | Path | None, given: Mapping[str, Given]) -> Start:
    """Put together what a start was given: options beside a configuration come before those in it.

    Raises
    ------
    SettingError
        When the file cannot be read, a value is wrong, or the table or the target is missing.
    """
    config = Config({}, {}) if path is None else read_config(path)
    together = config.options | dict(given)
    for name in REQUIRED:
        if name not in together and path is not None:
            raise SettingError(f"{path} does not give {name!r}.", mend=f"Add `{name}:` under `variables:`.")
        if name not in together:
            raise SettingError(
                f"--{OPTIONS[name].flag} is missing.", mend="Write %mlestar start --dataset FILE --target COLUMN."
            )
    options = check_options(together)
    settings: Settings = {}
    for source in (settings_given(config.options, options), config.settings, settings_given(given, options)):
        for phase, values in source.items():
            settings.setdefault(phase, {}).update(values)
    for phase, values in settings.items():
        read_settings(PHASES[phase].settings, values)
    dataset, target = cast("str | Path | pd.DataFrame", options.pop("dataset")), str(options.pop("target"))
    of_python = {name: value for name, value in options.items() if "python" in OPTIONS[name].places}
    of_line = {name: value for name, value in options.items() if name not in of_python}
    return Start(dataset, target, cast("StartOptions", of_python), cast("LineOptions", of_line), settings)


def read_config(path: str | Path) -> Config:
    """Read and check a configuration file.

    ``variables`` holds start options, also under the keys of the original's workflows (``dataset_path``, …),
    ``agents`` a list of phases each with its ``config``, ``dependencies`` which phase needs which others.

    Raises
    ------
    SettingError
        When the file cannot be read or a key is not known; the line names the nearest valid one.
    """
    content = _load(Path(path))
    for key in content:
        if key not in _TOP:
            raise unknown("key", str(key), _TOP)
    settings: Settings = {}
    for phase, values in _agents(content.get("agents")):
        if phase in settings:
            raise SettingError(f"The phase {phase!r} is given twice under agents.", mend="Put its settings together.")
        settings[phase] = dict(values)
    for phase, values in settings.items():
        read_settings(PHASES[phase].settings, values)
    _check_dependencies(_mapping(content.get("dependencies"), "dependencies"))
    return Config(_read_variables(_mapping(content.get("variables"), "variables")), settings)


def _read_variables(variables: Mapping[str, object]) -> dict[str, Given]:
    """Check the options of a file; null leaves the default."""
    known = {key: option for option in options_in("yaml") for key in (*option.aliases, option.name)}
    found: dict[str, Given] = {}
    for key, value in variables.items():
        if key not in known:
            raise unknown("variable", str(key), known)
        option, named = known[key], f"The variable {key!r}"
        if option.name in found:
            raise SettingError(f"{named} repeats an option that is already set.", mend=f"Give {option.name} once.")
        if value is not None:
            found[option.name] = Given(option.read(value, named), named)
    return found


def _load(path: Path) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingError(f"The configuration {path} is not text in UTF-8.", mend="Save it as UTF-8.") from error
    except (OSError, ValueError) as error:  # ValueError: no path may have a null character
        why = getattr(error, "strerror", None) or error
        raise SettingError(f"The configuration {path} cannot be read ({why}).", mend="Check the path.") from error
    return _by_text(read_keys(text, Place(f"The configuration {path}")))


def _by_text(keys: Mapping[object, object]) -> dict[str, object]:
    return {str(key): value for key, value in keys.items()}


def _mapping(value: object, named: str) -> dict[str, object]:
    return _by_text(mapping(value, named))


def _agents(value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """List the phases and their settings: a list of agents with ``name``, or a mapping by phase.

    Settings stand under ``config`` or beside it; name, description and the like are none.
    """
    entries = [{"name": k, **_mapping(v, str(k))} for k, v in value.items()] if isinstance(value, Mapping) else value
    entries = [] if entries is None else entries
    if not isinstance(entries, list):
        raise SettingError(f"agents: {shown(value)} instead of a list.", mend=_AGENTS)
    for entry in entries:
        agent = _mapping(entry, "an agent")
        name = str(agent.get("name", agent.get("id", "")))
        if name not in PHASES:
            raise unknown("phase", name, PHASES)
        beside = {key: value for key, value in agent.items() if key not in _OF_AGENTS}
        config = _mapping(agent.get("config"), f"the config of {name}")
        for key in beside.keys() & config.keys():
            raise SettingError(f"The agent {name} has {key!r} twice, under config and beside it.", mend="Keep one.")
        yield name, beside | config


def _check_dependencies(given: Mapping[str, object]) -> None:
    """Compare the stated dependencies with the order of the phases, which is fixed."""
    order = list(PHASES)
    for phase, needs in given.items():
        names = needs if isinstance(needs, list) else [needs] if needs else []
        for name in (phase, *map(str, names)):
            if name not in PHASES:
                raise unknown("phase", str(name), PHASES)
            if name != phase and order.index(name) >= order.index(phase):
                raise SettingError(
                    f"{phase} cannot depend on {name}: it runs before.", mend=f"The order is {', '.join(order)}."
                )
