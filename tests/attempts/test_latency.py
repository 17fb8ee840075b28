from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.attempts.latency import Latency
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored, summed_row_ms
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.phases.ensemble import run as ensemble
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation.speed import fast_enough
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.planners.base import Proposal
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, TREE
from tests.phases.contexts_for_tests import context_of

SLOW_TREE = TREE.replace("max_depth=3", "max_depth=4").replace(
    "def make_model(**params):\n    return DecisionTreeClassifier(",
    "class Slow(DecisionTreeClassifier):\n    def predict(self, X):\n        time.sleep(0.3)\n"
    "        return super().predict(X)\n\n\ndef make_model(**params):\n    return Slow(",
)
SLOW_TREE = "import time\n\n" + SLOW_TREE
FAST = Latency(150.0)


def scored(label, score, row_ms, model=TREE):
    candidate = Candidate(Solution.of(BLOCKS | {"model": f"{model}  # {label}"}), label, None, "planner", "", "")
    return Scored(candidate, (score,), Predictions(np.zeros(1)), 1.0, 0.1, 1.0, 80, 20, row_ms=row_ms)


@pytest.fixture(scope="module")
def context(churn, executor, tmp_path_factory):
    return context_of(churn, executor, tmp_path_factory.mktemp("latency"), [])


@pytest.mark.fast
def test_time_of_a_row_is_that_of_reading_and_predicting():
    one = scored("tree", 0.8, 12.0)
    assert Latency().allows(one)
    assert Latency(15.0, 3.0).allows(one)
    assert not Latency(15.0, 3.5).allows(one)
    assert Latency(5.0).allows(scored("not timed", 0.8, None))
    assert Latency(5.0, 1.0).why_not(one) == "one row takes about 13 ms, more than --max-latency 5"


@pytest.mark.fast
def test_a_change_of_what_is_slower_already_may_be_as_slow():
    assert Latency(5.0).allows(scored("changed", 0.8, 12.0), scored("present", 0.7, 12.5))
    assert not Latency(5.0).allows(scored("changed", 0.8, 13.0), scored("present", 0.7, 12.5))


@pytest.mark.fast
def test_an_ensemble_takes_what_its_members_take_together():
    members = [scored("a", 0.8, 4.0), scored("b", 0.8, 6.0)]
    assert summed_row_ms(members) == 10.0
    assert summed_row_ms([*members, scored("c", 0.8, None)]) is None
    assert Latency(26.0, 1.0).most_members(members) == 5
    assert Latency().most_members(members) is None


def test_the_best_of_those_that_are_fast_enough_is_used(context):
    found = [scored("dummy", 0.5, 1.0, DUMMY), scored("boosting", 0.9, 30.0), scored("tree", 0.7, 9.0)]
    assert fast_enough(context, found) == (found[1], "")
    used, said = fast_enough(replace(context, latency=Latency(20.0, 2.0)), found)
    assert used is found[2]
    assert said == (
        "Too slow for --max-latency 20 and not used: 1 solution, the best of them boosting (roc_auc 0.9; one row takes "
        "about 32 ms)."
    )


def test_where_nothing_is_fast_enough_the_fastest_with_skill_is_used(context):
    found = [
        scored("dummy", 0.5, 1.0, DUMMY), scored("boosting", 0.9, 30.0), scored("weak", 0.6, 8.0),
        scored("tree", 0.8, 9.0),
    ]  # fmt: skip
    for limit in (0.5, 3.0):  # with the baseline, and without it
        used, said = fast_enough(replace(context, latency=Latency(limit)), found)
        assert used is found[3]
        assert said == (
            f"No solution is fast enough for --max-latency {limit:g}. The fastest is used: tree, of which one row takes "
            "about 9 ms."
        )


def test_too_slow_a_candidate_gets_no_other_fold(context):
    fast = replace(context, latency=FAST, token="fast")
    slow = Candidate(Solution.of(BLOCKS | {"model": SLOW_TREE}), "slow", None, "planner", "", "foundation")
    others = [
        replace(slow, label=n, solution=Solution.of(BLOCKS | {"model": m})) for n, m in (("d", DUMMY), ("t", TREE))
    ]
    *rest, dropped = race(fast, [*others, slow], 1)
    assert [e.candidate.label for e in rest] == ["d", "t"]
    assert isinstance(dropped, Failed)
    assert dropped.verdict == "dropped"
    assert dropped.reason.startswith("one row takes about 3")
    assert dropped.reason.endswith(" ms, more than --max-latency 150")


def test_a_change_that_is_too_slow_is_not_used(churn, executor, tmp_path):
    proposals = [Proposal("model", SLOW_TREE, "slow tree", "beats a constant")]
    context = replace(context_of(churn, executor, tmp_path, proposals), latency=FAST)
    context.state.score = context.state.baseline
    context.state.solution = before = context.state.baseline.candidate.solution
    result = refinement.run(context, RefinementSettings(blocks=("model",)))
    assert result.attempts[0].gain > 0
    assert context.state.solution == before
    assert result.rounds[0].outcome == "1 attempt (1 with a gain, but too slow for one row), none promising"


def test_members_are_fast_together(context):
    times = {"logistic": 40.0, "tree": 50.0}
    members = [replace(m, row_ms=times.get(m.candidate.label, 1.0)) for m in context.state.members]
    slow = next(m for m in members if m.candidate.label == "logistic")
    state = replace(context.state, members=members, score=slow, solution=slow.candidate.solution)
    result = ensemble.run(
        replace(context, state=state, latency=Latency(80.0), token="slow"), EnsembleSettings(strategies=("mean",))
    )
    assert result.combinations == []
    assert result.skipped == (
        "at most 2 members are combined: more would take too long for one row, by --max-latency 80",
        "mean is left out: one row takes about 90 ms, more than --max-latency 80",
    )
    state = replace(context.state, members=members, score=slow, solution=slow.candidate.solution)
    result = ensemble.run(
        replace(context, state=state, latency=Latency(100.0), token="fast"), EnsembleSettings(strategies=("mean",))
    )
    assert [c.evaluation.row_ms for c in result.combinations] == [90.0]
