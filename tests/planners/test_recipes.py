"""The recipe planner: what it drafts fits, predicts and is saved, on tables with all that real ones have."""

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.base import Attempt
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.forms import Number
from mlestar_jupyter.problems.recognition import find_metric
from tests.planners.tables import make_table, make_task, unseen_row

PROBLEMS = ("binary", "multiclass", "regression")
PLANNER = RecipePlanner()


def _drafts(task):
    found = [*PLANNER.baselines(task), *(PLANNER.draft(task, a) for a in PLANNER.approaches(task, "", 100))]
    return {d.solution.id: d for d in found if d is not None}


def _quick(solution):
    """The same solution with few trees: what a block computes does not depend on how many there are."""
    few = re.sub(r'("(?:n_estimators|iterations|max_iter)": )\d{2,}', r"\g<1>9", solution.blocks["hyperparameters"])
    return solution.with_block("hyperparameters", few)


def _fit(solution, X, y, quick=_quick):
    solution = quick(solution)
    with warnings.catch_warnings(), threadpool_limits(1):  # as in a worker
        warnings.filterwarnings("ignore", message=".*(converge|Maximum iterations|least populated).*")
        return solution.build().fit(X, y)


def _check_predictions(model, X, problem):
    for rows in (X, unseen_row(X)):
        predicted = np.asarray(model.predict(rows))
        assert predicted.shape == (len(rows),)
        assert np.isfinite(predicted).all()
        if problem != "regression":
            shares = model.predict_proba(rows)
            np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def _attempt(task, solution, proposal, gain, *, failed=False):
    candidate = Candidate(solution, proposal.label, None, "planner", proposal.reason, "refinement", proposal.block)
    if failed:
        return Attempt(proposal, Failed(candidate, "error", "broken"), None, None, kept=False)
    scored = Scored(candidate, (0.5,), Predictions(np.zeros(1), None), 0.1, 0.1, 1.0, 1, 1)
    return Attempt(proposal, scored, gain, 0.5, kept=False)


def _refine_all(task, solution, block, limit=40, gain=0.0):
    attempts = []
    while len(attempts) < limit:
        proposal = PLANNER.refine(task, solution, block, attempts, "")
        if proposal is None:
            break
        attempts.append(_attempt(task, solution, proposal, gain))
    return [a.proposal for a in attempts]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_baselines_go_from_trivial_to_strong(problem):
    drafts = PLANNER.baselines(make_task(problem))
    assert len(drafts) >= 4
    assert "Dummy" in drafts[0].solution.blocks["model"]
    assert "HistGradientBoosting" in drafts[-1].solution.blocks["model"]
    assert len({d.solution.id for d in drafts}) == len(drafts)


def _solution(task, label):
    return next(d for d in _drafts(task).values() if d.label == label).solution


@pytest.mark.parametrize("label", ["lightgbm", "xgboost"])
def test_boosting_stops_by_rows_kept_apart(label):
    X, y = make_table("regression")
    model = _fit(_solution(make_task("regression"), label), X, y, quick=lambda whole: whole).named_steps["model"]
    stopped = model.best_iteration if label == "xgboost" else model.best_iteration_
    assert 0 <= stopped < model.n_estimators - 1


def test_boosting_in_order_of_time_keeps_no_rows_apart():
    task = make_task("regression", time="stamp")
    assert "StopsEarly" not in _solution(task, "lightgbm").module_source()
    assert "StopsEarly" in _solution(make_task("regression"), "lightgbm").module_source()


def test_trees_of_a_model_that_stops_early_are_not_tuned():
    task = make_task("binary")
    for label, is_tuned in (("lightgbm", False), ("hist gradient boosting", True)):
        proposals = _refine_all(task, _solution(task, label), "hyperparameters", limit=8)
        counts = {re.search(r'"(?:n_estimators|max_iter)": (\d+)', p.source)[1] for p in proposals}
        assert (len(counts) > 1) == is_tuned


def test_catboost_is_said_which_columns_are_categories():
    X, y = make_table("binary", without=("review",))
    model = _fit(_solution(make_task("binary", without=("review",)), "catboost"), X, y).named_steps["model"]
    names = [model.feature_names_[i] for i in model.get_cat_feature_indices()]
    assert {"categories__colour", "categories__shop"} <= set(names)
    assert not any(n.startswith("numbers__") for n in names)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_draft_fits_predicts_one_unseen_row_and_is_saved(problem):
    X, y = make_table(problem)
    for draft in _drafts(make_task(problem)).values():
        draft.solution.check()
        assert "mlestar_jupyter" not in draft.solution.module_source()
        before = X.copy()
        model = _fit(draft.solution, X, y)
        pd.testing.assert_frame_equal(X, before)
        _check_predictions(model, X, problem)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(X), model.predict(X), err_msg=draft.label)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_drafts_and_target_means_fit_without_a_warning_of_what_is_to_change(problem):
    task, (X, y) = make_task(problem), make_table(problem)
    solutions = [d.solution for d in PLANNER.baselines(task)[:3]]
    techniques = [recipes.feature_techniques(task)["target means"]]
    solutions.append(solutions[-1].with_block("features", recipes.features(techniques)))
    solutions.append(solutions[-1].with_block("preprocessing", recipes.preprocessing(task, "target encoding")))
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        warnings.simplefilter("error", DeprecationWarning)
        warnings.filterwarnings("error", message=".*(Pandas|pandas|str|unknown categories).*")
        for solution in solutions:
            assert len(solution.build().fit(X, y).predict(unseen_row(X))) == 1


def test_the_same_fit_gives_the_same_bits():
    X, y = make_table()
    for draft in _drafts(make_task()).values():
        first, second = _fit(draft.solution, X, y), _fit(draft.solution, X, y)
        np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X), err_msg=draft.label)


def test_object_text_of_older_pandas_is_taken():
    X, y = make_table()
    older = X.astype(dict.fromkeys(("colour", "shop", "review", "opened", "total", "id"), object))
    for draft in PLANNER.baselines(make_task()):
        _check_predictions(_fit(draft.solution, older, y), older, "binary")


def test_one_row_is_cleaned_to_the_columns_and_kinds_of_many():
    X, _ = make_table()
    solution = PLANNER.baselines(make_task())[1].solution
    clean = solution.build().named_steps["cleaning"].func
    many = clean(X)
    for position in range(len(X)):
        one = clean(X.iloc[[position]])
        pd.testing.assert_series_equal(one.dtypes, many.dtypes)
    assert not {"id", "same", "opened", "stamp"} & set(many.columns)


def test_a_row_of_gaps_alone_is_predicted():
    X, y = make_table()
    empty = pd.DataFrame([dict.fromkeys(X)])
    for draft in PLANNER.baselines(make_task()):
        model = _fit(draft.solution, X, y)
        assert np.isfinite(model.predict_proba(empty)).all(), draft.label


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("block", [b for b in BLOCKS if b != "ensemble"])
def test_neutral_block_works_with_the_other_blocks(problem, block):
    task = make_task(problem)
    X, y = make_table(problem)
    wanted = {"linear", "xgboost", "hist gradient boosting", "nearest neighbours", "neighbours"}
    for draft in _drafts(task).values():
        if draft.label.lower() not in wanted:
            continue
        changed = draft.solution.with_block(block, PLANNER.neutral(task, draft.solution, block))
        _check_predictions(_fit(changed, X, y), X, problem)


@pytest.mark.parametrize("block", ["cleaning", "features", "preprocessing", "model"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_variant_differs_fits_and_predicts(problem, block):
    task = make_task(problem)
    X, y = make_table(problem)
    for name in ("xgboost",) if problem == "multiclass" else ("linear", "xgboost"):
        solution = next(d for d in _drafts(task).values() if d.label == name).solution
        proposals = _refine_all(task, solution, block)
        assert proposals, f"nothing proposed for {block}"
        sources = [p.source for p in proposals]
        assert len(set(sources)) == len(sources)
        for proposal in proposals:
            changed = solution.with_block(block, proposal.source)
            assert changed.id != solution.id
            model = _fit(changed, X, y)
            _check_predictions(model, X, problem)
            pickle.dumps(model)


@pytest.mark.parametrize("block", PIPELINE_BLOCKS)
def test_variants_of_a_variant_still_fit(block):
    task = make_task("regression")
    X, y = make_table("regression")
    solution = PLANNER.baselines(task)[-1].solution
    for name in PIPELINE_BLOCKS:
        proposal = PLANNER.refine(task, solution, name, [], "")
        if proposal is not None:
            solution = solution.with_block(name, proposal.source)
    proposal = PLANNER.refine(task, solution, block, [], "")
    if proposal is not None:
        _check_predictions(_fit(solution.with_block(block, proposal.source), X, y), X, "regression")


def test_kept_features_are_built_upon():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    first = PLANNER.refine(task, solution, "features", [], "")
    kept = solution.with_block("features", first.source)
    X, y = make_table()
    added = set(_fit(kept, X, y)[:2].transform(X).columns)
    for proposal in _refine_all(task, kept, "features"):
        if proposal.label == "selection":  # drops columns, on purpose, but no step
            assert "add_ratios" in proposal.source
            continue
        columns = set(_fit(kept.with_block("features", proposal.source), X, y)[:2].transform(X).columns)
        assert added <= columns, f"{proposal.label} loses what {first.label} gained"


def test_features_of_a_human_are_built_upon():
    task = make_task()
    X, y = make_table()
    mine = (
        "from sklearn.preprocessing import FunctionTransformer\n\n\ndef add_mine(X):\n    return X.assign(mine=1.0)\n\n\n"
        "def make_features():\n    return FunctionTransformer(add_mine)\n"
    )
    solution = PLANNER.baselines(task)[-1].solution.with_block("features", mine)
    for proposal in _refine_all(task, solution, "features"):
        changed = solution.with_block("features", proposal.source)
        columns = _fit(changed, X, y)[:2].transform(X.head(1)).columns
        assert "mine" in columns or proposal.label == "selection", proposal.label
        again = PLANNER.refine(task, changed, "features", [], "")
        if again is not None:
            assert "mine" in _fit(changed.with_block("features", again.source), X, y)[:2].transform(X).columns


def test_parameters_are_proposed_within_the_space_and_depend_on_the_gains():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    proposals = _refine_all(task, solution, "hyperparameters", limit=8)
    assert len({p.source for p in proposals}) == 8
    again = _refine_all(task, solution, "hyperparameters", limit=8)
    assert [p.source for p in again] == [p.source for p in proposals]
    X, y = make_table()
    for proposal in proposals:
        _fit(solution.with_block("hyperparameters", proposal.source), X.head(60), y[:60])


def test_failed_attempt_is_no_obstacle():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    for block in PIPELINE_BLOCKS:
        first = PLANNER.refine(task, solution, block, [], "")
        tried = [_attempt(task, solution, first, None, failed=True)]
        second = PLANNER.refine(task, solution, block, tried, "")
        assert second is None or second.source != first.source


def test_parameters_that_are_computed_are_no_obstacle():
    task = make_task()
    solution = PLANNER.baselines(task)[-1].solution
    edited = solution.with_block("hyperparameters", "import math\nPARAMS = {'max_depth': math.floor(3.5)}\n")
    assert PLANNER.refine(task, edited, "hyperparameters", [], "") is not None


def test_optuna_says_nothing_and_keeps_its_settings(capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    task = make_task()
    PLANNER.refine(task, PLANNER.baselines(task)[-1].solution, "hyperparameters", [], "")
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("strategy", strategies())
def test_ensemble_fits_its_members(problem, strategy):
    task = make_task(problem)
    X, y = make_table(problem)
    members = tuple(d.solution for d in PLANNER.baselines(task)[1:3])
    source = strategies()[strategy].source(task, (0.123456, 0.876544))
    ensemble = Solution.of({**members[0].blocks, "ensemble": source}, members)
    _check_predictions(_fit(ensemble, X, y), X, problem)
    if strategy == "greedy":
        assert "0.1235, 0.8765" in source


@pytest.mark.parametrize("problem", ["binary", "regression"])
@pytest.mark.parametrize("strategy", ["stacking", "dynamic", "experts"])
@pytest.mark.parametrize(
    ("order", "splitter"), [({"time": "stamp"}, "TimeSeriesSplit"), ({"group": "person"}, "Group")]
)
def test_ensemble_that_learns_in_fit_respects_time_and_groups(problem, strategy, order, splitter):
    task = make_task(problem, **order)
    X, y = make_table(problem)
    members = tuple(d.solution for d in PLANNER.baselines(task)[1:3])
    source = strategies()[strategy].source(task, ())
    assert splitter in source
    assert ('X["person"]' in source) == ("group" in order)
    ensemble = Solution.of({**members[0].blocks, "ensemble": source}, members)
    _check_predictions(_fit(ensemble, X, y), X, problem)


@pytest.mark.parametrize(
    ("problem", "order", "name"),
    [
        ("binary", {}, "StratifiedKFold"),
        ("regression", {}, "KFold"),
        ("binary", {"group": "person"}, "StratifiedGroupKFold"),
        ("regression", {"group": "person"}, "GroupKFold"),
        ("regression", {"time": "stamp"}, "TimeSeriesSplit"),
    ],
)
def test_splitter_respects_classes_groups_and_time(problem, order, name):
    task = make_task(problem, **order)
    for draft in PLANNER.baselines(task):
        assert type(make_splitter(draft.solution.blocks["validation"])).__name__ == name


def test_grouped_task_never_sees_the_group():
    X, _ = make_table()
    solution = PLANNER.baselines(make_task(group="person"))[1].solution
    assert "person" not in solution.build().named_steps["cleaning"].func(X).columns


@pytest.mark.parametrize(
    "without",
    [
        ("amount", "price", "rooms", "total", "opened", "stamp", "review"),
        ("colour", "shop", "member", "opened", "stamp", "review"),
        ("amount", "price", "rooms", "total", "colour", "shop", "member", "opened", "stamp"),
    ],
)
def test_tables_of_one_kind_of_column_fit(without):
    task = make_task(without=without)
    X, y = make_table(without=without)
    for draft in PLANNER.baselines(task):
        _check_predictions(_fit(draft.solution, X, y), X, "binary")
    for block in ("features", "preprocessing", "cleaning"):
        solution = PLANNER.baselines(task)[-1].solution
        for proposal in _refine_all(task, solution, block):
            _check_predictions(_fit(solution.with_block(block, proposal.source), X, y), X, "binary")


def test_awkward_column_names_are_quoted():
    X, y = make_table()
    names = {"amount": "it's 5\" wide", "colour": "back\\slash {{ x }}", "price": "prix €"}
    task = make_task()
    columns = tuple(type(c)(**{**c.__dict__, "name": names.get(c.name, c.name)}) for c in task.columns)
    task = type(task)(**{**task.__dict__, "columns": columns})
    renamed = X.rename(columns=names)
    solution = PLANNER.baselines(task)[-1].solution
    for block in ("features", "cleaning", "preprocessing"):
        for proposal in _refine_all(task, solution, block):
            _check_predictions(_fit(solution.with_block(block, proposal.source), renamed, y), renamed, "binary")


# --- growth -------------------------------------------------------------------------------------------------------


def _growing(shift=0.0):
    """Three years of daily amounts that double, with weekdays; the last of them unseen."""
    days = pd.date_range("2022-01-01", periods=3 * 365, freq="D")
    years = np.arange(len(days)) / 365
    amount = (1 + years) * (10 + 5 * (days.day_of_week < 5)) + np.random.default_rng(0).normal(size=len(days))
    return pd.DataFrame({"day": days, "open": (days.day_of_week < 5) * 1.0}), np.asarray(amount) + shift


def _growth_task():
    columns = (Column("day", "date", 1095, 0.0), Column("open", "numeric", 2, 0.0))
    metric = find_metric(None, "regression")
    return Task("amount", "regression", Number(), metric, columns, (), "day", None, 1095, 0, 0, "hand-made")


@pytest.mark.parametrize("card", ["growth_lightgbm", "growth_catboost"])
@pytest.mark.parametrize("shift", [0.0, -40.0], ids=["amounts", "below zero"])
def test_growth_goes_on_behind_the_last_row(card, shift):
    pytest.importorskip("catboost")
    task, (X, y), past = _growth_task(), _growing(shift), slice(0, 730)
    ranked = {a.approach.id: a for a in PLANNER.approaches(task, "", 100)}
    errors = {}
    for name in (card, "lightgbm"):
        model = PLANNER.draft(task, ranked[name]).solution.build().fit(X[past], y[past])
        errors[name] = np.sqrt(np.mean((model.predict(X[730:]) - y[730:]) ** 2))
    assert errors[card] < 0.7 * errors["lightgbm"]


def test_growth_takes_a_row_without_its_time():
    task, (X, y) = _growth_task(), _growing()
    ranked = {a.approach.id: a for a in PLANNER.approaches(task, "", 100)}
    model = PLANNER.draft(task, ranked["growth_lightgbm"]).solution.build().fit(X, y)
    assert np.isfinite(model.predict(X[:1].assign(day=pd.NaT))).all()


def test_growth_needs_an_order_in_time_and_a_matrix_with_names():
    assert not [a for a in PLANNER.approaches(make_task("regression"), "", 100) if "growth" in a.approach.id]
    with_text = make_task("regression", time="stamp")
    growing = [a for a in PLANNER.approaches(with_text, "", 100) if "growth" in a.approach.id]
    assert growing
    assert all(PLANNER.draft(with_text, a) is None for a in growing)


# --- sampled settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_batch_samples_other_settings_that_fit(problem):
    task, X, y = make_task(problem), *make_table(problem)
    (solution,) = [s for s in _drafts(task).values() if s.label == "lightgbm"]
    batches = [PLANNER.sample(task, solution.solution, 3, batch) for batch in (1, 2)]
    sources = [p.source for batch in batches for p in batch]
    assert len(set(sources)) == 6
    assert [p.source for p in PLANNER.sample(task, solution.solution, 3, 1)] == sources[:3]
    _fit(solution.solution.with_block("hyperparameters", sources[0]), X, y)


def test_model_without_a_space_is_not_sampled():
    task = make_task()
    assert PLANNER.sample(task, PLANNER.baselines(task)[0].solution, 3, 1) == []
