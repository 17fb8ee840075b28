import numpy as np
import pytest

from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.core.weights import OfSums
from mlestar_jupyter.phases.validation.gates.robustness import robustness, subsets
from mlestar_jupyter.phases.validation.gates.units import MOST_SECONDS, Gains, draws_for, why_too_long
from mlestar_jupyter.problems.recognition import find_metric
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers, said

pytestmark = pytest.mark.fast


def _score(metric, n=2000):
    y, p, _ = binary(n)
    return weighted_score(find_metric(metric, "binary"), y, said(p, "binary"))


def test_exact_scores_are_drawn_while_they_are_quick():
    score = _score("roc_auc")
    gains = Gains.quick(score, None, 5, 0.025)
    assert gains.ours is score
    assert gains.draws(5, 0.025) == 499


def test_influences_are_drawn_where_exact_scores_take_long():
    score, level = _score("roc_auc"), 1e-5
    gains = Gains.quick(score, None, 5, level)
    assert isinstance(gains.ours, OfSums)
    assert draws_for(level) <= gains.draws(5, level)
    parts = np.arange(2000) % 5
    exact = Gains(score, None).over(parts, 5)
    assert gains.over(parts, 5) == pytest.approx(exact, abs=0.2 * exact.std())


def test_metric_that_is_scored_set_by_set_is_not_measured_where_it_takes_too_long():
    score = _score("adjusted_rand_score")
    gains = Gains.quick(score, None, 5, 1e-4)
    assert gains.ours is score
    assert gains.draws(5, 1e-4) == 0
    words = why_too_long(gains, np.arange(2000) % 5, 1e-4)
    assert words.startswith("9,999 exchanges of 2,000 rows")
    assert f"more than {MOST_SECONDS:.0f} s" in words


def test_subsets_that_take_too_long_are_not_measured_and_say_so():
    import pandas as pd

    y, x = numbers(4000)
    X = pd.DataFrame({f"column_{i}": np.arange(4000) // (i + 1) % 7 for i in range(40)})
    found = evidence("neg_median_absolute_error", y, x, X=X)
    assert subsets(found) == []
    assert robustness(found).words.endswith("subsets would take more than 30 s by this metric")
