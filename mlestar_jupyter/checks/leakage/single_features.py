"""LEAK002: one column alone predicts almost perfectly."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector, codes, columns_left
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.data.alone import in_every_fold, score_alone
from mlestar_jupyter.problems.registry import problem_of

_ALARM, _CERTAIN, _GAP = 0.95, 0.99, 0.10
_MAX_ROWS = 20_000


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
        task, rows = inputs.task, inputs.development
        problem, chosen = problem_of(task), np.arange(len(rows))
        if len(rows) > _MAX_ROWS:
            generator = np.random.default_rng(child_seed(task.seed, self.code))
            chosen = np.sort(generator.choice(len(rows), _MAX_ROWS, replace=False))
        if problem.has_labels:
            chosen = chosen[in_every_fold(rows.y[chosen])]
        scoring, tree = problem.screening_scorer, problem.tree.make(max_depth=4, min_samples_leaf=5, random_state=0)
        left, y = columns_left(inputs), rows.y[chosen]
        scores = {str(name): score_alone(codes(left[name])[chosen], y, tree, scoring) for name in left}
        return {column: score for column, score in scores.items() if np.isfinite(score)}, scoring
