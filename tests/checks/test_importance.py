import numpy as np
import pytest

from mlestar_jupyter.checks.importance import Importance, measure_importance
from mlestar_jupyter.core.explanation import Answer
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.problems.recognition import find_metric

pytestmark = pytest.mark.fast

Y = np.array([1.0, 2.0, 3.0, 4.0])
RMSE = find_metric("rmse", "regression")
RIGHT, OFF = Predictions(Y, None), Predictions(Y + 2, None)
REASON = "they are computed for models of trees"


def test_loss_is_in_the_metrics_own_unit_and_positive_where_the_column_helps():
    found = measure_importance(["a", "b"], Answer(((OFF, OFF), (RIGHT, RIGHT)), None, 0, REASON), Y, RIGHT, RMSE)
    assert found.losses == [2.0, 0.0]
    assert found.spreads == [0.0, 0.0]


def test_spread_is_over_the_shuffles_and_missing_for_one():
    twice = measure_importance(["a"], Answer(((OFF, RIGHT),), None, 0, REASON), Y, RIGHT, RMSE)
    once = measure_importance(["a"], Answer(((OFF,),), None, 0, REASON), Y, RIGHT, RMSE)
    assert twice.spreads == [pytest.approx(np.sqrt(2))]
    assert once.spreads == [None]


def test_columns_that_time_left_out_are_counted_and_not_zero():
    answer = Answer(((OFF,),), np.array([0.5, 0.1]), 10, "")
    found = measure_importance(["a", "b"], answer, Y, RIGHT, RMSE, n_left_out=3)
    assert found.columns == ["a"]
    assert found.shap == [0.5]
    assert found.n_left_out == 4


def test_missing_shap_values_are_missing_and_have_a_reason():
    found = measure_importance(["a"], Answer(((OFF,),), None, 0, REASON), Y, RIGHT, RMSE)
    assert found.table["mean |SHAP|"].isna().all()
    assert found.shap_reason == REASON


def test_table_begins_with_the_largest_loss():
    found = Importance(["a", "b"], [0.1, 0.3], [0.0, 0.0])
    assert list(found.table["column"]) == ["b", "a"]


def test_score_that_is_not_defined_is_no_importance():
    auc = find_metric("roc_auc", "binary")
    one_class = Predictions(np.ones(4, dtype=int), np.full((4, 2), 0.5))
    found = measure_importance(["a"], Answer(((one_class,),), None, 0, ""), np.ones(4, dtype=int), one_class, auc)
    assert found.reason.startswith("the score is not defined on these rows")
