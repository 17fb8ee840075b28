import shutil
from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.decisions.adopting import accept, adopt, checkout, reject
from mlestar_jupyter.decisions.proposal import propose
from mlestar_jupyter.errors import BlockError, ExecutionError, SettingError
from mlestar_jupyter.planners.base import Proposal
from tests.fakes import DUMMY, TREE
from tests.phases.contexts_for_tests import context_of

WEAK, WEAKER = "PARAMS = {'C': 0.1}", "PARAMS = {'C': 0.01}"
REPEATED = (
    "from sklearn.model_selection import StratifiedKFold\n\n\n"
    "def make_splitter():\n    return StratifiedKFold(3, shuffle=True, random_state=1)"
)
LOGISTIC = (
    "    from sklearn.linear_model import LogisticRegression\n    return LogisticRegression(max_iter=1000, **params)"
)
PROPOSALS = [
    Proposal("hyperparameters", WEAK, "weak", "a stronger penalty"),
    Proposal("hyperparameters", WEAKER, "weaker", "a still stronger penalty"),
    Proposal("cleaning", "def clean(X):\n    raise ValueError('broken')", "broken", "a bad idea"),
]


@pytest.fixture(scope="module")
def fitted(churn, executor, tmp_path_factory):
    """A folder with the fits that most tests ask for."""
    folder = tmp_path_factory.mktemp("decisions")
    context = context_of(churn, executor, folder, PROPOSALS)
    propose_next(context)
    context.journal.close()
    return folder


@pytest.fixture
def context(churn, executor, fitted, tmp_path):
    shutil.copytree(fitted, tmp_path, dirs_exist_ok=True)
    context = context_of(churn, executor, tmp_path, PROPOSALS)
    yield context
    context.journal.close()


def propose_next(context, block="hyperparameters"):
    """One more attempt, kept where the workflow keeps it."""
    attempt = propose(context, block, context.state.proposals).attempt
    context.state.proposals.append(attempt)
    return attempt.evaluation


def outcomes(context):
    return [(a.kept, a.rejected, a.proposed) for a in context.state.proposals]


# --- adopt --------------------------------------------------------------------------------------------------------


def test_adopted_block_is_used_and_names_its_author(context):
    before, _ = context.solution()
    found = adopt(context, "model", TREE)
    solution, score = context.solution()
    assert score is found
    assert "DecisionTreeClassifier" in solution.blocks["model"]
    assert (found.candidate.author, found.candidate.parent, found.candidate.block) == ("human", before.id, "model")


def test_adopted_solution_is_a_member_for_the_ensemble(context):
    found = adopt(context, "model", TREE)
    assert context.state.members[-1] is found


def test_block_that_cannot_be_scored_is_not_used(context):
    before = context.solution()
    found = adopt(context, "model", "def make_model(**params):\n    raise ValueError('on purpose')")
    assert isinstance(found, Failed)
    assert context.solution() == before


def test_block_that_breaks_its_contract_is_not_used(context):
    before = context.solution()
    with pytest.raises(BlockError, match="does not define 'make_model'"):
        adopt(context, "model", "x = 1")
    assert context.solution() == before


def test_ensemble_block_needs_an_ensemble(context):
    with pytest.raises(
        BlockError, match="There is no ensemble yet whose block could change. Run %%mlestar ensemble first."
    ):
        adopt(context, "ensemble", "def make_ensemble(members):\n    return members[0]")


def test_other_folds_score_the_baseline_again(context):
    adopt(context, "validation", REPEATED)
    _, score = context.solution()
    assert len(score.fold_scores) == len(context.state.baseline.fold_scores) == 3


def test_human_is_heard_even_when_time_is_up(context):
    assert isinstance(adopt(replace(context, budget=Budget(0.0)), "model", TREE), Scored)


# --- checkout -----------------------------------------------------------------------------------------------------


def test_checkout_of_a_failure_says_why(context):
    failed = propose_next(context, "cleaning")
    with pytest.raises(
        SettingError, match=r"^The candidate \w+ failed: ValueError: broken .*\. Choose one that has a score\.$"
    ):
        checkout(context, failed)


def test_checkout_brings_its_own_folds_back(context):
    _, first = context.solution()
    adopt(context, "validation", REPEATED)
    assert len(checkout(context, first).fold_scores) == 4
    assert context.solution()[0] == first.candidate.solution


def test_checkout_of_what_was_scored_on_more_repeats_is_scored_on_one(context):
    solution, _ = context.solution()
    candidate = context.candidate(solution.with_block("model", TREE), "tree", "", "refinement")
    (twice,) = context.evaluator.evaluate([candidate], context.budget, repeats=2)
    assert len(twice.fold_scores) == 8
    assert len(checkout(context, twice).fold_scores) == 4


# --- accept and reject --------------------------------------------------------------------------------------------


def test_attempt_on_the_present_solution_is_taken_as_it_was_measured(context):
    attempt = propose_next(context)
    count = len(context.state.members)
    assert accept(context, attempt) is attempt
    assert context.solution() == (attempt.candidate.solution, attempt)
    assert len(context.state.members) == count + 1


def test_attempt_that_fails_on_top_of_what_was_kept_since_is_not_used(context):
    attempt = propose_next(context)
    adopt(context, "model", TREE)
    mine, _ = context.solution()
    assert isinstance(accept(context, attempt), Failed)  # a tree has no C
    assert context.solution()[0] == mine
    assert outcomes(context) == [(False, False, True)]


def test_accepted_on_top_keeps_both_changes_and_says_so(context):
    attempt = propose_next(context)
    adopt(context, "cleaning", "def clean(X):\n    return X.select_dtypes('number').iloc[:, :2]")
    taken = accept(context, attempt)
    solution, _ = context.solution()
    assert WEAK in solution.blocks["hyperparameters"]
    assert "iloc" in solution.blocks["cleaning"]
    assert taken.candidate.reason == "a stronger penalty; accepted on top of what was kept since"


def test_accepting_twice_changes_nothing_more(context):
    attempt = propose_next(context)
    accept(context, attempt)
    before = context.solution()
    accept(context, attempt)
    assert context.solution() == before


def test_tree_says_what_the_human_decided(context):
    attempt = propose_next(context)
    assert outcomes(context) == [(False, False, True)]
    accept(context, attempt)
    assert outcomes(context) == [(True, False, False)]
    reject(context, attempt)
    assert outcomes(context) == [(False, True, False)]


def test_decision_on_one_attempt_leaves_the_others_open(context):
    propose_next(context)
    second = propose_next(context)
    reject(context, second)
    assert outcomes(context) == [(False, False, True), (False, True, False)]


def test_rejecting_what_is_in_use_brings_back_the_block_before(context):
    before, score = context.solution()
    attempt = propose_next(context)
    accept(context, attempt)
    back = reject(context, attempt)
    assert context.solution()[0] == before
    assert back.fold_scores == score.fold_scores


def test_rejection_that_leaves_no_solution_to_score_is_none(context):
    accept(context, propose_next(context))
    picky = "def make_model(**params):\n    assert params == {'C': 0.1}\n" + LOGISTIC
    adopt(context, "model", picky)
    before, known = context.solution(), outcomes(context)
    with pytest.raises(
        ExecutionError,
        match=r"^The hyperparameters block before \w+ cannot be scored: AssertionError.*\. "
        "The solution stays; go to another with %mlestar checkout ID.$",
    ):
        reject(context, context.state.proposals[0].evaluation)
    assert context.solution() == before
    assert outcomes(context) == known


def test_checkout_that_cannot_be_scored_on_the_present_folds_is_none(context, monkeypatch):
    before = context.solution()
    other = context.state.members[1]
    more = replace(other, fold_scores=other.fold_scores * 2)
    monkeypatch.setattr(
        context.evaluator, "evaluate", lambda candidates, budget, at_least: [Failed(candidates[0], "timeout", "60 s")]
    )
    with pytest.raises(
        ExecutionError,
        match=r"^\w+ cannot be scored on the present folds: 60 s. The solution stays; choose another candidate.$",
    ):
        checkout(context, more)
    assert context.solution() == before


def test_rejecting_keeps_what_was_changed_since(context):
    attempt = propose_next(context)
    accept(context, attempt)
    adopt(context, "cleaning", "def clean(X):\n    return X.select_dtypes('number').iloc[:, :2]")
    reject(context, attempt)
    solution, _ = context.solution()
    assert WEAK not in solution.blocks["hyperparameters"]
    assert "iloc" in solution.blocks["cleaning"]


def test_rejecting_what_is_not_in_use_evaluates_nothing(context):
    before = context.solution()
    attempt = propose_next(context)
    members = list(context.state.members)
    assert reject(context, attempt) is None
    assert context.solution() == before
    assert context.state.members == members


def test_rejected_attempt_is_still_one_that_may_be_accepted(context):
    attempt = propose_next(context)
    reject(context, attempt)
    accept(context, attempt)
    assert outcomes(context) == [(True, False, False)]


@pytest.mark.parametrize("decide", [accept, reject])
def test_failure_cannot_be_decided_on(context, decide):
    failed = propose_next(context, "cleaning")
    with pytest.raises(SettingError, match=f"The candidate {failed.candidate.id} failed"):
        decide(context, failed)


@pytest.mark.parametrize("decide", [accept, reject])
def test_whole_solution_is_no_attempt(context, decide):
    _, score = context.solution()
    with pytest.raises(
        SettingError,
        match=r"^\w+ \(.+\) is a whole solution, not a change of one block. "
        r"Write %mlestar show \w+, or %mlestar checkout \w+.$",
    ):
        decide(context, score)


def test_edit_by_hand_is_nothing_to_reject(context):
    with pytest.raises(
        SettingError,
        match=r"^\w+ \(model: yours\) is no attempt that waits for a decision\. "
        "Reject the attempt that it came from, or go back with %mlestar checkout ID.$",
    ):
        reject(context, adopt(context, "model", DUMMY))


LEAKY = (
    "import numpy as np\n\n\nclass Leaky:\n    random_state = None\n\n    def split(self, X, y=None, groups=None):\n"
    "        rows = np.arange(len(X))\n        yield rows, rows[:100]\n\n\n"
    "def make_splitter():\n    return Leaky()\n"
)


def test_splitter_that_trains_on_its_test_rows_is_refused_and_the_earlier_one_stays(context):
    """V7: it was adopted without a word."""
    before = context.state.present()
    with pytest.raises(BlockError, match="The model is fitted on 100 rows that it is tested on: fold 1 of 1"):
        adopt(context, "validation", LEAKY)
    assert context.state.present() == before
