from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.phases.ablation.importance import importance
from mlestar_jupyter.phases.ablation.view import importance_sections
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, TREE
from tests.phases.contexts_for_tests import context_of

SLOWER_TREE = TREE.replace("max_depth=3", "max_depth=9")


@pytest.fixture(scope="module")
def context(churn, executor, tmp_path_factory):
    context = context_of(churn, executor, tmp_path_factory.mktemp("importance"), [])
    yield context
    context.journal.close()


@pytest.fixture(scope="module")
def tree(context):
    return context.solution()[0].with_block("model", TREE)


def test_tree_loses_most_by_the_columns_that_it_uses(context, tree):
    found = importance(context, tree)
    used = set(context.dataset.development.X.select_dtypes("number"))  # the blocks for tests take numbers alone
    shap = dict(zip(found.columns, found.shap, strict=True))
    losses = dict(zip(found.columns, found.losses, strict=True))
    assert found.reason == ""
    assert shap["tenure"] > 0
    assert losses["tenure"] > 0
    assert {c for c in found.columns if shap[c] or losses[c]} <= used


def test_it_is_measured_on_test_rows_of_one_fold_alone(context, tree):
    found = importance(context, tree)
    fold = context.evaluator.folds(tree)[-1]
    assert found.n_rows == len(fold.test)
    assert not set(fold.test) & set(fold.train)


def test_replay_shows_the_same_without_a_fit(context, tree):
    own = replace(context, token="replay")
    first = importance(own, tree)
    context.evaluator.fits.explain, kept = None, context.evaluator.fits.explain
    try:
        assert importance(replace(own, measurements=None), tree) == first
    finally:
        context.evaluator.fits.explain = kept


def test_neither_score_nor_fit_is_put_on_record(context, tree):
    before = context.journal.count_fits()
    importance(context, tree.with_block("hyperparameters", "PARAMS = {'min_samples_leaf': 5}"))
    assert context.journal.count_fits() == before


def test_without_time_it_is_not_measured_and_says_so(context):
    found = importance(context, context.solution()[0].with_block("model", SLOWER_TREE), seconds=0.0)
    assert found.reason.endswith("0.0 s were left")
    (section,) = importance_sections(found, context.dataset.task.metric)
    assert section.text.startswith("Not measured: a fit takes about")


def test_phase_without_time_left_is_heard(context):
    solution = context.solution()[0].with_block("model", DUMMY)
    kept, budget = context.budget, Budget(1e-9)
    object.__setattr__(context, "budget", budget)
    try:
        assert "were left" in importance(context, solution).reason
    finally:
        object.__setattr__(context, "budget", kept)


def test_solution_that_fails_is_not_measured_and_says_why(context):
    broken = context.solution()[0].with_block("model", "def make_model(**params):\n    raise ValueError('broken')")
    assert importance(context, broken).reason == "ValueError: broken"


def test_model_that_takes_too_long_is_stopped_and_not_measured(context):
    hangs = "import time\n\n\ndef make_model(**params):\n    time.sleep(60)"
    found = importance(context, context.solution()[0].with_block("model", hangs), seconds=0.1)
    assert found.reason.startswith("took longer than")


def test_sections_show_chart_table_and_method(context, tree):
    chart, columns, method = importance_sections(importance(context, tree), context.dataset.task.metric)
    assert list(columns.table)[:3] == ["column", "loss when shuffled", "± sd"]
    assert columns.table["share of SHAP"].sum() == pytest.approx(1)
    assert chart.alt.startswith(columns.table["column"][0])
    assert columns.folded
    assert not chart.folded
    assert "TreeExplainer" in method.text


def test_model_without_trees_says_why_it_has_no_shap_values(context):
    linear = context.solution()[0].with_block("model", BLOCKS["model"])
    chart, columns, _ = importance_sections(importance(context, linear), context.dataset.task.metric)
    assert "No SHAP values: they are computed for models of trees, and this one is" in chart.text
    assert "share of SHAP" not in columns.table
