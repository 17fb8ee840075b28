"""Networks of the extra ``neural``: they fit in a worker, to the same bits, and their script stands alone."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.planners.tables import make_table, make_task, unseen_row
from tests.planners.test_recipes import _check_predictions, _solution

pytest.importorskip("pytabkit")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
QUICK = "PARAMS = {'hidden_sizes': 'rectangular', 'hidden_width': 32, 'n_hidden_layers': 2, 'n_epochs': 4}"


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_network_fits_predicts_unseen_rows_and_is_saved_with_the_same_bits(problem):
    task = make_task(problem)
    X, y = make_table(problem)
    solution = _solution(task, "real mlp").with_block("hyperparameters", QUICK)
    model, again = solution.build().fit(X, y), solution.build().fit(X, y)
    _check_predictions(model, X, problem)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).predict(unseen_row(X)), model.predict(unseen_row(X))
    )


def test_layers_of_a_network_are_searched():
    task, planner = make_task(), RecipePlanner()
    solution = _solution(task, "real mlp")
    drawn = planner.sample(task, solution, 4, 1)
    assert len({p.source.split('"n_hidden_layers": ')[1][0] for p in drawn}) > 1
    assert all('"n_epochs": 128' in p.source for p in drawn)
    warnings.simplefilter("ignore")
    X, y = make_table("binary")
    quick = drawn[0].source.replace('"n_epochs": 128', '"n_epochs": 2')
    _check_predictions(solution.with_block("hyperparameters", quick).build().fit(X, y), X, "binary")


def test_network_is_scored_in_a_worker_without_a_word_of_its_libraries(tmp_path):
    workflow = Workflow(load_breast_cancer(as_frame=True).frame[::3], "target", output=tmp_path / "run", test=0)
    try:
        found = workflow.search(notes="a tuned network: realmlp")
        workflow.foundation(candidates=4)
        network = next(a for a in found.approaches if a.approach.id == "real_mlp")
        assert network.score > 5
        draft = RecipePlanner().draft(workflow.task, network)
        workflow.adopt("preprocessing", draft.solution.blocks["preprocessing"])
        workflow.adopt("hyperparameters", QUICK)
        evaluation = workflow.adopt("model", draft.solution.blocks["model"])
        assert isinstance(evaluation, Scored)
        assert evaluation.score > 0.9
        assert evaluation.warnings == ()
    finally:
        workflow.close()
