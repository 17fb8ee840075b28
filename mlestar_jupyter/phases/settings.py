"""The seven phases and what each accepts. Standard library only: help and completion load this alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from mlestar_jupyter.errors import SettingError, unknown


@dataclass(frozen=True, kw_only=True)
class PhaseSettings:
    """What every phase accepts."""

    notes: str = ""
    """Wishes for the planner, in plain words."""
    max_evaluations: int | None = None
    """Stop after so many candidates; a run limited this way is repeatable to the last bit."""


@dataclass(frozen=True, kw_only=True)
class SearchSettings(PhaseSettings):
    """What ``%%mlestar search`` accepts."""

    approaches: int = 20
    """How many approaches to keep."""
    models: int = 4
    """With a chat model: how many models it is to find (the paper's M)."""
    rounds: int = 2
    """Online: rounds of queries; later ones ask about what earlier ones found."""
    references: int = 20
    """Online: how many references to keep."""
    providers: tuple[str, ...] = ()
    """Online: whom to ask; empty: all that need no key or have one."""
    share_words: bool = True
    """Online: words of column names and notes may be in the queries; else only the kind and size of the problem."""
    refresh: int = 0
    """Online: another number asks anew what is on record."""


@dataclass(frozen=True, kw_only=True)
class FoundationSettings(PhaseSettings):
    """What ``%%mlestar foundation`` accepts."""

    candidates: int = 25
    """At most so many solutions are compared, the baselines included."""
    batches: int = 1000
    """Within a time limit, where `candidates` left none out: at most so many batches of other settings for the
    leading models, while time is left."""
    merges: int = 3
    """With a chat model: how often the best solution is merged with the next best, until one is worse; 0 for never."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its solutions that fails."""


@dataclass(frozen=True, kw_only=True)
class AblationSettings(PhaseSettings):
    """What ``%%mlestar ablation`` accepts."""

    blocks: tuple[str, ...] = ("cleaning", "features", "preprocessing", "hyperparameters", "model", "validation")
    """Blocks to replace by their neutral form, one at a time."""
    repeats: int = 5
    """How often the cross-validation is repeated on new folds, at most: a comparison that is decided stops early."""
    stop_early: bool = True
    """Repeat no more for a comparison that is decided; else all have all repeats."""
    steps: bool = True
    """Also remove the techniques of the features block one at a time."""
    alternatives: bool = True
    """Also put the first variant of each block in its place that a refinement would try."""
    pairs: bool = True
    """Also replace two of the blocks that matter most at once, to see whether they need each other."""
    noise_floor: bool = True
    """Also fit the same solution under other seeds: a smaller difference says nothing."""
    importance: bool = True
    """Also measure which columns the solution leans on: permutation importance, and SHAP values where it has them."""


@dataclass(frozen=True, kw_only=True)
class RefinementSettings(PhaseSettings):
    """What ``%%mlestar refinement`` accepts."""

    blocks: tuple[str, ...] = ()
    """Blocks to refine, in this order; empty: in the order of their impact in the ablation."""
    iterations: int = 3
    """Blocks to work on, one after another."""
    attempts: int = 5
    """Variants tried for each block, on average."""
    by_impact: bool = True
    """More variants for a block that the ablation gave more weight, fewer for another; else as many for each."""
    reablate: bool = True
    """After a change was kept, look again which block matters most."""
    significance: float = 0.05
    """A change is kept only when its gain is significant at this level."""
    review: bool = False
    """Keep nothing by itself: what would be kept is proposed and waits for accept or reject."""
    paths: int | None = None
    """Lines of refinement, each from a solution of another family; null: 2 with a chat model where the budget allows,
    else 1."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its variants that fails."""


@dataclass(frozen=True, kw_only=True)
class EnsembleSettings(PhaseSettings):
    """What ``%%mlestar ensemble`` accepts."""

    strategies: tuple[str, ...] = (
        "greedy",
        "weighted",
        "affine",
        "mean",
        "bayesian",
        "recent",
        "experts",
        "dynamic",
        "stacking",
    )
    """Ways to combine, in this order; each may be kept only if all before it beat the best single solution."""
    members: int = 6
    """At most so many members."""
    calibrate: bool = True
    """Calibrate a combination's probabilities where that is proven to make them truer."""
    coverage: float = 0.9
    """Share of rows that conformal intervals or sets are to cover."""
    rounds: int = 5
    """With a chat model: how many plans of its own for a combination it may try (the paper's R)."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its combinations that fails."""


@dataclass(frozen=True, kw_only=True)
class ValidationSettings(PhaseSettings):
    """What ``%%mlestar validation`` accepts: the gates, each with its limit."""

    min_improvement: float = 0.05
    """Improvement over the baseline, as a share of the baseline's score."""
    significance: float = 0.05
    """Level at which improvements must be significant."""
    max_cv_spread: float = 0.05
    """Standard deviation of the fold scores, as a share of their mean."""
    max_holdout_gap: float = 0.03
    """Distance of the holdout score from the cross-validated one, as a share of it."""
    max_train_gap: float = 0.05
    """Distance of the training score from the cross-validated one; advisory, every forest fails it."""
    max_latency_ms: float = 100.0
    """Milliseconds for one prediction."""
    max_memory_mb: float = 4096.0
    """Peak memory of a fit."""
    sensitive: tuple[str, ...] = ()
    """Columns by which fairness is measured."""
    min_fairness_ratio: float = 0.8
    """Lowest selection rate of a group divided by the highest (the four-fifths rule)."""


@dataclass(frozen=True, kw_only=True)
class DeploymentSettings(PhaseSettings):
    """What ``%%mlestar deployment`` accepts."""

    refit: bool = True
    """Fit on all rows, the holdout included."""
    requests: int = 200
    """Requests sent to the started service."""
    min_success: float = 0.999
    """Share of the requests that must succeed."""


@dataclass(frozen=True)
class Phase:
    """One phase: its name, what it does, its settings, and the phase that must come before."""

    name: str
    summary: str
    settings: type[PhaseSettings]
    after: str | None
    share: float
    """Share of the time limit."""


PHASES: dict[str, Phase] = {
    phase.name: phase
    for phase in (
        Phase("search", "Find approaches that fit the task, with their evidence.", SearchSettings, None, 0.01),
        Phase(
            "foundation",
            "Look at the data, compare baselines, choose the first solution.",
            FoundationSettings,
            None,
            0.74,
        ),
        Phase("ablation", "Measure which block matters.", AblationSettings, "foundation", 0.04),
        Phase("refinement", "Improve the blocks that matter.", RefinementSettings, "foundation", 0.08),
        Phase("ensemble", "Combine the best solutions.", EnsembleSettings, "foundation", 0.04),
        Phase(
            "validation", "Open the holdout, run the checks, hold the gates.", ValidationSettings, "foundation", 0.05
        ),
        Phase(
            "deployment",
            "Build the service, start it, and compare its answers.",
            DeploymentSettings,
            "foundation",
            0.04,
        ),
    )
}

JUDGING = ("validation", "deployment")
"""Phases whose result is a verdict on one solution."""

S = TypeVar("S", bound=PhaseSettings)
_EXPONENT = re.compile(r"\d+e[+-]?\d+", re.IGNORECASE)
_WANTED = {
    int: "a whole number, 0 or more",
    float: "a number, 0 or more",
    bool: "true or false",
    str: "a text, in quotes where YAML reads a word otherwise",
}
_NO_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def next_phase(name: str) -> str | None:
    """Name the phase that follows."""
    names = list(PHASES)
    position = names.index(name) + 1
    return names[position] if position < len(names) else None


def read_settings(kind: type[S], given: Mapping[str, Any]) -> S:
    """Turn what the user wrote into settings: the only place that sees the raw mapping.

    Raises
    ------
    SettingError
        When a key is not known or a value has the wrong type.
    """
    hints = get_type_hints(kind)
    valid = {f.name for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in valid:
            raise unknown("setting", str(key), valid)
        values[name] = _convert(name, value, hints[name])
    return kind(**values)


def _convert(name: str, value: Any, hint: Any) -> Any:
    """Make a YAML value fit the field's type."""
    if get_origin(hint) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
            raise _wrong(name, value, "a list of names")
        return tuple(items)
    kinds = get_args(hint) or (hint,)
    if float in kinds and isinstance(value, str) and _EXPONENT.fullmatch(value):
        value = float(value)  # YAML reads 1e-5 as a text
    if value is None and type(None) in kinds:
        return None
    if bool in kinds and isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise _wrong(name, value, _WANTED[kinds[0]])
    if int in kinds and isinstance(value, int) and value >= 0:
        return value
    if float in kinds and isinstance(value, (int, float)) and value >= 0:
        return float(value)
    if str in kinds:
        return str(value)
    raise _wrong(name, value, _WANTED[kinds[0]])


def _wrong(name: str, value: Any, wanted: str) -> SettingError:
    return SettingError(f"The setting {name!r} is {value!r}.", mend=f"Give {wanted}.")


def defaults(kind: type[PhaseSettings]) -> dict[str, Any]:
    """Collect the default of every setting of a phase."""
    return {f.name: f.default for f in fields(kind) if f.default is not MISSING}


def written(value: Any) -> str:
    """Write a value as YAML that reads back as the same.

    >>> written(("a", "b: c")), written(1e-05)
    ('[a, "b: c"]', '1.0e-05')
    """
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(v if _is_plain(v) else written(v) for v in value) + "]"
    text = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(value, ensure_ascii=False))
    if isinstance(value, float) and "." not in text:
        return text.replace("e", ".0e")
    return text


def _is_plain(value: Any) -> bool:
    """Whether YAML reads a word as a text without quotes."""
    return isinstance(value, str) and value.isidentifier() and value.lower() not in _NO_TEXT


def setting_summaries(kind: type[PhaseSettings]) -> dict[str, str]:
    """Read the sentence below every setting of a phase: one source for docs, help and hover texts."""
    import ast
    import inspect

    found: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__[:-1]):
        (body,) = ast.parse(inspect.getsource(ancestor)).body
        assert isinstance(body, ast.ClassDef)
        for statement, following in zip(body.body, body.body[1:], strict=False):
            match statement, following:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(text.split())
    return found
