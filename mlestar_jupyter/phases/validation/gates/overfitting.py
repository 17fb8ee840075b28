"""Overfitting: how much of the skill on rows that the solution was fitted on is lost on others; advice alone."""

from __future__ import annotations

from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, judged, not_measured

NAME = "overfitting"
_REMEDY = "No fault by itself, as the cross-validated score counts. Stronger regularisation may raise that."


def overfitting(evidence: Evidence) -> Gate:
    """Compare the score on the rows fitted on with the cross-validated one."""
    most = evidence.settings.max_train_gap
    limit = f"at most {most:.0%} of the skill on rows fitted on is lost on others; advice alone"
    train = None if evidence.sealed is None else evidence.sealed.score.train
    baseline = evidence.baseline
    if train is None or baseline is None:
        return not_measured(NAME, "there is no holdout fit", limit)
    metric, score = evidence.metric, evidence.score.score
    skill = metric.gain(train, baseline.score)
    if skill <= 0:
        return not_measured(NAME, "the solution has no skill on the rows fitted on", limit)
    share = metric.gain(train, score) / skill
    words = (
        f"{share:.0%} of the skill ({metric.label} {number(train)} on rows fitted on, {number(score)} cross-validated)"
    )
    return judged(NAME, "advice" if share > most else "pass", words, share, limit=limit, remedy=_REMEDY)
