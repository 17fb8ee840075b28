import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestRegressor, VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from mlestar_jupyter.core.explanation import Question, answer, read_answer
from mlestar_jupyter.core.predictions import Predictions

pytestmark = pytest.mark.fast

N_ROWS = 200


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.normal(size=N_ROWS), "noise": rng.normal(size=N_ROWS)})
    X["kind"] = rng.choice(["a", "b", "c"], N_ROWS)
    return X, 3 * X["size"] + 2.0 * (X["kind"] == "a")


def one_hot():
    encoder = OneHotEncoder(sparse_output=False)
    return ColumnTransformer([("kinds", encoder, ["kind"])], remainder="passthrough", sparse_threshold=0)


def asked(rows, model, *, preparation=None, y=None, clock=lambda: 0.0, **limits):
    X, target = rows
    estimator = Pipeline([("preprocessing", preparation or one_hot()), ("model", model)])
    estimator.fit(X, target if y is None else y)
    question = Question(tuple(X.columns), 3, 50, 0, **limits)
    report, arrays = answer(estimator, X, question, lambda x: Predictions(estimator.predict(x), None), clock)
    return read_answer(report, arrays, len(X))


def test_every_column_is_shuffled_within_each_repeat(rows):
    found = asked(rows, RandomForestRegressor(10, random_state=0))
    assert [len(repeats) for repeats in found.shuffled] == [3, 3, 3]
    first, second, _ = (p.values for p in found.shuffled[0])
    assert not np.array_equal(first, second)


def test_shap_values_of_one_hot_columns_are_summed_back(rows):
    found = asked(rows, RandomForestRegressor(10, random_state=0))
    size, noise, kind = found.shap
    assert size > kind > 5 * noise
    assert found.shap_rows == 50


def test_made_column_counts_in_equal_parts_for_those_it_is_made_of(rows):
    product = FunctionTransformer(lambda X: (X["size"] * X["noise"]).to_frame("product"))
    X, _ = rows
    found = asked(rows, DecisionTreeRegressor(random_state=0), preparation=product, y=X["size"] * X["noise"])
    size, noise, kind = found.shap
    assert size == pytest.approx(noise)
    assert kind == 0


def test_average_of_trees_has_the_average_of_their_values(rows):
    tree = DecisionTreeRegressor(max_depth=3, random_state=0)
    alone = asked(rows, tree)
    voting = asked(rows, VotingRegressor([("one", tree), ("two", tree)]))
    assert np.allclose(alone.shap, voting.shap)


def test_classes_are_summed(rows):
    X, _ = rows
    classes = (X["size"] > 0).astype(int) + (X["kind"] == "a")
    found = asked(rows, ExtraTreesClassifier(20, max_depth=4, random_state=0), y=classes)
    assert np.argmin(found.shap) == 1


def test_model_without_trees_has_no_shap_values_but_a_reason(rows):
    found = asked(rows, Ridge())
    assert found.shap is None
    assert found.shap_reason == "they are computed for models of trees, and this one is Ridge"
    assert len(found.shuffled) == 3


def test_same_seed_gives_the_same_answer(rows):
    first, second = (asked(rows, RandomForestRegressor(5, random_state=0)) for _ in range(2))
    assert np.array_equal(first.shap, second.shap)
    assert np.array_equal(first.shuffled[1][2].values, second.shuffled[1][2].values)


def test_time_that_is_up_leaves_columns_and_shap_values_out(rows):
    found = asked(rows, Ridge(), clock=lambda: 10.0, seconds=1.0)
    assert found.shuffled == ()
    assert found.shap_reason == "no time was left for them"


def test_ensemble_has_no_shap_values_of_its_own(rows):
    X, y = rows
    voting = VotingRegressor([("one", Pipeline([("preprocessing", one_hot()), ("model", Ridge())]))]).fit(X, y)
    question = Question(tuple(X.columns), 1, 50, 0)
    report, arrays = answer(voting, X, question, lambda x: Predictions(voting.predict(x), None), lambda: 0.0)
    assert read_answer(report, arrays, len(X)).shap_reason == (
        "an ensemble has none of its own: its members have them one by one"
    )


def test_predictions_for_other_rows_are_refused():
    with pytest.raises(ValueError, match=r"^\(1, 2, 5\) predictions of shuffled columns for 4 rows$"):
        read_answer({}, {"shuffled_values": np.zeros((1, 2, 5))}, 4)
