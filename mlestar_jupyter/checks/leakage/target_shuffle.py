"""LEAK006: on a shuffled target the whole pipeline must be no better than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.problems.registry import problem_of

SHUFFLES = 2
"""Targets on which the solution is fitted to chance."""
_MOST_DRAWN = 5_000
"""Rows of a score by chance: that of more rows spreads less, by the root of their number."""
_NULL_DRAWS, _WIDTH, _REAL_SHARE = 100, 3.0, 0.1


class TargetShuffle(LeakageDetector):
    """Cross-validates the solution on shuffled targets, which also catches what is done outside the folds."""

    code = "LEAK006"
    title = "Shuffled target"
    fits_again = True

    def look(self, inputs: CheckInputs) -> Finding:
        """Score twice on shuffled targets, and compare with chance."""
        task, metric = inputs.task, inputs.task.metric
        seen: list[float] = []
        for number in range(SHUFFLES):
            generator = np.random.default_rng(child_seed(task.seed, self.code, number))
            scores = inputs.shuffled(generator.permutation(inputs.development.y))
            if isinstance(scores, str):
                return self.not_applicable(scores)
            if not np.isfinite(scores).all():
                return self.not_applicable("the score of a fold is not defined on a shuffled target")
            seen.append(float(np.mean(scores)))
        chance, noise = chance_level(inputs)
        if not np.isfinite([chance, noise]).all():
            return self.not_applicable(f"no level of {metric.label} is known to be chance")
        shown = evenly_written([*seen, chance, _WIDTH * noise])
        evidence = (
            f"{metric.label} {', '.join(shown[:-2])} on shuffled targets, {shown[-2]} ± {shown[-1]} by chance; only "
            "what is better than that counts"
        )
        gains = [metric.gain(s, chance) for s in seen]
        if max(gains) <= _WIDTH * noise:
            return self.clear(evidence)
        real = metric.gain(inputs.score.score, chance)
        certain = min(gains) > _WIDTH * noise and float(np.mean(gains)) > _REAL_SHARE * real
        remedy = "Look in the blocks for steps that see the target of rows outside the training folds."
        return self.found(evidence, remedy) if certain else self.suspect(evidence, remedy)


def evenly_written(numbers: Sequence[float]) -> list[str]:
    """Write figures with as many decimals each: two digits of the last, which is their width.

    >>> evenly_written([0.3612, 0.5, 0.131])
    ['0.36', '0.50', '0.13']
    """
    width = abs(numbers[-1])
    decimals = 3 if not 0 < width < np.inf else max(0, 1 - math.floor(math.log10(width)))
    return [f"{number:.{decimals}f}" for number in numbers]


def chance_level(inputs: CheckInputs) -> tuple[float, float]:
    """Find the best score that needs no input, and the standard deviation of a score by chance.

    Constant predictions, and the solution's own compared with a shuffled target: for F1 or recall the second is no
    worse than the first, so neither alone is chance. NaN where the metric is not defined for either.
    """
    metric, y, predictions = inputs.task.metric, inputs.development.y, inputs.score.predictions
    known = np.flatnonzero(np.isfinite(predictions.values))
    size = min(len(known), max(2, round(2 * inputs.score.n_test)))
    n_drawn = min(size, _MOST_DRAWN)
    generator = np.random.default_rng(child_seed(inputs.task.seed, TargetShuffle.code, "chance"))
    drawn = []
    for _ in range(_NULL_DRAWS):
        rows, others = generator.permutation(known)[:n_drawn], generator.permutation(known)[:n_drawn]
        drawn.append(_try_score(inputs, y[others], predictions.at(rows)))
    unrelated = [s for s in drawn if s is not None]
    if len(unrelated) < _NULL_DRAWS // 2:
        return float("nan"), float("nan")
    levels = [float(np.mean(unrelated)), *_constant_scores(inputs)]
    return max(levels, key=lambda s: metric.gain(s, 0.0)), float(np.std(unrelated)) * math.sqrt(n_drawn / size)


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
        score = inputs.task.metric.score(y, Predictions(typed, predictions.columns))
    except ValueError:
        return None
    return score if np.isfinite(score) else None
