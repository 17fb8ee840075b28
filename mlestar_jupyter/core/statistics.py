"""Is a gain more than noise? Tests and intervals for scores over repeated folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

SIGNIFICANT = 0.05
"""Level at which a difference is called proven."""
_BEYOND_DOUBT, _WIDTH, _STEPS = 6.0, 8.0, 4_001  # standard errors, and points to sum over


Verdict = Literal["better", "worse", "no clear difference"]


def verdict_of(gain: float, p_value: float) -> Verdict:
    """Say in words what a test of a gain says.

    >>> verdict_of(0.1, 0.01), verdict_of(-0.1, 0.01), verdict_of(0.1, 0.2)
    ('better', 'worse', 'no clear difference')
    """
    if p_value >= SIGNIFICANT:
        return "no clear difference"
    return "better" if gain > 0 else "worse"


@dataclass(frozen=True)
class TestResult:
    """A mean gain with its interval and the chance of seeing it where there is none.

    Parameters
    ----------
    mean, low, high : float
        Mean and bounds of the interval, in the metric's own unit.
    p_value : float
        Two-sided; 1.0 where every gain is 0.
    error : float
        Standard error of the mean.
    """

    __test__ = False

    mean: float
    low: float
    high: float
    p_value: float
    error: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """What the test says, in words."""
        return verdict_of(self.mean, self.p_value)


def corrected_t_test(
    gains: Sequence[float] | np.ndarray, n_train: float, n_test: float, level: float = 0.95, *, most: float = np.inf
) -> TestResult:
    """Test whether the mean gain over (repeated) folds differs from 0.

    Parameters
    ----------
    gains : array-like of shape (n_repeats * n_folds,)
        Score of the one minus score of the other, fold by fold.
    n_train, n_test : float
        Rows fitted on and scored on in a fold.
    level : float
        Of the interval.
    most : float
        The largest gain that there can be: the interval ends there.

    Returns
    -------
    TestResult

    Notes
    -----
    Folds share rows, so the variance of the mean is ``var * (1/k + n_test/n_train)``: Nadeau & Bengio,
    "Inference for the generalization error", Machine Learning 52 (2003); for repeated cross-validation
    Bouckaert & Frank (2004).

    Examples
    --------
    >>> corrected_t_test([0.0, 0.0, 0.0], 80, 20).p_value
    1.0
    """
    from scipy import stats

    values = np.asarray(gains, dtype=float)
    mean = float(values.mean())
    if len(values) < 2 or np.ptp(values) == 0:  # noqa: PLR2004 - a spread needs two
        known = len(values) > 1
        bound = 0.0 if known else np.inf
        low, high = np.clip([mean - bound, mean + bound], -most, most).tolist()
        return TestResult(mean, low, high, 0.0 if known and mean != 0 else 1.0, bound)
    error = float(np.sqrt(values.var(ddof=1) * (1 / len(values) + n_test / n_train)))
    freedom = len(values) - 1
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * error
    low, high = np.clip([mean - half, mean + half], -most, most).tolist()
    return TestResult(mean, low, high, float(2 * stats.t.sf(abs(mean) / error, freedom)), error)


def t_test(gains: Sequence[float] | np.ndarray, level: float = 0.95, *, most: float = np.inf) -> TestResult:
    """Test whether the mean gain over independent parts differs from 0 (Student's paired t-test).

    Parameters
    ----------
    gains : array-like of shape (n_parts,)
        Gains of fixed models on disjoint rows, or the pseudo-values of a jackknife over them; see
        `folds.disjoint_parts`.
    level : float
        Of the interval.
    most : float
        The largest gain that there can be: the interval ends there.
    """
    return corrected_t_test(gains, n_train=1.0, n_test=0.0, level=level, most=most)


def gain_after_selection(test: TestResult, limit: float) -> float:
    """Estimate a gain that is shown only because its test was significant: such gains look larger than they are.

    Parameters
    ----------
    test : TestResult
        Significant at `limit`.
    limit : float
        The level of the test, two-sided.

    Returns
    -------
    float
        Between about half of ``test.mean``, where the test has just passed, and all of it, where it was beyond doubt.

    Notes
    -----
    The mean of the normalised conditional likelihood, given that the test passed: Ghosh, Zou & Wright, "Estimating
    odds ratios in genome scans: an approximate conditional likelihood approach", American Journal of Human Genetics
    82 (2008), their second estimator.

    Examples
    --------
    >>> round(gain_after_selection(TestResult(1.0, 0.2, 1.8, 0.02), 0.025), 2)
    0.55
    """
    from scipy import stats

    least = float(stats.norm.isf(limit / 2))
    z = float(stats.norm.isf(test.p_value / 2)) if test.p_value > 0 else np.inf
    if z - least > _BEYOND_DOUBT:
        return test.mean
    z = max(z, least)
    true = np.linspace(-z - _WIDTH, z + _WIDTH, _STEPS)
    likelihood = stats.norm.pdf(z - true) / (stats.norm.sf(least - true) + stats.norm.cdf(-least - true))
    return float(test.mean * np.average(true, weights=likelihood) / z)


def shrunken_gains(gains: Sequence[float] | np.ndarray, errors: Sequence[float] | np.ndarray) -> np.ndarray:
    """Gains to expect of several attempts, given what was measured of all: the best of many looks better than it is.

    Parameters
    ----------
    gains, errors : array-like of shape (n_attempts,)
        Measured, and their standard errors.

    Returns
    -------
    ndarray of shape (n_attempts,)
        Between the mean of all and what was measured, the nearer to that the more attempts differ beyond noise.

    Notes
    -----
    Empirical Bayes: Efron & Morris, "Stein's estimation rule and its competitors", JASA 68 (1973).

    Examples
    --------
    >>> shrunken_gains([0.0, 3.0], [1.0, 1.0]).round(2).tolist()
    [0.33, 2.67]
    """
    measured, variances = np.asarray(gains, dtype=float), np.square(np.asarray(errors, dtype=float))
    centre = float(measured.mean()) if len(measured) > 1 else 0.0
    spread = float(np.sum((measured - centre) ** 2)) / max(1, len(measured) - 1)
    between = max(0.0, spread - float(variances.mean()))
    share = np.divide(between, between + variances, out=np.ones_like(variances), where=variances > 0)
    return np.asarray(centre + share * (measured - centre))


def corrected_interval(
    scores: Sequence[float] | np.ndarray,
    n_train: float,
    n_test: float,
    level: float = 0.95,
    *,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float]:
    """Interval of a mean score over (repeated) folds, with the same corrected variance, within a metric's range."""
    result = corrected_t_test(scores, n_train, n_test, level)
    half = np.inf if result.low == result.high else 0.0  # folds that are all alike say nothing of their noise
    low, high = np.clip([result.low - half, result.high + half], *within).tolist()
    return low, high


def unseen(count: int, level: float) -> float:
    """The largest share of a kind of which there may be none among so many (Clopper & Pearson 1934), one-sided.

    >>> round(unseen(100, 0.05), 4)
    0.0295
    """
    return float(1 - level ** (1 / count))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for the number of tests made (Holm 1979), in the order given.

    >>> holm([0.01, 0.04])
    [0.02, 0.04]
    """
    adjusted = np.empty(len(p_values))
    highest = 0.0
    for rank, position in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return [float(p) for p in adjusted]


def fixed_sequence(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values of tests whose order was set before looking: each counts if all before it did.

    Maurer, Hothorn & Lehmacher (1995): no part of the level is shared out, so the first test has all of it.

    >>> fixed_sequence([0.01, 0.2, 0.03])
    [0.01, 0.2, 0.2]
    """
    return [float(p) for p in np.maximum.accumulate(np.asarray(p_values, dtype=float))]
