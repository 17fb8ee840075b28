import numpy as np
import pytest
from scipy.special import expit

from mlestar_jupyter.core.costs import Costs
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.threshold import threshold_of, with_threshold
from mlestar_jupyter.problems.forms import Labels

pytestmark = pytest.mark.fast

MISSING_IS_WORSE = Costs(1, 5)


def rows(n_rows, trust=1.0, seed=0):
    generator = np.random.default_rng(seed)
    known = 1.5 * generator.normal(size=n_rows) - 1
    return (generator.random(n_rows) < expit(known)).astype(int), expit(trust * known)


def test_rows_cost_what_is_wrong_with_them():
    costs = Costs(2, 7).of_rows(np.array([0, 0, 1, 1]), np.array([0.1, 0.5, 0.4, 0.9]), 0.5)
    assert costs.tolist() == [0, 2, 7, 0]


def test_true_probabilities_ask_for_the_share_of_the_costs():
    assert MISSING_IS_WORSE.of_true_chances == pytest.approx(1 / 6)
    found = [MISSING_IS_WORSE.threshold(*rows(1_000, seed=seed)) for seed in range(20)]
    assert np.median(found) == pytest.approx(1 / 6, abs=0.03)


@pytest.mark.parametrize("trust", [0.4, 1.0, 3.0])
def test_new_rows_cost_little_more_than_by_the_best_threshold(trust):
    y, chances = rows(50_000, trust, seed=99)
    best = min(MISSING_IS_WORSE.of_rows(y, chances, t).mean() for t in np.linspace(0.001, 0.99, 200))
    chosen = [MISSING_IS_WORSE.threshold(*rows(1_000, trust, seed)) for seed in range(10)]
    found = np.mean([MISSING_IS_WORSE.of_rows(y, chances, t).mean() for t in chosen])
    assert found < 1.08 * best
    assert MISSING_IS_WORSE.of_rows(y, chances, 0.5).mean() > 1.5 * best


def test_rows_of_one_class_have_a_threshold_too():
    assert 0 < MISSING_IS_WORSE.threshold(np.zeros(10, dtype=int), np.full(10, 0.1)) <= 1


def test_without_costs_a_task_stays_as_it_is(churn_task):
    y, chances = rows(100)
    predictions = Predictions(chances, np.column_stack([1 - chances, chances]))
    assert threshold_of(churn_task, y, predictions) is None
    assert with_threshold(churn_task, y, predictions) is churn_task


def test_a_form_with_a_threshold_predicts_by_it():
    form = Labels(("no", "yes")).at_threshold(0.2)
    columns = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    assert form.values(columns).tolist() == [0, 1, 1]
    assert form.decoded(form.values(columns)).tolist() == ["no", "yes", "yes"]
