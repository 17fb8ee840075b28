"""Does the target, or the future, leak into the inputs? Each check runs; none is asked of a chat model.

No single threshold parts leaks from honest columns, so evidence is graded and nothing is dropped without asking
(Kaufman et al., TKDD 2012; Kapoor & Narayanan, Patterns 2023).
"""

from __future__ import annotations

import difflib
import re

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import Check, CheckInputs, Finding
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.data.association import association
from mlestar_jupyter.problems.registry import problem_of

_SAME, _ALARM, _CERTAIN, _GAP = 0.999, 0.95, 0.99, 0.10
_MAX_ROWS = 20_000
_MANY_DUPLICATES = 0.01
_ROW_ORDER = 0.1
_SHUFFLES = 2
_NULL_DRAWS, _WIDTH, _REAL_SHARE = 100, 3.0, 0.1
_BEYOND_CHANCE = 10.0
_ALIKE, _SHORTEST, _TELLING = 0.85, 4, 0.5


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
    if not problem_of(inputs.task).has_labels:
        return bool(abs(pd.Series(codes[known]).corr(pd.Series(y[known]), method="spearman")) > _SAME)
    if len(np.unique(codes[known])) > len(inputs.task.classes) * 2:
        return False
    pairs = pd.crosstab(codes[known], y[known])
    if len(set(pairs.to_numpy().argmax(axis=1))) < len(np.unique(y[known])):
        return False  # a rare class would make any column right in 99.9 % of the rows
    return bool(pairs.max(axis=1).sum() / pairs.to_numpy().sum() > _SAME)


def single_features(inputs: CheckInputs) -> Finding:
    """LEAK002: one column alone predicts almost perfectly.

    Cross-validates a small tree on each raw column; alarms at .99, or at .95 well ahead of the next column.
    """
    from sklearn.model_selection import cross_val_score

    task, rows = inputs.task, inputs.development
    chosen = np.arange(len(rows))
    if len(rows) > _MAX_ROWS:
        generator = np.random.default_rng(child_seed(task.seed, "LEAK002"))
        chosen = np.sort(generator.choice(len(rows), _MAX_ROWS, replace=False))
    problem = problem_of(task)
    scoring, tree = problem.screening_scorer, problem.tree.make(max_depth=4, min_samples_leaf=5, random_state=0)
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
    """LEAK003: the same rows on both sides of the split, which rewards remembering them.

    Identifiers are left out of the comparison. Small tables of categories have honest twins: the share is held
    against what chance would give if the columns were independent.
    """
    title = "Duplicates across the split"
    if inputs.holdout is None:
        return Finding("LEAK003", title, "not applicable", "there is no holdout")
    ours = _hashes(inputs.task, inputs.development)
    share = float(np.isin(_hashes(inputs.task, inputs.holdout), ours).mean())
    evidence = f"{share:.2%} of the holdout rows are also among the development rows, target included"
    if share <= _MANY_DUPLICATES:
        return Finding("LEAK003", title, "clear", evidence)
    chance = _chance_of_twin(inputs.task, inputs.development)
    within = float(pd.Series(ours).duplicated(keep=False).mean())
    text = f"{evidence}; within the development rows {within:.2%} are repeated; by chance {chance:.2%} share inputs"
    remedy = "If they are the same cases, drop the copies or group them with --group."
    return Finding("LEAK003", title, "found" if share > _BEYOND_CHANCE * chance else "suspect", text, remedy)


def _compared(task: Task) -> list[str]:
    return [c.name for c in task.columns if c.role not in ("identifier", "constant", "empty") and c.name != task.group]


def _hashes(task: Task, rows: Rows) -> np.ndarray:
    """One hash a row; as text, since a holdout of its own may have been read with other types."""
    table = rows.X[_compared(task)].astype(str).assign(**{"\0target": rows.y})
    return pd.util.hash_pandas_object(table, index=False).to_numpy()


def _chance_of_twin(task: Task, rows: Rows) -> float:
    """Share of rows that would find their inputs among the others, were the columns independent."""
    match = 1.0
    for name in _compared(task):
        shares = rows.X[name].astype(str).value_counts(normalize=True).to_numpy()
        match *= float(np.sum(shares**2))
    return float(-np.expm1(len(rows) * np.log1p(-min(match, 1 - 1e-12))))


def time_order(inputs: CheckInputs) -> Finding:
    """LEAK004: with a time column, holdout rows from before the development rows end."""
    title = "Order in time"
    if inputs.task.time is None or inputs.holdout is None:
        why = "the task has no time column" if inputs.task.time is None else "there is no holdout"
        return Finding("LEAK004", title, "not applicable", why)
    ours, theirs = inputs.development.X[inputs.task.time], inputs.holdout.X[inputs.task.time]
    last, first = ours.max(), theirs.min()
    if first < last:
        early = int((theirs < last).sum())
        text = f"the holdout begins at {first}, before {last}: {early} of its {len(theirs)} rows are too early"
        return Finding("LEAK004", title, "found", text, "Give a later holdout.")
    return Finding("LEAK004", title, "clear", f"development rows end at {last}, the holdout begins at {first}")


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
    task, metric = inputs.task, inputs.task.metric
    seen: list[float] = []
    for number in range(_SHUFFLES):
        generator = np.random.default_rng(child_seed(task.seed, "LEAK006", number))
        found = inputs.shuffled(generator.permutation(inputs.development.y))
        if found is None:
            return Finding("LEAK006", title, "not applicable", "the solution cannot be scored on a shuffled target")
        seen.append(float(np.mean(found)))
    chance, noise = chance_level(inputs)
    if not np.isfinite(chance):
        return Finding("LEAK006", title, "not applicable", f"no level of {metric.label} is known to be chance")
    shown = ", ".join(f"{s:.4g}" for s in seen)
    evidence = f"{metric.label} {shown} on shuffled targets, {chance:.4g} ± {_WIDTH * noise:.2g} by chance"
    gains = [metric.gain(s, chance) for s in seen]
    if max(gains) <= _WIDTH * noise:
        return Finding("LEAK006", title, "clear", evidence)
    real = metric.gain(inputs.score.score, chance)
    certain = min(gains) > _WIDTH * noise and float(np.mean(gains)) > _REAL_SHARE * real
    remedy = "Look for steps that see the target outside the folds."
    return Finding("LEAK006", title, "found" if certain else "suspect", evidence, remedy)


def chance_level(inputs: CheckInputs) -> tuple[float, float]:
    """Find the best score that needs no input, and the standard deviation of a score by chance.

    Constant predictions, and the solution's own held against a shuffled target: for F1 or recall the second is no
    worse than the first, so neither alone is chance. NaN where the metric is not defined for either.
    """
    metric, y, predictions = inputs.task.metric, inputs.development.y, inputs.score.predictions
    known = np.flatnonzero(np.isfinite(predictions.values))
    size = min(len(known), max(2, round(2 * inputs.score.n_test)))
    generator = np.random.default_rng(child_seed(inputs.task.seed, "LEAK006", "chance"))
    drawn = []
    for _ in range(_NULL_DRAWS):
        rows, others = generator.permutation(known)[:size], generator.permutation(known)[:size]
        drawn.append(_try_score(inputs, y[others], predictions.at(rows)))
    unrelated = [s for s in drawn if s is not None]
    if len(unrelated) < _NULL_DRAWS // 2:
        return float("nan"), float("nan")
    levels = [float(np.mean(unrelated)), *_constant_scores(inputs)]
    return max(levels, key=lambda s: metric.gain(s, 0.0)), float(np.std(unrelated))


def _constant_scores(inputs: CheckInputs) -> list[float]:
    """Score predictions that are the same for every row."""
    y, columns = inputs.development.y, inputs.score.predictions.columns is not None
    constants = problem_of(inputs.task).constants(y, inputs.task.classes, columns=columns)
    scores = [_try_score(inputs, y, predictions) for predictions in constants]
    return [s for s in scores if s is not None]


def _try_score(inputs: CheckInputs, y: np.ndarray, predictions: Predictions) -> float | None:
    """Score, or None where the metric is not defined for these rows."""
    has_labels, values = problem_of(inputs.task).has_labels, predictions.values
    typed = values.astype(int) if has_labels else values
    try:
        return inputs.task.metric.score(y, Predictions(typed, predictions.columns))
    except ValueError:
        return None


def row_order(inputs: CheckInputs) -> Finding:
    """LEAK007: identifiers that are used, or an order of the rows that tells the target."""
    title = "Identifiers and row order"
    after = columns_after_cleaning(inputs)
    used = [name for name in inputs.task.names("identifier") if name in after]
    evidence = f"identifiers after the cleaning block: {', '.join(used) or 'none'}"
    remedy = f"Drop {', '.join(used)} in the cleaning block." if used else ""
    outcome = bool(used)
    if inputs.task.time is None:
        effect, p_value = _rank_effect(inputs.development.source.astype(float), inputs)
        evidence += f"; rank correlation of row number and target {effect:.3f} (p = {p_value:.2g})"
        if effect > _ROW_ORDER and p_value < 0.001:  # noqa: PLR2004 - small tables reach 0.1 by chance
            outcome = True
            order = "If the rows are in time order, give --time; if they come in batches, give --group."
            remedy = f"{remedy} {order}".strip()
    return Finding("LEAK007", title, "suspect" if outcome else "clear", evidence, remedy)


def columns_after_cleaning(inputs: CheckInputs) -> set[str]:
    """Columns that any member of the solution still has after its cleaning block."""
    solution = inputs.score.candidate.solution
    found: set[str] = set()
    for member in solution.members or (solution.single(),):
        found |= set(member.build().named_steps["cleaning"].transform(inputs.development.X.copy()).columns)
    return found


def _rank_effect(values: np.ndarray, inputs: CheckInputs) -> tuple[float, float]:
    """Strongest rank correlation with the target and its p; with several classes each against the rest."""
    from scipy.stats import spearmanr

    y = inputs.development.y
    targets = [(y == k).astype(float) for k in np.unique(y)] if problem_of(inputs.task).has_labels else [y]
    if np.ptp(values) == 0 or min(float(np.ptp(t)) for t in targets) == 0:
        return 0.0, 1.0
    found = [spearmanr(values, t) for t in targets]
    top = max(found, key=lambda r: abs(r.statistic))
    return abs(float(top.statistic)), min(1.0, float(top.pvalue) * max(1, len(found) - 1))


def missingness(inputs: CheckInputs) -> Finding:
    """LEAK008: gaps that tell the target, and columns that are named like it and hang together with it."""
    title = "Missingness and names"
    gaps = inputs.development.X.isna()
    strengths = {
        c: _rank_effect(gaps[c].to_numpy(dtype=float), inputs)[0] for c in map(str, gaps) if 0 < gaps[c].mean() < 1
    }
    named = {c: _association(inputs, c) for c in map(str, gaps) if _named_alike(c, inputs.task.target)}
    top = max(strengths, key=lambda c: strengths[c], default=None)
    gap_text = (
        "no column has missing values"
        if top is None
        else f"strongest: whether {top} is missing, rank correlation {strengths[top]:.3f} with the target"
    )
    names_text = ", ".join(f"{c} (association {v:.2f})" for c, v in named.items()) or "none"
    evidence = f"{gap_text}; names like the target: {names_text}"
    columns = [c for c, v in (strengths | named).items() if v > _TELLING or strengths.get(c, 0.0) > _TELLING]
    if columns:
        return Finding("LEAK008", title, "suspect", evidence, f"Find out when {', '.join(columns)} is filled in.")
    return Finding("LEAK008", title, "clear", evidence)


def _named_alike(name: str, target: str) -> bool:
    left, right = (re.sub(r"[\W_]", "", text).casefold() for text in (name, str(target)))
    if min(len(left), len(right)) < _SHORTEST:
        return False
    return left in right or right in left or difflib.SequenceMatcher(None, left, right).ratio() >= _ALIKE


def _association(inputs: CheckInputs, column: str) -> float:
    values = inputs.development.X[column]
    is_numeric = pd.api.types.is_numeric_dtype(values)
    found = association(
        values, inputs.development.y, is_numeric=is_numeric, is_classification=problem_of(inputs.task).has_labels
    )
    return found if np.isfinite(found) else 0.0


LEAKAGE_CHECKS: tuple[Check, ...] = (
    target_copies, single_features, duplicates, time_order, group_overlap, target_shuffle, row_order, missingness,
)  # fmt: skip
