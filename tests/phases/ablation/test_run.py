import re
from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.phases.ablation import run as ablation
from mlestar_jupyter.phases.ablation.result import Impact, Interaction, NoiseFloor, label_of
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.planners.base import Proposal
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import TREE
from tests.phases.contexts_for_tests import context_of

CONTRACTS = (
    "import pandas as pd\n\n\ndef clean(X):\n"
    '    return X.select_dtypes("number").assign(monthly=(X["Contract"] == "Month-to-month").astype(int))'
)


@pytest.fixture(scope="module")
def result(churn, executor, tmp_path_factory):
    """Of a tree, with one alternative to its parameters."""
    other = Proposal("hyperparameters", "PARAMS = {'min_samples_leaf': 2}", "leaves of 2", "try")
    context = context_of(churn, executor, tmp_path_factory.mktemp("ablation"), [other])
    tree = next(m for m in context.state.members if m.candidate.label == "tree")
    context.state.solution, context.state.score = tree.candidate.solution, tree
    return ablation.run(context, AblationSettings(repeats=3))


def test_recommendation_comes_first_and_labels_are_words(result):
    view = result.view()
    table = next(s.table for s in view.sections if s.heading.startswith("All ")).set_index("component")
    assert re.fullmatch(
        r"Refine model first: replacing it costs the most \(\d+\.\d % of the score\)\. "
        r"Reference: roc_auc 0\.\d+ over \d+ folds\.",
        view.summary,
    )
    assert table.loc["model", "impact"] == "▲ high"
    assert table.loc["model", "loss without it [95 %]"].startswith("+0.")
    assert "HIGH" not in view.text()


def test_block_that_matters_is_first_and_what_is_hopeless_takes_no_more_folds(result):
    assert result.impacts[0].name == "model"
    hopeless = [i for i in result.impacts if i.test is not None and i.test.p_value > 0.5]
    assert hopeless
    assert {i.folds for i in hopeless} <= {4, 8}


def test_decided_comparisons_save_fits(result):
    assert 0 < result.fits < result.fits_of_full_design
    assert f"{result.saved:.0%} saved" in result.view().text()


def test_first_variant_of_a_block_stands_beside_its_neutral_form(result):
    (alternative,) = [i for i in result.impacts if i.kind == "alternative"]
    assert alternative.name == "hyperparameters: leaves of 2 instead"
    assert alternative.test is not None


def test_other_seeds_give_the_noise_floor(result):
    assert len(result.floor.changes) == 2
    assert result.floor.bound < 0.02
    assert "Noise floor: other seeds" in result.view().text()


def test_where_nothing_is_drawn_the_noise_floor_is_nil(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    found = ablation.run(context, AblationSettings(repeats=1, blocks=("model",)))
    assert found.floor == NoiseFloor(())
    assert "nothing in the solution is drawn at random" in found.view().text()


def test_folds_are_judged_by_untouched_rows(result):
    (validation,) = [i for i in result.impacts if i.block == "validation"]
    assert validation.label == "OTHER FOLDS"
    assert re.fullmatch(
        r"roc_auc on a quarter of the rows held out \(3 draws\): these folds missed it by [\d.e-]+, "
        r"plain k-fold by [\d.e-]+",
        validation.note,
    )


def test_impacts_are_the_same_when_time_is_counted(churn, executor, tmp_path):
    context = replace(context_of(churn, executor, tmp_path, []), token="timed", budget=Budget(120))
    first = ablation.run(context, AblationSettings(repeats=2))
    counted = replace(context, budget=Budget(evaluations=context.budget.spent), measurements=None)
    again = ablation.run(counted, AblationSettings(repeats=2))
    assert again.impacts == first.impacts
    assert again.interactions == first.interactions


def test_columns_and_the_model_that_uses_them_work_together(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    solution = context.state.solution.with_block("cleaning", CONTRACTS).with_block("model", TREE)
    context.state.solution = solution
    found = ablation.run(context, AblationSettings(repeats=2))
    (pair,) = [i for i in found.interactions if {i.first, i.second} == {"model", "cleaning"}]
    assert pair.test.mean < 0  # without the model the columns are worth nothing
    assert "Do they need each other?" in found.view().text()


@pytest.mark.parametrize(
    ("mean", "p", "relative", "floor", "label"),
    [
        (0.10, 0.001, 0.10, NoiseFloor((0.01,)), "HIGH"),
        (0.01, 0.001, 0.01, None, "MEDIUM"),
        (0.001, 0.001, 0.001, None, "LOW"),
        (-0.10, 0.001, -0.10, None, "HURTS"),
        (0.10, 0.20, 0.10, None, "NOISE"),
        (0.01, 0.001, 0.01, NoiseFloor((0.01, -0.01)), "NOISE"),
    ],
)
def test_label_needs_significance_and_more_than_a_seed_changes(mean, p, relative, floor, label):
    assert label_of(mean, p, relative, floor) == label


@pytest.mark.parametrize(
    ("mean", "p", "words"),
    [(0.1, 0.01, "covers for the other"), (-0.1, 0.01, "work together"), (0.1, 0.5, "no interaction")],
)
def test_interaction_is_said_in_words(mean, p, words):
    assert words in Interaction("model", "features", TestResult(mean, 0.0, 0.2, p), p).verdict


def test_block_with_a_better_alternative_is_refined_first(result):
    better = Impact("cleaning: x instead", "cleaning", "alternative", TestResult(-0.1, -0.2, -0.05, 0.001), 0.01, -0.1)
    changed = replace(result, impacts=[*result.impacts, replace(better, label="HURTS")])
    assert changed.ranking[0] == "cleaning"
    assert result.ranking[0] == "model"


def test_time_split_is_looked_at_once(churn, executor, tmp_path):
    splitter = (
        "from sklearn.model_selection import TimeSeriesSplit\n\n\ndef make_splitter():\n    return TimeSeriesSplit(4)"
    )
    context = context_of(churn, executor, tmp_path, [])
    context.state.solution = context.state.solution.with_block("validation", splitter)
    found = ablation.run(context, AblationSettings(repeats=5))
    assert found.repeats == 1
    assert np.isfinite(found.impacts[0].test.p_value)


def test_failing_alternative_is_no_failure_of_the_block(churn, executor, tmp_path):
    broken = Proposal("model", "def make_model(**params):\n    raise ValueError('broken')", "broken", "a bad idea")
    found = ablation.run(context_of(churn, executor, tmp_path, [broken]), AblationSettings(repeats=1))
    labels = {i.name: i.label for i in found.impacts}
    assert labels["model: broken instead"] == "NOT MEASURED"
    assert labels["model"] == "HIGH"
    assert BLOCKS["model"].split("\n")[0] in found.reference.candidate.solution.blocks["model"]


def test_blocks_that_time_left_out_are_not_called_noise(result):
    noise = [replace(i, label="NOISE") for i in result.impacts]
    assert re.fullmatch(
        r"No block's impact is beyond the noise of the folds: refine \w+, \w+ first\.",
        replace(result, impacts=noise).sentence(),
    )
    late = [replace(i, label="NOT MEASURED") if i.block == "preprocessing" else i for i in noise]
    assert (
        replace(result, impacts=late)
        .sentence()
        .startswith("1 of 5 blocks were not measured, and no other is beyond the noise: refine ")
    )


def test_nothing_is_called_noise_where_no_block_was_measured(result):
    late = [
        replace(i, label="NEUTRAL ALREADY" if i.block == "features" else "NOT MEASURED", note="the time left was short")
        for i in result.impacts
    ]
    sentence = replace(result, impacts=late).sentence()
    assert re.fullmatch(r"No block was measured \(the time left was short\): begin with \w+, \w+\.", sentence)


def test_nothing_is_said_of_fits_saved_where_none_was(result):
    assert "saved" not in replace(result, fits=result.fits_of_full_design).view().text()
