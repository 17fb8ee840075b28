"""Does the target, or the future, leak into the inputs? Each check runs; none is asked of a chat model.

No single threshold parts leaks from honest columns, so evidence is graded and nothing is dropped without asking
(Kaufman et al., TKDD 2012; Kapoor & Narayanan, Patterns 2023).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import Check, CheckInputs, Finding
from mlestar_jupyter.core.seeds import child_seed

_SAME, _ALARM, _CERTAIN, _GAP = 0.999, 0.95, 0.99, 0.10
_MAX_ROWS = 20_000
_MANY_DUPLICATES = 0.01
_ROW_ORDER = 0.1
_SHUFFLES = 2


def _codes(values: pd.Series) -> np.ndarray:
    """Numbers as they are, other values as codes; missing ones as NaN."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("int64").to_numpy(dtype=float)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().mean() > 0.9:  # noqa: PLR2004 - numbers stored as text
        return numbers.to_numpy(dtype=float)
    codes = pd.factorize(values, sort=True)[0].astype(float)
    codes[codes < 0] = np.nan
    return codes


def target_copies(inputs: CheckInputs) -> Finding:
    """LEAK001: a column that is the target under another name or scale.

    Looks for columns that determine the class one to one, or follow a numeric target by rank.
    """
    found = [c for c in inputs.development.X if _is_copy(inputs, inputs.development.X[c])]
    title = "Copy of the target"
    if found:
        names = ", ".join(map(str, found))
        return Finding(
            "LEAK001", title, "found", f"{names} is the target in disguise", "Drop it in the cleaning block."
        )
    return Finding(
        "LEAK001", title, "clear", f"none of {inputs.development.X.shape[1]} columns follows the target exactly"
    )


def _is_copy(inputs: CheckInputs, values: pd.Series) -> bool:
    y, codes = inputs.development.y, _codes(values)
    known = np.isfinite(codes)
    if known.mean() < 0.5 or len(np.unique(codes[known])) < 2:  # noqa: PLR2004
        return False
    if not inputs.task.is_classification:
        return bool(abs(pd.Series(codes[known]).corr(pd.Series(y[known]), method="spearman")) > _SAME)
    pairs = pd.crosstab(codes[known], y[known])
    if len(pairs) > len(inputs.task.classes) * 2:
        return False
    return bool(pairs.max(axis=1).sum() / pairs.to_numpy().sum() > _SAME)


def single_features(inputs: CheckInputs) -> Finding:
    """LEAK002: one column alone predicts almost perfectly.

    Cross-validates a small tree on each raw column; alarms at .99, or at .95 well ahead of the next column.
    """
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    task, rows = inputs.task, inputs.development
    chosen = np.arange(len(rows))
    if len(rows) > _MAX_ROWS:
        generator = np.random.default_rng(child_seed(task.seed, "LEAK002"))
        chosen = np.sort(generator.choice(len(rows), _MAX_ROWS, replace=False))
    scoring = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}[task.problem]
    kind = DecisionTreeClassifier if task.is_classification else DecisionTreeRegressor
    tree = kind(max_depth=4, min_samples_leaf=5, random_state=0)
    scores = {}
    for column in rows.X:
        values = np.nan_to_num(_codes(rows.X[column])[chosen, None], nan=-1e9)
        scores[column] = float(np.mean(cross_val_score(tree, values, rows.y[chosen], cv=3, scoring=scoring)))
    ordered = sorted(scores.items(), key=lambda item: -np.nan_to_num(item[1], nan=-1))
    (top, score), second = ordered[0], ordered[1][1] if len(ordered) > 1 else 0.0
    evidence = f"the strongest column alone, {top}, reaches {scoring} {score:.3f}; the next {second:.3f}"
    if score >= _CERTAIN or (score >= _ALARM and score - second >= _GAP):
        remedy = f"Make sure that {top} is known when the prediction is made; if not, drop it in the cleaning block."
        return Finding("LEAK002", "Single-column score", "suspect", evidence, remedy)
    return Finding("LEAK002", "Single-column score", "clear", evidence)


def duplicates(inputs: CheckInputs) -> Finding:
    """LEAK003: the same rows on both sides of the split, which rewards remembering them."""
    title = "Duplicates across the split"
    if inputs.holdout is None:
        return Finding("LEAK003", title, "not applicable", "there is no holdout")
    ours = set(_hashes(inputs.development.X, inputs.development.y))
    theirs = _hashes(inputs.holdout.X, inputs.holdout.y)
    share = float(np.mean([h in ours for h in theirs]))
    within = float(pd.Series(_hashes(inputs.development.X, inputs.development.y)).duplicated(keep=False).mean())
    evidence = f"{share:.2%} of the holdout rows are also among the development rows, target included"
    if share > _MANY_DUPLICATES:
        text = f"{evidence}; within the development rows {within:.2%} are repeated"
        return Finding(
            "LEAK003", title, "suspect", text, "If they are the same cases, drop the copies or group them with --group."
        )
    return Finding("LEAK003", title, "clear", evidence)


def _hashes(X: pd.DataFrame, y: np.ndarray) -> list[int]:
    return [int(h) for h in pd.util.hash_pandas_object(X.assign(**{"\0target": y}), index=False)]


def time_order(inputs: CheckInputs) -> Finding:
    """LEAK004: with a time column, holdout rows from before the development rows end."""
    title = "Order in time"
    if inputs.task.time is None or inputs.holdout is None:
        why = "the task has no time column" if inputs.task.time is None else "there is no holdout"
        return Finding("LEAK004", title, "not applicable", why)
    last = _times(inputs.development.X[inputs.task.time]).max()
    first = _times(inputs.holdout.X[inputs.task.time]).min()
    if first < last:
        return Finding(
            "LEAK004", title, "found", f"the holdout begins at {first}, before {last}", "Give a later holdout."
        )
    return Finding("LEAK004", title, "clear", f"development rows end at {last}, the holdout begins at {first}")


def _times(values: pd.Series) -> pd.Series:
    return values if pd.api.types.is_numeric_dtype(values) else pd.to_datetime(values, format="mixed")


def group_overlap(inputs: CheckInputs) -> Finding:
    """LEAK005: with a group column, groups on both sides of the split."""
    title = "Groups across the split"
    if inputs.task.group is None or inputs.holdout is None:
        why = "the task has no group column" if inputs.task.group is None else "there is no holdout"
        return Finding("LEAK005", title, "not applicable", why)
    name = inputs.task.group
    shared = set(inputs.development.X[name].dropna()) & set(inputs.holdout.X[name].dropna())
    if shared:
        evidence = f"{len(shared)} groups are on both sides"
        if inputs.task.time is not None:
            return Finding(
                "LEAK005",
                title,
                "suspect",
                evidence + ": the split is by time",
                "Judge whether new groups are what you predict.",
            )
        return Finding("LEAK005", title, "found", evidence, "Give a holdout of other groups.")
    return Finding("LEAK005", title, "clear", "no group is on both sides")


def target_shuffle(inputs: CheckInputs) -> Finding:
    """LEAK006: on a shuffled target the whole pipeline must be no better than chance.

    The one test that also catches what is done outside the folds.
    """
    title = "Shuffled target"
    task = inputs.task
    chance = inputs.baseline
    if chance is None:
        return Finding("LEAK006", title, "not applicable", "the trivial baseline was not scored on these folds")
    seen: list[float] = []
    for number in range(_SHUFFLES):
        generator = np.random.default_rng(child_seed(task.seed, "LEAK006", number))
        found = inputs.shuffled(generator.permutation(inputs.development.y))
        if found is None:
            return Finding("LEAK006", title, "not applicable", "the solution cannot be fitted on a shuffled target")
        seen.append(float(np.mean(found)))
    metric = task.metric
    gain = metric.gain(float(np.mean(seen)), chance.score)
    real = metric.gain(inputs.score.score, chance.score)
    evidence = f"{metric.label} {', '.join(f'{s:.4g}' for s in seen)} on shuffled targets, {chance.score:.4g} by chance"
    if real > 0 and gain > 0.1 * real:
        return Finding("LEAK006", title, "suspect", evidence, "Look for steps that see the target outside the folds.")
    return Finding("LEAK006", title, "clear", evidence)


def row_order(inputs: CheckInputs) -> Finding:
    """LEAK007: the order of the rows tells the target, so a random split may be too easy."""
    from scipy import stats

    title = "Row order"
    if inputs.task.time is not None:
        return Finding("LEAK007", title, "not applicable", "the rows are ordered in time on purpose")
    result = stats.spearmanr(inputs.development.source, inputs.development.y)
    evidence = f"rank correlation of row number and target {result.statistic:.3f} (p = {result.pvalue:.2g})"
    if abs(result.statistic) > _ROW_ORDER:
        remedy = "If the rows are in time order, give --time; if they come in batches, give --group."
        return Finding("LEAK007", title, "suspect", evidence, remedy)
    return Finding("LEAK007", title, "clear", evidence)


def missingness(inputs: CheckInputs) -> Finding:
    """LEAK008: whether a value is missing tells the target, as when it is filled in only afterwards."""
    title = "Missingness"
    gaps = inputs.development.X.isna()
    varied = [c for c in gaps if 0 < gaps[c].mean() < 1]
    if not varied:
        return Finding("LEAK008", title, "not applicable", "no column has missing values")
    y = pd.Series(inputs.development.y.astype(float))
    strengths = {c: abs(float(gaps[c].astype(float).corr(y, method="spearman"))) for c in varied}
    top = max(strengths, key=lambda c: np.nan_to_num(strengths[c]))
    evidence = f"strongest: whether {top} is missing, rank correlation {strengths[top]:.3f} with the target"
    if strengths[top] > 0.5:  # noqa: PLR2004
        return Finding("LEAK008", title, "suspect", evidence, f"Find out when {top} is filled in.")
    return Finding("LEAK008", title, "clear", evidence)


LEAKAGE_CHECKS: tuple[Check, ...] = (
    target_copies, single_features, duplicates, time_order, group_overlap, target_shuffle, row_order, missingness,
)  # fmt: skip
