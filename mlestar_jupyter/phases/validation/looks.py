"""How often the sealed rows were looked at, and what that does to their score: chosen by, it is no longer untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.resampling import dependence
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.display.numbers import number

_SCORED = "scored on the holdout"
"""By its name in the journal: of each solution what is fitted, its id, and scores of the same resampled rows."""
_RESAMPLES, _FEWEST_RESAMPLES = 200, 50
_SECONDS = 2.0
"""Of a usual processor that resamples may take, where fewer do."""


@dataclass(frozen=True)
class Looks:
    """The looks at the holdout, up to one that is reported.

    Parameters
    ----------
    openings : int
        How often it was opened, for whatever reason.
    solutions : list of str
        What of each was scored on it, by its id, in order; the one that is reported last.
    bias : float or None
        By how much the best of so many equally good solutions looks too good; None for a single one.
    """

    openings: int
    solutions: list[str]
    bias: float | None = None

    @property
    def chose(self) -> bool:
        """Whether the score may have been used to choose: another solution was scored before."""
        return len(self.solutions) > 1

    def sentence(self, metric: Metric) -> str:
        """Say that the score was used for selection, and what that may do to it; empty where it was not."""
        if not self.chose:
            return ""
        text = (
            f"The holdout's score was used for selection: it was opened {self.openings:,} times, and "
            f"{len(self.solutions):,} solutions were scored on it"
        )
        if self.bias is None or number(self.bias, 2) == "0":
            return f"{text}."
        return f"{text}; of so many equally good ones the best looks {number(self.bias, 2)} too good ({metric.label})."

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "openings": self.openings, "solutions": self.solutions, "used_for_selection": self.chose, "bias": self.bias,
        }  # fmt: skip


def looks(context: Context, rows: Rows | None, predictions: Predictions | None) -> Looks | None:
    """Count this look at the opened holdout among all that the run has had; None without a holdout."""
    if rows is None or predictions is None:
        return None
    return context.measured(Looks, lambda: _counted(context, rows, predictions))


def _counted(context: Context, rows: Rows, predictions: Predictions) -> Looks:
    journal, solution = context.journal, context.solution()[0]
    known: list[list[object]] = journal.get(_SCORED) or []
    known = [look for look in known if look[0] != solution.fit_id]  # other folds make no other model
    known.append([solution.fit_id, solution.id, list(_resampled(context, rows, predictions))])
    journal.put(_SCORED, known)
    bias = selection_bias(np.array([scores for _, _, scores in known], dtype=float)) if len(known) > 1 else None
    return Looks(len(journal.events("holdout opened")), [str(identifier) for _, identifier, _ in known], bias)


def _resampled(context: Context, rows: Rows, predictions: Predictions) -> Sequence[float]:
    """Scores of resampled rows, the same for each solution; NaN where the metric is not defined."""
    task, n_rows = context.dataset.task, len(rows)
    drawn = dependence(rows.y.astype(float), groups=rows.groups, is_ordered=task.time is not None)
    score = weighted_score(task.metric, rows.y, predictions)
    count = int(np.clip(_SECONDS / score.seconds(), _FEWEST_RESAMPLES, _RESAMPLES))
    resamples = drawn.resamples(count, child_seed(context.seed, "looks"))
    return [float(score.scores(np.bincount(at, minlength=n_rows)[None, :])[0]) for at in resamples]


def selection_bias(scores: np.ndarray) -> float | None:
    """By how much the best of some equally good solutions looks too good, from their scores on the same resampled rows.

    Parameters
    ----------
    scores : ndarray of shape (n_solutions, n_resamples)
        NaN where not defined.

    Returns
    -------
    float or None
        In the metric's unit, 0 or more. None where too few resamples are defined.

    Notes
    -----
    Errors of the scores are taken for normal, with one standard error s and one correlation r: what they have in common
    moves all of them and chooses none, so that the expected error of the best is ``s * sqrt(1 - r) * e(m)``, with e(m)
    the expected maximum of m independent standard normals (Owen & Steck, Annals of Mathematical Statistics 33, 1962).
    ``2 s² (1 - r)`` is the mean variance of the difference of two scores, which the resampled rows give. Solutions that
    are not equally good are chosen less by chance, so that it is an upper bound.
    """
    n_solutions = len(scores)
    defined = scores[:, np.isfinite(scores).all(axis=0)]
    if defined.shape[1] < _FEWEST_RESAMPLES // 2:
        return None
    mean_variance = float(np.var(defined, axis=1, ddof=1).mean())
    variance_of_mean = float(np.var(defined.mean(axis=0), ddof=1))
    own = (mean_variance - variance_of_mean) * n_solutions / (n_solutions - 1)  # s² (1 - r), over all pairs
    return float(np.sqrt(max(0.0, own)) * expected_maximum(n_solutions))


def expected_maximum(count: int) -> float:
    """Expected maximum of independent standard normals.

    >>> round(expected_maximum(2), 4), round(expected_maximum(3), 4)
    (0.5642, 0.8463)
    """
    from scipy.special import ndtr

    x = np.linspace(-10, 10, 4001)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(x * count * density * ndtr(x) ** (count - 1), x))
