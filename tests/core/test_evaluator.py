from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored, best, remedy
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Evaluated, FoldDone, Working
from mlestar_jupyter.core.executor import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.executors.local.walls import walls
from mlestar_jupyter.problems.recognition import make_dataset
from tests.core.blocks_for_tests import BLOCKS

GOOD = Solution.of(BLOCKS)
CHEAT = GOOD.with_block(
    "model",
    "def make_model(**params):\n    print('score: 1.0', 'roc_auc: 1.0')\n    raise ValueError('printed a score')",
)

SLOW = (
    "import time\n\nfrom sklearn.linear_model import LogisticRegression\n\n\n"
    "def make_model(**params):\n    time.sleep(0.3)\n    return LogisticRegression(**params)"
)


@pytest.fixture(scope="module")
def executor():
    executor = LocalExecutor(2)
    yield executor
    executor.close()


@pytest.fixture
def evaluator(churn, tmp_path, executor):
    openings = []
    dataset = make_dataset(read_table(churn), "Churn", on_open=openings.append)
    evaluator = Evaluator(dataset, executor, Journal(tmp_path), tmp_path / "model", Limits(60, 2000))
    evaluator.openings = openings
    return evaluator


def put_up(solution, label="candidate"):
    return Candidate(solution, label, None, "planner", "to test", "foundation")


def test_every_row_is_predicted_by_a_model_that_did_not_see_it(evaluator):
    (found,) = evaluator.evaluate([put_up(GOOD)], Budget())
    assert isinstance(found, Scored)
    assert np.isfinite(found.predictions.columns).all()
    tested = np.concatenate([f.test for f in evaluator.folds(GOOD)])
    assert sorted(tested) == list(range(len(evaluator.dataset.development)))
    assert all(not set(f.train) & set(f.test) for f in evaluator.folds(GOOD))


def test_what_a_candidate_prints_is_no_score(evaluator):
    (found,) = evaluator.evaluate([put_up(CHEAT)], Budget())
    assert isinstance(found, Failed)
    assert "printed a score (in fold 1 of 4)" in found.reason


def test_a_failed_candidate_never_wins(evaluator):
    found = evaluator.evaluate([put_up(CHEAT), put_up(GOOD)], Budget())
    assert best(found, evaluator.metric) is found[1]


def test_a_score_that_cannot_be_computed_is_a_failure_with_its_reason(executor, tmp_path):
    table = pd.DataFrame({"x": np.arange(90.0), "y": np.arange(90.0) ** 2 + 1})
    metric = "neg_mean_squared_log_error"
    dataset = make_dataset(read_table(table), "y", problem="regression", metric=metric)
    evaluator = Evaluator(dataset, executor, Journal(tmp_path), tmp_path / "model", Limits(60, 2000))
    below = "from sklearn.dummy import DummyRegressor\n\n\ndef make_model(**params):\n    return DummyRegressor(strategy='constant', constant=-5.0)"
    folds = BLOCKS["validation"].replace("StratifiedKFold", "KFold")
    (found,) = evaluator.evaluate([put_up(Solution.of(BLOCKS | {"model": below, "validation": folds}))], Budget())
    assert found.kind == "score"
    assert found.reason == (
        "mean_squared_log_error cannot be computed in fold 1 of 4: Mean Squared Logarithmic Error cannot be used when "
        "targets contain values less than or equal to -1."
    )


def test_nothing_is_fitted_twice(evaluator):
    evaluator.evaluate([put_up(GOOD)], Budget())
    count = evaluator._journal.count_fits()
    evaluator.evaluate([put_up(GOOD, "again")], Budget())
    assert evaluator._journal.count_fits() == count


def test_repeats_use_other_folds_and_keep_the_first(evaluator):
    (once,) = evaluator.evaluate([put_up(GOOD)], Budget())
    (twice,) = evaluator.evaluate([put_up(GOOD)], Budget(), repeats=2)
    assert twice.fold_scores[:4] == once.fold_scores
    assert len(twice.fold_scores) == 8
    (fresh,) = evaluator.evaluate([put_up(GOOD)], Budget(), repeats=2, skip=1)
    assert fresh.fold_scores == twice.fold_scores[4:]


def test_count_budget_cuts_the_list_and_keeps_its_order(evaluator):
    budget = Budget(evaluations=1)
    found = evaluator.evaluate([put_up(GOOD, "first"), put_up(CHEAT, "second")], budget)
    assert [e.candidate.label for e in found] == ["first"]


def test_budget_is_that_of_the_call_and_is_charged_there(evaluator):
    first, second = Budget(evaluations=2), Budget(evaluations=2)
    evaluator.evaluate([put_up(GOOD)], first)
    evaluator.glance([put_up(GOOD)], 0.5, second)
    assert (first.spent, second.spent) == (1, 0)
    assert not hasattr(evaluator, "budget")


def test_look_at_first_folds_leaves_the_limits_of_a_fit_alone(evaluator):
    before, within = evaluator.fits.limits, []
    evaluator.emit = lambda event: within.append(evaluator.fits.limits)
    evaluator.glance([put_up(GOOD, "looked at")], 0.5, Budget(20))
    assert within
    assert all(limits is before for limits in within)


def test_time_that_is_up_still_gives_what_must_be(evaluator):
    assert evaluator.evaluate([put_up(GOOD)], Budget(seconds=0)) == []
    assert len(evaluator.evaluate([put_up(GOOD)], Budget(seconds=0), at_least=1)) == 1


def test_evaluating_opens_no_holdout(evaluator):
    evaluator.evaluate([put_up(GOOD)], Budget())
    assert evaluator.openings == []
    evaluator.dataset.holdout.open("to look")
    assert evaluator.openings == ["to look"]


def test_listeners_hear_what_the_workers_do(evaluator):
    events = []
    evaluator.emit = events.append
    slow = GOOD.with_block("model", SLOW)
    evaluator.evaluate([put_up(slow, "slow")], Budget())
    heard = {(w.label, w.fold, w.folds) for e in events if isinstance(e, Working) for w in e.work}
    assert heard == {("slow", fold, 4) for fold in (1, 2, 3, 4)}


def test_listeners_hear_of_every_fold_and_then_of_the_candidate(evaluator):
    events = []
    evaluator.emit = events.append
    (found,) = evaluator.evaluate([put_up(GOOD)], Budget())
    seen = [e for e in events if not isinstance(e, Working)]
    assert [(e.done, e.total) for e in seen if isinstance(e, FoldDone)] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert seen[-1].evaluation is found
    assert not seen[-1].cached


def test_listeners_are_said_what_came_from_the_journal(evaluator):
    evaluator.evaluate([put_up(GOOD)], Budget())
    events = []
    evaluator.emit = events.append
    evaluator.evaluate([put_up(GOOD)], Budget())
    assert [type(e) for e in events] == [Evaluated]
    assert events[0].cached


@pytest.mark.skipif(bool(walls().missing), reason=" ".join(walls().missing))
def test_walls_stand_around_every_fit_of_an_isolated_run(evaluator, tmp_path):
    outside = tmp_path / "outside"
    writes = GOOD.with_block(
        "model",
        "from sklearn.linear_model import LogisticRegression\n\n\n"
        f"def make_model(**params):\n    open({str(outside)!r}, 'w').close()\n    return LogisticRegression(**params)",
    )
    evaluator.fits.limits = replace(evaluator.fits.limits, isolated=True)
    found = [*evaluator.evaluate([put_up(writes)], Budget()), *evaluator.glance([put_up(writes)], 0.5, Budget(60))]
    assert all(isinstance(f, Failed) and "PermissionError" in f.reason for f in found)
    rows = evaluator.dataset.development
    assert "PermissionError" in evaluator.fits.fit_predict(writes, rows, rows).reason
    with pytest.raises(ExecutionError, match="PermissionError"):
        evaluator.fits.fit(writes, rows)
    assert not outside.exists()
    assert isinstance(evaluator.evaluate([put_up(GOOD)], Budget())[0], Scored)
    assert len(evaluator.fits.fit(GOOD, rows).codes(rows.X)) == len(rows)


def test_solution_that_a_run_ends_with_may_take_longer_than_a_candidate(evaluator):
    evaluator.fits.limits = replace(evaluator.fits.limits, seconds=0.2)
    slow, rows = GOOD.with_block("model", SLOW), evaluator.dataset.development
    stopped = evaluator.fits.fit_predict(slow, rows, rows)
    assert (stopped.kind, "longer than" in stopped.reason) == ("timeout", True)
    assert np.isfinite(evaluator.fits.fit_predict(slow, rows, rows, is_last=True).predictions.columns).all()


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("timeout", "Raise --timeout, or compare on fewer rows with --sample."),
        ("memory", "Compare on fewer rows with --sample, or use a machine with more memory."),
        ("score", "Start with another --metric, or correct the block 'validation'."),
        ("error", "See its traceback with %mlestar show a1b2, and correct the column or the block that it names."),
        ("crash", "See its traceback with %mlestar show a1b2, and correct the column or the block that it names."),
    ],
)
def test_remedy_is_that_of_what_went_wrong(kind, line):
    assert remedy(kind, "a1b2") == line


ONE_BY_ONE = GOOD.with_block(
    "model",
    "from sklearn.linear_model import LogisticRegression\n\n\n"
    "class Many(LogisticRegression):\n    def predict(self, X):\n        if len(X) == 1:\n"
    "            raise ValueError('one row is too few')\n        return super().predict(X)\n\n\n"
    "def make_model(**params):\n    return Many(**params)",
)


def test_time_of_a_row_is_measured_once_a_candidate_and_comes_back_from_the_journal(evaluator, tmp_path, executor):
    (found,) = evaluator.evaluate([put_up(GOOD)], Budget())
    assert 0 < found.row_ms < 1000
    assert found.rows_per_second > 100
    other = Evaluator(evaluator.dataset, executor, Journal(tmp_path), tmp_path / "model", Limits(60, 2000))
    (again,) = other.evaluate([put_up(GOOD)], Budget())
    assert again.row_ms == found.row_ms
    keys = [other.fits.fold_key(GOOD, fold) for fold in evaluator.folds(GOOD)]
    times = [Journal(tmp_path).fit(key, None).row_ms for key in keys]
    assert times == [found.row_ms, None, None, None]


def test_what_cannot_predict_a_single_row_is_a_failure(evaluator):
    (found,) = evaluator.evaluate([put_up(ONE_BY_ONE)], Budget())
    assert isinstance(found, Failed)
    assert found.reason == "ValueError: one row is too few (in fold 1 of 4)"
