"""Hyperparameters: known good settings first, then TPE, and CMA-ES where it is installed."""

import importlib.util

import pytest

from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.planners.tables import make_table, make_task
from tests.planners.test_recipes import _attempt, _refine_all, _solution

PLANNER = RecipePlanner()


def _trials(solution, task, count=16):
    attempts = []
    while len(attempts) < count:
        proposal = PLANNER.refine(task, solution, "hyperparameters", attempts, "")
        attempts.append(_attempt(task, solution, proposal, 0.01 * len(attempts)))
    return [a.proposal for a in attempts]


def test_linear_model_is_regularised_more_and_less_before_any_search():
    task = make_task()
    proposals = _refine_all(task, _solution(task, "linear"), "hyperparameters", limit=4)
    assert [p.source.split('"C": ')[1].split(",")[0] for p in proposals[:3]] == ["0.1", "10.0", "0.01"]
    assert all("regularisation" in p.reason for p in proposals[:3])
    assert "TPE" in proposals[3].reason


def test_model_that_chooses_its_penalty_is_not_tuned():
    task = make_task()
    solution = _solution(task, "linear")
    chosen = next(p for p in _refine_all(task, solution, "model") if p.label == "penalty within the fold")
    changed = solution.with_block("model", chosen.source)
    assert PLANNER.refine(task, changed, "hyperparameters", [], "") is None


@pytest.mark.skipif(importlib.util.find_spec("cmaes") is not None, reason="cmaes is installed")
def test_all_trials_are_by_tpe_without_cmaes():
    task = make_task()
    proposals = _trials(_solution(task, "xgboost"), task)
    assert not any("CMA-ES" in p.reason for p in proposals)


@pytest.mark.parametrize("label", ["xgboost", "lightgbm", "catboost"])
def test_evolution_takes_turns_with_tpe_once_it_has_something_to_start_from(label):
    pytest.importorskip("cmaes")
    pytest.importorskip("catboost")
    task = make_task()
    solution = _solution(task, label)
    proposals = _trials(solution, task)
    evolved = ["CMA-ES" in p.reason for p in proposals]
    assert not any(evolved[:10])
    assert 2 <= sum(evolved) <= 3
    assert len({p.source for p in proposals}) == len(proposals)
    assert [p.source for p in _trials(solution, task)] == [p.source for p in proposals]


@pytest.mark.parametrize(
    ("label", "params"),
    [
        ("catboost", {"iterations": 300, "learning_rate": None, "one_hot_max_size": 5}),
        ("hist gradient boosting", {"max_leaf_nodes": None, "max_iter": "many"}),
        ("neural network", {"hidden_layer_sizes": (50, 50), "alpha": 0.1, "learning_rate_init": 0.001}),
    ],
)
def test_search_goes_on_from_parameters_outside_of_its_ranges(label, params):
    task = make_task()
    if label == "catboost":
        pytest.importorskip("catboost")
    solution = _solution(task, label).with_block("hyperparameters", f"PARAMS = {params!r}")
    assert "TPE" in _trials(solution, task, count=8)[-1].reason


def test_search_tries_other_layers_of_a_network():
    task = make_task()
    proposals = _trials(_solution(task, "neural network"), task, count=12)
    assert len({p.source.split('"hidden_layer_sizes": ')[1].splitlines()[0] for p in proposals}) > 2


def test_what_a_model_block_sets_itself_is_not_searched():
    task = make_task()
    model = (
        "from sklearn.ensemble import RandomForestClassifier\n\n\n"
        "def make_model(**params):\n    return RandomForestClassifier(n_estimators=50, random_state=0, **params)"
    )
    solution = _solution(task, "random forest").with_block("model", model).with_block("hyperparameters", "PARAMS = {}")
    proposals = _trials(solution, task, count=6)
    assert all("min_samples_leaf" in p.source and "n_estimators" not in p.source for p in proposals)
    X, y = make_table()
    solution.with_block("hyperparameters", proposals[-1].source).build().fit(X, y)


def test_model_block_that_sets_all_itself_has_nothing_to_search():
    task = make_task()
    model = _solution(task, "linear").blocks["model"].replace("**params", "C=0.5, **params")
    assert PLANNER.refine(task, _solution(task, "linear").with_block("model", model), "hyperparameters", [], "") is None
