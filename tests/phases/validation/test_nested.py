"""The choice among solutions, made without the fold that it is judged by."""

import numpy as np
import pytest

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.phases.validation.nested import Nested, nested
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast
HIGH = Metric("accuracy", greater_is_better=True, needs_probabilities=False)
LOW = Metric("neg_log_loss", greater_is_better=False, needs_probabilities=True)


def scored(number, *fold_scores, validation=BLOCKS["validation"]):
    solution = Solution.of(BLOCKS | {"hyperparameters": f"PARAMS = {{'C': {number}}}", "validation": validation})
    candidate = Candidate(solution, "one", None, "planner", "to test", "foundation")
    return Scored(candidate, fold_scores, Predictions(np.zeros(4)), 1.0, 1.0, 1.0, 80.0, 20.0)


def test_each_fold_has_the_score_of_the_best_on_the_others():
    first, second = scored(1, 0.9, 0.5, 0.7), scored(2, 0.6, 0.7, 0.6)
    found = nested(first, [first, second], HIGH)
    # without fold 1 the second is better, without fold 2 and 3 the first
    assert found == Nested(pytest.approx((0.6 + 0.5 + 0.7) / 3), pytest.approx(0.7), 2)
    assert nested(first, [second], LOW).score == pytest.approx((0.9 + 0.7 + 0.6) / 3)


def test_of_equally_good_ones_the_best_is_no_better_chosen_anew():
    """The best of 20 by all folds looks too good by chance; chosen anew, it has what each of them has."""
    r = np.random.default_rng(0)
    excess = []
    for _ in range(40):
        first, *others = [scored(i, *r.normal(0.8, 0.05, size=5)) for i in range(20)]
        found = nested(first, others, HIGH)
        excess.append((found.chosen - 0.8, found.score - 0.8))
    assert np.mean(excess, axis=0) == pytest.approx([0.042, 0.0], abs=0.008)


def test_nothing_to_choose_from_is_not_measured():
    one = scored(1, 0.9, 0.5)
    assert nested(one, [one], HIGH) is None
    assert nested(one, [scored(2, 0.1, 0.1, validation="# other folds\n")], HIGH) is None
    assert nested(scored(1, 0.9), [scored(2, 0.8)], HIGH) is None


def test_sentence_says_both():
    assert Nested(0.79, 0.84, 20).sentence(HIGH) == (
        "Chosen anew for each fold by the other folds, the best of 20 solutions has accuracy 0.79; chosen by all folds "
        "0.84."
    )
