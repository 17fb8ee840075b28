"""Variants that a refinement tries: each fits, predicts unseen rows, and does what it says."""

from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.knowledge import features
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.phases.families import family
from mlestar_jupyter.planners.hyperparameters import _step
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.spaces import Choice, Whole, find_space
from mlestar_jupyter.planners.variants import variants
from tests.planners.tables import make_table, make_task, unseen_row

PLANNER = RecipePlanner()


def _solution(task, card):
    ranked = next(a for a in PLANNER.approaches(task, "", 100) if a.approach.id == card)
    return PLANNER.draft(task, ranked).solution


def _check(solution, problem):
    X, y = make_table(problem)
    model = solution.build().fit(X, y)
    for rows in (X, unseen_row(X)):
        assert np.isfinite(np.asarray(model.predict(rows), dtype=float)).all()


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_other_families_stand_in_whatever_the_parameters(problem):
    pytest.importorskip("catboost")
    task = make_task(problem)
    solution = _solution(task, "lightgbm")
    swapped = {label: source for label, source, _ in variants(task, solution, "model", [])}
    for label in ("CatBoost", "XGBoost"):
        changed = solution.with_block("model", swapped[label])
        assert family(changed) != family(solution)
        assert "at settings of its own" in changed.blocks["model"]
        _check(changed, problem)


@pytest.mark.parametrize("label", ["class weights", "even classes", "jitter"])
def test_rare_classes_and_small_tables_have_variants_of_their_own(label):
    task = replace(make_task("binary"), notices=("The class 'yes' is rare: 9 % of the rows.",))
    solution = _solution(task, "hist_gradient_boosting")
    sources = {name: source for name, source, _ in variants(task, solution, "model", [])}
    _check(solution.with_block("model", sources[label]), "binary")


def test_even_classes_are_fitted_on_as_many_rows_of_each():
    task = replace(make_task("binary"), notices=("a class is rare",))
    solution = _solution(task, "random_forest")
    sources = {name: source for name, source, _ in variants(task, solution, "model", [])}
    X, y = make_table("binary")
    rare = np.flatnonzero(y == 1)[: len(X) // 10]
    kept = np.sort(np.concatenate([np.flatnonzero(y == 0), rare]))
    model = solution.with_block("model", sources["even classes"]).build().fit(X.iloc[kept], y[kept])
    assert model.predict_proba(X.iloc[kept])[:, 1].mean() > 0.3  # a fifth of the rows, and no longer rare


def test_common_classes_get_no_weights():
    labels = [
        label for label, _, _ in variants(make_task("binary"), _solution(make_task("binary"), "lightgbm"), "model", [])
    ]
    assert not {"class weights", "even classes"} & set(labels)


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_every_technique_fits_alone(problem):
    task = make_task(problem)
    known = features.techniques(task)
    assert {"ratios", "products", "date parts", "text sizes", "clusters", "components"} >= set(known) - {
        "group means", "crosses", "frequencies", "missing count", "cycles", "selection",
    }  # fmt: skip
    solution = _solution(task, "lightgbm")
    for technique in known.values():
        _check(solution.with_block("features", features.block([technique])), problem)


def test_selection_leaves_noise_out_and_keeps_what_tells():
    X, y = make_table("binary", without=("review",))
    task = make_task("binary", without=("review",))
    noisy = X[["amount", "price", "rooms", "colour"]].assign(
        **{f"noise{i}": np.random.default_rng(i).normal(size=len(X)) for i in range(8)}
    )
    names = {}
    exec(features.block([features.techniques(task)["selection"]]), names)
    selected = names["make_features"]().fit(noisy, y).transform(noisy)
    assert "amount" in selected
    assert selected.shape[1] < noisy.shape[1]


def test_step_of_evolution_stays_within_the_space_and_near_the_start():
    space = find_space("LGBMClassifier")
    start = {"num_leaves": 20, "learning_rate": 0.05, "subsample_freq": 1}
    steps = [_step(space, start, np.random.default_rng(child_seed(0, "step", i))) for i in range(50)]
    for step in steps:
        for name, part in space.items():
            if isinstance(part, Choice):
                assert step[name] in part.values
            else:
                assert part.low <= step[name] <= part.high
                assert isinstance(step[name], int) == isinstance(part, Whole)
    assert 10 < np.median([s["num_leaves"] for s in steps]) < 40


def test_third_trials_step_on_from_the_best():
    from tests.planners.test_recipes import _attempt

    task = make_task()
    solution, attempts, reasons = _solution(task, "lightgbm"), [], []
    for number in range(12):
        proposal = PLANNER.refine(task, solution, "hyperparameters", attempts, "")
        attempts.append(_attempt(task, solution, proposal, gain=0.01 * (number == 3)))
        reasons.append(proposal.reason)
    assert [i + 1 for i, reason in enumerate(reasons) if "evolution" in reason] == [9, 12]


def test_every_card_that_stands_in_names_its_library():
    ids = {a.id for a in load_approaches()}
    assert {"catboost", "lightgbm", "xgboost"} <= ids
