import numpy as np
import pytest

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.ensembles.diversity import error_correlation, mean_correlation
from mlestar_jupyter.problems.binary import BINARY
from mlestar_jupyter.problems.regression import REGRESSION
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast


def _member(predictions):
    candidate = Candidate(Solution.of(BLOCKS), "member", None, "planner", "", "foundation", None)
    return Scored(candidate, (0.0, 0.0), predictions, 0.0, 0.0, 0.0, 80, 20)


def test_errors_that_agree_and_errors_that_cancel():
    error = np.random.default_rng(0).normal(size=50)
    y = np.arange(50.0)
    members = [_member(Predictions(y + e, None)) for e in (error, 2 * error, -error)]
    found = error_correlation(members, y, REGRESSION)
    np.testing.assert_allclose(found, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    assert mean_correlation(found) == pytest.approx(-1 / 3)


def test_error_of_a_class_is_what_its_probability_lacks_and_rows_without_one_are_left_out():
    y = np.array([0, 1, 0, 1])
    predicted = np.array([[np.nan, np.nan], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    members = [_member(Predictions(np.zeros(4), p)) for p in (predicted, predicted, 1 - predicted)]
    np.testing.assert_allclose(error_correlation(members, y, BINARY)[0], [1, 1, -1])
