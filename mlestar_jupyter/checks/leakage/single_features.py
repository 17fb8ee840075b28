"""LEAK002: one column alone predicts almost perfectly."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector, codes, columns_left
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.problems.base import Problem
from mlestar_jupyter.problems.registry import problem_of

_ALARM, _CERTAIN, _GAP = 0.95, 0.99, 0.10
_MAX_ROWS = 20_000
_FOLDS = 3


class SingleFeatures(LeakageDetector):
    """Cross-validates a small tree on each column that the cleaning block leaves.

    Alarms at .99, or at .95 well ahead of the next column.
    """

    code = "LEAK002"
    title = "Single-column score"

    def look(self, inputs: CheckInputs) -> Finding:
        """Score each column alone."""
        scores, scoring = self._scores(inputs)
        if not scores:
            return self.not_applicable(f"no column alone can be scored by {scoring}: a class has too few rows")
        ordered = sorted(scores.items(), key=lambda item: -item[1])
        (top, score), second = ordered[0], ordered[1][1] if len(ordered) > 1 else 0.0
        evidence = f"the strongest column alone, {top}, reaches {scoring} {score:.3f}; the next {second:.3f}"
        if score >= _CERTAIN or (score >= _ALARM and score - second >= _GAP):
            remedy = (
                f"Make sure that {top} is known when the prediction is made; if not, drop it in the cleaning block."
            )
            return self.suspect(evidence, remedy)
        return self.clear(evidence)

    def _scores(self, inputs: CheckInputs) -> tuple[dict[str, float], str]:
        from sklearn.model_selection import check_cv

        task, rows = inputs.task, inputs.development
        problem, chosen = problem_of(task), np.arange(len(rows))
        if len(rows) > _MAX_ROWS:
            generator = np.random.default_rng(child_seed(task.seed, self.code))
            chosen = np.sort(generator.choice(len(rows), _MAX_ROWS, replace=False))
        y = rows.y[chosen]
        if problem.has_labels:
            kept = _in_every_fold(y)
            chosen, y = chosen[kept], np.unique(y[kept], return_inverse=True)[1]
        metric = Metric(problem.screening_scorer, greater_is_better=True, needs_probabilities=problem.has_labels)
        scores: dict[str, float] = {}
        left = columns_left(inputs)
        if len(np.unique(y)) < 2:  # noqa: PLR2004
            return scores, metric.name
        with suppress(ValueError):  # fewer rows than folds
            folds = list(check_cv(_FOLDS, y, classifier=problem.has_labels).split(y, y))
            for column in map(str, left):
                values = np.nan_to_num(codes(left[column])[chosen, None], nan=-1e9)
                found = [_score(problem, metric, values, y, *fold) for fold in folds]
                scores[column] = float(np.mean(found))
        return {column: score for column, score in scores.items() if np.isfinite(score)}, metric.name


def _score(
    problem: Problem, metric: Metric, values: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray
) -> float:
    """Score a small tree; NaN where the scorer is not defined on the fold."""
    tree = problem.tree.make(max_depth=4, min_samples_leaf=5, random_state=0).fit(values[train], y[train])
    columns = tree.predict_proba(values[test]) if problem.has_labels else None
    said = tree.predict(values[test]) if columns is None else columns.argmax(axis=1)
    return weighted_score(metric, y[test], Predictions(said, columns)).score


def _in_every_fold(y: np.ndarray) -> np.ndarray:
    """Mark the rows of classes that every fold can have."""
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(counts[codes] >= _FOLDS)
