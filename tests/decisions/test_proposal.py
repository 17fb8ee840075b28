import re
from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.decisions.proposal import ask, propose
from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.planners.base import Proposal
from tests.phases.contexts_for_tests import context_of, recipes_of, with_roles
from tests.planners.llm.solutions import agents


def parameters(c):
    return Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "a weaker penalty")


@pytest.fixture(scope="module")
def context(churn, executor, tmp_path_factory):
    broken = Proposal("cleaning", "def clean(X):\n    raise ValueError('broken')", "broken", "a bad idea")
    invalid = Proposal("features", "def fetures():\n    return 1", "invalid", "a worse idea")
    return context_of(
        churn, executor, tmp_path_factory.mktemp("proposal"), [parameters(0.1), parameters(5), broken, invalid]
    )


@pytest.mark.fast
def test_proposal_is_measured_and_not_adopted(context):
    solution, score = context.solution()
    members = list(context.state.members)
    attempt = propose(context, "hyperparameters", []).attempt
    assert context.solution() == (solution, score)
    assert context.state.members == members
    assert attempt.proposed
    assert not attempt.kept
    assert attempt.evaluation.candidate.parent == solution.id


def test_gain_is_tested_on_the_solutions_folds(context):
    _, score = context.solution()
    attempt = propose(context, "hyperparameters", []).attempt
    gains = [new - old for new, old in zip(attempt.evaluation.fold_scores, score.fold_scores, strict=True)]
    assert attempt.test == corrected_t_test(gains, score.n_train, score.n_test)


def test_planner_hears_of_earlier_attempts_on_the_block_alone(context):
    first = propose(context, "hyperparameters", []).attempt
    other = propose(context, "cleaning", []).attempt
    assert propose(context, "hyperparameters", [other, first]).attempt.proposal.label == "C 5"


@pytest.mark.fast
def test_view_has_diff_gain_reason_and_actions(context):
    view = propose(context, "hyperparameters", []).view()
    (entry,) = view.sections[0].entries
    assert entry.unfolded
    assert "+ PARAMS = {'C': 0.1}" in entry.diff.text()
    assert entry.text == "a weaker penalty"
    assert [a.label for a in (*entry.actions, *view.sections[0].actions)] == [
        "Accept",
        "Reject",
        "Branch",
        "Edit",
        "Another",
    ]
    assert re.fullmatch(
        r"C 0.1: .+, p = .+, over .+ on the same folds \(higher is better\)\. "
        "Not adopted: accept or reject it.",
        view.summary,
    )


def test_planner_without_a_further_variant_is_said_in_a_sentence(context):
    result = propose(context, "model", [])
    assert result.attempt is None
    assert result.view().summary == "The planner has no further variant of model to propose. The solution stays."


@pytest.mark.parametrize("block", ["cleaning", "features"])
def test_proposal_that_fails_says_why_and_offers_no_acceptance(context, block):
    result = propose(context, block, [])
    assert not result.attempt.proposed
    assert "could not be scored" in result.view().summary
    assert result.view().sections[0].entries[0].actions == ()


def test_proposal_is_measured_even_when_time_is_up(context):
    late = replace(context, budget=Budget(0.0))
    assert propose(late, "hyperparameters", []).attempt.gain is not None


def test_unknown_block_names_the_nearest(context):
    with pytest.raises(SettingError, match="Did you mean 'features'"):
        propose(context, "fetures", [])


# --- ask ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_model(context):
    """The same context with a chat model that gives these answers."""

    def make(*answers):
        roles, _ = agents(*answers)
        return replace(context, planner=with_roles(recipes_of(context), roles))

    return make


def test_chat_model_without_a_usable_block_is_said_in_a_sentence(with_model):
    result = ask(with_model({"source": "x = 1"}, None), "model", "use trees")
    assert result.view().summary == (
        "The chat model gave no model block that can be used and is another than the present one. The solution stays."
    )


def test_ask_needs_words(with_model):
    with pytest.raises(SettingError) as error:
        ask(with_model(), "features", " \n")
    assert str(error.value) == ("ask has no instruction. Write below %%mlestar ask features what is to be done.")


def test_ask_needs_a_chat_model(context):
    with pytest.raises(SettingError) as error:
        ask(context, "features", "add ratios")
    assert str(error.value) == (
        "There is no chat model to ask. Run %mlestar propose features, or start with --llm PROVIDER:MODEL."
    )


def test_solution_that_fails_on_the_folds_of_its_variant_says_so(context, tmp_path):
    solution, score = context.solution()
    twice = replace(score, fold_scores=score.fold_scores * 2)  # as after a confirmation on more repeats
    broken = solution.with_block("model", "def make_model(**params):\n    raise ValueError('no memory')")
    state = replace(context.state, solution=broken, score=twice)
    with pytest.raises(ExecutionError) as error:
        propose(replace(context, state=state), "hyperparameters", [])
    assert re.fullmatch(
        rf"The solution {broken.id} cannot be scored on these folds: ValueError: no memory \(.+\)\. "
        "Correct the column or the block that it names. Or go to another candidate with %mlestar checkout ID.",
        str(error.value),
    )
