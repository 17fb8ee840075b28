from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.attempts import racing
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, TREE
from tests.phases.contexts_for_tests import context_of

STUMP = TREE.replace("max_depth=3", "max_depth=1, max_features=1")
BROKEN = "def make_model(**params):\n    raise ValueError('no model')"


@pytest.fixture(scope="module")
def context(churn, executor, tmp_path_factory):
    return replace(context_of(churn, executor, tmp_path_factory.mktemp("racing"), []), token="racing")


def _candidate(label, model):
    solution = Solution.of(BLOCKS | {"model": model})
    return Candidate(solution, label, None, "planner", "for a test", "foundation")


DUMMY_FIRST = _candidate("dummy", DUMMY)
LOGISTIC = _candidate("logistic", BLOCKS["model"])
FIELD = [DUMMY_FIRST, LOGISTIC, _candidate("tree", TREE), _candidate("another dummy", DUMMY + "\n# the same")]


def _first(label, model, score, seconds=1.0, n_train=360):
    return Scored(_candidate(label, model), (score,), Predictions(np.zeros(1), None), seconds, 0.0, 1.0, n_train, 1)


def test_candidate_without_skill_in_its_first_fold_gets_no_other(context):
    *scored, dropped = race(context, FIELD, 2)
    assert [e.candidate.label for e in scored] == ["dummy", "logistic", "tree"]
    assert all(len(e.fold_scores) == 4 for e in scored)
    assert isinstance(dropped, Failed)
    assert (dropped.candidate.label, dropped.verdict) == ("another dummy", "dropped")
    assert "in the first fold, against" in dropped.reason


def test_what_a_race_decided_stands_in_the_journal(context):
    first = race(context, FIELD, 2)
    scored = [e for e in first if isinstance(e, Scored)]
    counted = replace(
        context, budget=Budget(evaluations=len(scored)), measurements=None
    )  # as a replay counts, whatever the clock says
    assert [(e.candidate.id, type(e)) for e in race(counted, FIELD, 2)] == [(e.candidate.id, type(e)) for e in first]


def test_failure_is_said_as_such(context):
    found = race(replace(context, token="broken"), [DUMMY_FIRST, _candidate("broken", BROKEN), *FIELD[2:]], 1)
    (failed,) = [e for e in found if e.candidate.label == "broken"]
    assert (failed.kind, failed.verdict) == ("error", "failed")


def test_best_come_first_but_two_of_a_family_before_the_third():
    ranked = [_first(f"tree {i}", TREE + f"\n# {i}", 0.9 - i / 100) for i in range(4)]
    ranked.append(_first("logistic", BLOCKS["model"], 0.5))
    order = [e.candidate.label for e in racing._mixed(ranked)]
    assert order == ["tree 0", "tree 1", "logistic", "tree 2", "tree 3"]


def test_slow_candidate_waits_until_the_others_are_booked_and_is_left_out_where_it_does_not_fit(context):
    earned = [_first("slow", TREE, 0.9, 40.0), _first("quick", BLOCKS["model"], 0.8, 0.01)]
    workers = context.evaluator.workers
    ids = {e.candidate.label: e.candidate.id for e in earned}
    enough = replace(context, budget=Budget(seconds=160 / workers))
    short = replace(context, budget=Budget(seconds=100 / workers))
    assert racing._affordable(enough, earned) == [ids["quick"], ids["slow"]]
    assert racing._affordable(short, earned) == [ids["quick"]]
    assert racing._affordable(replace(context, budget=Budget()), earned) == [ids["slow"], ids["quick"]]


def test_with_time_to_spare_the_slowest_begins_so_that_no_worker_waits_for_it_in_the_end(context):
    earned = [_first("quick", BLOCKS["model"], 0.9, 0.01), _first("slow", TREE, 0.8, 40.0)]
    ample = replace(context, budget=Budget(seconds=300 / context.evaluator.workers))
    assert racing._affordable(ample, earned) == [e.candidate.id for e in reversed(earned)]


def test_first_look_at_a_part_of_the_rows_is_reckoned_up_to_all_folds(context):
    n_train = len(context.evaluator.folds(FIELD[0].solution)[0].train)
    whole, part = (_first("tree", TREE, 0.9, 3.0, n) for n in (n_train, n_train / 3))
    assert context.evaluator.seconds_of_others(whole) == pytest.approx(3 * 3.0)
    assert context.evaluator.seconds_of_others(part) == pytest.approx(4 * 3 * 3.0)
