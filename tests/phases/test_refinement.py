import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executors.base import Limits
from mlestar_jupyter.core.executors.local import LocalExecutor
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.data.dataset import make_dataset
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.phases import ablation, foundation, refinement
from mlestar_jupyter.phases.base import Context, State
from mlestar_jupyter.phases.settings import AblationSettings, FoundationSettings, RefinementSettings
from mlestar_jupyter.planners.base import Proposal
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import ScriptedPlanner

CONTRACTS = (
    "import pandas as pd\n\n\ndef clean(X):\n"
    '    return X.select_dtypes("number").assign(\n'
    '        monthly=(X["Contract"] == "Month-to-month").astype(int),\n'
    '        fiber=(X["InternetService"] == "Fiber optic").astype(int),\n    )'
)


@pytest.fixture(scope="module")
def executor():
    executor = LocalExecutor(2)
    yield executor
    executor.close()


def context_of(churn, executor, folder, proposals):
    dataset = make_dataset(read_table(churn), "Churn", on_open=lambda reason: None)
    journal = Journal(folder)
    evaluator = Evaluator(dataset, executor, journal, folder / "model", Limits(60, 2000))
    context = Context(
        dataset,
        journal,
        evaluator,
        ScriptedPlanner(proposals),
        Budget(),
        lambda event: None,
        0,
        folder,
        None,
        State(),
        "t",
    )
    foundation.run(context, FoundationSettings())
    return context


def refine(context, block="cleaning", **settings):
    return refinement.run(context, RefinementSettings(blocks=(block,), **settings))


def test_real_gain_is_kept_on_fresh_folds(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [Proposal("model", BLOCKS["model"], "linear", "beats a constant")])
    context.state.score = context.state.baseline
    context.state.solution = context.state.baseline.candidate.solution
    result = refine(context, "model")
    assert [a.kept for a in result.attempts] == [True]
    assert result.confirmations[0].fresh
    assert "LogisticRegression" in context.state.solution.blocks["model"]
    assert result.blocks == ("model",)


def test_change_that_changes_nothing_is_not_kept(churn, executor, tmp_path):
    same = BLOCKS["cleaning"] + "  # the same"
    context = context_of(churn, executor, tmp_path, [Proposal("cleaning", same, "same", "nothing new")])
    before = context.state.solution
    result = refine(context)
    assert not any(a.kept for a in result.attempts)
    assert context.state.solution == before


def test_failed_attempt_is_listed_and_the_next_one_is_tried(churn, executor, tmp_path):
    broken = Proposal("cleaning", "def clean(X):\n    raise ValueError('broken')", "broken", "a bad idea")
    invalid = Proposal("cleaning", "def cleen(X):\n    return X", "invalid", "a worse idea")
    good = Proposal("cleaning", CONTRACTS, "contracts", "they matter")
    result = refine(context_of(churn, executor, tmp_path, [broken, invalid, good]))
    assert [a.gain is None for a in result.attempts] == [True, True, False]
    assert result.table["reason"].str.contains("broken").any()


def test_attempts_are_counted_exactly(churn, executor, tmp_path):
    proposals = [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "try") for c in (0.1, 0.5, 2, 5)]
    result = refine(context_of(churn, executor, tmp_path, proposals), "hyperparameters", attempts=3)
    assert len(result.attempts) == 3


def test_ablation_finds_the_block_that_matters(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    result = ablation.run(context, AblationSettings(repeats=2))
    top = result.impacts[0]
    assert top.block == "model"
    assert top.label == "HIGH"
    assert result.table["p (Holm)"].dropna().between(0, 1).all()
