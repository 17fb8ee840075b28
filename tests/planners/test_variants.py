"""Variants: which are proposed for which task and model, and in what order."""

from dataclasses import replace

import pytest

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import find_metric
from tests.planners.tables import make_table, make_task
from tests.planners.test_recipes import _attempt, _check_predictions, _drafts, _fit, _refine_all, _solution

PLANNER = RecipePlanner()


def _labels(task, solution, block):
    return [p.label for p in _refine_all(task, solution, block)]


def _rare(problem="binary", metric="f1"):
    task = make_task(problem)
    return replace(task, rarest_class=0.1, n_development=2000, metric=find_metric(metric, problem))


@pytest.mark.parametrize(("problem", "metric"), [("binary", "f1"), ("multiclass", "f1_macro")])
@pytest.mark.parametrize("label", ["linear", "lightgbm", "xgboost"])
def test_rare_class_and_a_metric_of_labels_bring_weights_and_resampling_first(problem, metric, label):
    task = _rare(problem, metric)
    solution = _solution(task, label)
    proposals = _refine_all(task, solution, "model")
    assert [p.label for p in proposals[:2]] == ["class weights", "under-sampled"]
    X, y = make_table(problem)
    for proposal in proposals[:2]:
        _check_predictions(_fit(solution.with_block("model", proposal.source), X, y), X, problem)


def test_metric_of_ranks_brings_them_last_and_one_of_probabilities_not_at_all():
    labels = {m: _labels(_rare(metric=m), _solution(make_task(), "linear"), "model") for m in ("roc_auc", "logloss")}
    assert labels["roc_auc"][-2:] == ["class weights", "under-sampled"]
    assert "class weights" not in labels["logloss"]
    assert "class weights" not in _labels(make_task(metric="f1"), _solution(make_task(), "linear"), "model")


@pytest.mark.parametrize("label", ["lightgbm", "xgboost", "catboost", "hist gradient boosting"])
def test_boosted_trees_are_swapped_for_every_other_library(label):
    pytest.importorskip("catboost")
    task = make_task("regression")
    found = {name for name in _labels(task, _solution(task, label), "model") if name.endswith("instead")}
    assert len(found) == 3


def test_forest_is_swapped_for_the_other_forest():
    task = make_task("regression")
    labels = _labels(task, _solution(task, "random forest"), "model")
    assert [name for name in labels if name.endswith("instead")] == ["Extremely randomised trees instead"]


def test_model_over_growth_keeps_its_preprocessing_and_its_line():
    task = make_task("regression", time="stamp", without=("review",))
    solution = _solution(task, "growth lightgbm")
    assert _labels(task, solution, "preprocessing") == []
    for proposal in _refine_all(task, solution, "model"):
        assert "OverGrowth" in proposal.source


def test_parameters_found_for_the_swapped_model_count():
    task = make_task("regression")
    X, y = make_table("regression")
    solution = _solution(task, "xgboost")
    swap = next(p for p in _refine_all(task, solution, "model") if p.label == "LightGBM instead")
    swapped = solution.with_block("model", swap.source)
    proposal = PLANNER.refine(task, swapped, "hyperparameters", [], "")
    model = _fit(swapped.with_block("hyperparameters", proposal.source), X, y).named_steps["model"]
    assert f'"num_leaves": {model.num_leaves},' in proposal.source


def test_small_table_of_numbers_is_augmented():
    columns = tuple(c for c in make_task().columns if c.name in ("amount", "price", "total", "colour"))
    few = replace(make_task("regression"), columns=columns)
    solution = _solution(few, "linear")
    assert "jittered copies" in _labels(few, solution, "model")
    assert "jittered copies" not in _labels(replace(few, n_development=50_000), solution, "model")
    assert "jittered copies" not in _labels(make_task("regression"), solution, "model")
    X, y = make_table("regression")
    source = next(p.source for p in _refine_all(few, solution, "model") if p.label == "jittered copies")
    X = X[[c.name for c in columns]]
    _check_predictions(_fit(solution.with_block("model", source), X, y), X, "regression")


def test_imputation_from_neighbours_is_for_gaps_and_few_rows():
    task = make_task()
    solution = _solution(task, "linear")
    assert "nearest imputation" in _labels(task, solution, "preprocessing")
    assert "nearest imputation" not in _labels(replace(task, n_development=90_000), solution, "preprocessing")
    whole = tuple(Column(c.name, c.role, c.n_unique, 0.0) for c in task.columns)
    labels = _labels(replace(task, columns=whole), solution, "preprocessing")
    assert not {"nearest imputation", "iterative imputation"} & set(labels)


def test_best_two_techniques_are_tried_together_after_four():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    attempts = []
    for gain in (0.1, 0.0, 0.3, -0.2):
        attempts.append(_attempt(task, solution, PLANNER.refine(task, solution, "features", attempts, ""), gain))
    first, _, third, _ = (a.proposal.label for a in attempts)
    together = PLANNER.refine(task, solution, "features", attempts, "")
    assert together.label == f"{third} + {first}"
    attempts.append(_attempt(task, solution, together, 0.4))
    assert "+" not in PLANNER.refine(task, solution, "features", attempts, "").label


def test_techniques_without_a_gain_are_not_combined():
    task = make_task()
    labels = _labels(task, PLANNER.baselines(task)[-1].solution, "features")
    assert not any("+" in label for label in labels)


def test_selection_stays_behind_the_techniques_that_need_the_columns():
    task = make_task()
    X, y = make_table()
    solution = PLANNER.baselines(task)[-1].solution
    kept = next(p for p in _refine_all(task, solution, "features") if p.label == "selection")
    selected = solution.with_block("features", kept.source)
    for proposal in _refine_all(task, selected, "features"):
        assert proposal.source.rstrip().endswith("Selection())")
    _check_predictions(_fit(selected.with_block("features", proposal.source), X, y), X, "binary")


def test_edit_within_a_technique_is_kept():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    first = PLANNER.refine(task, solution, "features", [], "")
    edited = solution.with_block("features", first.source.replace("per {b}", "over {b}"))
    for proposal in _refine_all(task, edited, "features"):
        assert "over {b}" in proposal.source
        assert proposal.source.count("def add_ratios(") == 1


def test_nothing_comes_behind_a_selection_in_a_block_of_a_human():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    kept = next(p for p in _refine_all(task, solution, "features") if p.label == "selection")
    edited = solution.with_block("features", kept.source + "\nMINE = 1\n")
    assert PLANNER.refine(task, edited, "features", [], "") is None


def test_drafts_of_the_search_are_led_by_models():
    for problem in ("binary", "multiclass", "regression"):
        assert len(_drafts(make_task(problem))) >= 15
