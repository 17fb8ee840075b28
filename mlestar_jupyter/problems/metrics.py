"""Metrics by name: scikit-learn's scorers, as far as they fit a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.errors import SettingError, unknown

if TYPE_CHECKING:
    from mlestar_jupyter.problems.base import Problem

_ALIASES = {
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "log_loss": "neg_log_loss",
    "rmse": "neg_root_mean_squared_error",
    "mse": "neg_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "rmsle": "neg_root_mean_squared_log_error",
    "brier": "neg_brier_score",
}


def scikit_learn_metric(name: str | None, problem: Problem) -> Metric:
    """Look up a scorer, or a problem's usual one.

    Parameters
    ----------
    name : str or None
        A scikit-learn scorer's name or a common short one (``rmse``, ``auc``, ``logloss``).
    problem : Problem

    Raises
    ------
    SettingError
        When there is no such metric, or it does not fit the problem.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    if name is None:
        name = problem.default_metric
    wanted = problem.metric_name(_ALIASES.get(name.lower(), name))
    if wanted not in get_scorer_names():
        raise unknown("metric", name, [*problem.own_metrics, *get_scorer_names(), *_ALIASES])
    scorer = get_scorer(wanted)
    response = scorer._response_method  # noqa: SLF001
    metric = Metric(wanted, scorer._sign > 0, response != "predict")  # noqa: SLF001
    _check_fits(metric, problem)
    return metric


def is_for_numbers(metric: Metric) -> bool:
    """Whether a scorer measures distances between numbers."""
    name = metric.name
    return name.endswith(("_error", "_deviance")) or name in ("r2", "explained_variance") or name.startswith("d2_abs")


def _check_fits(metric: Metric, problem: Problem) -> None:
    """Try the metric on four rows: the surest way to know whether it fits the problem type."""
    other = SettingError(
        f"The metric {metric.name!r} does not fit a {problem.name} problem.",
        mend=f"Leave --metric out for {problem.default_metric!r}, or name one for {problem.name}.",
    )
    if problem.measures_other(metric):
        raise other  # scikit-learn would compute it
    try:
        metric.score(*problem.example())
    except (ValueError, TypeError, AttributeError) as error:
        raise other from error
