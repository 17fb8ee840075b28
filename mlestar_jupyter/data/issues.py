"""Quality issues of a table, each with its figure and advice."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.data.alone import Alone
from mlestar_jupyter.modalities.base import Severity
from mlestar_jupyter.modalities.registry import by_modality, input_columns, modality_of

_MANY_MISSING = 0.3
_MANY_OUTLIERS = 0.05
_NEAR_CONSTANT = 0.99
_RARE_CLASS, _OF_EQUAL = 0.05, 0.5
"""Share of a rare class at most: of the rows, and of what it would have were all classes alike."""
_SKEWED = 1.0
_NEAR_COPY = 0.98
_SHOWN = 6
_VALUE_ISSUES: tuple[tuple[str, str, float, Severity, str, str], ...] = (
    (
        "missing",
        "missing",
        _MANY_MISSING,
        "medium",
        "Many missing values",
        "Let the model see that they are missing: an indicator, or a model that takes missing values.",
    ),
    (
        "outliers",
        "outliers",
        _MANY_OUTLIERS,
        "low",
        "Values beyond 1.5 times the interquartile range",
        "Trees do not mind; for linear models and neighbours, clip or take the logarithm.",
    ),
    (
        "near-constant",
        "top_share",
        _NEAR_CONSTANT,
        "low",
        "Nearly the same value in every row",
        "They can help little; see what the ablation says without them.",
    ),
)
_ORDER: dict[Severity, int] = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Issue:
    """Something about the data that a modeller should know.

    Parameters
    ----------
    code : str
        Names the kind, such as ``"duplicate-rows"``.
    severity : {"high", "medium", "low"}
    text : str
        What was found, with its figure.
    advice : str
        What to do about it.
    """

    code: str
    severity: Severity
    text: str
    advice: str


def find_issues(
    task: Task,
    raw: pd.DataFrame,
    y: np.ndarray,
    table: pd.DataFrame,
    pairs: list[tuple[str, str, float]],
    telling: Mapping[str, Alone],
) -> list[Issue]:
    """Look for everything that this module knows, the most severe first.

    Parameters
    ----------
    task : Task
    raw : DataFrame
        Development rows as read.
    y : ndarray
    table : DataFrame
        One row a column, from the profile.
    pairs : list of (str, str, float)
        Strongly correlated columns.
    telling : mapping of str to Alone
        How well each of the columns most associated with the target predicts it alone.
    """
    found = [
        *_row_issues(raw, y, task),
        *_role_issues(task, table),
        *_value_issues(task, table),
        *_target_issues(task, y),
        *_association_issues(telling, pairs),
    ]
    return sorted(found, key=lambda issue: _ORDER[issue.severity])


def _row_issues(raw: pd.DataFrame, y: np.ndarray, task: Task) -> Iterator[Issue]:
    # identifiers make every row look new
    inputs = raw.drop(columns=[c.name for c in task.columns if not modality_of(c).is_input])
    hashes = pd.util.hash_pandas_object(inputs, index=False)
    whole = pd.DataFrame({"inputs": hashes.to_numpy(), "y": y})
    n_copies = int(whole.duplicated().sum())
    if n_copies:
        yield Issue(
            "duplicate-rows",
            "medium" if n_copies > len(raw) / 100 else "low",
            f"Rows that repeat an earlier one: {n_copies:,} ({n_copies / len(raw):.1%}).",
            "Copies on both sides of a split flatter the score: drop them, or group them with --group.",
        )
    if task.classes:
        n_labels = whole.groupby("inputs")["y"].transform("nunique")
        n_conflicts = int((n_labels > 1).sum())
        if n_conflicts:
            yield Issue(
                "conflicting-labels",
                "medium",
                f"Rows with another row's inputs and another label: {n_conflicts:,} ({n_conflicts / len(raw):.1%}).",
                "No model can get these right; look whether an input is lacking or labels are wrong.",
            )


def _role_issues(task: Task, table: pd.DataFrame) -> Iterator[Issue]:
    n_unique = dict(zip(table["column"], table["unique"], strict=True))
    advice = [a for modality, chosen in by_modality(list(task.columns)) for a in modality.advice(chosen)]
    for each in advice:
        shown = [f"{c.name} ({n_unique[c.name]:,})" if each.counts else c.name for c in each.columns]
        yield Issue(each.code, each.severity, f"{each.text}: {_listed(shown)}.", each.advice)
    if found := [f"{c.name} ({', '.join(map(repr, c.sentinels))})" for c in task.columns if c.sentinels]:
        text = f"Values that stand for missing: {_listed(found)}."
        yield Issue("sentinels", "medium", text, "The cleaning block makes them missing.")


def _listed(columns: list[str]) -> str:
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return ", ".join(columns[:_SHOWN]) + more


def _value_issues(task: Task, table: pd.DataFrame) -> Iterator[Issue]:
    described = table[table["column"].isin([c.name for c in input_columns(task)])]
    for code, figure, limit, severity, text, advice in _VALUE_ISSUES:
        chosen = described[described[figure] > limit].nlargest(_SHOWN + 1, figure)
        if len(chosen):
            shares = [f"{name} ({share:.1%})" for name, share in zip(chosen["column"], chosen[figure], strict=True)]
            more = " and more" if len(shares) > _SHOWN else ""
            yield Issue(code, severity, f"{text}: {', '.join(shares[:_SHOWN])}{more}.", advice)
    for name in (c.name for c in task.contract.columns if c.infinite):
        yield Issue(
            "infinite-values",
            "medium",
            f"{name} has infinite values, or such as are too large to compute with.",
            "They count as missing; look for a division by zero where they were made.",
        )


def _target_issues(task: Task, y: np.ndarray) -> Iterator[Issue]:
    if not task.classes:
        skew = float(pd.Series(y).skew()) if len(y) > 2 else 0.0  # type: ignore[arg-type]  # noqa: PLR2004
        if abs(skew) > _SKEWED:
            is_right = skew > 0 and y.min() >= 0
            yield Issue(
                "skewed-target",
                "medium",
                f"The target is skewed ({skew:+.1f}).",
                "Try its logarithm." if is_right else "Try a quantile transform of it, or a robust loss.",
            )
        return
    shares = np.bincount(y.astype(int), minlength=len(task.classes)) / len(y)
    limit = min(_RARE_CLASS, _OF_EQUAL / len(shares))
    rare = [f"{task.classes[i]!r} ({share:.1%})" for i, share in enumerate(shares) if share < limit]
    if rare:
        more = f" and {len(rare) - _SHOWN} more" if len(rare) > _SHOWN else ""
        yield Issue(
            "rare-classes",
            "medium",
            f"Rare classes: {', '.join(rare[:_SHOWN])}{more}.",
            "Judge by a metric that sees them (average precision, log-loss); accuracy does not.",
        )


def _association_issues(telling: Mapping[str, Alone], pairs: list[tuple[str, str, float]]) -> Iterator[Issue]:
    for name in (name for name, found in telling.items() if found.gives_away):
        yield Issue(
            "near-target",
            "high",
            f"{name} all but gives the target away: alone it {telling[name].words}, out of sample.",
            "Check that it is known before the target is; if not, leave it out: "
            f"--role {shlex.quote(f'{name}=ignore')}.",
        )
    for left, right, value in pairs:
        if abs(value) > _NEAR_COPY:
            yield Issue(
                "near-copies",
                "low",
                f"{left} and {right} say nearly the same (correlation {value:+.2f}).",
                "One of them is enough for a linear model.",
            )
