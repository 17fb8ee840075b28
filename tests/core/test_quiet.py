import warnings

import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.single_features import SingleFeatures
from mlestar_jupyter.core.intervals import Answered, interval_of_rows
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.problems.recognition import find_metric
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_labels_that_the_rows_lack_are_scored_without_a_warning():
    said = np.array([0, 2, 1, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = find_metric("balanced_accuracy", "multiclass").score(
            np.array([0, 0, 1, 1]), Predictions(said, np.eye(3)[said])
        )
    assert score == 0.5


def test_score_of_a_single_class_is_not_defined_and_no_warning():
    said = np.array([0, 1, 1, 0])
    metric, y = find_metric("roc_auc", "binary"), np.zeros(4, dtype=int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"^roc_auc is not defined for these rows$"):
            metric.score(y, Predictions(said, np.eye(2)[said]))


def test_predictions_too_large_to_be_squared_have_no_interval_and_no_warning():
    y = np.arange(40.0)
    said = np.where(y == 3, 1e120, y + np.tile([-1, 1], 20))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = interval_of_rows(
            find_metric("mse", "regression"), [Answered(np.arange(40), y, Predictions(said))], is_ordered=False
        )
    assert not found.is_measured


class Warns(SingleFeatures):
    def look(self, inputs):
        warnings.warn("of another package", RuntimeWarning, stacklevel=1)
        return self.clear("")


def test_checks_show_no_warning_of_another_package():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Warns().check(inputs(table(60))).outcome == "clear"
