import pytest
import sklearn.ensemble  # noqa: F401 - loads the pools
from threadpoolctl import threadpool_info

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.threads import few_threads
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from tests.core.blocks_for_tests import BLOCKS
from tests.core.test_rows import FRAME

pytestmark = pytest.mark.fast


def openmp():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"}


def test_few_rows_have_one_thread_and_then_the_pool_is_as_before():
    before = openmp()
    with few_threads(10_000):
        assert openmp() == {1}
    assert openmp() == before


def test_many_rows_have_all_threads():
    before = openmp()
    with few_threads(10_001):
        assert openmp() == before


def test_an_error_leaves_the_pool_as_it_was():
    before = openmp()
    with pytest.raises(ValueError, match="no"), few_threads(1):
        raise ValueError("no")
    assert openmp() == before


def test_a_model_predicts_few_rows_with_one_thread(monkeypatch):
    dataset = make_dataset(read_table(FRAME), "y", test=0)
    solution, rows, seen = Solution.of(BLOCKS), dataset.development, []
    model = FittedModel(solution.build().fit(rows.X, rows.y), solution, dataset.task)
    predict = model.estimator.predict_proba
    monkeypatch.setattr(model.estimator, "predict_proba", lambda X: seen.append(openmp()) or predict(X))
    model.predict_proba(FRAME.head(5))
    assert seen == [{1}]
